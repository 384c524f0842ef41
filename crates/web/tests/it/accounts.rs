//! One's own account, the codes at log-in, and a forgotten password.

use tablon_core::{Actor, EmailKey, Role};
use tablon_testkit::authenticator;

use crate::board::{Answer, Board, PASSWORD, on_each_database};
use crate::browser::Browser;

const NEW: &str = "another long word";

async fn log_in(browser: &mut Browser<'_>, email: &str, password: &str) -> Answer {
    browser.get("/login").await.expect(200);
    browser.send("/login", &[("email", email), ("password", password), ("next", "/account")]).await
}

fn now(board: &Board) -> i64 {
    board.store.clock().now().timestamp()
}

#[tokio::test]
async fn a_person_changes_their_name_and_the_language_of_their_pages() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Moderator).await;
        let mut browser = Browser::new(&board);
        log_in(&mut browser, "ana@example.org", PASSWORD).await.expect(303);
        browser.get("/account").await.expect(200);
        let saved = browser.send("/account/profile", &[("name", "Ana Pérez"), ("account_locale", "es")]).await;
        let page = browser.follow(saved).await;
        assert!(page.text.contains("lang=\"es\"") && page.text.contains("Ana Pérez"), "{}", page.text);
        let queue = browser.get("/t/acme/admin").await.expect(200);
        assert!(queue.text.contains("lang=\"es\"") && queue.text.contains("Ana Pérez"));
        let public = browser.get("/t/acme/").await.expect(200);
        assert!(public.text.contains("lang=\"en\""), "what everybody sees follows the browser");
        browser.get("/account").await.expect(200);
        let refused = browser.send("/account/profile", &[("name", " "), ("account_locale", "en")]).await.expect(422);
        assert!(refused.text.contains("f-name-error"));
        let log = board.acme.audit().list(Some(ana.id), None, None).await.expect("the log").items;
        assert_eq!(log[0].action.as_str(), "user.update");
    })
    .await;
}

