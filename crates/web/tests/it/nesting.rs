//! What is nested without end is refused at once, wherever it is sent, and no stack overflows.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::Value;
use tablon_core::Role;
use tablon_testkit::telegram::BOT_TOKEN;
use tablon_web::openapi;

use crate::board::{Answer, Board, on_each_database, request};
use crate::channels;

/// Deeper than any stack.
const DEPTH: usize = 100_000;
/// Within what a request may hold.
const LENGTH: usize = 900_000;
/// Far more than an answer takes on a slow machine.
const SHORTLY: Duration = Duration::from_secs(10);

/// JSON that is nested in every way, whole and broken off.
fn deep() -> Vec<String> {
    let nested = |open: &str, close: &str, core: &str| {
        let depth = DEPTH.min(LENGTH / (open.len() + close.len()));
        format!("{}{core}{}", open.repeat(depth), close.repeat(depth))
    };
    vec![
        nested("[", "", ""),
        nested("{\"a\":", "", ""),
        format!("{{\"title\":{}}}", nested("[", "]", "")),
        nested("[", "]", ""),
        nested("{\"a\":", "}", "1"),
        nested("{\"@graph\":[", "", ""),
        nested("[{\"item\":", "", "1"),
        format!("{{\"@type\":\"JobPosting\",\"title\":{}}}", nested("{\"@id\":\"a\",\"b\":", "}", "1")),
    ]
}

async fn send(board: &Board, method: &str, path: &str, content_type: &str, body: &str) -> Answer {
    let request = request(method, &format!("/t/acme/api/v1{path}"))
        .header(CONTENT_TYPE, content_type)
        .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Owner)));
    let began = Instant::now();
    let answer = board.send(request.body(Body::from(body.to_owned())).expect("a request")).await;
    assert!(began.elapsed() < SHORTLY, "{method} {path}: {:?}", began.elapsed());
    answer
}

/// Every operation that takes a body, as its method, its path and the kinds of bodies.
fn operations() -> Vec<(String, String, Vec<String>)> {
    let description: Value = serde_json::from_str(&openapi()).expect("JSON");
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            if let Some(content) = operation["requestBody"]["content"].as_object() {
                operations.push((method.to_uppercase(), path.clone(), content.keys().cloned().collect()));
            }
        }
    }
    operations
}

#[tokio::test]
async fn every_operation_refuses_json_that_is_nested_without_end() {
    channels::on_each_database(async |board, telegram| {
        let channel = channels::add(&board, &telegram, BOT_TOKEN).await;
        let job = board.publish().await;
        let placements = board.call("GET", "/placements", channels::MODERATOR, None).await.expect(200).json();
        let placement = placements["items"][0]["id"].as_str().expect("a placement");
        let operations = operations();
        assert!(operations.len() >= 15, "{operations:?}");
        for (method, path, kinds) in operations {
            let id = match path.split('/').nth(1) {
                Some("channels") => &*channel,
                Some("placements") => placement,
                _ => &*job,
            };
            let path = path.replace("{id}", id);
            for kind in kinds.iter().filter(|kind| kind.ends_with("json")) {
                // An import looks into what it reads; the others read it whole first.
                let some = if path == "/jobs/import" { usize::MAX } else { 3 };
                for body in deep().into_iter().take(some) {
                    let answer = send(&board, &method, &path, kind, &body).await;
                    assert_eq!(answer.status, 400, "{method} {path} {}…: {}", &body[..20], answer.text);
                    assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
                    assert!(answer.text.contains("recursion limit"), "{method} {path}: {}", answer.text);
                }
            }
        }
        board.get(&format!("/t/acme/api/v1/jobs/{job}")).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_table_with_nested_cells_is_read_as_text() {
    on_each_database(async |board| {
        for opening in ["[", "(", "<b>", "> ", "* "] {
            let cell = opening.repeat(DEPTH / 3);
            let table = format!("title,organization,location,salary,description\nEngineer,Acme,{cell},{cell},{cell}\n");
            let answer = send(&board, "POST", "/jobs/import", "text/csv", &table).await.expect(200);
            assert!(answer.text.len() < 10_000, "{} bytes", answer.text.len());
        }
    })
    .await;
}
