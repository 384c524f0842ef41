//! Offers that come back: reopened, renewed, published at another time.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tablon_core::job::JobState;
use tablon_core::{Actor, Clock as _, Role};
use tablon_testkit::telegram::{Action, BOT_TOKEN, FakeTelegram, Fault};

use crate::board::{Answer, Board, offer, on_each_database};
use crate::channels::{MODERATOR, add, on_each_database as with_telegram, settle};

async fn post(board: &Board, id: &str, action: &str, body: Option<Value>) -> Answer {
    board.call("POST", &format!("/jobs/{id}/{action}"), MODERATOR, body).await
}

async fn read(board: &Board, id: &str) -> Value {
    board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json()
}

/// Publishes an offer that leaves the board in three days.
async fn publish_for_three_days(board: &Board) -> String {
    let mut short = offer();
    short["valid_through"] = json!(board.acme.today(board.acme.now()) + Duration::days(2));
    let made = board.call("POST", "/jobs", None, Some(short)).await.expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    post(board, &id, "approve", None).await.expect(200);
    id
}

/// Publishes and expires what is due.
async fn settle_jobs(board: &Board) {
    board.store.queue().advance_jobs().await.expect("the database");
}

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().expect("a time").parse().expect("a time")
}

#[tokio::test]
async fn reopening_undoes_every_end_but_the_one_by_time() {
    on_each_database(async |board| {
        for end in ["fill", "close"] {
            let id = board.publish().await;
            post(&board, &id, "reopen", None).await.expect(409);
            let ended = post(&board, &id, end, None).await.expect(200).json();
            assert_eq!(ended["ended_by"], "staff", "{ended}");
            let back = post(&board, &id, "reopen", None).await.expect(200).json();
            assert_eq!((&back["state"], &back["ended_at"]), (&json!("published"), &Value::Null), "{end}: {back}");
            assert_eq!(board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(200).json()["id"], *id);
        }
        for (end, body) in [("reject", Some(json!({"reason": "No."}))), ("spam", None)] {
            let id = board.submit().await;
            post(&board, &id, end, body).await.expect(200);
            let back = post(&board, &id, "reopen", None).await.expect(200).json();
            assert_eq!((&back["state"], &back["reason"]), (&json!("submitted"), &Value::Null), "{end}: {back}");
            post(&board, &id, "reopen", None).await.expect(409);
            post(&board, &id, "approve", None).await.expect(200);
        }
        // Withdrawn before it was ever published.
        let id = board.submit().await;
        board.acme.jobs().withdraw(id.parse().expect("an id"), Actor::Poster).await.expect("withdrawn");
        assert_eq!(post(&board, &id, "reopen", None).await.expect(200).json()["state"], "submitted");
    })
    .await;
}

#[tokio::test]
async fn a_reopened_offer_whose_time_is_over_waits_for_a_moderator_and_can_be_published_anew() {
    on_each_database(async |board| {
        let id = publish_for_three_days(&board).await;
        post(&board, &id, "close", None).await.expect(200);
        board.clock.skip_days(5);
        let back = post(&board, &id, "reopen", None).await.expect(200).json();
        assert_eq!((&back["state"], &back["published_at"]), (&json!("submitted"), &Value::Null), "{back}");
        assert_eq!(post(&board, &id, "approve", None).await.expect(422).pointers(), ["/valid_through"]);
        let longer = Some(json!({"valid_through": "2098-12-31"}));
        board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, longer).await.expect(200);
        let again = post(&board, &id, "approve", None).await.expect(200).json();
        assert_eq!(again["state"], "published");
        assert!(again["published_at"].is_string(), "{again}");
        assert_eq!(board.get("/t/acme/").await.expect(200).text.matches("Rust engineer").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_live_and_an_expired_offer_are_renewed_by_days_or_through_a_day() {
    on_each_database(async |board| {
        let mut short = offer();
        short["valid_through"] = Value::Null;
        let made = board.call("POST", "/jobs", None, Some(short)).await.expect(201).json();
        let id = made["id"].as_str().expect("an id");
        let live = post(&board, id, "approve", None).await.expect(200).json();
        let longer = post(&board, id, "renew", Some(json!({"days": 30}))).await.expect(200).json();
        let added = time(&longer["expires_at"]) - time(&live["expires_at"]);
        assert_eq!(added, Duration::days(30), "{longer}");
        assert_eq!(longer["state"], "published");
        let day = (board.clock.now() + Duration::days(3)).date_naive();
        let sooner = post(&board, id, "renew", Some(json!({"valid_through": day}))).await.expect(200).json();
        assert_eq!(sooner["valid_through"], json!(day));
        assert_eq!(time(&sooner["expires_at"]).date_naive(), day + Duration::days(1), "{sooner}");

        board.clock.skip_days(5);
        settle_jobs(&board).await;
        assert_eq!(read(&board, id).await["state"], "expired");
        post(&board, id, "reopen", None).await.expect(409);
        let back = post(&board, id, "renew", Some(json!({"days": 2}))).await.expect(200).json();
        assert_eq!((&back["state"], &back["ended_at"]), (&json!("published"), &Value::Null), "{back}");
        assert_eq!(time(&back["expires_at"]).date_naive(), day + Duration::days(5), "{back}");
        post(&board, id, "close", None).await.expect(200);
        post(&board, id, "renew", Some(json!({"days": 2}))).await.expect(409);
    })
    .await;
}

#[tokio::test]
async fn a_renewal_says_how_long_in_one_way_and_within_limits() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let today = board.clock.now().date_naive();
        for (body, pointer) in [
            (json!({}), "/days"),
            (json!({"days": 0}), "/days"),
            (json!({"days": 366}), "/days"),
            (json!({"days": -1}), "/days"),
            (json!({"days": 1.5}), "/days"),
            (json!({"days": "30"}), "/days"),
            (json!({"valid_through": "soon"}), "/valid_through"),
            (json!({"valid_through": 5}), "/valid_through"),
            (json!({"valid_through": today - Duration::days(2)}), "/valid_through"),
            (json!({"days": 30, "valid_through": "2098-01-31"}), "/valid_through"),
            (json!({"days": 30, "weeks": 2}), "/weeks"),
        ] {
            let answer = post(&board, &id, "renew", Some(body.clone())).await.expect(422);
            assert_eq!(answer.pointers(), [pointer], "{body}");
        }
        post(&board, &id, "renew", None).await.expect(400);
        assert_eq!(read(&board, &id).await["revision"], 1, "nothing was touched");
    })
    .await;
}

