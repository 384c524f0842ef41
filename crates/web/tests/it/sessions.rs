//! Signing in, what it opens, and what it doesn't.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::extract::FromRequestParts as _;
use axum::http::Request;
use axum::http::header::{COOKIE, HOST};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use std::net::SocketAddr;
use tablon_core::Role;
use tablon_web::AppState;
use tablon_web::auth::{AsAdmin, SignInError, Staff, sign_in};
use tablon_web::client_address::ClientAddress;
use tablon_web::tenancy::{find_tenant, route_by_host};

use crate::board::{Answer, BASE_HOST, Board, PASSWORD, on_each_database, send};
use crate::browser::Browser;

/// A page for moderators and one for admins, below a board.
fn router(state: &AppState) -> Router {
    let board = Router::new()
        .route("/queue", get(async |staff: Staff| format!("{} {}", staff.user.email, staff.role)))
        .route("/setup", get(async |staff: Staff<AsAdmin>| staff.user.email))
        .layer(from_fn_with_state(state.clone(), find_tenant));
    let inside = Router::new().nest("/t/{tenant}", board).with_state(state.clone());
    Router::new().fallback_service(inside).layer(from_fn_with_state(state.clone(), route_by_host))
}

async fn visit(router: &Router, host: &str, path: &str, cookie: &str) -> Answer {
    let request = Request::builder().uri(path).header(HOST, host).header(COOKIE, cookie);
    send(router, request.body(Body::empty()).expect("a request")).await
}

async fn from(state: &AppState, address: &str) -> ClientAddress {
    let peer: SocketAddr = format!("{address}:4000").parse().expect("an address");
    let request = Request::builder().extension(ConnectInfo(peer)).body(()).expect("a request");
    let Ok(address) = ClientAddress::from_request_parts(&mut request.into_parts().0, state).await;
    address
}

async fn cookie(board: &Board, email: &str) -> String {
    let from = from(&board.state, "203.0.113.7").await;
    let cookie = sign_in(&board.state, &from, email, PASSWORD, None).await.expect("signed in");
    assert!(cookie.http_only().unwrap_or_default());
    format!("{}={}", cookie.name(), cookie.value())
}

