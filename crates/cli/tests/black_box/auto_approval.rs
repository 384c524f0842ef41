//! A poster whom the moderators know doesn't wait.

use serde_json::json;
use tablon_testkit::Backend;
use tablon_testkit::smtp::{FakeSmtp, Options};

use crate::board::job;
use crate::notices::{POSTER, board, link, mail};
use crate::session::{Session, hidden};

const OFFER: [(&str, &str); 8] = [
    ("organization.name", "Acme"),
    ("description", "We build things that last."),
    ("workplace", "hybrid"),
    ("locations.0.city", "Sevilla"),
    ("locations.0.country", "ES"),
    ("apply_url", "https://acme.example/jobs/1"),
    ("contact_email", POSTER),
    ("action", "submit"),
];

/// Fills in the form of the board and sends it; the page that follows.
async fn hand_in(poster: &mut Session, title: &str) -> String {
    poster.get("/t/acme/submit").await;
    let key = hidden(&poster.page, "submission");
    let form: Vec<(&str, &str)> = OFFER.into_iter().chain([("title", title), ("submission", key.as_str())]).collect();
    assert_eq!(poster.send("/t/acme/submit", &form).await, 200, "{}", poster.page);
    poster.page.clone()
}

#[tokio::test]
async fn after_two_approved_offers_the_next_is_published_at_once_for_who_came_by_a_mailed_link() {
    for backend in Backend::all() {
        let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
        let board = board(backend, &smtp).await;
        board.add_channel().await;
        board.staff.patch("/tenant", json!({ "rules": { "auto_approve_after": 2 } })).await.expect(200);
        for title in ["First", "Second"] {
            let id = board.submit(job(title)).await;
            board.approve(&id).await;
        }
        let published = mail(&smtp, POSTER, "Published").await;
        let mailed = link(published.text(), &board.url("/t/acme/edit/"));

        let mut stranger = Session::new(&board);
        let page = hand_in(&mut stranger, "In their name").await;
        assert!(page.contains("is waiting for a moderator"), "{page}");

        let mut poster = Session::new(&board);
        assert_eq!(poster.get(&mailed[board.url("").len()..]).await, 200);
        let page = hand_in(&mut poster, "Third").await;
        assert!(page.contains("is on the board") && page.contains("/t/acme/jobs/third-"), "{page}");
        let jobs = board.api.get("/jobs").await.expect(200);
        assert_eq!(jobs["items"][0]["title"], "Third");
        let id = jobs["items"][0]["id"].as_str().expect("an id").to_owned();
        board.placement_in(&id, "published").await;
        let log = board.staff.get(&format!("/audit?subject={id}")).await.expect(200);
        let approved = &log["items"][0];
        assert_eq!(
            (&approved["action"], &approved["actor"]["kind"]),
            (&json!("job.approve"), &json!("system")),
            "{log}"
        );

        // Refusing one of them ends it.
        let waiting = board.staff.get("/jobs?state=submitted").await.expect(200);
        let stranger = waiting["items"][0]["id"].as_str().expect("an id").to_owned();
        board.staff.post(&format!("/jobs/{stranger}/reject"), json!({ "reason": "Not yours." })).await.expect(200);
        let page = hand_in(&mut poster, "Fourth").await;
        assert!(page.contains("is waiting for a moderator"), "{page}");
        smtp.assert_no_violations();
    }
}
