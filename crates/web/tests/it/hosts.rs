//! Which board answers at which host.

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, HOST};
use tablon_core::Role;

use crate::board::{Answer, Board, on_each_database};

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