#[tokio::test]
async fn a_renewal_and_a_pending_change_do_not_undo_each_other() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let mut change = offer();
        change["title"] = json!("Rust developer");
        board.acme.jobs().propose(id.parse().expect("an id"), &change, Actor::Poster).await.expect("proposed");
        post(&board, &id, "renew", Some(json!({"valid_through": "2098-05-05"}))).await.expect(200);
        let changes = board.call("GET", &format!("/jobs/{id}/diff"), MODERATOR, None).await.expect(200).json();
        let fields: Vec<_> = changes["items"].as_array().expect("items").iter().map(|c| c["field"].clone()).collect();
        assert_eq!(fields, ["title"]);
        let job = post(&board, &id, "approve-revision", None).await.expect(200).json();
        assert_eq!((&job["title"], &job["valid_through"]), (&json!("Rust developer"), &json!("2098-05-05")));
    })
    .await;
}

#[tokio::test]
async fn a_scheduled_offer_is_moved_or_published_now_and_never_put_into_the_past() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let at = |at: &str| Some(json!({"publish_at": at}));
        let past = (board.clock.now() - Duration::minutes(5)).to_rfc3339();
        assert_eq!(post(&board, &id, "approve", at(&past)).await.expect(422).pointers(), ["/publish_at"]);
        assert_eq!(read(&board, &id).await["state"], "submitted");
        post(&board, &id, "approve", at("2098-01-01T08:00:00Z")).await.expect(200);
        let moved = post(&board, &id, "approve", at("2098-02-02T08:00:00Z")).await.expect(200).json();
        assert_eq!((&moved["state"], &moved["publish_at"]), (&json!("approved"), &json!("2098-02-02T08:00:00Z")));
        assert_eq!(post(&board, &id, "approve", at(&past)).await.expect(422).pointers(), ["/publish_at"]);
        let now = post(&board, &id, "approve", None).await.expect(200).json();
        assert_eq!((&now["state"], &now["publish_at"]), (&json!("published"), &Value::Null));
        post(&board, &id, "approve", None).await.expect(409);
        let audit = board.call("GET", "/audit?limit=50", Some(Role::Admin), None).await.expect(200).text;
        assert_eq!(audit.matches("job.reschedule").count(), 2, "{audit}");
    })
    .await;
}

async fn copy(board: &Board, id: &str) -> Value {
    let list = board.call("GET", &format!("/jobs/{id}/placements"), MODERATOR, None).await.expect(200).json();
    list["items"][0].clone()
}

