//! A publish that may have arrived is repeated only as long as Discord recognises it.

use std::time::Duration;

use tablon_core::Actor;
use tablon_core::store::{ChannelUpdate, PlacementState as P};
use tablon_testkit::discord::{Action, BOT, CHANNEL, Fault, Permissions, Scope, THREAD};

use super::fixture::{Way, World, offer};

#[tokio::test]
async fn a_bots_publish_is_repeated_while_discord_recognises_it_and_not_a_moment_later() {
    // Two minutes, of which half a minute is left for the way.
    for (seconds, state, requests) in [(80_u32, P::Published, 3), (100, P::Unverified, 2), (600, P::Unverified, 2)] {
        let world = World::new(Way::Bot).await;
        // Where the bot may not read what was said before, nobody can look whether the message is there.
        let permissions = Permissions { read_history: false, ..Permissions::ALL };
        world.discord.set_permissions(CHANNEL, BOT, permissions);
        let wait = Action::RateLimit { retry_after: f64::from(seconds), scope: Scope::User };
        world.discord.fault(Fault::on("create_message", Action::LoseAnswer));
        world.discord.fault(Fault::on("create_message", wait).nth(2));
        let job = world.publish(&offer("Rust engineer")).await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Pending, 1));
        world.discord.advance(Duration::from_secs(seconds.into()));
        world.wait_for(&job).await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (state, 1), "after {seconds} s");
        assert_eq!(world.discord.requests_of("create_message").len(), requests, "after {seconds} s");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_stays_a_question_for_a_person() {
    let world = World::new(Way::Bot).await;
    world.discord.fault(Fault::on("create_message", Action::LoseAnswer));
    world.discord.fault(Fault::on("list_messages", Action::ServerError { status: 503, acts: false }).always());
    let job = world.publish(&offer("Rust engineer")).await;
    for _ in 0..60 {
        world.wait_for(&job).await;
    }
    let placement = world.placement(&job).await;
    assert_eq!((placement.state, placement.due_at), (P::Unverified, None), "{:?}", placement.problem);
    assert_eq!(world.discord.requests_of("create_message").len(), 1);
}

#[tokio::test]
async fn a_copy_in_doubt_is_not_sent_anew_because_the_channel_points_elsewhere_now() {
    let world = World::new(Way::Bot).await;
    world.discord.fault(Fault::on("create_message", Action::LoseAnswer));
    world.discord.fault(Fault::on("list_messages", Action::ServerError { status: 503, acts: false }));
    let job = world.publish(&offer("Rust engineer")).await;
    assert_eq!(world.placement(&job).await.state, P::Unverified);
    let mut settings = world.channel().await.settings;
    settings["channel_id"] = THREAD.to_string().into();
    let update = ChannelUpdate { settings: Some(settings), ..ChannelUpdate::default() };
    world.board.channels().update(world.channel().await.id, update, Actor::System).await.unwrap();
    for _ in 0..5 {
        world.wait_for(&job).await;
    }
    let placement = world.placement(&job).await;
    assert_eq!((placement.state, placement.due_at), (P::Unverified, None));
    assert!(placement.problem.is_some_and(|problem| problem.contains("before that was changed")));
    assert_eq!(world.discord.requests_of("create_message").len(), 1);
}
