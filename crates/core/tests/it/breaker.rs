//! A lane that only fails is left alone, and tried with one call.

use chrono::Duration;
use tablon_core::Clock;
use tablon_core::store::{Claim, Lane, LaneSpec, Operation, Outcome, Verdict};

use crate::fixture::{World, channel, noon, on_both, published};
use crate::worker::{claim, finish, live};

fn lane(kind: Lane, key: &str) -> LaneSpec {
    LaneSpec { kind, key: key.to_owned(), limits: Vec::new() }
}

async fn fail(world: &World, claim: &Claim) {
    let at = world.clock.now() + Duration::seconds(1);
    finish(world, claim, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
}

#[tokio::test]
async fn after_five_failures_in_a_row_a_destination_is_left_alone_and_then_tried_with_one_call() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let one = channel(&board, "one", vec![lane(Lane::Destination, "place")]).await;
        // Another channel of the same place, and one that has nothing to do with it.
        channel(&board, "two", vec![lane(Lane::Destination, "place")]).await;
        let other = channel(&board, "other", vec![lane(Lane::Destination, "elsewhere")]).await;
        published(&board, "Rust engineer").await;
        let mut calls = 0;
        while calls < 5 {
            for claim in claim(&world).await.into_iter().filter(|c| c.channel.id != other.id) {
                calls += 1;
                fail(&world, &claim).await;
            }
            world.clock.advance(Duration::milliseconds(500));
        }
        let status = board.channels().lanes(one.id).await.unwrap().remove(0);
        assert!(status.failures >= 5 && status.open_until.is_some(), "{status:?}");
        assert_eq!(status.problem.as_deref(), Some("said transient"));
        world.clock.advance(Duration::seconds(5));
        assert!(claim(&world).await.is_empty());

        world.clock.set(status.open_until.unwrap());
        let trial = claim(&world).await;
        assert_eq!(trial.len(), 1, "one call tries it, the other channel waits");
        finish(&world, &trial[0], Outcome::Published, live()).await;
        let status = board.channels().lanes(one.id).await.unwrap().remove(0);
        assert_eq!((status.failures, status.open_until, status.problem), (0, None, None));
        world.clock.advance(Duration::minutes(2));
        assert_eq!(claim(&world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn each_trial_that_fails_doubles_the_pause() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "one", vec![lane(Lane::Destination, "place")]).await;
        published(&board, "Rust engineer").await;
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let claimed = claim(&world).await;
            fail(&world, &claimed[0]).await;
            let status = board.channels().lanes(channel.id).await.unwrap().remove(0);
            let pause = status.open_until.map_or(0, |at| (at - world.clock.now()).num_seconds());
            pauses.push(pause);
            world.clock.advance(Duration::seconds(pause.max(1)));
        }
        assert_eq!(pauses, [0, 0, 0, 0, 10, 20, 40, 80]);
    })
    .await;
}

#[tokio::test]
async fn one_bad_destination_does_not_break_the_credential_of_others() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let bad = channel(&board, "bad", vec![lane(Lane::Credential, "bot"), lane(Lane::Destination, "bad")]).await;
        let good = channel(&board, "good", vec![lane(Lane::Credential, "bot"), lane(Lane::Destination, "good")]).await;
        for n in 0..12 {
            published(&board, &format!("Job {n}")).await;
        }
        let mut published = 0;
        for _ in 0..30 {
            for claim in claim(&world).await {
                if claim.channel.id == bad.id {
                    fail(&world, &claim).await;
                } else {
                    assert_eq!(claim.operation, Operation::Publish);
                    published += 1;
                    finish(&world, &claim, Outcome::Published, live()).await;
                }
            }
            world.clock.advance(Duration::seconds(1));
        }
        assert_eq!(published, 12);
        let lanes = board.channels().lanes(good.id).await.unwrap();
        assert!(lanes.iter().all(|lane| lane.open_until.is_none()), "{lanes:?}");
        assert!(world.clock.now() < noon() + Duration::minutes(1));
    })
    .await;
}
