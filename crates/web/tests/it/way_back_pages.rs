//! The ways back on pages: a poster's own, and a moderator's.

use chrono::Duration;
use serde_json::json;
use tablon_core::job::JobState;
use tablon_core::store::Job;
use tablon_core::{Actor, Role};

use crate::board::{Board, offer, on_each_database};
use crate::browser::{Browser, typed};
use crate::channels::MODERATOR;

/// A published offer, and its poster on its page.
async fn published(board: &Board) -> (String, Browser<'_>) {
    let made = board.call("POST", "/jobs", None, Some(offer())).await.expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200);
    let mut poster = Browser::new(board);
    let link = made["edit_url"].as_str().expect("a link").replace("http://jobs.test:8080", "");
    poster.get(&link).await.expect(303);
    poster.get(&format!("/t/acme/my/{id}")).await.expect(200);
    (id, poster)
}

async fn job(board: &Board, id: &str) -> Job {
    board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job")
}

#[tokio::test]
async fn a_poster_reopens_what_they_ended_and_nothing_that_staff_ended() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let mine = format!("/t/acme/my/{id}");
        let sent = poster.send(&format!("{mine}/fill"), &[]).await;
        let filled = poster.follow(sent).await;
        assert!(filled.text.contains("You marked it as filled"), "{}", filled.text);
        let sent = poster.send(&format!("{mine}/reopen"), &[]).await;
        let back = poster.follow(sent).await;
        assert!(back.text.contains("Back on the board") && back.text.contains("Mark as filled"), "{}", back.text);

        board.call("POST", &format!("/jobs/{id}/fill"), MODERATOR, None).await.expect(200);
        let page = poster.get(&mine).await.expect(200);
        assert!(page.text.contains("The moderators marked it as filled"), "{}", page.text);
        assert!(!page.text.contains("/reopen\""), "{}", page.text);
        poster.send(&format!("{mine}/reopen"), &[]).await.expect(409);
        assert_eq!(job(&board, &id).await.state, JobState::Filled);
    })
    .await;
}

#[tokio::test]
async fn a_poster_is_not_told_that_somebody_was_faster_when_nobody_was() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let mine = format!("/t/acme/my/{id}");
        let page = poster.page.clone();
        poster.send(&format!("{mine}/close"), &[]).await.expect(303);
        poster.page = page;
        let twice = poster.send(&format!("{mine}/close"), &[]).await.expect(409);
        assert!(twice.text.contains("can&#39;t be done any more") && twice.text.contains("It was taken down"));
        assert!(!twice.text.contains("Somebody was faster"), "{}", twice.text);
        let edit = poster.send(&format!("{mine}/edit"), &typed("Typed too late")).await.expect(409);
        assert!(edit.text.contains("value=\"Typed too late\""), "{}", edit.text);
        assert!(!edit.text.contains("Somebody was faster"), "{}", edit.text);
    })
    .await;
}

#[tokio::test]
async fn a_poster_renews_an_expired_offer_and_a_mistyped_day_stays() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let mine = format!("/t/acme/my/{id}");
        let soon = board.acme.today(board.acme.now()) + Duration::days(3);
        poster.send(&format!("{mine}/renew"), &[("valid_through", &soon.to_string())]).await.expect(303);
        assert_eq!(job(&board, &id).await.content.valid_through, Some(soon));
        board.clock.skip_days(5);
        board.store.queue().advance_jobs().await.expect("the database");
        let expired = poster.get(&mine).await.expect(200);
        assert!(
            expired.text.contains("Its time is over") && expired.text.contains("type=\"date\""),
            "{}",
            expired.text
        );
        for (day, words) in [("2020-02-02", "This day is over"), ("soon", "id=\"valid_through-error\"")] {
            let again = poster.send(&format!("{mine}/renew"), &[("valid_through", day)]).await.expect(422);
            assert!(again.text.contains(words) && again.text.contains(&format!("value=\"{day}\"")), "{}", again.text);
        }
        let sent = poster.send(&format!("{mine}/renew"), &[("valid_through", "2098-02-02")]).await;
        let back = poster.follow(sent).await;
        assert!(back.text.contains("Renewed"), "{}", back.text);
        let job = job(&board, &id).await;
        assert_eq!((job.state, job.ended_at), (JobState::Published, None));
    })
    .await;
}

