//! The copy follows the job.

use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{ChannelState, PlacementState as P};
use tablon_publisher::Presence;
use tablon_testkit::discord::{CHANNEL, ChannelKind, FORUM, GUILD};

use super::fixture::{Way, World, offer};

const WAYS: [Way; 4] = [Way::Webhook, Way::Bot, Way::Forum, Way::ForumBot];

#[tokio::test]
async fn an_offer_is_published_edited_filled_and_taken_away() {
    for way in WAYS {
        println!("by {way:?}");
        let world = World::new(way).await;
        let job = world.publish(&offer("Rust engineer")).await;
        let placement = world.placement(&job).await;
        assert_eq!(placement.state, P::Published, "{:?}", placement.problem);
        let [message] = &world.shown()[..] else { panic!("one copy") };
        let link = format!("https://discord.com/channels/{GUILD}/{}/{}", message.channel_id, message.id);
        assert_eq!(placement.url.as_deref(), Some(link.as_str()));
        let embed = message.embed().unwrap();
        assert_eq!(embed["title"], "Rust engineer");
        assert_eq!(
            embed["url"].as_str(),
            Some(world.board.jobs().posting(job.id).await.unwrap().unwrap().url.as_str())
        );
        assert!(message.pings.is_empty());

        world.board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.shown()[0].embed().unwrap()["title"], "Go engineer");
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let [message] = &world.shown()[..] else { panic!("one copy") };
        assert_eq!((message.embed().unwrap()["title"].as_str(), message.history.len()), (Some("~~Go engineer~~"), 2));
        assert_eq!(world.placement(&job).await.state, P::Closed);

        let other = world.publish(&offer("Ada engineer")).await;
        world.board.jobs().close(other.id, Actor::System).await.unwrap();
        world.settle().await;
        let other = world.placement(&other).await.state;
        match way {
            // A webhook can't take its thread away, and a post without its first message would stay there, empty.
            Way::Forum => {
                assert_eq!(other, P::Closed);
                assert_eq!(world.shown()[1].embed().unwrap()["title"], "~~Ada engineer~~");
            }
            _ => assert_eq!((other, world.shown().len()), (P::Retracted, 1)),
        }
        world.discord.assert_no_violations();
        let outcomes: Vec<String> = world.attempts(&job).await.into_iter().map(|a| a.outcome).collect();
        assert_eq!(outcomes, ["published", "updated", "closed"]);
    }
}

#[tokio::test]
async fn an_offer_that_is_open_again_is_written_plainly_again_or_sent_once_more() {
    for way in WAYS {
        println!("by {way:?}");
        let world = World::new(way).await;
        let job = world.publish(&offer("Rust engineer")).await;
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let [message] = &world.shown()[..] else { panic!("one copy") };
        assert_eq!((message.embed().unwrap()["title"].as_str(), message.history.len()), (Some("Rust engineer"), 2));
        assert_eq!(world.placement(&job).await.state, P::Published);

        world.board.jobs().close(job.id, Actor::System).await.unwrap();
        world.settle().await;
        world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!(placement.state, P::Published, "{:?}", placement.problem);
        let [message] = &world.shown()[..] else { panic!("one copy") };
        assert_eq!(message.embed().unwrap()["title"], "Rust engineer");
        world.discord.assert_no_violations();
    }
}

#[tokio::test]
async fn a_withdrawn_offers_post_leaves_nothing_in_the_forum() {
    let world = World::new(Way::ForumBot).await;
    let job = world.publish(&offer("Rust engineer")).await;
    let posts = || world.discord.channels().into_iter().filter(|c| c.parent_id == Some(FORUM)).count();
    assert_eq!(posts(), 1);
    world.board.jobs().close(job.id, Actor::System).await.unwrap();
    world.settle().await;
    assert_eq!((world.placement(&job).await.state, posts()), (P::Retracted, 0));
}

#[tokio::test]
async fn a_forum_that_demands_a_tag_pauses_the_channel_with_what_to_do() {
    for way in [Way::Forum, Way::ForumBot] {
        let world = World::new(way).await;
        let forum = world.discord.channels().into_iter().find(|c| c.id == FORUM).unwrap();
        world.discord.add_channel(forum.requiring_tags());
        world.publish(&offer("Rust engineer")).await;
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        let problem = channel.problem.unwrap();
        assert!(problem.contains("etiquet") && problem.contains("tag is required"), "{problem}");
        let verified = world.plugin.verify(&world.target(), &world.secrets().await).await.result.unwrap();
        let warned = verified.warnings.iter().any(|warning| warning.contains("etiqueta"));
        assert_eq!(warned, way == Way::ForumBot, "{:?}", verified.warnings);
    }
}

#[tokio::test]
async fn a_forum_gets_a_thread_for_each_job() {
    for way in [Way::Forum, Way::ForumBot] {
        let world = World::new(way).await;
        world.publish(&offer("Rust engineer")).await;
        world.publish(&offer("Go engineer")).await;
        let threads = world.discord.channels();
        let threads = threads.iter().filter(|c| c.kind == ChannelKind::Thread && c.parent_id != Some(CHANNEL));
        assert_eq!(threads.map(|thread| thread.name.as_str()).collect::<Vec<_>>(), ["Rust engineer", "Go engineer"]);
        assert_eq!(world.shown().len(), 2);
    }
}

#[tokio::test]
async fn a_bot_opens_an_archived_thread_to_say_that_the_job_is_filled() {
    let world = World::new(Way::ForumBot).await;
    let job = world.publish(&offer("Rust engineer")).await;
    world.discord.archive(world.shown()[0].channel_id, false);
    world.board.jobs().fill(job.id, Actor::System).await.unwrap();
    world.settle().await;
    assert_eq!(world.placement(&job).await.state, P::Closed);
    assert_eq!(world.shown()[0].embed().unwrap()["title"], "~~Rust engineer~~");
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_noticed_and_can_be_sent_again() {
    let world = World::new(Way::Webhook).await;
    let job = world.publish(&offer("Rust engineer")).await;
    world.discord.delete_by_hand(world.shown()[0].id);
    world.board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
    world.settle().await;
    let placement = world.placement(&job).await;
    assert_eq!((placement.state, world.shown().len()), (P::Failed, 0));
    world.board.placements().retry(placement.id, Actor::System).await.unwrap();
    world.settle().await;
    assert_eq!(world.shown().len(), 1);
}

#[tokio::test]
async fn a_look_at_the_copy_tells_whether_it_is_as_it_should_be() {
    for way in WAYS {
        let world = World::new(way).await;
        let job = world.publish(&offer("Rust engineer")).await;
        let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
        let secrets = world.secrets().await;
        let (target, link) = (world.target(), world.placement(&job).await.url.unwrap());
        let receipt = world.plugin.adopt(&link, &posting, &target, &secrets).await.result.unwrap();
        let check = async || world.plugin.check(&receipt, &posting, &target, &secrets).await.result.unwrap();
        assert_eq!(check().await, Presence::Present, "{way:?}");
        world.discord.delete_by_hand(world.shown()[0].id);
        assert_eq!(check().await, Presence::Absent, "{way:?}");
    }
}
