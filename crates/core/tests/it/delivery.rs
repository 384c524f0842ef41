//! Placements: what should be on a channel, what is, and the way between.

use std::time::Duration as StdDuration;

use chrono::Duration;
use serde_json::json;
use tablon_core::store::{
    AttemptRecord, ChannelState, ChannelUpdate, Claim, ClaimOptions, LaneLimit, LaneSpec, Operation, Placement,
    PlacementState as P, Resolution, Verdict,
};
use tablon_core::{Actor, Conflict, Error, Job, TenantScope};

use crate::fixture::{World, channel, noon, on_both, published};

const LEASE: StdDuration = StdDuration::from_secs(60);

fn options() -> ClaimOptions {
    ClaimOptions { max: 50, lease: LEASE, pacing: true }
}

async fn claim(world: &World) -> Vec<Claim> {
    world.store.queue().claim(options()).await.unwrap()
}

async fn claim_one(world: &World, operation: Operation) -> Claim {
    let mut claims = claim(world).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].operation, operation);
    claims.remove(0)
}

fn record(outcome: &'static str) -> AttemptRecord {
    AttemptRecord {
        outcome,
        status: Some(200),
        duration: StdDuration::from_millis(5),
        message: (outcome != "published").then(|| format!("said {outcome}")),
    }
}

fn live() -> Verdict {
    Verdict::Live { receipt: b"receipt".to_vec(), url: Some("https://t.me/jobs/1".to_owned()) }
}

async fn finish(world: &World, claim: &Claim, outcome: &'static str, verdict: Verdict) {
    world.store.queue().finish(claim, record(outcome), verdict).await.unwrap();
}

async fn only(board: &TenantScope, job: &Job) -> Placement {
    let mut placements = board.placements().for_job(job.id).await.unwrap();
    assert_eq!(placements.len(), 1);
    placements.remove(0)
}

async fn one_live(world: &World, board: &TenantScope) -> Job {
    channel(board, "jobs", Vec::new()).await;
    let job = published(board, "Rust engineer").await;
    let publish = claim_one(world, Operation::Publish).await;
    finish(world, &publish, "published", live()).await;
    assert_eq!(only(board, &job).await.state, P::Published);
    job
}

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
        finish(&world, &claims[0], "published", live()).await;
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
        finish(&world, &first, "published", live()).await;
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
        finish(&world, &update, "updated", live()).await;
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.posting.title, "Third");
        finish(&world, &update, "updated", live()).await;
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
        finish(&world, &close, "closed", struck.clone()).await;
        assert_eq!(only(&board, &filled).await.state, P::Closed);

        let closed = published(&board, "Another").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "published", live()).await;
        board.jobs().close(closed.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, "retracted", Verdict::Retracted).await;
        assert_eq!(only(&board, &closed).await.state, P::Retracted);

        // Where the platform won't delete, a struck-through copy is the end of it.
        let stubborn = published(&board, "Third").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "published", live()).await;
        board.jobs().close(stubborn.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, "closed", struck).await;
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
        finish(&world, &publish, "published", live()).await;
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
        finish(&world, &publish, "transient", Verdict::Retry { at }).await;
        let waiting = only(&board, &job).await;
        assert_eq!((waiting.state, waiting.due_at), (P::Pending, Some(at)));
        assert_eq!(waiting.problem.as_deref(), Some("said transient"));
        assert!(claim(&world).await.is_empty());
        assert_eq!(world.store.queue().next_due().await.unwrap(), Some(at));
        world.clock.set(at);
        let again = claim_one(&world, Operation::Publish).await;
        assert_eq!((again.number, again.failures, again.key()), (2, 1, publish.key()));
        finish(&world, &again, "published", live()).await;
        let attempts = board.placements().attempts(again.placement_id).await.unwrap();
        let outcomes: Vec<&str> = attempts.iter().map(|a| a.outcome.as_str()).collect();
        assert_eq!(outcomes, ["transient", "published"]);
        assert_eq!(only(&board, &job).await.problem, None);
    })
    .await;
}

