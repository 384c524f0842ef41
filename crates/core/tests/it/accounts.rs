//! Second factors, links for a new password, and sessions.

use chrono::Duration;
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use tablon_core::store::{FactorCode, NewUser, PasswordMark, RECOVERY_CODES, User};
use tablon_core::{Actor, Conflict, EmailKey, Error, Role};
use tablon_testkit::authenticator;

use crate::fixture::{World, on_both};

const PASSWORD: &str = "correct horse";

async fn ana(world: &World) -> User {
    let new = NewUser {
        email: "ana@example.org".to_owned(),
        name: "Ana".to_owned(),
        password: PASSWORD.to_owned(),
        operator: false,
    };
    world.store.users().create(new, Actor::System).await.unwrap()
}

/// What the first page of a log-in hands to the second one.
async fn mark(world: &World) -> PasswordMark {
    let email = EmailKey::of("ana@example.org");
    world.store.users().check_password(&email, PASSWORD).await.unwrap().expect("the right password").1
}

fn code(world: &World, key: &str) -> FactorCode {
    FactorCode::of(&authenticator::code(key, world.store.clock().now().timestamp()))
}

/// The key of somebody's app and their recovery codes.
async fn enabled(world: &World, user: &User) -> (String, Vec<String>) {
    let new = world.store.totp().begin(user, "Tablón").unwrap();
    let codes = world.store.totp().enable(user.id, &new.pending, &code(world, &new.key)).await.unwrap();
    (new.key.to_string(), codes.unwrap())
}

#[tokio::test]
async fn a_code_is_good_once() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let (key, _) = enabled(&world, &user).await;
        let totp = world.store.totp();
        let given = mark(&world).await;
        let log_in = async |code: &FactorCode| totp.log_in(user.id, &given, code, None).await.unwrap().is_some();
        assert!(!log_in(&code(&world, &key)).await, "it was used to switch the codes on");
        world.clock.advance(Duration::seconds(30));
        let next = code(&world, &key);
        let (one, two) = tokio::join!(log_in(&next), log_in(&next));
        assert!(one != two, "of two at once, one");
        assert!(!log_in(&next).await);
        let before = authenticator::code(&key, world.store.clock().now().timestamp() - 30);
        assert!(!log_in(&FactorCode::of(&before)).await, "nor is one of an earlier step");
        world.clock.advance(Duration::seconds(30));
        assert!(log_in(&code(&world, &key)).await);
        assert!(!log_in(&FactorCode::of("000000")).await);
    })
    .await;
}

#[tokio::test]
async fn each_recovery_code_is_good_once_and_for_its_person() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let (_, codes) = enabled(&world, &user).await;
        assert_eq!(codes.len(), RECOVERY_CODES);
        let totp = world.store.totp();
        let given = mark(&world).await;
        let log_in = async |id, typed: &str| totp.log_in(id, &given, &FactorCode::of(typed), None).await;
        let log_in = async |id, typed: &str| log_in(id, typed).await.is_ok_and(|session| session.is_some());
        assert!(!log_in(uuid::Uuid::now_v7(), &codes[0]).await);
        assert!(log_in(user.id, &codes[0].to_uppercase().replace('-', " ")).await);
        assert!(!log_in(user.id, &codes[0]).await);
        assert_eq!(totp.codes_left(user.id).await.unwrap(), 9);
        assert!(totp.disable(user.id, &FactorCode::of(&codes[1])).await.unwrap());
        assert_eq!((totp.enabled_since(user.id).await.unwrap(), totp.codes_left(user.id).await.unwrap()), (None, 0));
        assert!(!log_in(user.id, &codes[2]).await);
    })
    .await;
}

#[tokio::test]
async fn a_set_up_that_waits_too_long_or_is_another_persons_enables_nothing() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let totp = world.store.totp();
        let new = totp.begin(&user, "Tablón").unwrap();
        let other = uuid::Uuid::now_v7();
        assert!(totp.enable(other, &new.pending, &code(&world, &new.key)).await.unwrap().is_none());
        assert!(totp.enable(user.id, &new.pending, &FactorCode::of("000000")).await.unwrap().is_none());
        world.clock.advance(Duration::minutes(15));
        assert!(totp.enable(user.id, &new.pending, &code(&world, &new.key)).await.unwrap().is_none());
        assert_eq!(totp.enabled_since(user.id).await.unwrap(), None);

        let (key, _) = enabled(&world, &user).await;
        let second = totp.begin(&user, "Tablón").unwrap();
        let refused = totp.enable(user.id, &second.pending, &code(&world, &second.key)).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::TotpEnabled)));
        world.clock.advance(Duration::seconds(30));
        let given = mark(&world).await;
        assert!(
            totp.log_in(user.id, &given, &code(&world, &key), None).await.unwrap().is_some(),
            "the first one stays"
        );
        assert!(totp.switch_off(user.id, Actor::CommandLine).await.unwrap());
        assert!(!totp.switch_off(user.id, Actor::CommandLine).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_link_for_a_new_password_is_good_once_for_an_hour_and_ends_every_session() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let (links, sessions) = (world.store.password_links(), world.store.sessions());
        let session = sessions.create(user.id, None).await.unwrap();
        let first = links.issue(user.id, Actor::CommandLine).await.unwrap();
        let link = links.issue(user.id, Actor::CommandLine).await.unwrap();
        assert!(!links.is_valid(&first).await.unwrap(), "a newer one takes its place");
        assert!(matches!(links.redeem(&link, "short").await.unwrap_err(), Error::Invalid(_)));
        assert!(sessions.find(&session).await.unwrap().is_some());
        let new = "another long word";
        let (one, two) = tokio::join!(links.redeem(&link, new), links.redeem(&link, new));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert!(sessions.find(&session).await.unwrap().is_none());
        let email = EmailKey::of("ana@example.org");
        assert!(world.store.users().authenticate(&email, new).await.unwrap().is_some());

        let late = links.issue(user.id, Actor::CommandLine).await.unwrap();
        world.clock.advance(Duration::minutes(60));
        assert!(matches!(links.redeem(&late, PASSWORD).await.unwrap_err(), Error::NotFound));
        let link = links.issue(user.id, Actor::CommandLine).await.unwrap();
        world.store.users().set_password(user.id, PASSWORD, Actor::CommandLine).await.unwrap();
        assert!(!links.is_valid(&link).await.unwrap(), "nor does it outlive another way to a new password");
    })
    .await;
}

