//! Who works on a board: invitations, roles and their ends, also when two things happen at the same moment.

use chrono::Duration;
use tablon_core::store::{
    InvitationLink, InvitationState, Joined, MOST_INVITATIONS_AN_HOUR, MOST_OPEN_INVITATIONS, MailLane, NewUser,
    Prepared, User,
};
use tablon_core::{Actor, Conflict, EmailKey, Error, Role, Store, TenantScope};

use crate::fixture::{World, on_both};

fn somebody(email: &str) -> NewUser {
    NewUser { email: email.to_owned(), name: String::new(), password: "correct horse".to_owned(), operator: false }
}

async fn person(world: &World, board: &TenantScope, name: &str, role: Option<Role>) -> User {
    let new = somebody(&format!("{name}@example.org"));
    let user = world.store.users().create(new, Actor::System).await.unwrap();
    if let Some(role) = role {
        board.members().set(user.id, role, Actor::System).await.unwrap();
    }
    user
}

async fn role_of(board: &TenantScope, user: &User) -> Option<Role> {
    board.members().role_of(user).await.unwrap()
}

/// An invitation by `maker`, as whoever has its link finds it.
async fn invited(world: &World, board: &TenantScope, maker: &User, role: Role) -> (String, InvitationLink) {
    let (_, token) = board.invitations().create(role, None, Actor::User(maker.id)).await.unwrap();
    let link = world.store.invitation_link(&token).await.unwrap().unwrap();
    (token, link)
}

async fn state_of(world: &World, token: &str) -> InvitationState {
    world.store.invitation_link(token).await.unwrap().unwrap().invitation.state
}

#[tokio::test]
async fn nobody_invites_to_more_than_they_are() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let admin = person(&world, &board, "admin", Some(Role::Admin)).await;
        let moderator = person(&world, &board, "moderator", Some(Role::Moderator)).await;
        for (who, role) in [(&admin, Role::Owner), (&moderator, Role::Member), (&moderator, Role::Moderator)] {
            let refused = board.invitations().create(role, None, Actor::User(who.id)).await.unwrap_err();
            assert!(matches!(refused, Error::Conflict(Conflict::RoleTooSmall)), "{role}");
        }
        board.invitations().create(Role::Admin, None, Actor::User(admin.id)).await.unwrap();
        let (id, _) = board.invitations().create(Role::Owner, None, Actor::System).await.unwrap();
        let refused = board.invitations().revoke(id.id, Actor::User(admin.id)).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::RoleTooSmall)));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_good_once_and_for_a_week() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let (token, link) = invited(&world, &board, &owner, Role::Moderator).await;
        let made = world.store.join_as_new(&link, somebody("new@example.org")).await.unwrap();
        assert_eq!(role_of(&board, &made).await, Some(Role::Moderator));
        assert!(!made.address_confirmed);
        assert_eq!(state_of(&world, &token).await, InvitationState::Used);
        let again = world.store.join_as_new(&link, somebody("other@example.org")).await.unwrap_err();
        assert!(matches!(again, Error::NotFound));
        assert_eq!(world.store.users().count().await.unwrap(), 2, "no account was made in vain");

        let (late, link) = invited(&world, &board, &owner, Role::Moderator).await;
        world.clock.advance(Duration::days(7));
        assert_eq!(state_of(&world, &late).await, InvitationState::Expired);
        let other = person(&world, &board, "other", None).await;
        assert!(matches!(world.store.join(&link, &other).await.unwrap_err(), Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn of_two_who_follow_one_link_at_once_one_joins() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let (ana, luis) = (person(&world, &board, "ana", None).await, person(&world, &board, "luis", None).await);
        for _ in 0..5 {
            let (_, link) = invited(&world, &board, &owner, Role::Admin).await;
            let (one, two) = tokio::join!(world.store.join(&link, &ana), world.store.join(&link, &luis));
            assert_eq!([&one, &two].iter().filter(|joined| matches!(joined, Ok(Joined::Now))).count(), 1);
            for user in [&ana, &luis] {
                let _ = board.members().remove(user.id, Actor::System).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_on_the_board_already_uses_no_invitation_up() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let member = person(&world, &board, "member", Some(Role::Member)).await;
        let (token, link) = invited(&world, &board, &owner, Role::Moderator).await;
        assert_eq!(world.store.join(&link, &owner).await.unwrap(), Joined::Before);
        assert_eq!(
            (role_of(&board, &owner).await, state_of(&world, &token).await),
            (Some(Role::Owner), InvitationState::Open)
        );
        assert_eq!(world.store.join(&link, &member).await.unwrap(), Joined::Now);
        assert_eq!(role_of(&board, &member).await, Some(Role::Moderator));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_for_an_address_is_for_nobody_else() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let (ana, luis) = (person(&world, &board, "ana", None).await, person(&world, &board, "luis", None).await);
        let email = EmailKey::of("Ana@Example.org");
        let (_, token) = board.invitations().create(Role::Admin, Some(&email), Actor::User(owner.id)).await.unwrap();
        let link = world.store.invitation_link(&token).await.unwrap().unwrap();
        for refused in [
            world.store.join(&link, &luis).await.map(|_| ()),
            world.store.join_as_new(&link, somebody("new@example.org")).await.map(|_| ()),
        ] {
            assert!(matches!(refused.unwrap_err(), Error::Conflict(Conflict::InvitedAddress)));
        }
        assert_eq!(world.store.join(&link, &ana).await.unwrap(), Joined::Now);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_worth_no_more_than_its_maker() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        person(&world, &board, "second", Some(Role::Owner)).await;
        let ana = person(&world, &board, "ana", Some(Role::Owner)).await;
        let guest = person(&world, &board, "guest", None).await;
        let (as_owner, _) = invited(&world, &board, &ana, Role::Owner).await;
        let (as_admin, admin_link) = invited(&world, &board, &ana, Role::Admin).await;
        let members = board.members();
        members.change_role(ana.id, Role::Admin, Actor::User(owner.id)).await.unwrap();
        assert_eq!(state_of(&world, &as_owner).await, InvitationState::Revoked);
        assert_eq!(state_of(&world, &as_admin).await, InvitationState::Open);
        members.remove(ana.id, Actor::User(ana.id)).await.unwrap();
        assert_eq!(state_of(&world, &as_admin).await, InvitationState::Revoked, "who leaves takes their links along");
        assert!(matches!(world.store.join(&admin_link, &guest).await.unwrap_err(), Error::NotFound));

        let token = board.tokens().create("ci", Role::Admin, None, Actor::System).await.unwrap();
        let (_, made) = board.invitations().create(Role::Admin, None, Actor::Token(token.id)).await.unwrap();
        board.tokens().revoke(token.id, Actor::System).await.unwrap();
        assert_eq!(state_of(&world, &made).await, InvitationState::Revoked);
        let soon = Some(world.store.clock().now() + Duration::hours(1));
        let token = board.tokens().create("ci", Role::Admin, soon, Actor::System).await.unwrap();
        let (_, made) = board.invitations().create(Role::Admin, None, Actor::Token(token.id)).await.unwrap();
        let link = world.store.invitation_link(&made).await.unwrap().unwrap();
        world.clock.advance(Duration::hours(2));
        let refused = world.store.join(&link, &guest).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound), "its maker's time is over, and nobody revoked it");
    })
    .await;
}