#[tokio::test]
async fn a_struck_through_copy_is_brought_back_in_place() {
    with_telegram(async |board: Board, telegram: FakeTelegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        let id = board.publish().await;
        settle(&board).await;
        let first = telegram.shown("@tablon_jobs")[0].text().to_owned();
        for _ in 0..2 {
            post(&board, &id, "fill", None).await.expect(200);
            settle(&board).await;
            assert_eq!(copy(&board, &id).await["state"], "closed");
            assert_ne!(telegram.shown("@tablon_jobs")[0].text(), first);
            post(&board, &id, "reopen", None).await.expect(200);
            settle(&board).await;
            let back = copy(&board, &id).await;
            assert_eq!((&back["state"], &back["desired"]), (&json!("published"), &json!("present")), "{back}");
            let shown = telegram.shown("@tablon_jobs");
            assert_eq!((shown.len(), shown[0].text()), (1, first.as_str()), "the same message says what it said");
        }
        assert_eq!(telegram.requests_of("sendMessage").len(), 1);
        telegram.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_retracted_copy_is_sent_once_more_and_what_a_person_took_back_stays_away() {
    with_telegram(async |board: Board, telegram: FakeTelegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        let id = board.publish().await;
        settle(&board).await;
        post(&board, &id, "close", None).await.expect(200);
        settle(&board).await;
        assert_eq!(copy(&board, &id).await["state"], "retracted");
        assert!(telegram.shown("@tablon_jobs").is_empty());
        post(&board, &id, "reopen", None).await.expect(200);
        settle(&board).await;
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
        assert_eq!(telegram.requests_of("sendMessage").len(), 2);

        let placement = copy(&board, &id).await["id"].as_str().expect("an id").to_owned();
        board.call("POST", &format!("/placements/{placement}/retract"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        for end in ["fill", "close"] {
            post(&board, &id, end, None).await.expect(200);
            settle(&board).await;
            post(&board, &id, "reopen", None).await.expect(200);
            settle(&board).await;
            assert!(telegram.shown("@tablon_jobs").is_empty(), "after {end}: not by itself");
        }
        board.call("POST", &format!("/placements/{placement}/retry"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1, "a person may");
    })
    .await;
}

#[tokio::test]
async fn a_copy_in_doubt_stays_a_question_when_its_offer_is_reopened() {
    with_telegram(async |board: Board, telegram: FakeTelegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
        let id = board.publish().await;
        settle(&board).await;
        assert_eq!(copy(&board, &id).await["state"], "unverified");
        for end in ["fill", "close"] {
            post(&board, &id, end, None).await.expect(200);
            settle(&board).await;
            post(&board, &id, "reopen", None).await.expect(200);
            settle(&board).await;
            assert_eq!(copy(&board, &id).await["state"], "unverified", "after {end}");
        }
        assert_eq!(telegram.requests_of("sendMessage").len(), 1, "nothing is sent on a guess");
        let placement = copy(&board, &id).await["id"].as_str().expect("an id").to_owned();
        let gone = Some(json!({"outcome": "not_sent"}));
        board.call("POST", &format!("/placements/{placement}/resolve"), MODERATOR, gone).await.expect(200);
        settle(&board).await;
        assert_eq!(copy(&board, &id).await["state"], "published");
    })
    .await;
}

#[tokio::test]
async fn a_strike_through_whose_answer_was_lost_is_undone_as_well() {
    with_telegram(async |board: Board, telegram: FakeTelegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        let id = board.publish().await;
        settle(&board).await;
        let first = telegram.shown("@tablon_jobs")[0].text().to_owned();
        telegram.fault(Fault::on("editMessageText", Action::LoseAnswer));
        post(&board, &id, "fill", None).await.expect(200);
        settle(&board).await;
        assert_ne!(telegram.shown("@tablon_jobs")[0].text(), first, "it was done");
        assert_ne!(copy(&board, &id).await["state"], "closed", "and nobody knows");
        post(&board, &id, "reopen", None).await.expect(200);
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs")[0].text(), first);
        assert_eq!(copy(&board, &id).await["state"], "published");
    })
    .await;
}

#[tokio::test]
async fn what_comes_back_through_the_queue_goes_to_every_channel_again() {
    with_telegram(async |board: Board, telegram: FakeTelegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        let mut open_ended = offer();
        open_ended["valid_through"] = Value::Null;
        let made = board.call("POST", "/jobs", None, Some(open_ended)).await.expect(201).json();
        let id = made["id"].as_str().expect("an id").to_owned();
        post(&board, &id, "approve", None).await.expect(200);
        settle(&board).await;
        post(&board, &id, "fill", None).await.expect(200);
        settle(&board).await;
        board.clock.skip_days(100);
        post(&board, &id, "reopen", None).await.expect(200);
        settle(&board).await;
        assert_eq!(copy(&board, &id).await["state"], "closed", "nobody has approved it yet");
        post(&board, &id, "approve", None).await.expect(200);
        settle(&board).await;
        let back = copy(&board, &id).await;
        assert_eq!(
            (&back["state"], &back["attempts"][2]["operation"]),
            (&json!("published"), &json!("update")),
            "{back}"
        );
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!(job.state, JobState::Published);
    })
    .await;
}
