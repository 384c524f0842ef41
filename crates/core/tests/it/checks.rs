//! Looks at copies: is each still there, and as it should be?

use chrono::Duration;
use serde_json::json;
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::store::{
    Channel, ChannelUpdate, Operation, Outcome, PlacementState as P, Presence, Resolution, Verdict,
};
use tablon_core::{Actor, Job, TenantScope};

use crate::fixture::{World, channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, only};

async fn daily(board: &TenantScope, channel: &Channel) {
    let policy = DeliveryPolicy::parse(&json!({ "check_every_hours": 24 }), &board.form).unwrap();
    let update = ChannelUpdate { delivery: Some(policy), ..ChannelUpdate::default() };
    board.channels().update(channel.id, update, Actor::System).await.unwrap();
}

/// A board with one copy that was made at noon.
async fn with_a_copy(world: &World) -> (TenantScope, Channel, Job) {
    let board = world.board("acme").await;
    let channel = channel(&board, "jobs", Vec::new()).await;
    daily(&board, &channel).await;
    let job = published(&board, "Rust engineer").await;
    let publish = claim_one(world, Operation::Publish).await;
    finish(world, &publish, Outcome::Published, live()).await;
    (board, channel, job)
}

async fn look_due(world: &World) {
    world.store.queue().advance_checks().await.unwrap();
}

#[tokio::test]
async fn each_copy_is_looked_at_when_its_time_has_come_and_then_again() {
    on_both(|world| async move {
        let (board, _, job) = with_a_copy(&world).await;
        world.clock.advance(Duration::hours(24) - Duration::seconds(1));
        look_due(&world).await;
        assert!(claim(&world).await.is_empty());
        // Copies that were made together are looked at one after the other, within a quarter of the time.
        world.clock.set(noon() + Duration::hours(30));
        look_due(&world).await;
        let look = claim_one(&world, Operation::Check).await;
        finish(&world, &look, Outcome::Present, Verdict::Checked { presence: Presence::Present }).await;
        let placement = only(&board, &job).await;
        assert_eq!((placement.state, placement.presence), (P::Published, Some(Presence::Present)));
        assert_eq!(placement.checked_at, Some(noon() + Duration::hours(30)));
        look_due(&world).await;
        assert!(claim(&world).await.is_empty());
        world.clock.advance(Duration::hours(30));
        look_due(&world).await;
        claim_one(&world, Operation::Check).await;
    })
    .await;
}

#[tokio::test]
async fn a_changed_copy_is_shown_and_brought_back_when_a_person_says_so() {
    on_both(|world| async move {
        let (board, _, job) = with_a_copy(&world).await;
        let id = only(&board, &job).await.id;
        board.placements().check(id, Actor::System).await.unwrap();
        let look = claim_one(&world, Operation::Check).await;
        finish(&world, &look, Outcome::Altered, Verdict::Checked { presence: Presence::Altered }).await;
        let placement = only(&board, &job).await;
        assert_eq!((placement.state, placement.presence), (P::Published, Some(Presence::Altered)));
        assert!(claim(&world).await.is_empty());
        board.placements().retry(id, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        finish(&world, &update, Outcome::Updated, live()).await;
        assert_eq!(only(&board, &job).await.presence, None);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_is_gone_is_shown_and_sent_anew_when_a_person_says_so() {
    on_both(|world| async move {
        let (board, _, job) = with_a_copy(&world).await;
        let id = only(&board, &job).await.id;
        board.placements().check(id, Actor::System).await.unwrap();
        let look = claim_one(&world, Operation::Check).await;
        finish(&world, &look, Outcome::Absent, Verdict::Checked { presence: Presence::Absent }).await;
        let placement = only(&board, &job).await;
        assert_eq!((placement.state, placement.presence), (P::Failed, Some(Presence::Absent)));
        assert!(claim(&world).await.is_empty());
        board.placements().retry(id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn a_look_that_fails_leaves_the_copy_as_it_was() {
    on_both(|world| async move {
        let (board, _, job) = with_a_copy(&world).await;
        let id = only(&board, &job).await.id;
        board.placements().check(id, Actor::System).await.unwrap();
        let look = claim_one(&world, Operation::Check).await;
        let at = noon() + Duration::minutes(15);
        finish(&world, &look, Outcome::Transient, Verdict::CheckLater { at }).await;
        let placement = only(&board, &job).await;
        assert_eq!((placement.state, placement.problem), (P::Published, None));
        look_due(&world).await;
        assert!(claim(&world).await.is_empty());
        world.clock.set(at);
        look_due(&world).await;
        claim_one(&world, Operation::Check).await;
    })
    .await;
}

#[tokio::test]
async fn copies_on_a_channel_that_stands_still_are_not_looked_at() {
    on_both(|world| async move {
        let (board, channel, _) = with_a_copy(&world).await;
        board.channels().pause(channel.id, None, Actor::System).await.unwrap();
        world.clock.advance(Duration::hours(31));
        look_due(&world).await;
        assert!(claim(&world).await.is_empty());
        board.channels().resume(channel.id, Actor::System).await.unwrap();
        world.clock.advance(Duration::hours(1));
        look_due(&world).await;
        claim_one(&world, Operation::Check).await;
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_taken_back_by_hand_can_be_sent_again_as_another_one() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Published, live()).await;
        board.placements().retract(first.placement_id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        board.placements().retry(first.placement_id, Actor::System).await.unwrap();
        let second = claim_one(&world, Operation::Publish).await;
        // A platform that remembers keys must not take it for the first one.
        assert_ne!(second.key, first.key);
        finish(&world, &second, Outcome::Published, live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
        board.jobs().close(job.id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        let refused = board.placements().retry(first.placement_id, Actor::System).await;
        assert!(refused.is_err(), "a job that has ended is sent nowhere");
    })
    .await;
}

#[tokio::test]
async fn a_message_that_a_person_posted_can_be_taken_over() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Rejected, Verdict::Rejected).await;
        let by_hand = Resolution::Sent { receipt: b"by hand".to_vec(), url: None };
        board.placements().resolve(publish.placement_id, by_hand, Actor::System).await.unwrap();
        // Nobody knows what it says: it is brought in line.
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.receipt.as_deref(), Some(&b"by hand"[..]));
        finish(&world, &update, Outcome::Updated, live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_publish_goes_before_the_looks_at_older_copies() {
    on_both(|world| async move {
        let (board, _, _) = with_a_copy(&world).await;
        world.clock.advance(Duration::hours(31));
        look_due(&world).await;
        world.clock.advance(Duration::seconds(1));
        let new = published(&board, "Go engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        assert_eq!(first.posting.id, new.id);
        finish(&world, &first, Outcome::Published, live()).await;
        claim_one(&world, Operation::Check).await;
    })
    .await;
}