#[tokio::test]
async fn admins_do_not_touch_owners_and_the_last_owner_stays() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let admin = person(&world, &board, "admin", Some(Role::Admin)).await;
        let other = person(&world, &board, "other", Some(Role::Moderator)).await;
        let (members, by_admin) = (board.members(), Actor::User(admin.id));
        for refused in [
            members.change_role(owner.id, Role::Member, by_admin).await,
            members.change_role(other.id, Role::Owner, by_admin).await,
            members.change_role(admin.id, Role::Owner, by_admin).await,
            members.remove(owner.id, by_admin).await,
            members.remove(admin.id, Actor::User(other.id)).await,
        ] {
            assert!(matches!(refused.unwrap_err(), Error::Conflict(Conflict::RoleTooSmall)));
        }
        members.change_role(other.id, Role::Admin, by_admin).await.unwrap();
        let last = members.remove(owner.id, Actor::User(owner.id)).await.unwrap_err();
        assert!(matches!(last, Error::Conflict(Conflict::LastOwner)), "not even by oneself");
        let nobody = members.change_role(uuid::Uuid::now_v7(), Role::Member, by_admin).await.unwrap_err();
        assert!(matches!(nobody, Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn of_two_owners_who_go_at_the_same_moment_one_stays() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let (ana, luis) = (person(&world, &board, "ana", None).await, person(&world, &board, "luis", None).await);
        for _ in 0..5 {
            for user in [&ana, &luis] {
                board.members().set(user.id, Role::Owner, Actor::System).await.unwrap();
            }
            let members = board.members();
            let (one, two) = tokio::join!(
                members.remove(ana.id, Actor::User(ana.id)),
                members.change_role(luis.id, Role::Admin, Actor::User(luis.id)),
            );
            assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
            let owners = members.list().await.unwrap().into_iter().filter(|member| member.role == Role::Owner);
            assert_eq!(owners.count(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_that_nobody_has_proved_gets_no_role_by_its_address() {
    on_both(|world| async move {
        let (board, rival) = (world.board("acme").await, world.board("rival").await);
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let boss = EmailKey::of("boss@example.org");
        rival.members().appoint(&boss, Role::Owner, Actor::System).await.unwrap();
        let (_, link) = invited(&world, &board, &owner, Role::Member).await;
        let impostor = world.store.join_as_new(&link, somebody("boss@example.org")).await.unwrap();
        assert_eq!(role_of(&rival, &impostor).await, None);
        assert_eq!(world.store.boards_of(&impostor).await.unwrap().len(), 1);
        let refused = board.members().appoint(&boss, Role::Owner, Actor::User(owner.id)).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::AddressUnconfirmed)));

        let token = mailed_link(&world.store, "boss@example.org").await;
        let boss = world.store.password_links().redeem(&token, "another long word").await.unwrap();
        assert!(boss.address_confirmed, "the link went to the address and nowhere else");
        assert_eq!(role_of(&rival, &boss).await, Some(Role::Owner));
    })
    .await;
}

/// The token of the link for a new password in the mail to this address.
async fn mailed_link(store: &Store, address: &str) -> String {
    store.send_mail();
    store.password_links().mail(&EmailKey::of(address), Actor::Visitor).await.unwrap();
    let due = store.notices().due(MailLane::Installation).await.unwrap();
    for due in due.iter().filter(|due| due.recipient() == Some(address)) {
        if let Prepared::Ready { facts, .. } = store.notices().prepare(due).await.unwrap()
            && let Some(token) = &facts[0].link_token
        {
            return token.clone();
        }
    }
    panic!("no mail to {address}");
}

#[tokio::test]
async fn a_role_waits_for_a_month_and_as_long_as_its_maker_may_give_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = person(&world, &board, "owner", Some(Role::Owner)).await;
        let ana = person(&world, &board, "ana", Some(Role::Owner)).await;
        let (members, by) = (board.members(), Actor::User(ana.id));
        for name in ["one", "two"] {
            members.appoint(&EmailKey::of(&format!("{name}@example.org")), Role::Admin, by).await.unwrap();
        }
        members.appoint(&EmailKey::of("boss@example.org"), Role::Owner, by).await.unwrap();
        let waiting = members.waiting().await.unwrap();
        assert!(waiting.iter().all(|role| role.maker == Some(ana.id)), "{waiting:?}");
        let one = person(&world, &board, "one", None).await;
        assert_eq!(role_of(&board, &one).await, Some(Role::Admin));

        members.change_role(ana.id, Role::Admin, Actor::User(owner.id)).await.unwrap();
        let boss = person(&world, &board, "boss", None).await;
        assert_eq!(role_of(&board, &boss).await, None, "an admin gives nobody the role of an owner");
        members.remove(ana.id, by).await.unwrap();
        assert!(members.waiting().await.unwrap().is_empty());
        let two = person(&world, &board, "two", None).await;
        assert_eq!(role_of(&board, &two).await, None);

        members.appoint(&EmailKey::of("late@example.org"), Role::Admin, Actor::User(owner.id)).await.unwrap();
        members.appoint(&EmailKey::of("early@example.org"), Role::Admin, Actor::User(owner.id)).await.unwrap();
        let early = person(&world, &board, "early", None).await;
        let late = person(&world, &board, "late", None).await;
        world.clock.advance(Duration::days(29));
        assert_eq!(role_of(&board, &early).await, Some(Role::Admin));
        world.clock.advance(Duration::days(1));
        assert!(members.waiting().await.unwrap().is_empty());
        assert_eq!(role_of(&board, &late).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_role_of_a_token_that_has_ended_waits_in_vain() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let soon = Some(world.store.clock().now() + Duration::hours(1));
        let token = board.tokens().create("ci", Role::Owner, soon, Actor::System).await.unwrap();
        let ana = EmailKey::of("ana@example.org");
        board.members().appoint(&ana, Role::Admin, Actor::Token(token.id)).await.unwrap();
        world.clock.advance(Duration::hours(2));
        let ana = person(&world, &board, "ana", None).await;
        assert_eq!(role_of(&board, &ana).await, None);
    })
    .await;
}

