//! Which board answers at which host.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, HOST};
use tablon_core::Role;
use tablon_testkit::Backend;
use tablon_web::WebConfig;

use crate::board::{Answer, Board, PASSWORD, config, on_each_database};
use crate::browser::Browser;

async fn at(board: &Board, host: &str, path: &str) -> Answer {
    let request = Request::builder().uri(path).header(HOST, host);
    board.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_board_answers_at_its_own_host_and_below_the_base_host() {
    on_each_database(async |board| {
        for host in ["jobs.acme.example", "JOBS.acme.example:443", "acme.jobs.test", "acme.jobs.test:8080"] {
            let answer = at(&board, host, "/api/v1/jobs").await.expect(200);
            assert_eq!(answer.json()["items"], serde_json::json!([]), "{host}");
        }
        at(&board, "jobs.test", "/t/acme/api/v1/jobs").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_token_works_at_the_boards_own_host_too() {
    on_each_database(async |board| {
        let request = Request::builder()
            .uri("/api/v1/tenant")
            .header(HOST, "jobs.acme.example")
            .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Admin)));
        let answer = board.send(request.body(Body::empty()).expect("a request")).await.expect(200);
        assert_eq!(answer.json()["slug"], "acme");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_host_is_nobodys_board() {
    on_each_database(async |board| {
        for host in ["evil.example", "nobody.jobs.test", "a.acme.jobs.test", "acme.jobs.test.evil.example", "127.0.0.1"]
        {
            for path in ["/", "/api/v1/jobs", "/t/acme/api/v1/jobs", "/t/acme/", "/login"] {
                let answer = at(&board, host, path).await.expect(404);
                assert!(!answer.text.contains("Acme"), "{host}{path}: {}", answer.text);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn log_in_administration_and_other_boards_are_not_at_a_boards_own_host() {
    on_each_database(async |board| {
        let rival = board.other_board().await;
        for path in
            ["/admin", "/admin/jobs", "/login", "/setup/x", "/t/acme/api/v1/jobs", &format!("/t/{}/", rival.slug)]
        {
            at(&board, "jobs.acme.example", path).await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_boards_address_ends_with_a_slash() {
    on_each_database(async |board| {
        let answer = at(&board, "jobs.test", "/t/acme?q=rust").await.expect(308);
        assert_eq!(answer.header("location"), "/t/acme/?q=rust");
    })
    .await;
}

#[tokio::test]
async fn probes_are_answered_whatever_host_they_name() {
    on_each_database(async |board| {
        for host in ["10.1.2.3:8080", "jobs.acme.example", "jobs.test"] {
            at(&board, host, "/healthz").await.expect(200);
            at(&board, host, "/readyz").await.expect(200);
        }
    })
    .await;
}

/// A request by way of a reverse proxy that sends `host`, and `forwarded` as `X-Forwarded-Host`.
async fn through(board: &Board, proxy: &str, host: &str, forwarded: Option<&str>, path: &str) -> Answer {
    let peer = SocketAddr::new(proxy.parse().expect("an address"), 40000);
    let mut request = Request::builder().uri(path).header(HOST, host).extension(ConnectInfo(peer));
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-host", forwarded);
    }
    board.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn behind_a_proxy_that_sends_its_own_name_the_base_address_is_served() {
    on_each_database(async |board| {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.0.0.1"] {
            through(&board, "127.0.0.1", host, None, "/login").await.expect(200);
            let page = through(&board, "127.0.0.1", host, Some("nobody.example"), "/t/acme/").await.expect(200);
            assert!(page.text.contains("Acme devs"), "{host}");
            through(&board, "203.0.113.7", host, None, "/t/acme/").await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn behind_such_a_proxy_a_known_forwarded_host_decides() {
    on_each_database(async |board| {
        for forwarded in
            ["jobs.acme.example", "acme.jobs.test:443", "evil.example, jobs.acme.example", "JOBS.acme.example."]
        {
            let page = through(&board, "::1", "127.0.0.1:8080", Some(forwarded), "/").await.expect(200);
            assert!(page.text.contains("Acme devs"), "{forwarded}");
            through(&board, "::1", "127.0.0.1:8080", Some(forwarded), "/login").await.expect(404);
        }
        through(&board, "::1", "127.0.0.1:8080", Some("jobs.test"), "/login").await.expect(200);
        through(&board, "203.0.113.7", "127.0.0.1:8080", Some("jobs.acme.example"), "/").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_forwarded_host_overrules_no_host_that_is_known_and_saves_none_that_is_not() {
    on_each_database(async |board| {
        through(&board, "127.0.0.1", "jobs.test", Some("jobs.acme.example"), "/login").await.expect(200);
        through(&board, "127.0.0.1", "jobs.acme.example", Some("jobs.test"), "/login").await.expect(404);
        for host in ["evil.example", "192.168.7.7", "nobody.jobs.test"] {
            through(&board, "127.0.0.1", host, Some("jobs.acme.example"), "/").await.expect(404);
            through(&board, "127.0.0.1", host, None, "/login").await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_proxy_on_another_machine_is_believed_when_its_network_is_named() {
    for backend in Backend::all() {
        let listen = "10.0.0.5:8080".parse().expect("an address");
        let config = WebConfig { listen, trusted_proxies: vec!["10.0.0.0/24".parse().expect("a network")], ..config() };
        let board = Board::with_config(backend, None, config).await;
        for host in ["10.0.0.5:8080", "127.0.0.1:8080"] {
            through(&board, "10.0.0.2", host, None, "/login").await.expect(200);
            through(&board, "10.0.0.2", host, Some("jobs.acme.example"), "/login").await.expect(404);
            through(&board, "10.0.7.2", host, None, "/login").await.expect(404);
        }
        through(&board, "10.0.0.2", "10.0.0.6:8080", None, "/login").await.expect(404);
    }
}

#[tokio::test]
async fn a_log_in_form_from_another_address_than_the_base_address_is_refused_and_says_where_to_go() {
    on_each_database(async |board| {
        board.person("mod@acme.example", Role::Moderator).await;
        for (origin, status) in [
            (Some("http://jobs.test:8080"), 303),
            (None, 303),
            (Some("https://jobs.test"), 403),
            (Some("http://jobs.acme.example"), 403),
            (Some("null"), 403),
        ] {
            let mut browser = Browser::new(&board);
            browser.headers.extend(origin.map(|origin| ("origin", origin.to_owned())));
            browser.get("/login").await.expect(200);
            let fields = [("email", "mod@acme.example"), ("password", PASSWORD), ("next", "")];
            let answer = browser.send("/login", &fields).await.expect(status);
            if status == 403 {
                assert!(answer.text.contains("You can only log in at http://jobs.test:8080/login."), "{}", answer.text);
                assert!(answer.text.contains("mod@acme.example"), "what was typed stays");
            }
        }
    })
    .await;
}
