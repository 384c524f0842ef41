//! An account that gets another address, or proves the one it has.

use chrono::Duration;
use tablon_core::notice::NoticeKind;
use tablon_core::store::{MailLane, NewUser, User};
use tablon_core::{Actor, Conflict, EmailKey, Error, Role, TenantScope};

use crate::fixture::{World, on_both, submitted};

const PASSWORD: &str = "correct horse";
const OLD: &str = "ana@example.org";
const NEW: &str = "ana@new.example";

fn somebody(email: &str) -> NewUser {
    NewUser { email: email.to_owned(), name: String::new(), password: PASSWORD.to_owned(), operator: false }
}

async fn person(world: &World, email: &str) -> User {
    world.store.send_mail();
    world.store.users().create(somebody(email), Actor::System).await.unwrap()
}

/// Somebody who came with an invitation: nobody has proved their address.
async fn unproved(world: &World, board: &TenantScope, email: &str) -> User {
    let (_, token) = board.invitations().create(Role::Moderator, None, Actor::System).await.unwrap();
    let link = world.store.invitation_link(&token).await.unwrap().unwrap();
    world.store.join_as_new(&link, somebody(email)).await.unwrap()
}

/// The token in the mail that proves an address.
async fn token_to(world: &World, address: &str) -> String {
    let told = world.told(address).await;
    let mail = told.into_iter().find(|facts| facts.kind == NoticeKind::AccountAddress);
    mail.and_then(|facts| facts.link_token).unwrap_or_else(|| panic!("no link to {address}"))
}

async fn kinds(world: &World, address: &str) -> Vec<NoticeKind> {
    world.told(address).await.into_iter().map(|facts| facts.kind).collect()
}

async fn ask(world: &World, user: &User, email: &str) -> tablon_core::Result<()> {
    world.store.address_links().ask(user.id, &EmailKey::of(email), PASSWORD).await
}

async fn address_of(world: &World, user: &User) -> (String, bool) {
    let user = world.store.users().by_id(user.id).await.unwrap().unwrap();
    (user.email, user.address_confirmed)
}

#[tokio::test]
async fn an_account_gets_the_address_whose_mailbox_has_the_link() {
    on_both(|world| async move {
        let (ana, luis) = (person(&world, OLD).await, person(&world, "luis@example.org").await);
        let links = world.store.address_links();
        ask(&world, &ana, " ANA@new.example").await.unwrap();
        let token = token_to(&world, NEW).await;
        assert_eq!(links.find(&token).await.unwrap().unwrap().email, NEW);
        assert_eq!(address_of(&world, &ana).await, (OLD.to_owned(), true), "looking changes nothing");
        assert!(matches!(links.redeem(&token, luis.id).await.unwrap_err(), Error::NotFound), "another's link");
        let (one, two) = tokio::join!(links.redeem(&token, ana.id), links.redeem(&token, ana.id));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(address_of(&world, &ana).await, (NEW.to_owned(), true));
        assert!(links.find(&token).await.unwrap().is_none() && links.waiting(ana.id).await.unwrap().is_none());
        assert_eq!(kinds(&world, OLD).await, [NoticeKind::AccountAddressChanged], "the old address is told");
        assert!(world.store.users().authenticate(&EmailKey::of(OLD), PASSWORD).await.unwrap().is_none());
        assert!(world.store.users().authenticate(&EmailKey::of(NEW), PASSWORD).await.unwrap().is_some());
        let same = ask(&world, &ana, NEW).await.unwrap_err();
        assert!(matches!(same, Error::Invalid(errors) if errors.0[0].pointer == "/new_email"));
    })
    .await;
}

#[tokio::test]
async fn a_newer_link_and_a_day_and_another_password_end_a_link() {
    on_both(|world| async move {
        let ana = person(&world, OLD).await;
        let links = world.store.address_links();
        ask(&world, &ana, "first@new.example").await.unwrap();
        let first = token_to(&world, "first@new.example").await;
        ask(&world, &ana, NEW).await.unwrap();
        assert!(links.find(&first).await.unwrap().is_none());
        assert!(kinds(&world, "first@new.example").await.is_empty(), "nor is it sent any more");
        let second = token_to(&world, NEW).await;
        world.clock.advance(Duration::hours(24));
        assert!(matches!(links.redeem(&second, ana.id).await.unwrap_err(), Error::NotFound));
        ask(&world, &ana, NEW).await.unwrap();
        assert!(links.waiting(ana.id).await.unwrap().is_some());
        let wrong = links.ask(ana.id, &EmailKey::of(OLD), "wrong").await.unwrap_err();
        assert!(matches!(wrong, Error::Invalid(errors) if errors.0[0].pointer == "/password"));
        world.store.users().set_password(ana.id, "another long word", Actor::CommandLine).await.unwrap();
        assert!(links.waiting(ana.id).await.unwrap().is_none(), "whoever asked for it knew the password before");
    })
    .await;
}