#[tokio::test]
async fn what_died_while_publishing_is_never_sent_again_by_itself() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let dead = claim_one(&world, Operation::Publish).await;
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 0);
        world.clock.advance(Duration::seconds(61));
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        // The platform is asked first; when it can't tell, a person is.
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, "unknowable", Verdict::Unverified { locate: false }).await;
        world.clock.advance(Duration::days(1));
        assert!(claim(&world).await.is_empty());
        let asked = only(&board, &job).await;
        assert_eq!(asked.state, P::Unverified);
        // Its answer came after all: that settles it.
        finish(&world, &dead, "published", live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_person_settles_what_is_unverified() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        for (answer, sent) in [("There it is", true), ("It isn't there", false)] {
            let job = published(&board, answer).await;
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, "unverified", Verdict::Unverified { locate: false }).await;
            let placement = only(&board, &job).await;
            assert_eq!((placement.state, placement.due_at), (P::Unverified, None));
            let resolution = if sent {
                Resolution::Sent { receipt: b"found".to_vec(), url: Some("https://t.me/jobs/9".to_owned()) }
            } else {
                Resolution::NotSent
            };
            let after = board.placements().resolve(placement.id, resolution.clone(), Actor::System).await.unwrap();
            if sent {
                assert_eq!((after.state, after.url.as_deref()), (P::Published, Some("https://t.me/jobs/9")));
            } else {
                assert_eq!(after.state, P::Pending);
                let again = claim_one(&world, Operation::Publish).await;
                finish(&world, &again, "published", live()).await;
            }
            let twice = board.placements().resolve(placement.id, resolution, Actor::System).await.unwrap_err();
            assert!(matches!(twice, Error::Conflict(Conflict::PlacementState { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_update_is_simply_repeated() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        let late = claim_one(&world, Operation::Update).await;
        assert_eq!(world.store.queue().recover(true).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Published);
        let again = claim_one(&world, Operation::Update).await;
        // The dead worker's late word doesn't take the claim from the living one.
        finish(&world, &late, "updated", live()).await;
        assert!(claim(&world).await.is_empty());
        finish(&world, &again, "updated", live()).await;
        assert_eq!(only(&board, &job).await.actual_revision, Some(2));
    })
    .await;
}

#[tokio::test]
async fn a_refused_credential_pauses_the_channel_and_nothing_is_lost() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "unauthorized", Verdict::Pause).await;
        let paused = board.channels().get(shown.id).await.unwrap().unwrap();
        assert_eq!((paused.state, paused.problem.as_deref()), (ChannelState::Paused, Some("said unauthorized")));
        assert_eq!(only(&board, &job).await.state, P::Blocked);
        assert_eq!(board.jobs().get(job.id).await.unwrap().unwrap().state.as_str(), "published");
        // A job that is approved meanwhile waits too.
        let second = published(&board, "Second").await;
        assert_eq!(only(&board, &second).await.state, P::Blocked);
        assert!(claim(&world).await.is_empty());
        // A new token is what was asked for: the channel works again, and what waited is sent.
        let update = ChannelUpdate { secrets: [("bot_token", "123:new")].into_iter().collect(), ..Default::default() };
        let mended = board.channels().update(shown.id, update, Actor::System).await.unwrap();
        assert_eq!((mended.state, mended.problem), (ChannelState::Active, None));
        for _ in 0..2 {
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, "published", live()).await;
        }
        assert_eq!(only(&board, &job).await.state, P::Published);
        assert_eq!(only(&board, &second).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_a_person_paused_waits_for_a_person() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        let shown = board.channels().list().await.unwrap().remove(0);
        board.channels().pause(shown.id, None, Actor::System).await.unwrap();
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.state, P::Blocked);
        board.channels().resume(shown.id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Update).await;
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
        finish(&world, &publish, "rejected", Verdict::Rejected).await;
        let parked = only(&board, &job).await;
        assert_eq!((parked.state, parked.problem.as_deref()), (P::Failed, Some("said rejected")));
        world.clock.advance(Duration::days(1));
        assert!(claim(&world).await.is_empty());
        board.placements().retry(parked.id, Actor::System).await.unwrap();
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "rejected", Verdict::Rejected).await;
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
        finish(&world, &update, "gone", Verdict::Vanished).await;
        assert_eq!(only(&board, &job).await.state, P::Failed);
        assert!(claim(&world).await.is_empty());
        board.jobs().patch(job.id, &json!({ "title": "Third" }), None, Actor::System).await.unwrap();
        assert!(claim(&world).await.is_empty());
        board.placements().retry(only(&board, &job).await.id, Actor::System).await.unwrap();
        assert_eq!(claim_one(&world, Operation::Publish).await.posting.title, "Third");
    })
    .await;
}

