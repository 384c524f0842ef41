//! For whoever watches over the instance.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use serde_json::json;
use tablon_core::Role;

use crate::board::{Answer, Board, offer, on_each_database};

async fn scrape(board: &Board, peer: &str, forwarded: Option<&str>) -> Answer {
    let peer: SocketAddr = format!("{peer}:4000").parse().expect("an address");
    let mut request = Request::builder().uri("/metrics").extension(ConnectInfo(peer));
    if let Some(client) = forwarded {
        request = request.header("x-forwarded-for", client);
    }
    board.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn metrics_are_for_scrapers_in_the_same_network() {
    on_each_database(async |board| {
        scrape(&board, "203.0.113.7", None).await.expect(404);
        scrape(&board, "127.0.0.1", Some("203.0.113.7")).await.expect(404);
        board.get("/metrics").await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn metrics_count_offers_and_requests_and_name_nobody() {
    on_each_database(async |board| {
        board.publish().await;
        board.submit().await;
        let answer = scrape(&board, "10.0.0.9", None).await.expect(200);
        for line in [
            "tablon_jobs{state=\"published\"} 1",
            "tablon_jobs{state=\"submitted\"} 1",
            "tablon_placements{state=\"published\"} 0",
            "# TYPE tablon_attempts gauge",
            "tablon_database_up 1",
            "tablon_http_requests_total{route=\"/t/{tenant}/api/v1/jobs\",method=\"POST\",status=\"201\"} 2",
        ] {
            assert!(answer.text.lines().any(|l| l == line), "{line} in\n{}", answer.text);
        }
        assert!(!answer.text.contains("acme"), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn without_a_database_the_board_says_so_and_lives() {
    on_each_database(async |board| {
        let id = board.publish().await;
        board.store.close().await.expect("closed");
        board.get("/healthz").await.expect(200);
        board.get("/readyz").await.expect(503);
        assert!(scrape(&board, "127.0.0.1", None).await.expect(200).text.contains("tablon_database_up 0"));
        for (method, path, body) in [
            ("GET", "/jobs".to_owned(), None),
            ("POST", "/jobs".to_owned(), Some(offer())),
            ("GET", format!("/jobs/{id}"), None),
        ] {
            let answer = board.call(method, &path, None, body).await.expect(503);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert!(!answer.header("retry-after").is_empty());
        }
        board.call("POST", &format!("/jobs/{id}/close"), Some(Role::Moderator), Some(json!({}))).await.expect(503);
        let at_own_host = async |path: &str| {
            let request = Request::builder().uri(path).header("host", "jobs.acme.example");
            board.send(request.body(Body::empty()).expect("a request")).await.expect(503)
        };
        assert_eq!(at_own_host("/api/v1/jobs").await.header("content-type"), "application/problem+json");
        assert!(at_own_host("/").await.header("content-type").starts_with("text/html"));
        assert!(!at_own_host("/").await.header("retry-after").is_empty());
        assert!(!board.get("/t/acme/").await.expect(503).header("retry-after").is_empty());
    })
    .await;
}

#[tokio::test]
async fn every_answer_is_numbered_and_guarded() {
    on_each_database(async |board| {
        for path in ["/healthz", "/t/acme/api/v1/jobs", "/t/acme/", "/nonsense"] {
            let answer = board.get(path).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
            assert!(!answer.header("content-security-policy").contains("unsafe"), "{path}");
            assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
            assert!(!answer.header("referrer-policy").is_empty(), "{path}");
        }
        let answer = board.get("/t/acme/edit/some-token").await;
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    })
    .await;
}
