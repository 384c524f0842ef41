//! A worker of the queue, played by hand: it claims, and says what came of it.

use std::time::Duration as StdDuration;

use tablon_core::store::{
    AttemptRecord, Claim, ClaimOptions, Operation, Outcome, Placement, PlacementState as P, Verdict,
};
use tablon_core::{Job, TenantScope};

use crate::fixture::{World, channel, published};
use crate::turns;

const LEASE: StdDuration = StdDuration::from_secs(60);

pub(crate) fn options() -> ClaimOptions {
    ClaimOptions { lease: LEASE, pacing: true }
}

pub(crate) async fn claim(world: &World) -> Vec<Claim> {
    claim_from(world, 50, options()).await
}

/// What a reconciler with `free` calls claims: at most one placement of each channel.
pub(crate) async fn claim_from(world: &World, free: u64, options: ClaimOptions) -> Vec<Claim> {
    turns::are_true(&world.database).await;
    let queue = world.store.queue();
    let mut claims = Vec::new();
    for channel in queue.due_channels(free).await.unwrap() {
        claims.extend(queue.claim_on(channel, options).await.unwrap());
    }
    claims
}

pub(crate) async fn claim_one(world: &World, operation: Operation) -> Claim {
    let mut claims = claim(world).await;
    assert_eq!(claims.len(), 1);
    assert_eq!(claims[0].operation, operation);
    claims.remove(0)
}

pub(crate) fn record(outcome: Outcome) -> AttemptRecord {
    AttemptRecord {
        outcome,
        status: Some(200),
        duration: StdDuration::from_millis(5),
        message: (outcome != Outcome::Published).then(|| format!("said {outcome}")),
        holds: Vec::new(),
    }
}

pub(crate) fn live() -> Verdict {
    Verdict::Live { receipt: b"receipt".to_vec(), url: Some("https://t.me/jobs/1".to_owned()) }
}

pub(crate) async fn finish(world: &World, claim: &Claim, outcome: Outcome, verdict: Verdict) {
    world.store.queue().finish(claim, record(outcome), verdict).await.unwrap();
}

/// As a worker goes on from one placement to the next.
pub(crate) async fn finish_and_claim(
    world: &World,
    claim: &Claim,
    outcome: Outcome,
    verdict: Verdict,
) -> Option<Claim> {
    world.store.queue().finish_and_claim(claim, record(outcome), verdict, options()).await.unwrap()
}

pub(crate) async fn only(board: &TenantScope, job: &Job) -> Placement {
    let mut placements = board.placements().for_job(job.id).await.unwrap();
    assert_eq!(placements.len(), 1);
    placements.remove(0)
}

pub(crate) async fn one_live(world: &World, board: &TenantScope) -> Job {
    channel(board, "jobs", Vec::new()).await;
    let job = published(board, "Rust engineer").await;
    let publish = claim_one(world, Operation::Publish).await;
    finish(world, &publish, Outcome::Published, live()).await;
    assert_eq!(only(board, &job).await.state, P::Published);
    job
}
