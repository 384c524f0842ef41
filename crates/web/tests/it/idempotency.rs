//! A create that is sent twice happens once.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tablon_core::Role;

use crate::board::{Answer, Board, offer, on_each_database, request};

async fn submit(board: &Board, key: &str, body: &Value) -> Answer {
    let request =
        request("POST", "/t/acme/api/v1/jobs").header(CONTENT_TYPE, "application/json").header("idempotency-key", key);
    board.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

#[tokio::test]
async fn the_same_request_under_the_same_key_gets_the_same_answer() {
    on_each_database(async |board| {
        let first = submit(&board, "key-1", &offer()).await.expect(201);
        let second = submit(&board, "key-1", &offer()).await.expect(201);
        assert_eq!(first.json(), second.json());
        assert_eq!(second.header("idempotency-replayed"), "true");
        let other = submit(&board, "key-2", &offer()).await.expect(201);
        assert_ne!(first.json()["id"], other.json()["id"]);
        let list = board.call("GET", "/jobs?state=submitted", Some(Role::Moderator), None).await.expect(200).json();
        assert_eq!(list["items"].as_array().expect("items").len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_key_belongs_to_one_request_and_is_free_again_when_that_failed() {
    on_each_database(async |board| {
        submit(&board, "key", &json!({})).await.expect(422);
        submit(&board, "key", &offer()).await.expect(201);
        let mut other = offer();
        other["title"] = json!("Something else");
        submit(&board, "key", &other).await.expect(409);
        submit(&board, &"k".repeat(256), &offer()).await.expect(400);
    })
    .await;
}
