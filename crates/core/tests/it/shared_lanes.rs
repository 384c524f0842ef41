//! Lanes with several limits, and several channels.

use chrono::Duration;
use tablon_core::store::{AttemptRecord, Lane, LaneHold, LaneLimit, LaneSpec, Outcome, Verdict};

use crate::fixture::{channel, noon, on_both, published};
use crate::worker::{claim, finish, live, record};

fn lane(limits: &[(u32, i64)]) -> Vec<LaneSpec> {
    let limits = limits.iter().map(|(count, seconds)| LaneLimit {
        count: *count,
        per_ms: Duration::seconds(*seconds).num_milliseconds().unsigned_abs(),
        burst: *count,
    });
    vec![LaneSpec { kind: Lane::Credential, key: "shared".to_owned(), limits: limits.collect() }]
}

#[tokio::test]
async fn all_limits_of_a_lane_hold_at_once() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        // One a second, and two in ten minutes.
        channel(&board, "jobs", lane(&[(1, 1), (2, 600)])).await;
        for title in ["One", "Two", "Three"] {
            published(&board, title).await;
        }
        let mut sent = Vec::new();
        for second in 0..5 {
            world.clock.set(noon() + Duration::seconds(second));
            for claim in claim(&world).await {
                finish(&world, &claim, Outcome::Published, live()).await;
                sent.push(second);
            }
        }
        assert_eq!(sent, [0, 1]);
        world.clock.set(noon() + Duration::seconds(300));
        assert_eq!(claim(&world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn those_that_wait_for_a_lane_take_nothing_out_of_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        for name in ["one", "two", "three", "four"] {
            channel(&board, name, lane(&[(1, 10)])).await;
        }
        published(&board, "Rust engineer").await;
        for turn in 0..4 {
            world.clock.set(noon() + Duration::seconds(10 * turn));
            assert_eq!(claim(&world).await.len(), 1, "turn {turn}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_shorter_hold_does_not_end_a_longer_one() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let one = channel(&board, "one", lane(&[])).await;
        channel(&board, "two", lane(&[])).await;
        published(&board, "Rust engineer").await;
        let claims = claim(&world).await;
        let until = |minutes| noon() + Duration::minutes(minutes);
        finish(&world, &claims[0], Outcome::RateLimited, Verdict::Hold { lane: Lane::Credential, until: until(10) })
            .await;
        // A call that was under way meanwhile is told less, with a good answer.
        let hold = LaneHold { lane: Lane::Credential, until: until(1) };
        let record = AttemptRecord { holds: vec![hold], ..record(Outcome::Published) };
        world.store.queue().finish(&claims[1], record, live()).await.unwrap();
        let lanes = board.channels().lanes(one.id).await.unwrap();
        assert_eq!(lanes[0].held_until, Some(until(10)));
    })
    .await;
}
