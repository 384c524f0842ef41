//! Placements: what should be on a channel, what is, and the way between.

use chrono::Duration;
use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{Operation, Outcome, PlacementState as P, Verdict};

use crate::fixture::{channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, one_live, only};

#[tokio::test]
async fn approval_places_a_job_on_every_channel_and_each_is_claimed_once() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "one", Vec::new()).await;
        channel(&board, "two", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let claims = claim(&world).await;
        assert_eq!(claims.len(), 2);
        assert!(claims.iter().all(|c| c.operation == Operation::Publish && c.posting.title == "Rust engineer"));
        assert!(claim(&world).await.is_empty());
        let states: Vec<P> = board.placements().for_job(job.id).await.unwrap().iter().map(|p| p.state).collect();
        assert_eq!(states, [P::Sending, P::Sending]);
        finish(&world, &claims[0], Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        let placement = board.placements().get(claims[0].placement_id).await.unwrap().unwrap();
        assert_eq!((placement.state, placement.url.as_deref()), (P::Published, Some("https://t.me/jobs/1")));
        assert_eq!((placement.actual_revision, placement.due_at), (Some(1), None));
    })
    .await;
}

#[tokio::test]
async fn one_channel_works_on_one_placement_at_a_time() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "First").await;
        world.clock.advance(Duration::seconds(1));
        published(&board, "Second").await;
        let first = claim_one(&world, Operation::Publish).await;
        assert_eq!(first.posting.title, "First");
        assert!(claim(&world).await.is_empty());
        finish(&world, &first, Outcome::Published, live()).await;
        assert_eq!(claim_one(&world, Operation::Publish).await.posting.title, "Second");
    })
    .await;
}

#[tokio::test]
async fn an_edit_updates_the_copy_and_the_last_edit_wins() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!((update.posting.title.as_str(), update.receipt.as_deref()), ("Second", Some(&b"receipt"[..])));
        // Edited again while the call is under way: the copy isn't true yet.
        board.jobs().patch(job.id, &json!({ "title": "Third" }), None, Actor::System).await.unwrap();
        finish(&world, &update, Outcome::Updated, live()).await;
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.posting.title, "Third");
        finish(&world, &update, Outcome::Updated, live()).await;
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.actual_revision, Some(3));
    })
    .await;
}

#[tokio::test]
async fn filled_strikes_through_and_closed_takes_away() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let filled = one_live(&world, &board).await;
        board.jobs().fill(filled.id, Actor::System).await.unwrap();
        let close = claim_one(&world, Operation::Close).await;
        let struck = Verdict::Struck { receipt: b"receipt".to_vec(), url: None };
        finish(&world, &close, Outcome::Closed, struck.clone()).await;
        assert_eq!(only(&board, &filled).await.state, P::Closed);

        let closed = published(&board, "Another").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Published, live()).await;
        board.jobs().close(closed.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        assert_eq!(only(&board, &closed).await.state, P::Retracted);

        // Where the platform won't delete, a struck-through copy is the end of it.
        let stubborn = published(&board, "Third").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Published, live()).await;
        board.jobs().close(stubborn.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Closed, struck).await;
        assert_eq!(only(&board, &stubborn).await.state, P::Closed);
        assert!(claim(&world).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_job_that_ends_before_its_turn_is_never_sent() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        board.jobs().close(job.id, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.state, P::Retracted);
        assert!(board.placements().attempts(only(&board, &job).await.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_job_that_ends_during_its_publication_is_taken_back_after_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        board.jobs().close(job.id, Actor::System).await.unwrap();
        finish(&world, &publish, Outcome::Published, live()).await;
        claim_one(&world, Operation::Retract).await;
    })
    .await;
}

#[tokio::test]
async fn a_failure_waits_and_is_tried_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let at = noon() + Duration::seconds(30);
        finish(&world, &publish, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
        let waiting = only(&board, &job).await;
        assert_eq!((waiting.state, waiting.due_at), (P::Pending, Some(at)));
        assert_eq!(waiting.problem.as_deref(), Some("said transient"));
        assert!(claim(&world).await.is_empty());
        assert_eq!(world.store.queue().next_due().await.unwrap(), Some(at));
        world.clock.set(at);
        let again = claim_one(&world, Operation::Publish).await;
        assert_eq!((again.number, again.failures, &again.key), (2, 1, &publish.key));
        finish(&world, &again, Outcome::Published, live()).await;
        let attempts = board.placements().attempts(again.placement_id).await.unwrap();
        let outcomes: Vec<Outcome> = attempts.iter().map(|a| a.outcome).collect();
        assert_eq!(outcomes, [Outcome::Transient, Outcome::Published]);
        assert_eq!(only(&board, &job).await.problem, None);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_parks_the_placement_until_an_edit_or_a_person() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Rejected, Verdict::Rejected).await;
        let parked = only(&board, &job).await;
        assert_eq!((parked.state, parked.problem.as_deref()), (P::Failed, Some("said rejected")));
        world.clock.advance(Duration::days(1));
        assert!(claim(&world).await.is_empty());
        board.placements().retry(parked.id, Actor::System).await.unwrap();
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Rejected, Verdict::Rejected).await;
        board.jobs().patch(job.id, &json!({ "title": "Mended" }), None, Actor::System).await.unwrap();
        assert_eq!(claim_one(&world, Operation::Publish).await.posting.title, "Mended");
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_vanished_is_told_and_not_sent_again_by_itself() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        finish(&world, &update, Outcome::Gone, Verdict::Vanished).await;
        assert_eq!(only(&board, &job).await.state, P::Failed);
        assert!(claim(&world).await.is_empty());
        board.jobs().patch(job.id, &json!({ "title": "Third" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        board.placements().retry(only(&board, &job).await.id, Actor::System).await.unwrap();
        assert_eq!(claim_one(&world, Operation::Publish).await.posting.title, "Third");
    })
    .await;
}

#[tokio::test]
async fn the_instance_is_counted_board_by_board() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        world.board("empty").await;
        one_live(&world, &board).await;
        crate::fixture::submitted(&board, "Waiting").await;
        let figures = world.store.figures().await.unwrap();
        let mut jobs = figures.jobs.clone();
        jobs.sort_by_key(|(_, state, _)| state.as_str());
        let acme = || "acme".to_owned();
        use tablon_core::JobState;
        assert_eq!(jobs, [(acme(), JobState::Published, 1), (acme(), JobState::Submitted, 1)]);
        assert_eq!(figures.placements, [(acme(), P::Published, 1)]);
        assert_eq!(figures.attempts, [(Outcome::Published, 1)]);
        assert_eq!(world.store.open_jobs().await.unwrap().into_iter().collect::<Vec<_>>(), [(board.id, 1)]);
    })
    .await;
}
