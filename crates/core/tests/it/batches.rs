//! What goes out together, and what is looked at one after the other.

use chrono::Duration;
use serde_json::{Value, json};
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::store::{Channel, ChannelUpdate, Operation, Outcome};
use tablon_core::{Actor, TenantScope};

use crate::fixture::{channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, only};

async fn follow(board: &TenantScope, channel: &Channel, policy: Value) {
    let policy = DeliveryPolicy::parse(&policy, &board.form).unwrap();
    let update = ChannelUpdate { delivery: Some(policy), ..ChannelUpdate::default() };
    board.channels().update(channel.id, update, Actor::System).await.unwrap();
}

#[tokio::test]
async fn a_days_batch_goes_out_whole_even_if_it_takes_a_while() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        // One o'clock in Madrid, an hour from now.
        follow(&board, &channel, json!({ "schedule": { "at": "13:00" } })).await;
        let one = noon() + Duration::hours(1);
        let early = [published(&board, "One").await, published(&board, "Two").await];
        assert_eq!(only(&board, &early[1]).await.due_at, Some(one));
        world.clock.set(one);
        let publish = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::minutes(3));
        let late = published(&board, "Three").await;
        finish(&world, &publish, Outcome::Published, live()).await;
        let publish = claim_one(&world, Operation::Publish).await;
        assert_eq!(publish.posting.title, "Two");
        finish(&world, &publish, Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        assert_eq!(only(&board, &late).await.due_at, Some(one + Duration::days(1)));
    })
    .await;
}

#[tokio::test]
async fn copies_that_were_made_together_are_not_looked_at_together() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        follow(&board, &channel, json!({ "check_every_hours": 24 })).await;
        let mut jobs = Vec::new();
        for number in 0..16 {
            jobs.push(published(&board, &format!("Job {number}")).await);
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Published, live()).await;
        }
        // A quarter of a day in which they are spread: half of it over, some have had their turn and some haven't.
        world.clock.advance(Duration::hours(24 + 3));
        world.store.queue().advance_checks().await.unwrap();
        let mut due = 0;
        for job in &jobs {
            due += usize::from(only(&board, job).await.due_at.is_some());
        }
        assert!((1..16).contains(&due), "{due} of 16 are looked at at once");
    })
    .await;
}

#[tokio::test]
async fn looks_at_the_copies_of_a_channel_that_stands_still_wake_nobody() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        follow(&board, &channel, json!({ "check_every_hours": 24 })).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Published, live()).await;
        board.channels().pause(channel.id, None, Actor::System).await.unwrap();
        world.clock.advance(Duration::hours(30));
        world.store.queue().advance_checks().await.unwrap();
        assert_eq!(world.store.queue().next_due().await.unwrap(), None);
    })
    .await;
}