#[tokio::test]
async fn what_was_mailed_to_the_old_address_opens_the_account_no_longer() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let ana = person(&world, OLD).await;
        board.members().set(ana.id, Role::Moderator, Actor::System).await.unwrap();
        let reset = world.store.password_links().issue(ana.id, Actor::CommandLine).await.unwrap();
        submitted(&board, "Rust engineer").await;
        ask(&world, &ana, NEW).await.unwrap();
        let token = token_to(&world, NEW).await;
        world.store.address_links().redeem(&token, ana.id).await.unwrap();
        assert!(!world.store.password_links().is_valid(&reset).await.unwrap());
        assert_eq!(kinds(&world, OLD).await, [NoticeKind::AccountAddressChanged]);
        assert_eq!(kinds(&world, NEW).await, [NoticeKind::QueueNew], "what waits for her goes to the new one");
    })
    .await;
}

#[tokio::test]
async fn an_address_with_an_account_is_answered_alike_and_its_owner_is_told() {
    on_both(|world| async move {
        let (ana, luis) = (person(&world, OLD).await, person(&world, "luis@example.org").await);
        let links = world.store.address_links();
        ask(&world, &ana, "free@example.org").await.unwrap();
        let free = links.waiting(ana.id).await.unwrap().unwrap();
        ask(&world, &ana, "luis@example.org").await.unwrap();
        let taken = links.waiting(ana.id).await.unwrap().unwrap();
        assert_eq!(free.expires_at, taken.expires_at, "the page shows the same of both");
        let told = world.told("luis@example.org").await;
        assert_eq!(told.iter().map(|facts| facts.kind).collect::<Vec<_>>(), [NoticeKind::AccountAddressTaken]);
        assert!(told[0].link_token.is_none());
        assert_eq!(address_of(&world, &luis).await, ("luis@example.org".to_owned(), true));

        // It was free when the link was mailed, and isn't when it is used.
        ask(&world, &ana, NEW).await.unwrap();
        let token = token_to(&world, NEW).await;
        person(&world, NEW).await;
        let late = links.redeem(&token, ana.id).await.unwrap_err();
        assert!(matches!(late, Error::Conflict(Conflict::EmailTaken)));
        assert_eq!(address_of(&world, &ana).await, (OLD.to_owned(), true));
    })
    .await;
}

#[tokio::test]
async fn an_account_proves_the_address_that_it_has() {
    on_both(|world| async move {
        world.store.send_mail();
        let board = world.board("acme").await;
        let ana = unproved(&world, &board, OLD).await;
        let links = world.store.address_links();
        links.ask_for_present(ana.id).await.unwrap();
        let token = token_to(&world, OLD).await;
        links.redeem(&token, ana.id).await.unwrap();
        assert_eq!(address_of(&world, &ana).await, (OLD.to_owned(), true));
        assert!(kinds(&world, OLD).await.is_empty(), "nothing was changed");
        links.ask_for_present(ana.id).await.unwrap();
        assert!(links.waiting(ana.id).await.unwrap().is_none(), "it is proved");
    })
    .await;
}

#[tokio::test]
async fn an_address_gets_three_such_mails_an_hour_and_they_hide_no_news() {
    on_both(|world| async move {
        let ana = person(&world, OLD).await;
        for number in 0..6 {
            ask(&world, &ana, &format!("ana+{number}@new.example")).await.unwrap();
        }
        let all = world.store.notices().due(MailLane::Installation).await.unwrap();
        assert_eq!(all.iter().filter(|due| due.recipient().is_some_and(|to| to.ends_with("new.example"))).count(), 3);
        // However many mails somebody causes who has taken the account over: its owner hears of the password.
        world.store.users().set_password(ana.id, "another long word", Actor::CommandLine).await.unwrap();
        assert_eq!(kinds(&world, OLD).await, [NoticeKind::AccountPasswordChanged]);
    })
    .await;
}

#[tokio::test]
async fn the_operator_gives_an_account_another_address() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let ana = unproved(&world, &board, OLD).await;
        person(&world, "luis@example.org").await;
        let set =
            async |email: &str| world.store.users().set_address(ana.id, &EmailKey::of(email), Actor::CommandLine).await;
        assert!(matches!(set("luis@example.org").await.unwrap_err(), Error::Conflict(Conflict::EmailTaken)));
        assert!(matches!(set("nonsense").await.unwrap_err(), Error::Invalid(_)));
        assert!(set("Ana@New.example").await.unwrap().address_confirmed);
        assert_eq!(address_of(&world, &ana).await, (NEW.to_owned(), true));
        assert_eq!(kinds(&world, OLD).await, [NoticeKind::AccountAddressChanged]);
    })
    .await;
}
