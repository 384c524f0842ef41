//! Looks at copies, and what people do about what they show.

use chrono::Duration;
use serde_json::json;
use tablon_core::Actor;
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::store::{ChannelUpdate, Outcome, PlacementState as P, Presence};
use tablon_testkit::telegram::{Action, Fault};

use super::fixture::{CHAT, World, offer, on_both};

async fn look_daily(world: &World) {
    let policy = DeliveryPolicy::parse(&json!({ "check_every_hours": 24 }), &world.board.form).unwrap();
    let update = ChannelUpdate { delivery: Some(policy), ..ChannelUpdate::default() };
    world.board.channels().update(world.channel.id, update, Actor::System).await.unwrap();
}

#[tokio::test]
async fn a_copy_that_stands_is_found_standing_every_day() {
    on_both(|world| async move {
        look_daily(&world).await;
        let job = world.publish(&offer("Rust engineer")).await;
        for _ in 0..2 {
            // A day, and the quarter by which looks are spread.
            world.clock.advance(Duration::hours(30));
            world.settle().await;
        }
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, placement.presence), (P::Published, Some(Presence::Present)));
        let outcomes: Vec<Outcome> = world.attempts(&job).await.into_iter().map(|a| a.outcome).collect();
        assert_eq!(outcomes, [Outcome::Published, Outcome::Present, Outcome::Present]);
        assert_eq!(world.shown().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_deleted_by_hand_is_noticed_and_sent_again_when_a_person_says_so() {
    on_both(|world| async move {
        look_daily(&world).await;
        let job = world.publish(&offer("Rust engineer")).await;
        let message = world.shown()[0].id;
        assert!(world.telegram.delete_by_hand(CHAT, message));
        // A day, and the quarter by which looks are spread.
        world.clock.advance(Duration::hours(30));
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, placement.presence), (P::Failed, Some(Presence::Absent)));
        assert!(world.shown().is_empty(), "nothing is sent again by itself");
        world.board.placements().retry(placement.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.shown().len(), 1);
        assert_eq!(world.placement(&job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_platform_in_trouble_is_looked_at_later_and_the_copy_stays_as_it_was() {
    on_both(|world| async move {
        look_daily(&world).await;
        let job = world.publish(&offer("Rust engineer")).await;
        world.telegram.fault(Fault::on_any(Action::ProxyError { code: 502, acts: false }));
        // A day, and the quarter by which looks are spread.
        world.clock.advance(Duration::hours(30));
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, placement.presence, placement.problem), (P::Published, None, None));
        world.clock.advance(Duration::minutes(15));
        world.settle().await;
        assert_eq!(world.placement(&job).await.presence, Some(Presence::Present));
    })
    .await;
}