#[tokio::test]
async fn a_poster_makes_a_new_link_and_ends_it() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let mut thief = Browser::new(&board);
        thief.cookies = poster.cookies.clone();
        let mine = format!("/t/acme/my/{id}");
        let made = poster.send(&format!("{mine}/link"), &[]).await.expect(200);
        assert_eq!(made.header("cache-control"), "no-store");
        let link = made.text.split("class=\"copy-line\">").nth(1).and_then(|rest| rest.split('<').next());
        let link = link.expect("the link").replace("http:&#x2f;&#x2f;jobs.test:8080", "").replace("&#x2f;", "/");
        let link = link.replace("http://jobs.test:8080", "");
        thief.get(&mine).await.expect(404);
        poster.get(&mine).await.expect(200);
        let ended = poster.send(&format!("{mine}/link/end"), &[]).await.expect(200);
        assert!(ended.text.contains("The private link has ended"), "{}", ended.text);
        poster.get(&mine).await.expect(404);
        Browser::new(&board).get(&link).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn too_many_changes_through_one_link_have_to_wait_and_what_was_typed_stays() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let path = format!("/t/acme/my/{id}/edit");
        poster.get(&path).await.expect(200);
        let page = poster.page.clone();
        for n in 0..20 {
            poster.page.clone_from(&page);
            poster.send(&path, &typed(&format!("Title {n}"))).await.expect(303);
        }
        poster.page.clone_from(&page);
        let refused = poster.send(&path, &typed("One too many")).await.expect(429);
        assert!(refused.text.contains("value=\"One too many\""), "{}", refused.text);
        assert!(refused.header("retry-after").parse::<u64>().is_ok(), "{:?}", refused.headers);
        poster.page.clone_from(&page);
        poster.send(&format!("/t/acme/my/{id}/fill"), &[]).await.expect(429);
        let revisions =
            board.call("GET", &format!("/jobs/{id}/revisions?limit=100"), MODERATOR, None).await.expect(200);
        assert_eq!(revisions.json()["items"].as_array().map(Vec::len), Some(21));
        // Another offer has an allowance of its own.
        let (other, mut poster) = published(&board).await;
        poster.send(&format!("/t/acme/my/{other}/fill"), &[]).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn a_moderator_moves_a_scheduled_offer_and_publishes_it_now() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        let at = |at: &'static str| [("revision", "1"), ("publish_at", at)];
        let past = moderator.send(&format!("{page}/approve"), &at("2020-01-01T10:00")).await.expect(422);
        assert!(past.text.contains("This moment is over") && past.text.contains("value=\"2020-01-01T10:00\""));
        assert_eq!(job(&board, &id).await.state, JobState::Submitted);
        moderator.send(&format!("{page}/approve"), &at("2098-01-01T10:00")).await.expect(303);
        let waits = moderator.get(&page).await.expect(200);
        assert!(waits.text.contains("Publish it now") && waits.text.contains("Publish at another time"));
        let past = moderator.send(&format!("{page}/reschedule"), &at("2020-01-01T10:00")).await.expect(422);
        assert!(past.text.contains("This moment is over") && past.text.contains("value=\"2020-01-01T10:00\""));
        moderator.send(&format!("{page}/reschedule"), &at("2098-02-02T10:00")).await.expect(303);
        let moved = job(&board, &id).await;
        assert_eq!(moved.publish_at.map(|at| at.to_rfc3339()).as_deref(), Some("2098-02-02T10:00:00+00:00"));
        moderator.get(&page).await.expect(200);
        // Whoever still sees it undecided doesn't publish over the time that was chosen.
        moderator.send(&format!("{page}/approve"), &[("revision", "1")]).await.expect(409);
        assert_eq!(job(&board, &id).await.state, JobState::Approved);
        moderator.send(&format!("{page}/reschedule"), &[("revision", "1")]).await.expect(303);
        assert_eq!(job(&board, &id).await.state, JobState::Published);
    })
    .await;
}

#[tokio::test]
async fn a_moderator_undoes_an_end_renews_and_gives_out_a_new_link() {
    on_each_database(async |board| {
        let (id, mut poster) = published(&board).await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        moderator.get(&page).await.expect(200);
        moderator.send(&format!("{page}/fill"), &[]).await.expect(303);
        let ended = moderator.get(&page).await.expect(200);
        assert!(ended.text.contains("Undo this"), "{}", ended.text);
        let sent = moderator.send(&format!("{page}/reopen"), &[]).await;
        let back = moderator.follow(sent).await;
        assert!(back.text.contains("Back on the board") && back.text.contains("Reopened"), "{}", back.text);
        let twice = moderator.send(&format!("{page}/reopen"), &[]).await.expect(409);
        assert!(twice.text.contains("You have decided on it already"), "{}", twice.text);
        assert!(!twice.text.contains("Somebody was faster"), "{}", twice.text);

        let wrong = moderator.send(&format!("{page}/renew"), &[("valid_through", "2020-02-02")]).await.expect(422);
        assert!(wrong.text.contains("id=\"valid_through-error\"") && wrong.text.contains("value=\"2020-02-02\""));
        let sent = moderator.send(&format!("{page}/renew"), &[("valid_through", "2098-02-02")]).await;
        assert!(moderator.follow(sent).await.text.contains("Renewed"));

        let made = moderator.send(&format!("{page}/edit-link"), &[]).await.expect(200);
        assert!(made.text.contains("/t/acme/edit/") || made.text.contains("&#x2f;edit&#x2f;"), "{}", made.text);
        assert_eq!(made.header("cache-control"), "no-store");
        poster.get(&format!("/t/acme/my/{id}")).await.expect(404);
        let sent = moderator.send(&format!("{page}/edit-link/end"), &[]).await;
        assert!(moderator.follow(sent).await.text.contains("The private link has ended"));

        board.acme.jobs().close(id.parse().expect("an id"), Actor::Poster).await.expect("closed");
        let late = moderator.send(&format!("{page}/close"), &[]).await.expect(409);
        assert!(late.text.contains("Somebody was faster"), "the poster was: {}", late.text);
        board.acme.jobs().reopen(id.parse().expect("an id"), Actor::Poster).await.expect("reopened");
        let job = job(&board, &id).await;
        assert_eq!(json!(job.ended_by), json!(null));
    })
    .await;
}
