//! Boards, people, and their ways in.

use chrono::Duration;
use serde_json::{Value, json};
use tablon_core::store::{NewTenant, NewUser, SetupLinkState};
use tablon_core::{Actor, Clock as _, Conflict, EmailKey, Error, Role, TenantScope};

use crate::fixture::{on_both, published};

/// The languages of the pages.
const PAGES: &[&str] = &["en", "es", "pt-BR"];

fn somebody(email: &str) -> NewUser {
    NewUser { email: email.to_owned(), name: String::new(), password: "correct horse".to_owned(), operator: false }
}

#[tokio::test]
async fn a_slug_belongs_to_one_board() {
    on_both(|world| async move {
        world.board("acme").await;
        let again = world
            .store
            .tenants()
            .create(NewTenant::new("acme".parse().unwrap(), "Acme"), Actor::System)
            .await
            .unwrap_err();
        assert!(matches!(again, Error::Conflict(Conflict::SlugTaken(_))), "{again}");
    })
    .await;
}

#[tokio::test]
async fn a_board_answers_at_its_own_host_and_links_there() {
    on_both(|world| async move {
        let mut new = NewTenant::new("acme".parse().unwrap(), "Acme");
        new.hosts = vec!["Jobs.Acme.Example".to_owned()];
        world.store.tenants().create(new, Actor::System).await.unwrap();
        let found = world.store.tenants().by_host("jobs.acme.example").await.unwrap().unwrap();
        assert_eq!(found.public_url(), "https://jobs.acme.example");
        assert_eq!(found.base_path_url(), "https://board.example/t/acme");
        assert!(world.store.tenants().by_host("other.example").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn only_the_right_password_opens() {
    on_both(|world| async move {
        let user = world.store.users().create(somebody("Mod@Example.org"), Actor::System).await.unwrap();
        assert_eq!((user.email.as_str(), user.name.as_str()), ("mod@example.org", "mod"));
        let users = world.store.users();
        assert_eq!(
            users.authenticate(&EmailKey::of("MOD@example.org"), "correct horse").await.unwrap(),
            Some(user.clone())
        );
        assert_eq!(users.authenticate(&EmailKey::of("mod@example.org"), "correct hors").await.unwrap(), None);
        assert_eq!(users.authenticate(&EmailKey::of("nobody@example.org"), "correct horse").await.unwrap(), None);
        let again = users.create(somebody("mod@example.org"), Actor::System).await.unwrap_err();
        assert!(matches!(again, Error::Conflict(Conflict::EmailTaken)));
        for weak in ["short", "aaaaaaaaaaaaaaaa"] {
            let weak = NewUser { password: weak.to_owned(), ..somebody("b@example.org") };
            assert!(matches!(users.create(weak, Actor::System).await.unwrap_err(), Error::Invalid(_)));
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_when_it_is_over_or_ended() {
    on_both(|world| async move {
        let user = world.store.users().create(somebody("a@example.org"), Actor::System).await.unwrap();
        let sessions = world.store.sessions();
        let (one, two) = (sessions.create(user.id, None).await.unwrap(), sessions.create(user.id, None).await.unwrap());
        assert_eq!(sessions.find(&one).await.unwrap().unwrap().user, user);
        sessions.delete(&one).await.unwrap();
        assert!(sessions.find(&one).await.unwrap().is_none());
        world.clock.advance(Duration::days(31));
        assert!(sessions.find(&two).await.unwrap().is_none());
        assert!(sessions.find("made-up").await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn the_first_link_founds_the_instance_once() {
    on_both(|world| async move {
        let links = world.store.setup_links();
        let first = links.issue().await.unwrap();
        world.clock.advance(Duration::hours(23));
        let link = links.issue().await.unwrap();
        assert_eq!(links.state(&first).await.unwrap(), SetupLinkState::Open);
        world.clock.advance(Duration::hours(2));
        assert_eq!(links.state(&first).await.unwrap(), SetupLinkState::Unknown);
        let board = || NewTenant::new("acme".parse().unwrap(), "Acme");
        let founded = links.redeem(&link, somebody("me@example.org"), board()).await.unwrap();
        assert!(founded.user.operator);
        assert_eq!(founded.tenant.members().role_of(&founded.user).await.unwrap(), Some(Role::Owner));
        let again = links.redeem(&link, somebody("you@example.org"), board()).await.unwrap_err();
        assert!(matches!(again, Error::NotFound));
        assert_eq!(links.state(&link).await.unwrap(), SetupLinkState::Used);
        assert_eq!(links.state("made-up").await.unwrap(), SetupLinkState::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a_failed_founding_leaves_the_link_good() {
    on_both(|world| async move {
        let links = world.store.setup_links();
        let link = links.issue().await.unwrap();
        let weak = NewUser { password: "short".to_owned(), ..somebody("me@example.org") };
        let board = NewTenant::new("acme".parse().unwrap(), "Acme");
        assert!(matches!(links.redeem(&link, weak, board).await.unwrap_err(), Error::Invalid(_)));
        assert_eq!(links.state(&link).await.unwrap(), SetupLinkState::Open);
        assert_eq!(world.store.users().count().await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn roles_are_given_and_the_last_owner_stays() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let owner = world.store.users().create(somebody("owner@example.org"), Actor::System).await.unwrap();
        let other = world.store.users().create(somebody("other@example.org"), Actor::System).await.unwrap();
        board.members().set(owner.id, Role::Owner, Actor::System).await.unwrap();
        board.members().set(other.id, Role::Moderator, Actor::User(owner.id)).await.unwrap();
        assert_eq!(board.members().role_of(&other).await.unwrap(), Some(Role::Moderator));
        assert_eq!(board.members().list().await.unwrap().len(), 2);
        let lost = board.members().set(owner.id, Role::Admin, Actor::System).await.unwrap_err();
        assert!(matches!(lost, Error::Conflict(Conflict::LastOwner)));
        board.members().remove(other.id, Actor::System).await.unwrap();
        assert_eq!(board.members().role_of(&other).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_token_works_until_it_expires_or_is_revoked() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let tokens = board.tokens();
        let one = tokens.create("ci", Role::Admin, None, Actor::System).await.unwrap();
        let soon = Some(crate::fixture::noon() + Duration::hours(1));
        let two = tokens.create("short", Role::Moderator, soon, Actor::System).await.unwrap();
        assert_eq!(tokens.find_valid(one.id).await.unwrap().unwrap().role, Role::Admin);
        assert!(tokens.find_valid(two.id).await.unwrap().is_some());
        world.clock.advance(Duration::hours(2));
        assert!(tokens.find_valid(two.id).await.unwrap().is_none());
        tokens.revoke(one.id, Actor::System).await.unwrap();
        assert!(tokens.find_valid(one.id).await.unwrap().is_none());
        assert!(world.board("other").await.tokens().find_valid(one.id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_board_is_renamed_and_recoloured_but_not_with_nonsense() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let update = async |board: &TenantScope, patch: Value| {
            world.store.tenants().update(board, &patch, None, PAGES, Actor::System).await
        };
        let patch = json!({ "name": "Acme devs", "accent": "#AA3300", "description": "Jobs for us" });
        let board = update(&board, patch).await.unwrap();
        assert_eq!((board.name.as_str(), board.accent.as_str()), ("Acme devs", "#aa3300"));
        for accent in ["red", "#12345", "#12345g", "#123456;}"] {
            let refused = update(&board, json!({ "accent": accent })).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(_)), "{accent}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer() {
    use tablon_core::store::Replay;
    on_both(|world| async move {
        let board = world.board("acme").await;
        let keys = board.idempotency();
        assert_eq!(keys.begin("k", "POST /jobs {}").await.unwrap(), Replay::New);
        let busy = keys.begin("k", "POST /jobs {}").await.unwrap_err();
        assert!(matches!(busy, Error::Conflict(Conflict::IdempotencyKeyInUse)));
        keys.finish("k", 201, "{}").await.unwrap();
        let done = Replay::Done { status: 201, body: "{}".to_owned() };
        assert_eq!(keys.begin("k", "POST /jobs {}").await.unwrap(), done);
        let reused = keys.begin("k", "POST /jobs {\"a\":1}").await.unwrap_err();
        assert!(matches!(reused, Error::Conflict(Conflict::IdempotencyKeyReused)));
        world.clock.advance(Duration::hours(25));
        assert_eq!(keys.begin("k", "POST /jobs {\"a\":1}").await.unwrap(), Replay::New);
    })
    .await;
}

#[tokio::test]
async fn the_time_of_a_boards_last_change_grows_with_every_change_whatever_the_clock_says() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        assert_eq!(board.changed_at().await.unwrap(), None);
        published(&board, "Gardener").await;
        let first = board.changed_at().await.unwrap().expect("a change");
        world.clock.set(world.clock.now() - Duration::seconds(30));
        published(&board, "Florist").await;
        let second = board.changed_at().await.unwrap().expect("a change");
        assert!(second >= first + Duration::seconds(1), "{first} {second}");
        world.clock.set(world.clock.now() + Duration::minutes(5));
        published(&board, "Baker").await;
        let third = board.changed_at().await.unwrap().expect("a change");
        let now = world.clock.now();
        assert!(third >= now && third <= now + Duration::seconds(1), "{third} {now}");
    })
    .await;
}
