//! Edits: by staff at once, by posters through a moderator.

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};
use tablon_core::{Actor, Role};

use crate::board::{Answer, Board, offer, on_each_database, request};

const MODERATOR: Option<Role> = Some(Role::Moderator);

async fn patch(board: &Board, id: &str, content_type: &str, if_match: Option<&str>, body: Value) -> Answer {
    let mut request = request("PATCH", &format!("/t/acme/api/v1/jobs/{id}"))
        .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Moderator)))
        .header(CONTENT_TYPE, content_type);
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    board.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

#[tokio::test]
async fn a_merge_patch_changes_what_it_names_and_is_live_at_once() {
    on_each_database(async |board| {
        let id = board.publish().await;
        for content_type in ["application/merge-patch+json", "application/json"] {
            let body = json!({"title": format!("By {content_type}"), "salary": null, "organization": {"url": null}});
            let job = patch(&board, &id, content_type, None, body).await.expect(200).json();
            assert_eq!(job["title"], format!("By {content_type}"));
            assert_eq!(job["salary"], Value::Null);
            assert_eq!(job["organization"], json!({"name": "Acme", "url": null, "logo_url": null}));
            assert_eq!(job["tags"], json!(["rust"]));
            assert_eq!(job["contact_email"], "hr@acme.example");
        }
        let seen = board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(200).json();
        assert_eq!(seen["title"], "By application/json");
        assert_eq!(seen["revision"], 3);
        patch(&board, &id, "text/plain", None, json!({})).await.expect(415);
    })
    .await;
}

#[tokio::test]
async fn an_edit_of_something_stale_is_refused() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let read = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200);
        let tag = read.header("etag").to_owned();
        assert_eq!(tag, "\"1\"");
        let json = "application/merge-patch+json";
        let changed = patch(&board, &id, json, Some(&tag), json!({"title": "One"})).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let stale = patch(&board, &id, json, Some(&tag), json!({"title": "Two"})).await.expect(412);
        assert!(stale.text.contains('2'), "{}", stale.text);
        patch(&board, &id, json, Some("*"), json!({"title": "Three"})).await.expect(200);
        patch(&board, &id, json, Some("nonsense"), json!({"title": "Four"})).await.expect(400);
    })
    .await;
}

#[tokio::test]
async fn a_decision_on_something_stale_is_refused() {
    on_each_database(async |board| {
        let decide = async |id: &str, what: &str, tag: &str| {
            let request = request("POST", &format!("/t/acme/api/v1/jobs/{id}/{what}"))
                .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Moderator)))
                .header(CONTENT_TYPE, "application/json")
                .header("if-match", tag);
            let body = Body::from(json!({"reason": "No."}).to_string());
            board.send(request.body(body).expect("a request")).await
        };
        let change = async |id: &str| {
            let mut other = offer();
            other["title"] = json!("Another title");
            board.acme.jobs().propose(id.parse().expect("an id"), &other, Actor::Poster).await.expect("changed")
        };
        for what in ["reject", "request-changes", "spam"] {
            let id = board.submit().await;
            assert_eq!(change(&id).await.revision, 2);
            decide(&id, what, "\"1\"").await.expect(412);
            decide(&id, what, "\"2\"").await.expect(200);
        }
        let id = board.publish().await;
        assert_eq!(change(&id).await.pending_revision, Some(2));
        decide(&id, "discard-revision", "\"1\"").await.expect(412);
        decide(&id, "discard-revision", "\"2\"").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn what_has_ended_can_not_be_edited() {
    on_each_database(async |board| {
        let id = board.publish().await;
        board.call("POST", &format!("/jobs/{id}/close"), MODERATOR, None).await.expect(200);
        patch(&board, &id, "application/json", None, json!({"title": "Too late"})).await.expect(409);
    })
    .await;
}

#[tokio::test]
async fn a_posters_edit_of_a_live_offer_waits_for_a_moderator() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let propose = async |title: &str| {
            let mut edited = offer();
            edited["title"] = json!(title);
            edited["organization"]["name"] = json!("Acme Iberia");
            board.acme.jobs().propose(id.parse().expect("an id"), &edited, Actor::Poster).await.expect("taken");
        };
        propose("Rust developer").await;
        let live = board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(200).json();
        assert_eq!(live["title"], "Rust engineer", "the live copy stays");
        let pending = board.call("GET", "/jobs?pending=true", MODERATOR, None).await.expect(200).json();
        assert_eq!(pending["items"][0]["pending_revision"], 2);
        board.call("GET", "/jobs?pending=true", None, None).await.expect(401);
        let diff = board.call("GET", &format!("/jobs/{id}/diff"), MODERATOR, None).await.expect(200).json();
        assert_eq!(
            diff["items"],
            json!([
                {"field": "organization.name", "before": "Acme", "after": "Acme Iberia"},
                {"field": "title", "before": "Rust engineer", "after": "Rust developer"},
            ])
        );
        let reason = Some(json!({"reason": "Keep your name."}));
        board.call("POST", &format!("/jobs/{id}/discard-revision"), MODERATOR, reason).await.expect(200);
        board.call("POST", &format!("/jobs/{id}/approve-revision"), MODERATOR, None).await.expect(409);
        propose("Rust programmer").await;
        let job = board.call("POST", &format!("/jobs/{id}/approve-revision"), MODERATOR, None).await.expect(200).json();
        assert_eq!(job["title"], "Rust programmer");
        assert_eq!(job["pending_revision"], Value::Null);
        let list = board.call("GET", &format!("/jobs/{id}/revisions"), MODERATOR, None).await.expect(200);
        assert!(!list.text.contains("hr@acme.example"));
        assert_eq!(list.json()["items"].as_array().expect("items").len(), 3);
    })
    .await;
}
