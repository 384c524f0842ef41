//! Calls of what ended long ago are forgotten; everything else keeps its history.

use chrono::Duration;
use tablon_core::store::{ATTEMPTS_KEPT, Operation, Outcome, Verdict};
use tablon_core::{Actor, Job};

use crate::fixture::{World, channel, on_both, published};
use crate::worker::{claim_one, finish, live, only};

async fn sent(world: &World, board: &tablon_core::TenantScope, title: &str) -> Job {
    let job = published(board, title).await;
    let publish = claim_one(world, Operation::Publish).await;
    finish(world, &publish, Outcome::Published, live()).await;
    job
}

#[tokio::test]
async fn the_calls_of_what_ended_long_ago_are_forgotten_and_no_others() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let calls = async |job: &Job| board.placements().attempts(only(&board, job).await.id).await.unwrap().len();
        let lives = sent(&world, &board, "Lives").await;
        let doubtful = published(&board, "Doubtful").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
        let over = sent(&world, &board, "Over").await;
        board.jobs().close(over.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        let struck = sent(&world, &board, "Struck").await;
        board.jobs().fill(struck.id, Actor::System).await.unwrap();
        let close = claim_one(&world, Operation::Close).await;
        finish(&world, &close, Outcome::Closed, Verdict::Struck { receipt: b"receipt".to_vec(), url: None }).await;

        world.clock.advance(ATTEMPTS_KEPT);
        assert_eq!(world.store.queue().tidy().await.unwrap(), 0);
        let recent = sent(&world, &board, "Recent").await;
        board.placements().retract(only(&board, &recent).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        world.clock.advance(Duration::seconds(1));
        assert_eq!(world.store.queue().tidy().await.unwrap(), 4);
        let mut left = Vec::new();
        for job in [&lives, &doubtful, &over, &struck, &recent] {
            left.push(calls(job).await);
        }
        assert_eq!(left, [1, 1, 0, 0, 2]);
        assert_eq!(world.store.queue().tidy().await.unwrap(), 0);
        // A struck copy can still be taken away.
        board.placements().retract(only(&board, &struck).await.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        assert_eq!((retract.receipt.as_deref(), retract.number), (Some(&b"receipt"[..]), 1));
    })
    .await;
}