fn lane(kind: &str, count: u32, per_ms: u64) -> LaneSpec {
    LaneSpec {
        kind: kind.to_owned(),
        key: format!("{kind}-lane"),
        limits: vec![LaneLimit { count, per_ms, burst: count }],
    }
}

#[tokio::test]
async fn a_lane_lets_so_many_through_and_no_more() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        for name in ["one", "two", "three"] {
            channel(&board, name, vec![lane("credential", 2, 60_000)]).await;
        }
        published(&board, "Rust engineer").await;
        assert_eq!(claim(&world).await.len(), 2);
        let next = world.store.queue().next_due().await.unwrap();
        assert_eq!(next, Some(noon() + Duration::seconds(30)));
        world.clock.advance(Duration::seconds(29));
        assert!(claim(&world).await.is_empty());
        world.clock.advance(Duration::seconds(1));
        assert_eq!(claim(&world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_platform_that_says_wait_holds_the_lane_even_without_pacing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "one", vec![lane("credential", 100, 1)]).await;
        channel(&board, "two", vec![lane("credential", 100, 1)]).await;
        published(&board, "Rust engineer").await;
        let unpaced = ClaimOptions { max: 1, pacing: false, ..options() };
        let first = world.store.queue().claim(unpaced).await.unwrap().remove(0);
        let until = noon() + Duration::seconds(17);
        finish(&world, &first, "rate_limited", Verdict::Hold { lane: "credential", until }).await;
        assert!(world.store.queue().claim(unpaced).await.unwrap().is_empty());
        world.clock.set(until - Duration::milliseconds(1));
        assert!(world.store.queue().claim(unpaced).await.unwrap().is_empty());
        world.clock.set(until);
        assert_eq!(world.store.queue().claim(unpaced).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_destination_that_moved_is_followed() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let moved = Verdict::Moved { settings: json!({ "chat_id": "-100777" }), lanes: Vec::new(), at: noon() };
        finish(&world, &publish, "moved", moved).await;
        let settings = board.channels().get(shown.id).await.unwrap().unwrap().settings;
        assert_eq!(settings, json!({ "chat_id": "-100777" }));
        assert_eq!(claim_one(&world, Operation::Publish).await.channel.settings, settings);
    })
    .await;
}

#[tokio::test]
async fn a_channel_with_copies_cant_be_removed() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        let shown = board.channels().list().await.unwrap().remove(0);
        let refused = board.channels().delete(shown.id, Actor::System).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::ChannelHasCopies(1))), "{refused}");
        board.placements().retract(only(&board, &job).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, "retracted", Verdict::Retracted).await;
        board.channels().delete(shown.id, Actor::System).await.unwrap();
        assert!(board.channels().list().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_while_asking_the_platform_leaves_the_question_open() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "unverified", Verdict::Unverified { locate: true }).await;
        claim_one(&world, Operation::Locate).await;
        assert_eq!(world.store.queue().recover(true).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        claim_one(&world, Operation::Locate).await;
    })
    .await;
}

