//! When an operation began, and copies of which only a part is there.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use tablon_core::store::{Claim, Lane, Operation, Outcome, PlacementState as P, Resolution, Verdict};
use tablon_core::{Actor, Clock};

use crate::fixture::{World, channel, lane, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, one_live, only};

fn unfinished(at: DateTime<Utc>) -> Verdict {
    let receipt = b"a part".to_vec();
    Verdict::Unfinished { receipt, url: Some("https://t.me/jobs/7".to_owned()), at: Some(at), trouble: false }
}

async fn fail(world: &World, claim: &Claim) -> DateTime<Utc> {
    let at = world.clock.now() + Duration::minutes(1);
    finish(world, claim, Outcome::Transient, Verdict::Retry { at, trouble: false }).await;
    world.clock.set(at);
    at
}

#[tokio::test]
async fn every_try_of_an_operation_knows_when_the_first_began() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        assert_eq!(first.began_at, noon());
        fail(&world, &first).await;
        let second = claim_one(&world, Operation::Publish).await;
        assert_eq!((second.began_at, &second.key), (noon(), &first.key));
        // Its worker dies; the question and the repetition are about the same operation.
        world.clock.advance(Duration::minutes(2));
        world.store.queue().recover(false).await.unwrap();
        let locate = claim_one(&world, Operation::Locate).await;
        assert_eq!((locate.began_at, &locate.key), (noon(), &first.key));
        finish(&world, &locate, Outcome::Repeatable, Verdict::NotSent { certain: false }).await;
        let third = claim_one(&world, Operation::Publish).await;
        assert_eq!(third.began_at, noon());
        finish(&world, &third, Outcome::Published, live()).await;
        // An edit is another operation.
        board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.began_at, world.clock.now());
    })
    .await;
}

#[tokio::test]
async fn a_try_that_certainly_sent_nothing_is_no_beginning() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let credential = lane(Lane::Credential, 100, 1);
        channel(&board, "jobs", vec![credential]).await;
        published(&board, "Rust engineer").await;
        let later = || world.clock.now() + Duration::hours(1);
        let refusals = [
            (Outcome::NotInstalled, Verdict::Wait { at: later() }),
            (Outcome::RateLimited, Verdict::Hold { lane: Lane::Credential, until: later() + Duration::hours(1) }),
        ];
        for (outcome, refusal) in refusals {
            let refused = claim_one(&world, Operation::Publish).await;
            assert_eq!(refused.began_at, world.clock.now());
            finish(&world, &refused, outcome, refusal).await;
            world.clock.set(world.store.queue().next_due().await.unwrap().unwrap());
        }
        let began = world.clock.now();
        let tried = claim_one(&world, Operation::Publish).await;
        assert_eq!(tried.began_at, began);
        fail(&world, &tried).await;
        // A refusal says nothing about the try before it.
        let refused = claim_one(&world, Operation::Publish).await;
        finish(&world, &refused, Outcome::NotInstalled, Verdict::Wait { at: world.clock.now() + Duration::hours(1) })
            .await;
        world.clock.advance(Duration::hours(1));
        let again = claim_one(&world, Operation::Publish).await;
        assert_eq!(again.began_at, began);
        finish(&world, &again, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, Outcome::NotSent, Verdict::NotSent { certain: true }).await;
        world.clock.advance(Duration::seconds(1));
        assert_eq!(claim_one(&world, Operation::Publish).await.began_at, world.clock.now());
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_which_a_part_is_there_is_finished_by_updates() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let at = noon() + Duration::seconds(30);
        finish(&world, &publish, Outcome::Unfinished, unfinished(at)).await;
        let part = only(&board, &job).await;
        assert_eq!((part.state, part.actual_revision, part.due_at), (P::Published, None, Some(at)));
        assert_eq!((part.url.as_deref(), part.published_at), (Some("https://t.me/jobs/7"), Some(noon())));
        assert_eq!(part.problem.as_deref(), Some("said unfinished"));
        assert!(claim(&world).await.is_empty());
        world.clock.set(at);
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!((update.receipt.as_deref(), update.failures, update.number), (Some(&b"a part"[..]), 1, 2));
        assert_ne!(update.key, publish.key);
        // The process is killed during the call, and the next one gets no further either.
        world.store.queue().recover(true).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!((update.receipt.as_deref(), update.began_at), (Some(&b"a part"[..]), at));
        finish(&world, &update, Outcome::Unfinished, unfinished(at + Duration::seconds(30))).await;
        world.clock.advance(Duration::seconds(30));
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!((update.failures, update.began_at), (2, at));
        finish(&world, &update, Outcome::Updated, live()).await;
        let whole = only(&board, &job).await;
        assert_eq!((whole.state, whole.actual_revision, whole.due_at), (P::Published, Some(1), None));
        assert_eq!((whole.problem, whole.published_at), (None, Some(noon())));
    })
    .await;
}

#[tokio::test]
async fn a_part_is_taken_away_when_the_job_ends_in_between() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unfinished, unfinished(noon() + Duration::hours(1))).await;
        board.jobs().close(job.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        assert_eq!(retract.receipt.as_deref(), Some(&b"a part"[..]));
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        assert_eq!(only(&board, &job).await.state, P::Retracted);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_changed_in_part_is_neither_the_old_nor_struck_through() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().fill(job.id, Actor::System).await.unwrap();
        let close = claim_one(&world, Operation::Close).await;
        let at = noon() + Duration::seconds(30);
        finish(&world, &close, Outcome::Unfinished, unfinished(at)).await;
        world.clock.set(at);
        let close = claim_one(&world, Operation::Close).await;
        assert_eq!(close.receipt.as_deref(), Some(&b"a part"[..]));
        finish(&world, &close, Outcome::Unfinished, unfinished(at)).await;
        let part = only(&board, &job).await;
        assert_eq!((part.state, part.actual_revision), (P::Published, None));
        claim_one(&world, Operation::Close).await;
    })
    .await;
}

#[tokio::test]
async fn a_part_that_is_given_up_keeps_its_receipt_for_whoever_tries_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let given_up = Verdict::Unfinished { receipt: b"a part".to_vec(), url: None, at: None, trouble: false };
        finish(&world, &publish, Outcome::Unfinished, given_up).await;
        let parked = only(&board, &job).await;
        assert_eq!((parked.state, parked.due_at), (P::Failed, None));
        assert_eq!(parked.problem.as_deref(), Some("said unfinished"));
        board.placements().retry(parked.id, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.receipt.as_deref(), Some(&b"a part"[..]));
        // Somebody deletes it on the platform: an edit doesn't send it anew.
        finish(&world, &update, Outcome::Gone, Verdict::Vanished).await;
        board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.state, P::Failed);
    })
    .await;
}

#[tokio::test]
async fn a_part_that_a_dead_worker_reports_late_settles_whether_it_was_sent() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let slow = claim_one(&world, Operation::Publish).await;
        world.store.queue().recover(true).await.unwrap();
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        finish(&world, &slow, Outcome::Unfinished, unfinished(noon())).await;
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!((update.receipt.as_deref(), update.maybe_sent_at), (Some(&b"a part"[..]), None));
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_a_person_posted_and_somebody_deleted_is_not_sent_by_an_edit() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Rejected, Verdict::Rejected).await;
        let by_hand = Resolution::Sent { receipt: b"by hand".to_vec(), url: None };
        board.placements().resolve(publish.placement_id, by_hand, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        finish(&world, &update, Outcome::Gone, Verdict::Vanished).await;
        board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
    })
    .await;
}
