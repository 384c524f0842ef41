//! People who register as members of a board.

use chrono::Duration;
use serde_json::json;
use tablon_core::notice::NoticeKind;
use tablon_core::store::{Joined, MailLane, NewUser, User};
use tablon_core::{Actor, Conflict, EmailKey, Error, Role, TenantScope};

use crate::fixture::{World, on_both};

const PASSWORD: &str = "correct horse";
const ANA: &str = "ana@example.org";

async fn allow(world: &World, board: &TenantScope, registration: bool) -> TenantScope {
    let patch = json!({ "registration": registration });
    world.store.tenants().update(board, &patch, None, &["es"], Actor::System).await.unwrap()
}

/// A board on which people may register, and a mail server.
async fn open_board(world: &World) -> TenantScope {
    world.store.send_mail();
    let board = world.board("acme").await;
    allow(world, &board, true).await
}

async fn person(world: &World, email: &str) -> User {
    let new = NewUser { email: email.into(), name: String::new(), password: PASSWORD.into(), operator: false };
    world.store.users().create(new, Actor::System).await.unwrap()
}

async fn ask(board: &TenantScope, email: &str) {
    board.registrations().ask(&EmailKey::of(email)).await.unwrap();
}

async fn tokens(world: &World, address: &str) -> Vec<String> {
    world.told(address).await.into_iter().filter_map(|facts| facts.link_token).collect()
}

#[tokio::test]
async fn whoever_proves_their_address_becomes_a_member_without_powers() {
    on_both(|world| async move {
        let board = open_board(&world).await;
        let other = allow(&world, &world.board("other").await, true).await;
        ask(&board, " ANA@example.org").await;
        let token = tokens(&world, ANA).await.remove(0);
        assert_eq!(world.store.users().count().await.unwrap(), 0, "a mail makes no account");
        let registrations = board.registrations();
        assert_eq!(registrations.find(&token).await.unwrap().unwrap().email, ANA);
        assert!(other.registrations().find(&token).await.unwrap().is_none(), "it is a link of its board");
        let weak = registrations.redeem(&token, "Ana", "short").await.unwrap_err();
        assert!(matches!(weak, Error::Invalid(_)));
        let (one, two) =
            tokio::join!(registrations.redeem(&token, "Ana", PASSWORD), registrations.redeem(&token, "Ana", PASSWORD));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let ana = one.or(two).unwrap();
        assert!(ana.address_confirmed && ana.name == "Ana");
        assert_eq!(board.members().role_of(&ana).await.unwrap(), Some(Role::Member));
        assert_eq!(other.members().role_of(&ana).await.unwrap(), None);
        let event = board.audit().list(Some(ana.id), None, None).await.unwrap().items.remove(0);
        assert_eq!(event.detail, json!({ "role": "member", "registered": true }));
        assert_eq!(event.actor_id, Some(ana.id));
    })
    .await;
}

#[tokio::test]
async fn a_board_that_does_not_allow_it_and_a_missing_mail_server_send_nothing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let open = allow(&world, &board, true).await;
        ask(&open, ANA).await;
        world.store.send_mail();
        ask(&board, ANA).await;
        assert!(world.told(ANA).await.is_empty());
        // A link that is on its way ends with the permission.
        ask(&open, ANA).await;
        let token = tokens(&world, ANA).await.remove(0);
        allow(&world, &open, false).await;
        assert!(world.told(ANA).await.is_empty());
        let refused = open.registrations().redeem(&token, "Ana", PASSWORD).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound));
        let luis = person(&world, "luis@example.org").await;
        assert!(matches!(open.registrations().join(&luis).await.unwrap_err(), Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn asking_again_fills_no_mailbox_and_ends_no_link() {
    on_both(|world| async move {
        let board = open_board(&world).await;
        for spelling in [ANA, "ana+1@example.org", "Ana+2@Example.org", ANA, "ana+3@example.org"] {
            ask(&board, spelling).await;
        }
        assert_eq!(world.store.notices().due(MailLane::Installation).await.unwrap().len(), 3);
        let token = tokens(&world, ANA).await.remove(0);
        board.registrations().redeem(&token, "Ana", PASSWORD).await.unwrap();
        world.clock.advance(Duration::hours(2));
        ask(&board, "eva@example.org").await;
        let late = tokens(&world, "eva@example.org").await.remove(0);
        world.clock.advance(Duration::hours(24));
        let refused = board.registrations().redeem(&late, "Eva", PASSWORD).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound));
    })
    .await;
}

#[tokio::test]
async fn an_address_with_an_account_is_told_so_in_its_mailbox_and_nowhere_else() {
    on_both(|world| async move {
        let board = open_board(&world).await;
        let ana = person(&world, ANA).await;
        ask(&board, ANA).await;
        let told = world.told(ANA).await;
        assert_eq!(told.iter().map(|facts| facts.kind).collect::<Vec<_>>(), [NoticeKind::AccountRegisteredBefore]);
        assert!(told[0].link_token.is_none());
        // The mail to somebody without an account never arrives either: its admins see neither.
        ask(&board, "eva@example.org").await;
        for due in world.store.notices().due(MailLane::Installation).await.unwrap() {
            let refused = tablon_core::store::NoticeOutcome::Refused("550".to_owned());
            world.store.notices().put_off(&due, refused).await.unwrap();
        }
        assert!(board.last_notices(true, 10).await.unwrap().is_empty());
        assert_eq!(board.registrations().join(&ana).await.unwrap(), Joined::Now);
        assert_eq!(board.registrations().join(&ana).await.unwrap(), Joined::Before);
        assert_eq!(board.members().role_of(&ana).await.unwrap(), Some(Role::Member));
        board.members().set(ana.id, Role::Admin, Actor::System).await.unwrap();
        board.registrations().join(&ana).await.unwrap();
        assert_eq!(board.members().role_of(&ana).await.unwrap(), Some(Role::Admin), "nobody loses a role by it");
    })
    .await;
}

#[tokio::test]
async fn an_account_that_nobody_has_proved_does_not_join_and_one_made_meanwhile_stays() {
    on_both(|world| async move {
        let board = open_board(&world).await;
        let (_, invitation) = board.invitations().create(Role::Moderator, None, Actor::System).await.unwrap();
        let link = world.store.invitation_link(&invitation).await.unwrap().unwrap();
        ask(&board, ANA).await;
        let token = tokens(&world, ANA).await.remove(0);
        let new = NewUser { email: ANA.into(), name: String::new(), password: PASSWORD.into(), operator: false };
        let ana = world.store.join_as_new(&link, new).await.unwrap();
        let taken = board.registrations().redeem(&token, "Ana", PASSWORD).await.unwrap_err();
        assert!(matches!(taken, Error::Conflict(Conflict::EmailTaken)));
        board.members().remove(ana.id, Actor::System).await.unwrap();
        let refused = board.registrations().join(&ana).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::OwnAddressUnconfirmed)));
    })
    .await;
}