#[tokio::test]
async fn a_new_password_asks_for_the_present_one_and_ends_other_sessions() {
    on_each_database(async |board| {
        board.person("ana@example.org", Role::Member).await;
        let (mut here, mut there) = (Browser::new(&board), Browser::new(&board));
        for browser in [&mut here, &mut there] {
            log_in(browser, "ana@example.org", PASSWORD).await.expect(303);
            browser.get("/account").await.expect(200);
        }
        let wrong = here.send("/account/password", &[("password", "wrong"), ("new_password", NEW)]).await.expect(422);
        assert!(wrong.text.contains("present password") && !wrong.text.contains(NEW), "{}", wrong.text);
        here.send("/account/password", &[("password", PASSWORD), ("new_password", "short")]).await.expect(422);
        here.send("/account/password", &[("password", PASSWORD), ("new_password", NEW)]).await.expect(303);
        here.get("/account").await.expect(200);
        there.get("/account").await.expect(303);
        log_in(&mut there, "ana@example.org", NEW).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn the_present_password_can_not_be_guessed_in_a_browser_that_was_left_open() {
    on_each_database(async |board| {
        board.person("ana@example.org", Role::Member).await;
        let mut browser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut browser, "ana@example.org", PASSWORD).await.expect(303);
        let mut status = 0;
        for _ in 0..11 {
            browser.get("/account").await.expect(200);
            let guess = [("password", "wrong"), ("new_password", NEW)];
            status = browser.send("/account/password", &guess).await.status.as_u16();
        }
        assert_eq!(status, 429);
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    on_each_database(async |board| {
        board.person("ana@example.org", Role::Member).await;
        let mut here = Browser::new(&board);
        log_in(&mut here, "ana@example.org", PASSWORD).await.expect(303);
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let mut there = Browser { headers: vec![("user-agent", agent.to_owned())], ..Browser::new(&board) };
        log_in(&mut there, "ana@example.org", PASSWORD).await.expect(303);
        let page = here.get("/account").await.expect(200);
        assert!(page.text.contains("Firefox, Linux"));
        let handle = page.text.split("name=\"session\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let handle = handle.expect("the other session").to_owned();
        here.send("/account/sessions", &[("session", &handle)]).await.expect(303);
        there.get("/account").await.expect(303);
        log_in(&mut there, "ana@example.org", PASSWORD).await.expect(303);
        here.get("/account").await.expect(200);
        here.send("/account/sessions", &[("session", "others")]).await.expect(303);
        there.get("/account").await.expect(303);
        here.get("/account").await.expect(200);
    })
    .await;
}

/// Sets up an app in the browser; its key and the recovery codes.
async fn set_up(browser: &mut Browser<'_>) -> (String, Vec<String>) {
    let page = browser.get("/account/totp").await.expect(200);
    assert!(page.text.contains("data:image/svg+xml;base64,"));
    let key = page.text.split("class=\"copy-line\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a key");
    let code = authenticator::code(key, now(browser.board));
    let refused = browser.send_whole("/account/totp", &[("code", &code), ("password", "wrong")]).await.expect(422);
    assert!(refused.text.contains(key), "the same key again");
    let refused = browser.send_whole("/account/totp", &[("code", "000000"), ("password", PASSWORD)]).await.expect(422);
    assert!(refused.text.contains(key));
    let done = browser.send_whole("/account/totp", &[("code", &code), ("password", PASSWORD)]).await.expect(200);
    assert_eq!(done.header("cache-control"), "no-store");
    let codes: Vec<String> =
        done.text.split("<li>").skip(1).filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    (key.to_owned(), codes)
}

#[tokio::test]
async fn with_an_app_a_password_alone_opens_nothing() {
    on_each_database(async |board| {
        board.person("ana@example.org", Role::Moderator).await;
        let mut browser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut browser, "ana@example.org", PASSWORD).await.expect(303);
        let (key, codes) = set_up(&mut browser).await;

        let mut other = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        let page = log_in(&mut other, "ana@example.org", PASSWORD).await.expect(200);
        assert!(page.text.contains("action=\"/login/code\""), "{}", page.text);
        let stopped = other.page.clone();
        other.get("/account").await.expect(303);
        other.page.clone_from(&stopped);
        other.send_whole("/login/code", &[("code", "000000")]).await.expect(422);
        let code = authenticator::code(&key, now(&board) + 30);
        let answer = other.send_whole("/login/code", &[("code", &code)]).await.expect(303);
        assert_eq!(answer.header("location"), "/account");
        other.get("/t/acme/admin").await.expect(200);

        let mut thief = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut thief, "ana@example.org", PASSWORD).await.expect(200);
        thief.send_whole("/login/code", &[("code", &code)]).await.expect(422);
        let answer = thief.send_whole("/login/code", &[("code", &codes[0])]).await.expect(303);
        assert_eq!(answer.header("location"), "/account");
        let mut again = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut again, "ana@example.org", PASSWORD).await.expect(200);
        again.send_whole("/login/code", &[("code", &codes[0])]).await.expect(422);

        browser.get("/account/totp/off").await.expect(200);
        browser.send("/account/totp/off", &[("code", &codes[1]), ("password", "wrong")]).await.expect(422);
        browser.send("/account/totp/off", &[("code", &codes[1]), ("password", PASSWORD)]).await.expect(303);
        log_in(&mut Browser::new(&board), "ana@example.org", PASSWORD).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn codes_can_not_be_guessed_and_the_step_ends() {
    on_each_database(async |board| {
        board.person("ana@example.org", Role::Moderator).await;
        let mut browser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut browser, "ana@example.org", PASSWORD).await.expect(303);
        set_up(&mut browser).await;
        let mut guesser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        log_in(&mut guesser, "ana@example.org", PASSWORD).await.expect(200);
        let tries = async |guesser: &mut Browser<'_>, code: &str| {
            for n in 1..20 {
                if guesser.send_whole("/login/code", &[("code", code)]).await.status == 429 {
                    return n;
                }
            }
            20
        };
        assert_eq!(tries(&mut guesser, "000000").await, 6);
        assert_eq!(tries(&mut guesser, "aaaa-bbbb-cccc-dddd").await, 4, "recovery codes are slower");
        board.clock.skip_days(1);
        guesser.send_whole("/login/code", &[("code", "000000")]).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_sets_a_password_once_and_looking_does_not() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Moderator).await;
        let mut before = Browser::new(&board);
        log_in(&mut before, "ana@example.org", PASSWORD).await.expect(303);
        let token = board.store.password_links().issue(ana.id, Actor::CommandLine).await.expect("a link");
        let path = format!("/reset/{token}");
        let mut browser = Browser::new(&board);
        for _ in 0..2 {
            let page = browser.get(&path).await.expect(200);
            assert_eq!(page.header("referrer-policy"), "strict-origin");
            assert!(!page.text.contains("ana@example.org"), "it doesn't say whose it is");
        }
        browser.send(&path, &[("password", "short")]).await.expect(422);
        let answer = browser.send(&path, &[("password", NEW)]).await;
        browser.follow(answer).await;
        before.get("/account").await.expect(303);
        browser.get(&path).await.expect(410);
        browser.get("/login").await.expect(200);
        browser.send(&path, &[("password", NEW)]).await.expect(410);
        log_in(&mut browser, "ana@example.org", NEW).await.expect(303);
        browser.get("/reset/made-up").await.expect(410);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_answered_alike_for_everybody() {
    on_each_database(async |board| {
        board.person("known@example.org", Role::Moderator).await;
        let mut pages = Vec::new();
        for email in ["known@example.org", "unknown@example.org", "nonsense"] {
            let mut browser = Browser::new(&board);
            browser.get("/forgot").await.expect(200);
            pages.push(browser.send("/forgot", &[("email", email)]).await.expect(200).text);
        }
        let words = |page: &String| page.split("<main").nth(1).expect("a page").to_owned();
        assert_eq!(words(&pages[0]), words(&pages[1]));
        assert_eq!(words(&pages[0]), words(&pages[2]));
        assert!(pages[0].contains("whoever runs it"), "{}", pages[0]);
        let known = board.store.users().by_email(&EmailKey::of("known@example.org")).await.expect("the database");
        assert!(known.is_some());
    })
    .await;
}

#[tokio::test]
async fn another_password_ends_a_log_in_that_waits_for_its_code() {
    on_each_database(async |board| {
        let ana = board.person("ana@example.org", Role::Moderator).await;
        let mut browser = Browser::new(&board);
        log_in(&mut browser, "ana@example.org", PASSWORD).await.expect(303);
        let (_, codes) = set_up(&mut browser).await;
        let mut thief = Browser::new(&board);
        log_in(&mut thief, "ana@example.org", PASSWORD).await.expect(200);
        board.store.users().set_password(ana.id, NEW, Actor::CommandLine).await.expect("a password");
        let refused = thief.send_whole("/login/code", &[("code", &codes[0])]).await.expect(403);
        assert!(refused.header("set-cookie").is_empty(), "no session began");
        log_in(&mut thief, "ana@example.org", NEW).await.expect(200);
        thief.send_whole("/login/code", &[("code", &codes[0])]).await.expect(303);
    })
    .await;
}
