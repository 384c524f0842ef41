//! Mail through the whole program: a list gets a job, and a click in the mail stops it.

use serde_json::json;
use tablon_testkit::Backend;
use tablon_testkit::smtp::{FakeSmtp, Mail, Options};

use crate::board::{Board, Program, job};

/// The mails to the list, without those to posters and staff.
fn to_the_list(smtp: &FakeSmtp) -> Vec<Mail> {
    smtp.mails().into_iter().filter(|mail| mail.to == ["list@example.org"]).collect()
}

#[tokio::test]
async fn a_published_job_reaches_the_list_and_one_click_stops_the_next_until_an_admin_lifts_it() {
    let smtp = FakeSmtp::start(Options::default()).await.expect("a mail server");
    for backend in Backend::all() {
        smtp.forget_mails();
        let mut program = Program::new(backend).await;
        program.set("TABLON_SMTP_URL", smtp.url());
        let board = Board::start_with(program).await;
        let channel = json!({"plugin": "email", "settings": {"to": "list@example.org"}});
        let channel = board.staff.post("/channels", channel).await.expect(201);
        let channel_id = channel["id"].as_str().expect("an id");
        let verified = board.staff.post(&format!("/channels/{channel_id}/verify"), json!({})).await.expect(200);
        assert_eq!(verified["account"]["label"], "list@example.org");

        let id = board.submit(job("Rust engineer")).await;
        let previews = board.staff.get(&format!("/jobs/{id}/previews")).await.expect(200);
        assert_eq!(previews["items"][0]["format"], "mail");
        board.approve(&id).await;
        board.placement_in(&id, "published").await;
        let mails = to_the_list(&smtp);
        assert_eq!(mails.len(), 1);
        assert!(mails[0].subject.contains("Rust engineer"));

        let link = mails[0].unsubscribe_url().expect("a link");
        assert!(link.starts_with(&board.url("/t/acme/unsubscribe/")), "{link}");
        // As a mail program clicks: from nowhere, without a cookie.
        #[expect(clippy::disallowed_methods, reason = "a test's client calls the board under test, not the world")]
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let click = client.post(&link).body("List-Unsubscribe=One-Click");
        assert_eq!(click.send().await.expect("an answer").status(), 200);
        let stopped = board.staff.get(&format!("/channels/{channel_id}")).await.expect(200);
        assert_eq!(stopped["state"], "paused");
        let next = board.submit(job("Go engineer")).await;
        board.approve(&next).await;
        board.placement_in(&next, "blocked").await;
        assert_eq!(to_the_list(&smtp).len(), 1);

        // Saving the same address lifts nothing; an admin does.
        let path = format!("/channels/{channel_id}");
        board.staff.patch(&path, json!({"settings": {"to": "list@example.org"}})).await.expect(200);
        board.placement_in(&next, "blocked").await;
        let asked = board.staff.get(&format!("{path}/suppressions")).await.expect(200);
        assert_eq!(asked["items"][0]["origin"], "one-click");
        let lift = format!("/suppressions/{}", asked["items"][0]["id"].as_str().expect("an id"));
        board.staff.delete(&lift).await.expect(204);
        board.placement_in(&next, "published").await;
        assert_eq!(to_the_list(&smtp).len(), 2);
        smtp.assert_no_violations();
    }
}
