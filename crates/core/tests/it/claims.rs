//! One call at a time on a channel, and one key for each operation.

use chrono::Duration;
use serde_json::json;
use tablon_core::store::{
    ChannelState, ChannelUpdate, DueChannel, Findings, Operation, Outcome, PlacementState as P, Verdict,
};
use tablon_core::{Actor, Clock};

use crate::fixture::{World, channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, only, options, record};

#[tokio::test]
async fn a_channel_that_somebody_works_on_already_gives_no_second_claim() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        published(&board, "One").await;
        published(&board, "Two").await;
        // Two workers have seen that something is due there, and both come to take it.
        let due = DueChannel { tenant_id: board.id, id: channel.id };
        let first = world.store.queue().claim_on(due, options()).await.unwrap();
        assert_eq!(first.map(|claim| claim.posting.title.clone()), Some("One".to_owned()));
        assert!(world.store.queue().claim_on(due, options()).await.unwrap().is_none());
    })
    .await;
}

/// Lets a claim fail, and takes the next, which is another try of the same.
async fn again(world: &World, outcome: Outcome, operation: Operation) -> String {
    let claim = claim_one(world, operation).await;
    let at = world.clock.now() + Duration::seconds(1);
    finish(world, &claim, outcome, Verdict::Retry { at, trouble: false }).await;
    world.clock.set(at);
    claim.key
}

#[tokio::test]
async fn each_operation_has_a_key_of_its_own_and_keeps_it_through_all_its_tries() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let mut keys = vec![again(&world, Outcome::Transient, Operation::Publish).await];
        let publish = claim_one(&world, Operation::Publish).await;
        assert_eq!(publish.key, keys[0], "another try of the same");
        finish(&world, &publish, Outcome::Published, live()).await;
        for title in ["Go engineer", "Zig engineer"] {
            board.jobs().patch(job.id, &json!({ "title": title }), None, Actor::System).await.unwrap();
            keys.push(again(&world, Outcome::Transient, Operation::Update).await);
            let update = claim_one(&world, Operation::Update).await;
            assert_eq!(Some(&update.key), keys.last(), "another try of the same");
            finish(&world, &update, Outcome::Updated, live()).await;
        }
        board.jobs().close(job.id, Actor::System).await.unwrap();
        // Of the same revision as the last update.
        keys.push(claim_one(&world, Operation::Retract).await.key);
        let mut different = keys.clone();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 4, "{keys:?}");
    })
    .await;
}

#[tokio::test]
async fn a_question_names_the_publish_it_asks_about() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        assert_eq!(claim_one(&world, Operation::Locate).await.key, publish.key);
    })
    .await;
}

#[tokio::test]
async fn a_platforms_memory_counts_from_the_first_publish_that_may_have_arrived() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        for _ in 0..2 {
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
            world.clock.advance(Duration::minutes(2));
            let locate = claim_one(&world, Operation::Locate).await;
            assert_eq!(locate.maybe_sent_at, Some(noon()));
            finish(&world, &locate, Outcome::Repeatable, Verdict::NotSent { certain: false }).await;
        }
        assert_eq!(claim_one(&world, Operation::Publish).await.maybe_sent_at, Some(noon()));
    })
    .await;
}

#[tokio::test]
async fn a_platforms_word_about_old_settings_pauses_nothing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let channel = channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(1));
        let settings = Some(json!({ "chat_id": "@elsewhere" }));
        let update = ChannelUpdate { settings, ..ChannelUpdate::default() };
        board.channels().update(channel.id, update, Actor::System).await.unwrap();
        finish(&world, &publish, Outcome::Unauthorized, Verdict::Pause { findings: Findings::default() }).await;
        let channel = board.channels().get(channel.id).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::Active);
        assert_eq!(claim(&world).await.len(), 1, "it is tried again under the new ones");
        assert_eq!(only(&board, &job).await.state, P::Sending);
    })
    .await;
}

#[tokio::test]
async fn what_waits_on_a_channel_that_moves_is_never_sent_to_the_old_place() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "One").await;
        published(&board, "Two").await;
        let publish = claim_one(&world, Operation::Publish).await;
        let settings = json!({ "chat_id": "@elsewhere" });
        let at = noon() + Duration::minutes(1);
        let moved = Verdict::Moved { settings: settings.clone(), lanes: Vec::new(), at };
        let next =
            world.store.queue().finish_and_claim(&publish, record(Outcome::Moved), moved, options()).await.unwrap();
        assert!(next.is_none_or(|claim| claim.channel.settings == settings));
        let next = claim_one(&world, Operation::Publish).await;
        assert_eq!((next.posting.title.as_str(), &next.channel.settings), ("Two", &settings));
    })
    .await;
}
