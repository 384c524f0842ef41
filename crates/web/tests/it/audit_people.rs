//! Who signed in, who tried to, and who came to be somebody here is on record, and no word of it is theirs.

use std::time::Duration;

use serde_json::json;
use tablon_core::store::InstallationEvent;
use tablon_core::{Actor, ActorKind, EmailKey, Role};

use crate::audit::names_nobody;
use crate::board::{Board, PASSWORD, on_each_database};
use crate::browser::Browser;

/// The actions of the installation's log with their actors, newest first.
async fn installation(board: &Board) -> Vec<(String, ActorKind, String)> {
    let log = board.store.installation_log().list(None, Some(100)).await.expect("the log").items;
    names_nobody(&log);
    let told = |event: InstallationEvent| (event.action.to_string(), event.actor_kind, event.subject_id);
    log.into_iter().map(told).collect()
}

/// The same of the board's log.
async fn of_acme(board: &Board) -> Vec<(String, ActorKind, String)> {
    let log = board.acme.audit().list(None, None, Some(100)).await.expect("the log").items;
    names_nobody(&log);
    log.into_iter().map(|event| (event.action.to_string(), event.actor_kind, event.subject_id.to_string())).collect()
}

async fn try_to_log_in(browser: &mut Browser<'_>, email: &str, password: &str) -> u16 {
    browser.get("/login").await.expect(200);
    let fields = [("email", email), ("password", password), ("next", "")];
    browser.send("/login", &fields).await.status.as_u16()
}

/// Waits for what nobody waits for in the program.
async fn until(condition: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("it isn't on record after five seconds");
}

#[tokio::test]
async fn a_log_in_and_a_log_out_stand_in_the_log_of_each_board_where_the_person_is_staff() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        let ana = board.person("ana@example.org", Role::Admin).await;
        rival.members().set(ana.id, Role::Member, Actor::System).await.expect("a member without powers");
        let mut browser = Browser::new(&board);
        assert_eq!(try_to_log_in(&mut browser, "ana@example.org", PASSWORD).await, 303);
        browser.get("/").await.expect(200);
        browser.get("/t/acme/admin").await.expect(200);
        browser.send("/logout", &[]).await.expect(303);
        let id = ana.id.to_string();
        let told = |action: &str| (action.to_owned(), ActorKind::User, id.clone());
        assert_eq!(of_acme(&board).await[..2], [told("user.log_out"), told("user.log_in")]);
        assert_eq!(installation(&board).await[..2], [told("user.log_out"), told("user.log_in")]);
        let event = board.acme.audit().list(Some(ana.id), None, None).await.expect("the log").items.remove(0);
        assert_eq!((event.actor_id, event.detail), (Some(ana.id), json!({})));
        let of_rival = rival.audit().list(None, None, None).await.expect("the log").items;
        assert_eq!(of_rival.iter().map(|event| event.action.to_string()).collect::<Vec<_>>(), ["member.set"]);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_told_once_an_hour_and_a_stranger_fills_no_log() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Admin).await;
        let failures = async || of_acme(&board).await.iter().filter(|event| event.0 == "user.log_in_failed").count();
        let before = installation(&board).await.len();
        let mut guesser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        assert_eq!(try_to_log_in(&mut guesser, "nobody@example.org", "wrong").await, 422);
        assert_eq!(try_to_log_in(&mut guesser, "ana@example.org", "wrong").await, 422);
        until(async || failures().await == 1).await;
        let mut held_back = false;
        for _ in 0..11 {
            held_back = try_to_log_in(&mut guesser, "ana@example.org", "wrong").await == 429;
        }
        assert!(held_back, "the throttle answers before anybody looks for the account");
        board.clock.skip_days(1);
        assert_eq!(try_to_log_in(&mut guesser, "ana@example.org", "wrong").await, 422);
        // What was told of the tries before would be there by then, too.
        until(async || failures().await >= 2).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(failures().await, 2);
        let told = ("user.log_in_failed".to_owned(), ActorKind::Visitor, ana.id.to_string());
        assert_eq!(of_acme(&board).await[0], told);
        let log = installation(&board).await;
        assert_eq!((log.len() - before, &log[0]), (2, &told), "nobody@example.org has no account");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_is_on_record_wherever_the_person_works() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Admin).await;
        board.store.users().set_password(ana.id, "another long word", Actor::CommandLine).await.expect("a password");
        let told = ("user.set_password".to_owned(), ActorKind::CommandLine, ana.id.to_string());
        assert_eq!(of_acme(&board).await[0], told);
        assert_eq!(installation(&board).await[0], told);
    })
    .await;
}

#[tokio::test]
async fn the_founding_of_an_instance_is_on_record_as_the_founders_doing() {
    on_each_database(async |board| {
        let token = board.store.setup_links().issue().await.expect("a link");
        let path = format!("/setup/{token}");
        let mut founder = Browser::new(&board);
        founder.get(&path).await.expect(200);
        let fields = [
            ("name", "Ana"),
            ("email", "ana@example.org"),
            ("password", PASSWORD),
            ("board_name", "Ana's jobs"),
            ("board_slug", "first"),
            ("board_locale", "es"),
            ("board_time_zone", "Europe/Madrid"),
        ];
        founder.send(&path, &fields).await.expect(303);
        let ana = board.store.users().by_email(&EmailKey::of("ana@example.org")).await.expect("the database");
        let ana = ana.expect("the founder").id.to_string();
        let first = board.store.tenants().by_slug("first").await.expect("the database").expect("the board");
        let log = installation(&board).await;
        let told = |action: &str, subject: &str| (action.to_owned(), ActorKind::User, subject.to_owned());
        let expected =
            [told("user.log_in", &ana), told("tenant.create", &first.id.to_string()), told("user.create", &ana)];
        assert_eq!(log[..3], expected);
        let log = first.audit().list(None, None, None).await.expect("the log").items;
        let actions: Vec<&str> = log.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["user.log_in", "member.set"]);
        assert_eq!(log[1].detail, json!({"changed": ["role"], "role": "owner", "before": null}));
    })
    .await;
}

#[tokio::test]
async fn roles_are_on_record_from_the_invitation_to_the_end() {
    on_each_database(async |board| {
        let owner = Some(Role::Owner);
        let rival = board.other_board().await;
        let ana = board.person("ana@example.org", Role::Member).await;
        board.acme.members().remove(ana.id, Actor::System).await.expect("removed");
        let role = |role: &str| Some(json!({"email": "ana@example.org", "role": role}));
        let invited = board.call("POST", "/members", owner, role("moderator")).await.expect(200).json();
        assert_eq!(board.acme.members().role_of(&ana).await.expect("the database"), Some(Role::Moderator));
        board.call("POST", "/members", owner, role("admin")).await.expect(200);
        board.call("DELETE", &format!("/members/{}", ana.id), owner, None).await.expect(204);
        let log = board.acme.audit().list(None, None, None).await.expect("the log").items;
        names_nobody(&log);
        let told: Vec<_> = log[..4].iter().map(|event| (event.action.as_str(), event.detail.clone())).collect();
        let expected = [
            ("member.remove", json!({"before": "admin"})),
            ("member.set", json!({"changed": ["role"], "role": "admin", "before": "moderator"})),
            ("member.join", json!({"role": "moderator", "invitation": invited["id"]})),
            ("member.invite", json!({"role": "moderator"})),
        ];
        assert_eq!(told, expected);
        assert_eq!((log[2].actor_kind, log[2].actor_id), (ActorKind::User, Some(ana.id)));
        assert!(rival.audit().list(None, None, None).await.expect("the log").items.is_empty());
    })
    .await;
}