#[tokio::test]
async fn a_session_is_ended_by_its_person_and_nobody_else() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let sessions = world.store.sessions();
        let here = sessions.create(user.id, Some("Firefox, Linux")).await.unwrap();
        let there = sessions.create(user.id, None).await.unwrap();
        let open = sessions.list(user.id, &here).await.unwrap();
        assert_eq!((open.len(), open[0].current, open[0].browser.as_deref()), (2, true, Some("Firefox, Linux")));
        let named = &open[1].handle;
        assert!(matches!(sessions.end(uuid::Uuid::now_v7(), named).await.unwrap_err(), Error::NotFound));
        sessions.end(user.id, named).await.unwrap();
        assert!(sessions.find(&there).await.unwrap().is_none() && sessions.find(&here).await.unwrap().is_some());
        let third = sessions.create(user.id, None).await.unwrap();
        let wrong = world.store.users().change_password(user.id, "not it", "another long word", &here).await;
        assert!(matches!(wrong.unwrap_err(), Error::Invalid(_)));
        world.store.users().change_password(user.id, PASSWORD, "another long word", &here).await.unwrap();
        assert!(sessions.find(&third).await.unwrap().is_none() && sessions.find(&here).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn another_password_ends_a_log_in_that_waits_for_its_code() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let (key, codes) = enabled(&world, &user).await;
        let given = mark(&world).await;
        world.store.users().set_password(user.id, "another long word", Actor::CommandLine).await.unwrap();
        world.clock.advance(Duration::seconds(30));
        for code in [code(&world, &key), FactorCode::of(&codes[0])] {
            let refused = world.store.totp().log_in(user.id, &given, &code, None).await.unwrap_err();
            assert!(matches!(refused, Error::NotFound));
        }
        assert_eq!(world.store.totp().codes_left(user.id).await.unwrap(), 10, "no code was used up");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_change_a_password_at_the_same_moment_one_does() {
    on_both(|world| async move {
        let user = ana(&world).await;
        let users = world.store.users();
        let (one, two) = tokio::join!(
            users.change_password(user.id, PASSWORD, "the first long word", "x"),
            users.change_password(user.id, PASSWORD, "the second long word", "x"),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let refused = one.and(two).unwrap_err();
        assert!(matches!(refused, Error::Invalid(errors) if errors.0[0].pointer == "/password"));
    })
    .await;
}

#[tokio::test]
async fn the_first_proof_of_an_address_takes_away_what_somebody_else_may_have_set_up() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let (_, token) = board.invitations().create(Role::Member, None, Actor::System).await.unwrap();
        let link = world.store.invitation_link(&token).await.unwrap().unwrap();
        let email = "ana@example.org";
        let new = NewUser { email: email.into(), name: String::new(), password: PASSWORD.into(), operator: false };
        let impostor = world.store.join_as_new(&link, new).await.unwrap();
        enabled(&world, &impostor).await;
        let session = world.store.sessions().create(impostor.id, None).await.unwrap();
        world.store.address_links().ask(impostor.id, &EmailKey::of("me@evil.example"), PASSWORD).await.unwrap();
        let redeem = async || {
            world.store.password_links().mail(&EmailKey::of(email), Actor::Visitor).await.unwrap();
            let token = reset_token(&world, email).await;
            world.store.password_links().redeem(&token, "another long word").await.unwrap()
        };
        world.store.send_mail();
        assert!(redeem().await.address_confirmed);
        let totp = world.store.totp();
        let left = (totp.enabled_since(impostor.id).await.unwrap(), totp.codes_left(impostor.id).await.unwrap());
        assert_eq!(left, (None, 0));
        assert!(world.store.sessions().find(&session).await.unwrap().is_none());
        assert!(world.store.address_links().waiting(impostor.id).await.unwrap().is_none());

        // What is set up on a proved account stays: a mailbox alone must not open it.
        enabled(&world, &impostor).await;
        redeem().await;
        assert!(totp.enabled_since(impostor.id).await.unwrap().is_some());
    })
    .await;
}

/// The token of the newest link for a new password that is mailed to an address.
async fn reset_token(world: &World, address: &str) -> String {
    world.told(address).await.into_iter().filter_map(|facts| facts.link_token).next_back().expect("a link")
}

#[tokio::test]
async fn whoever_asks_for_a_link_for_no_account_waits_for_no_other_writer() {
    on_both(|world| async move {
        world.store.send_mail();
        // On SQLite one writer keeps all others waiting; there is no such lock on PostgreSQL.
        let mut options = ConnectOptions::new(world.database.url());
        options.max_connections(1);
        let writer = Database::connect(options).await.unwrap();
        let embedded = world.store.is_embedded();
        if embedded {
            writer.execute_unprepared("BEGIN IMMEDIATE").await.unwrap();
        }
        world.store.password_links().mail(&EmailKey::of("nobody@example.org"), Actor::Visitor).await.unwrap();
        if embedded {
            writer.execute_unprepared("ROLLBACK").await.unwrap();
        }
    })
    .await;
}
