//! Which jobs a channel is given, and when.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::store::{Channel, ChannelUpdate, Operation, Outcome, PlacementState as P, Verdict};
use tablon_core::{Actor, Job, TenantScope};

use crate::fixture::{channel, noon, offer, on_both, published};
use crate::worker::{claim, claim_one, finish, live, only};

async fn follow(board: &TenantScope, channel: &Channel, policy: Value) {
    let policy = DeliveryPolicy::parse(&policy, &board.form).unwrap();
    let update = ChannelUpdate { delivery: Some(policy), ..ChannelUpdate::default() };
    board.channels().update(channel.id, update, Actor::System).await.unwrap();
}

async fn published_with(board: &TenantScope, change: Value) -> Job {
    let mut offer = offer("Rust engineer");
    offer.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let job = board.jobs().submit(&offer, Actor::Visitor).await.unwrap().job;
    board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap()
}

async fn channels_of(board: &TenantScope, job: &Job) -> usize {
    board.placements().for_job(job.id).await.unwrap().len()
}

#[tokio::test]
async fn a_channel_is_given_what_its_rules_want_and_nothing_else() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let remote = channel(&board, "remote", Vec::new()).await;
        channel(&board, "everything", Vec::new()).await;
        follow(
            &board,
            &remote,
            json!({ "rules": [
                { "field": "workplace", "match": "any_of", "values": ["remote"] },
                { "field": "tags", "match": "none_of", "values": ["Java"] },
            ]}),
        )
        .await;
        let wanted = published_with(&board, json!({ "workplace": "remote", "tags": ["rust"] })).await;
        let on_site = published_with(&board, json!({ "workplace": "on-site", "tags": ["rust"] })).await;
        let java = published_with(&board, json!({ "workplace": "remote", "tags": ["java", "rust"] })).await;
        let counts = [&wanted, &on_site, &java];
        let mut found = Vec::new();
        for job in counts {
            found.push(channels_of(&board, job).await);
        }
        assert_eq!(found, [2, 1, 1]);
        let kept = board.channels().get(remote.id).await.unwrap().unwrap();
        assert_eq!(kept.delivery.rules.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_copy_waits_for_the_posting_hours_and_its_retraction_does_not() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let evening = channel(&board, "evening", Vec::new()).await;
        follow(&board, &evening, json!({ "schedule": { "from": "18:00", "to": "22:00" } })).await;
        let job = published(&board, "Rust engineer").await;
        // Six in Madrid, two hours before UTC.
        let six: DateTime<Utc> = noon() + Duration::hours(6);
        assert_eq!(only(&board, &job).await.due_at, Some(six));
        assert!(claim(&world).await.is_empty());
        world.clock.set(six);
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Published, live()).await;
        world.clock.advance(Duration::hours(8));
        board.jobs().close(job.id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Retract).await;
    })
    .await;
}

#[tokio::test]
async fn what_came_due_while_the_hours_ended_waits_for_tomorrow() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let noon_only = channel(&board, "noon", Vec::new()).await;
        follow(&board, &noon_only, json!({ "schedule": { "from": "12:00", "to": "12:30" } })).await;
        let job = published(&board, "Rust engineer").await;
        assert_eq!(only(&board, &job).await.due_at, Some(noon()));
        world.clock.advance(Duration::minutes(31));
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &job).await.due_at, Some(noon() + Duration::days(1)));
    })
    .await;
}

#[tokio::test]
async fn no_more_copies_a_day_than_the_channel_takes() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let two = channel(&board, "two", Vec::new()).await;
        follow(&board, &two, json!({ "schedule": { "per_day": 2 } })).await;
        let mut jobs = Vec::new();
        for title in ["One", "Two", "Three"] {
            jobs.push(published(&board, title).await);
        }
        for _ in 0..2 {
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Published, live()).await;
        }
        assert!(claim(&world).await.is_empty());
        let third = only(&board, &jobs[2]).await;
        let midnight = noon() + Duration::hours(12);
        assert_eq!((third.state, third.due_at), (P::Pending, Some(midnight)));
        world.clock.set(midnight);
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn a_new_schedule_is_followed_by_what_waits_already() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        follow(&board, &channel, json!({ "schedule": { "at": "20:00" } })).await;
        published(&board, "Rust engineer").await;
        assert!(claim(&world).await.is_empty());
        follow(&board, &channel, json!({})).await;
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn what_waits_after_a_failure_goes_on_waiting_under_a_new_schedule() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let at = noon() + Duration::minutes(5);
        finish(&world, &publish, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
        follow(&board, &channel, json!({ "schedule": { "per_day": 5 } })).await;
        assert_eq!(only(&board, &job).await.due_at, Some(at));
    })
    .await;
}
