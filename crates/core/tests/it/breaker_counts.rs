//! What counts as a failure of a lane, how many break it, and for how long.

use chrono::Duration;
use tablon_core::Clock;
use tablon_core::store::{AttemptRecord, Channel, Claim, Lane, LaneSpec, LaneStatus, Outcome, Verdict};

use crate::fixture::{World, channel, on_both, published};
use crate::worker::{claim, finish, record};
use tablon_core::TenantScope;

fn lane(kind: Lane, key: &str) -> Vec<LaneSpec> {
    vec![LaneSpec { kind, key: key.to_owned(), limits: Vec::new() }]
}

async fn fail(world: &World, claim: &Claim) {
    let at = world.clock.now() + Duration::seconds(1);
    finish(world, claim, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
}

async fn status(board: &TenantScope, channel: &Channel) -> LaneStatus {
    board.channels().lanes(channel.id).await.unwrap().remove(0)
}

/// The pause after each of so many failures in a row, in seconds.
async fn pauses(world: &World, kind: Lane, failures: usize) -> Vec<i64> {
    let board = world.board("acme").await;
    let channel = channel(&board, "one", lane(kind, "shared")).await;
    published(&board, "Rust engineer").await;
    let mut pauses = Vec::new();
    for _ in 0..failures {
        let claimed = claim(world).await;
        fail(world, &claimed[0]).await;
        let status = status(&board, &channel).await;
        let pause = status.open_until.map_or(0, |at| (at - world.clock.now()).num_seconds());
        pauses.push(pause);
        world.clock.advance(Duration::seconds(pause.max(1)));
    }
    pauses
}

#[tokio::test]
async fn a_credential_is_left_alone_after_ten_failures_because_it_serves_several_places() {
    on_both(|world| async move {
        assert_eq!(pauses(&world, Lane::Credential, 11).await, [0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 20]);
    })
    .await;
}

#[tokio::test]
async fn a_broken_lane_is_tried_every_ten_minutes_at_least() {
    on_both(|world| async move {
        assert_eq!(pauses(&world, Lane::Destination, 13).await[4..], [10, 20, 40, 80, 160, 320, 600, 600, 600]);
    })
    .await;
}

#[tokio::test]
async fn calls_that_were_under_way_when_a_lane_broke_tell_nothing_new() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let mut last = None;
        for name in ["one", "two", "three", "four", "five", "six", "seven"] {
            last = Some(channel(&board, name, lane(Lane::Destination, "shared")).await);
        }
        published(&board, "Rust engineer").await;
        let under_way = claim(&world).await;
        assert_eq!(under_way.len(), 7);
        for claim in &under_way {
            fail(&world, claim).await;
        }
        let status = status(&board, &last.unwrap()).await;
        let pause = status.open_until.map(|at| (at - world.clock.now()).num_seconds());
        assert_eq!((status.failures, pause), (5, Some(10)));
    })
    .await;
}

#[tokio::test]
async fn a_request_that_got_no_answer_is_a_failure() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "one", lane(Lane::Destination, "shared")).await;
        published(&board, "Rust engineer").await;
        let publish = claim(&world).await.remove(0);
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
        assert_eq!(status(&board, &channel).await.failures, 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_giving_up_is_none() {
    on_both(|world| async move {
        for (name, outcome, left) in [("refused", Outcome::Rejected, 0), ("given-up", Outcome::Transient, 2)] {
            let board = world.board(name).await;
            let channel = channel(&board, name, lane(Lane::Destination, name)).await;
            published(&board, "Rust engineer").await;
            for _ in 0..2 {
                let claimed = claim(&world).await;
                fail(&world, &claimed[0]).await;
                world.clock.advance(Duration::seconds(1));
            }
            let refused = claim(&world).await.remove(0);
            let record = AttemptRecord { status: Some(400), ..record(outcome) };
            world.store.queue().finish(&refused, record, Verdict::Rejected).await.unwrap();
            assert_eq!(status(&board, &channel).await.failures, left, "{name}");
        }
    })
    .await;
}