#[tokio::test]
async fn a_late_receipt_settles_the_question_even_while_the_platform_is_being_asked() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let slow = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(61));
        world.store.queue().recover(false).await.unwrap();
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &slow, "published", live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
        finish(&world, &locate, "unknowable", Verdict::Unverified { locate: false }).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_is_found_later_is_brought_up_to_date() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "First").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "unverified", Verdict::Unverified { locate: true }).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        // What may be there is what was sent, not what is desired now.
        let locate = claim_one(&world, Operation::Locate).await;
        assert_eq!(locate.posting.title, "First");
        finish(&world, &locate, "unknowable", Verdict::Unverified { locate: false }).await;
        let sent = Resolution::Sent { receipt: b"found".to_vec(), url: None };
        board.placements().resolve(only(&board, &job).await.id, sent, Actor::System).await.unwrap();
        assert_eq!(claim_one(&world, Operation::Update).await.posting.title, "Second");
    })
    .await;
}

#[tokio::test]
async fn an_open_question_on_a_paused_channel_is_asked_when_it_works_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        board.channels().pause(shown.id, None, Actor::System).await.unwrap();
        finish(&world, &publish, "unverified", Verdict::Unverified { locate: true }).await;
        assert!(claim(&world).await.is_empty());
        board.channels().resume(shown.id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Locate).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_platform_says_of_an_old_token_doesnt_stop_a_channel_that_was_mended_meanwhile() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(1));
        let update = ChannelUpdate { secrets: [("bot_token", "123:new")].into_iter().collect(), ..Default::default() };
        board.channels().update(shown.id, update, Actor::System).await.unwrap();
        finish(&world, &publish, "unauthorized", Verdict::Pause).await;
        assert_eq!(board.channels().get(shown.id).await.unwrap().unwrap().state, ChannelState::Active);
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn a_struck_copy_can_be_taken_away_and_a_channel_be_left_knowingly() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().fill(job.id, Actor::System).await.unwrap();
        let close = claim_one(&world, Operation::Close).await;
        let struck = Verdict::Struck { receipt: b"receipt".to_vec(), url: None };
        finish(&world, &close, "closed", struck.clone()).await;
        board.placements().retract(only(&board, &job).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, "closed", struck).await;
        assert!(claim(&world).await.is_empty());
        let shown = board.channels().list().await.unwrap().remove(0);
        assert!(board.channels().delete(shown.id, Actor::System).await.is_err());
        board.channels().abandon(shown.id, Actor::System).await.unwrap();
        assert!(board.placements().for_job(job.id).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_backlog_on_one_channel_keeps_no_other_waiting() {
    on_both(|world| async move {
        let (busy, quiet) = (world.board("busy").await, world.board("quiet").await);
        channel(&busy, "busy", Vec::new()).await;
        channel(&quiet, "quiet", Vec::new()).await;
        for n in 0..10 {
            published(&busy, &format!("Job {n}")).await;
        }
        world.clock.advance(Duration::seconds(1));
        published(&quiet, "The one").await;
        let few = ClaimOptions { max: 2, ..options() };
        let claims = world.store.queue().claim(few).await.unwrap();
        let titles: Vec<&str> = claims.iter().map(|c| c.posting.title.as_str()).collect();
        assert_eq!(titles, ["Job 0", "The one"]);
    })
    .await;
}

#[tokio::test]
async fn a_full_lane_moves_the_whole_backlog_to_its_next_free_moment() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", vec![lane("destination", 1, 60_000)]).await;
        for n in 0..3 {
            published(&board, &format!("Job {n}")).await;
        }
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, "published", live()).await;
        assert!(claim(&world).await.is_empty());
        let page = board.placements().list(&Default::default()).await.unwrap();
        let waiting: Vec<_> = page.items.iter().filter_map(|p| p.due_at).collect();
        assert_eq!(waiting, [noon() + Duration::seconds(60); 2]);
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
        assert_eq!(figures.attempts, [("published".to_owned(), 1)]);
        assert_eq!(world.store.open_jobs().await.unwrap().into_iter().collect::<Vec<_>>(), [(board.id, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_new_channel_begins_empty() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        published(&board, "Rust engineer").await;
        channel(&board, "late", Vec::new()).await;
        assert!(claim(&world).await.is_empty());
    })
    .await;
}