#[tokio::test]
async fn nobody_makes_invitations_without_end() {
    on_both(|world| async move {
        let (board, other) = (world.board("acme").await, world.board("other").await);
        let ana = person(&world, &board, "ana", Some(Role::Owner)).await;
        other.members().set(ana.id, Role::Owner, Actor::System).await.unwrap();
        let invite = async |board: &TenantScope, by| board.invitations().create(Role::Member, None, by).await;
        let by = Actor::User(ana.id);
        let mut made = Vec::new();
        for _ in 0..MOST_INVITATIONS_AN_HOUR {
            made.push(invite(&board, by).await.unwrap().0.id);
        }
        let refused = invite(&board, by).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::InvitationsMade(_))), "{refused:?}");
        invite(&other, by).await.expect("on another board");
        invite(&board, Actor::System).await.expect("by whoever runs the installation");
        world.clock.advance(Duration::minutes(61));
        for _ in MOST_INVITATIONS_AN_HOUR..MOST_OPEN_INVITATIONS {
            invite(&board, by).await.unwrap();
        }
        world.clock.advance(Duration::minutes(61));
        let refused = invite(&board, by).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::InvitationsOpen(_))), "{refused:?}");
        board.invitations().revoke(made[0], by).await.unwrap();
        invite(&board, by).await.expect("one less is open");
        world.clock.advance(Duration::days(7));
        invite(&board, by).await.expect("they have expired");
    })
    .await;
}