#[tokio::test]
async fn a_session_opens_what_the_role_allows() {
    on_each_database(async |board| {
        board.person("mod@example.org", Role::Moderator).await;
        board.person("member@example.org", Role::Member).await;
        let router = router(&board.state);
        let moderator = cookie(&board, "Mod@Example.org").await;
        let answer = visit(&router, BASE_HOST, "/t/acme/queue", &moderator).await.expect(200);
        assert_eq!(answer.text, "mod@example.org moderator");
        visit(&router, BASE_HOST, "/t/acme/setup", &moderator).await.expect(403);
        visit(&router, BASE_HOST, "/t/nobody/queue", &moderator).await.expect(404);
        let member = cookie(&board, "member@example.org").await;
        visit(&router, BASE_HOST, "/t/acme/queue", &member).await.expect(403);
        let rival = board.other_board().await;
        visit(&router, BASE_HOST, &format!("/t/{}/queue", rival.slug), &moderator).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_led_to_the_log_in_page_and_back() {
    on_each_database(async |board| {
        let router = router(&board.state);
        for cookie in ["", "tablon_session=made-up"] {
            let answer = visit(&router, BASE_HOST, "/t/acme/queue?state=submitted", cookie).await.expect(303);
            assert_eq!(answer.header("location"), "/login?next=%2Ft%2Facme%2Fqueue%3Fstate%3Dsubmitted");
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_is_worth_nothing_at_a_boards_own_host() {
    on_each_database(async |board| {
        board.person("mod@example.org", Role::Owner).await;
        let router = router(&board.state);
        let cookie = cookie(&board, "mod@example.org").await;
        visit(&router, "jobs.acme.example", "/queue", &cookie).await.expect(404);
        visit(&router, "jobs.acme.example", "/admin", &cookie).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn an_address_longer_than_any_is_nobodys_and_takes_up_no_room() {
    on_each_database(async |board| {
        let from = from(&board.state, "127.0.0.1").await;
        let endless = format!("{}@example.org", "a".repeat(1 << 20));
        for _ in 0..12 {
            let refused = sign_in(&board.state, &from, &endless, PASSWORD, None).await.expect_err("nobody's");
            assert!(matches!(refused, SignInError::Wrong), "not even counted");
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_held_back_uses_up_no_accounts_allowance() {
    on_each_database(async |board| {
        board.person("mod@example.org", Role::Moderator).await;
        let flooder = from(&board.state, "198.51.100.2").await;
        for n in 0..30 {
            let _ = sign_in(&board.state, &flooder, &format!("user{n}@example.org"), "wrong", None).await;
        }
        for _ in 0..20 {
            let refused =
                sign_in(&board.state, &flooder, "mod@example.org", "wrong", None).await.expect_err("held back");
            assert!(matches!(refused, SignInError::TooMany { .. }));
        }
        cookie(&board, "mod@example.org").await;
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_for_the_account_and_for_the_address() {
    on_each_database(async |board| {
        board.person("mod@example.org", Role::Moderator).await;
        let guess = async |email: &str, address: &str| {
            let from = from(&board.state, address).await;
            sign_in(&board.state, &from, email, "wrong", None).await.expect_err("no such password")
        };
        // From loopback no address is counted, the account is.
        for _ in 0..10 {
            assert!(matches!(guess("mod@example.org", "127.0.0.1").await, SignInError::Wrong));
        }
        assert!(matches!(guess("MOD@example.org ", "198.51.100.1").await, SignInError::TooMany { .. }));
        // From one distant address many accounts are tried.
        let mut held = false;
        for n in 0..31 {
            let refused = guess(&format!("user{n}@example.org"), "198.51.100.2").await;
            held = matches!(refused, SignInError::TooMany { .. });
        }
        assert!(held);
        assert!(matches!(guess("someone@example.org", "198.51.100.3").await, SignInError::Wrong));
    })
    .await;
}

/// Sends the log-in form and gives the answer's status.
async fn log_in(browser: &mut Browser<'_>, email: &str, password: &str) -> u16 {
    browser.get("/login").await.expect(200);
    let fields = [("email", email), ("password", password), ("next", "")];
    browser.send("/login", &fields).await.status.as_u16()
}

#[tokio::test]
async fn every_spelling_of_an_address_counts_for_the_same_account() {
    on_each_database(async |board| {
        board.person("mod@example.org", Role::Moderator).await;
        let mut guesser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        for n in 0..10 {
            let control = char::from_u32(n + 1).expect("a control character");
            let email = format!("mod{control}@Example.org\u{85}");
            assert_eq!(log_in(&mut guesser, &email, "wrong").await, 422, "{email:?}");
        }
        for email in ["mod@example.org", " MOD@example.org", "m\u{1f}od@example.org", "mod@example.org\u{9f}"] {
            assert_eq!(log_in(&mut guesser, email, PASSWORD).await, 429, "{email:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn clients_behind_a_proxy_on_this_machine_are_counted_however_it_writes_them() {
    on_each_database(async |board| {
        let held_back = async |header: &'static str, forwarded: fn(usize) -> String| {
            let mut guesser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
            for n in 0..40 {
                guesser.headers = vec![(header, forwarded(n))];
                let email = format!("user{n}@{header}.example");
                if log_in(&mut guesser, &email, "wrong").await == 429 {
                    return true;
                }
            }
            false
        };
        assert!(
            held_back("x-forwarded-for", |n| format!("198.51.100.1:{}", 40_000 + n)).await,
            "the port is no one else"
        );
        assert!(held_back("x-forwarded-for", |n| format!("[2001:db8::{n:x}]:{n}")).await);
        assert!(held_back("forwarded", |n| format!("for=\"[2001:db8:0:1::{n:x}]\";proto=https")).await);
        assert!(held_back("x-forwarded-for", |n| ["unknown", "_hidden", "", "?"][n % 4].to_owned()).await);
        let others = held_back("x-forwarded-for", |n| format!("203.0.113.{n}")).await;
        assert!(!others, "forty clients with an address of their own");
        let mut here = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        for n in 0..40 {
            assert_eq!(log_in(&mut here, &format!("local{n}@example.org"), "wrong").await, 422);
        }
    })
    .await;
}
