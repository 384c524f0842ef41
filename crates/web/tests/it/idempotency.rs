//! A create that is sent twice happens once.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
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

#[tokio::test]
async fn a_key_belongs_to_its_caller_and_leads_a_stranger_to_nobodys_private_link() {
    on_each_database(async |board| {
        let mine = submit(&board, "key", &offer()).await.expect(201).json();
        let others: Vec<SocketAddr> =
            ["203.0.113.8:40000", "[2001:db8::1]:40000"].map(|peer| peer.parse().expect("an address")).into();
        for peer in others {
            let request = request("POST", "/t/acme/api/v1/jobs").header(CONTENT_TYPE, "application/json");
            let request = request.header("idempotency-key", "key").extension(ConnectInfo(peer));
            let answer = board.send(request.body(Body::from(offer().to_string())).expect("a request")).await;
            let theirs = answer.expect(201);
            assert_eq!(theirs.header("idempotency-replayed"), "", "{peer}");
            assert_ne!(theirs.json()["edit_url"], mine["edit_url"], "{peer}");
            assert_ne!(theirs.json()["id"], mine["id"], "{peer}");
        }
        let mut links = Vec::new();
        for role in [Role::Member, Role::Owner, Role::Member] {
            let request = request("POST", "/t/acme/api/v1/jobs").header(CONTENT_TYPE, "application/json");
            let request = request.header(AUTHORIZATION, format!("Bearer {}", board.token_of(role)));
            let request = request.header("idempotency-key", "key");
            let answer = board.send(request.body(Body::from(offer().to_string())).expect("a request")).await;
            links.push(answer.expect(201).json()["edit_url"].clone());
        }
        assert_eq!(links[0], links[2], "its own caller gets the same answer");
        assert!(links[0] != links[1] && links[0] != mine["edit_url"] && links[1] != mine["edit_url"]);
        // Another request under a key that somebody else uses is nobody's business.
        let mut other = offer();
        other["title"] = json!("Something else");
        let request = request("POST", "/t/acme/api/v1/jobs").header(CONTENT_TYPE, "application/json");
        let peer: SocketAddr = "203.0.113.9:40000".parse().expect("an address");
        let request = request.header("idempotency-key", "key").extension(ConnectInfo(peer));
        board.send(request.body(Body::from(other.to_string())).expect("a request")).await.expect(201);
    })
    .await;
}
