//! The private links of posters: new ones, their end, and what may be done with them how often.

use serde_json::{Value, json};
use tablon_core::Role;
use tablon_core::job::JobState;

use crate::board::{Board, offer, on_each_database};
use crate::browser::Browser;
use crate::channels::MODERATOR;

/// Submits an offer: its id and its private link, as a path.
async fn submitted(board: &Board) -> (String, String) {
    let made = board.call("POST", "/jobs", None, Some(offer())).await.expect(201).json();
    (made["id"].as_str().expect("an id").to_owned(), path(&made["edit_url"]))
}

fn path(url: &Value) -> String {
    let url = url.as_str().expect("a link");
    format!("/{}", url.split('/').skip(3).collect::<Vec<_>>().join("/"))
}

#[tokio::test]
async fn a_moderator_makes_a_new_link_and_the_old_one_ends() {
    on_each_database(async |board| {
        let (id, old) = submitted(&board).await;
        let mut poster = Browser::new(&board);
        poster.get(&old).await.expect(303);
        poster.get(&format!("/t/acme/my/{id}")).await.expect(200);
        let answer = board.call("POST", &format!("/jobs/{id}/edit-link"), MODERATOR, None).await.expect(201);
        assert_eq!(answer.header("cache-control"), "no-store");
        let new = path(&answer.json()["edit_url"]);
        assert_ne!(new, old);
        poster.get(&format!("/t/acme/my/{id}")).await.expect(404);
        poster.get(&old).await.expect(404);
        poster.get(&new).await.expect(303);
        poster.get(&format!("/t/acme/my/{id}")).await.expect(200);

        board.call("DELETE", &format!("/jobs/{id}/edit-link"), MODERATOR, None).await.expect(204);
        poster.get(&format!("/t/acme/my/{id}")).await.expect(404);
        poster.get(&new).await.expect(404);
        board.call("DELETE", &format!("/jobs/{id}/edit-link"), MODERATOR, None).await.expect(204);
        let audit = board.call("GET", "/audit", Some(Role::Admin), None).await.expect(200).text;
        assert_eq!((audit.matches("job.reissue_link").count(), audit.matches("job.revoke_link").count()), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_180_days_after_its_offers_end_and_lives_again_when_that_is_undone() {
    on_each_database(async |board| {
        let (id, link) = submitted(&board).await;
        board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
        board.clock.skip_days(400);
        Browser::new(&board).get(&link).await.expect(303);
        board.call("POST", &format!("/jobs/{id}/fill"), MODERATOR, None).await.expect(200);
        board.clock.skip_days(179);
        Browser::new(&board).get(&link).await.expect(303);
        board.clock.skip_days(1);
        Browser::new(&board).get(&link).await.expect(404);
        let late = board.call("POST", &format!("/jobs/{id}/edit-link"), MODERATOR, None).await.expect(409);
        assert!(late.text.contains("reopen or renew"), "{}", late.text);
        board.call("POST", &format!("/jobs/{id}/reopen"), MODERATOR, None).await.expect(200);
        Browser::new(&board).get(&link).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn a_contact_address_that_a_poster_changes_waits_with_the_rest_of_the_change() {
    on_each_database(async |board| {
        let (id, _) = submitted(&board).await;
        board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
        let contact = async || {
            let job = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
            (job["contact_email"].clone(), job["pending_revision"].clone())
        };
        let propose = async |email: &str| {
            let mut change = offer();
            change["contact_email"] = json!(email);
            let job = id.parse().expect("an id");
            board.acme.jobs().propose(job, &change, tablon_core::Actor::Poster).await.expect("taken");
        };
        propose("thief@evil.example").await;
        assert_eq!(contact().await, (json!("hr@acme.example"), json!(2)));
        let diff = board.call("GET", &format!("/jobs/{id}/diff"), MODERATOR, None).await.expect(200).json();
        let change = json!({"field": "contact_email", "before": "hr@acme.example", "after": "thief@evil.example"});
        assert_eq!(diff["items"], json!([change]));
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = moderator.get(&format!("/t/acme/admin/jobs/{id}")).await.expect(200);
        assert!(page.text.contains("thief@evil.example"), "{}", page.text);

        let no = Some(json!({"reason": "Who is that?"}));
        board.call("POST", &format!("/jobs/{id}/discard-revision"), MODERATOR, no).await.expect(200);
        assert_eq!(contact().await, (json!("hr@acme.example"), Value::Null));
        propose("jobs@acme.example").await;
        let patch = Some(json!({"title": "Rust developer"}));
        board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, patch).await.expect(200);
        assert_eq!(contact().await.0, "hr@acme.example", "an edit by staff doesn't let it through");
        board.call("POST", &format!("/jobs/{id}/approve-revision"), MODERATOR, None).await.expect(200);
        assert_eq!(contact().await, (json!("jobs@acme.example"), Value::Null));

        propose("thief@evil.example").await;
        board.call("POST", &format!("/jobs/{id}/fill"), MODERATOR, None).await.expect(200);
        board.call("POST", &format!("/jobs/{id}/reopen"), MODERATOR, None).await.expect(200);
        assert_eq!(contact().await, (json!("jobs@acme.example"), Value::Null), "the end discards it");
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!(job.state, JobState::Published);
    })
    .await;
}

#[tokio::test]
async fn revisions_come_in_pages() {
    on_each_database(async |board| {
        let id = board.publish().await;
        for n in 0..5 {
            let patch = Some(json!({"title": format!("Title {n}")}));
            board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, patch).await.expect(200);
        }
        let (mut numbers, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let path = format!("/jobs/{id}/revisions?limit=4{cursor}");
            let page = board.call("GET", &path, MODERATOR, None).await.expect(200).json();
            numbers.extend(page["items"].as_array().expect("items").iter().map(|r| r["number"].clone()));
            pages += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((numbers, pages), (vec![json!(1), json!(2), json!(3), json!(4), json!(5), json!(6)], 2));
        let wrong = board.call("GET", &format!("/jobs/{id}/revisions?limit=101"), MODERATOR, None).await.expect(422);
        assert_eq!(wrong.pointers(), ["/limit"]);
    })
    .await;
}
