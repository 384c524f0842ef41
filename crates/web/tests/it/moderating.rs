//! What moderators decide on pages, and what becomes of their mistakes.

use tablon_core::job::JobState;
use tablon_core::store::Job;
use tablon_core::{Actor, Role};

use crate::board::{Board, offer, on_each_database};
use crate::browser::Browser;

async fn job(board: &Board, id: &str) -> Job {
    board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job")
}

async fn poster_changes(board: &Board, id: &str, title: &str) {
    let mut offer = offer();
    offer["title"] = title.into();
    board.acme.jobs().propose(id.parse().expect("an id"), &offer, Actor::Poster).await.expect("changed");
}

#[tokio::test]
async fn a_decision_holds_only_for_the_revision_it_was_made_on() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        poster_changes(&board, &id, "Something else").await;
        for decision in ["approve", "reject", "request-changes", "spam"] {
            let fields = [("revision", "1"), ("reason", "Mine & \"yours\"")];
            let again = moderator.send(&format!("{page}/{decision}"), &fields).await.expect(409);
            assert!(again.text.contains("changed since you read it"), "{decision}: {}", again.text);
            assert!(again.text.contains("Something else"), "{decision}: the new text is shown");
            assert!(again.text.contains("name=\"revision\" value=\"2\""), "{decision}: and can be decided on");
            if ["reject", "request-changes"].contains(&decision) {
                assert!(again.text.contains("\nMine &amp; &#34;yours&#34;</textarea>"), "{decision}: {}", again.text);
            }
            moderator.send(&format!("{page}/{decision}"), &[("reason", "No revision")]).await.expect(409);
            assert_eq!(job(&board, &id).await.state, JobState::Submitted, "{decision}");
        }
        moderator.send(&format!("{page}/reject"), &[("revision", "2"), ("reason", "Not here.")]).await.expect(303);
        let job = job(&board, &id).await;
        assert_eq!((job.state, job.reason.as_deref()), (JobState::Rejected, Some("Not here.")));
    })
    .await;
}

#[tokio::test]
async fn a_change_is_discarded_only_as_it_was_read() {
    on_each_database(async |board| {
        let id = board.publish().await;
        poster_changes(&board, &id, "First change").await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        let seen = job(&board, &id).await.pending_revision.expect("a change").to_string();
        poster_changes(&board, &id, "Second change").await;
        let path = format!("{page}/discard-revision");
        let again = moderator.send(&path, &[("revision", &seen), ("reason", "Too vague.")]).await.expect(409);
        assert!(
            again.text.contains("Second change") && again.text.contains("\nToo vague.</textarea>"),
            "{}",
            again.text
        );
        let seen = job(&board, &id).await.pending_revision.expect("still there").to_string();
        moderator.send(&path, &[("revision", &seen), ("reason", "Too vague.")]).await.expect(303);
        assert_eq!(job(&board, &id).await.pending_revision, None);
    })
    .await;
}

#[tokio::test]
async fn a_moderators_mistake_stands_beside_its_field_with_what_was_typed() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        let long = "So much to say. ".repeat(200);
        let wrong =
            [("reject", "reason", " "), ("request-changes", "reason", &long), ("approve", "publish_at", "soon")];
        for (decision, field, typed) in wrong {
            let fields = [("revision", "1"), (field, typed)];
            let again = moderator.send(&format!("{page}/{decision}"), &fields).await.expect(422);
            let id = if field == "reason" { format!("reason-{decision}") } else { field.to_owned() };
            assert!(again.text.contains(&format!("id=\"{id}-error\"")), "{decision}: {}", again.text);
            assert!(again.text.contains(&format!("href=\"#{id}\"")), "{decision}: the notice leads to the field");
            assert!(again.text.contains(typed.trim()), "{decision}: {}", again.text);
        }
        assert_eq!(job(&board, &id).await.state, JobState::Submitted);
    })
    .await;
}

#[tokio::test]
async fn what_was_written_for_a_job_that_a_colleague_decided_on_can_still_be_copied() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        board.call("POST", &format!("/jobs/{id}/approve"), Some(Role::Admin), None).await.expect(200);
        let fields = [("revision", "1"), ("reason", "A long story.")];
        let late = moderator.send(&format!("{page}/reject"), &fields).await.expect(409);
        assert!(late.text.contains("Somebody was faster") && late.text.contains("A long story."), "{}", late.text);
        assert_eq!(job(&board, &id).await.state, JobState::Published);
    })
    .await;
}

#[tokio::test]
async fn staff_are_led_back_to_their_own_pages_after_an_error() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        let back_to = |path: &str| format!("<a class=\"button is-link\" href=\"{path}\">");
        let unread = moderator.go("POST", &format!("{page}/reject"), "reason=x&csrf=stale".into()).await.expect(403);
        assert!(unread.text.contains(&format!("action=\"{page}/reject\"")), "{}", unread.text);
        assert!(unread.text.contains("name=\"reason\" value=\"x\""), "{}", unread.text);
        for gone in ["/t/acme/admin/jobs/01939a4e-0000-7000-8000-000000000000", "/t/acme/admin/channels"] {
            let error = moderator.get(gone).await;
            assert!(error.text.contains(&back_to("/t/acme/admin")), "{gone}: {}", error.text);
        }
        let public = moderator.get("/t/acme/jobs/nothing").await.expect(404);
        assert!(public.text.contains(&back_to("/t/acme/")), "{}", public.text);
    })
    .await;
}
