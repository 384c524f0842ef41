//! What goes over the wire is what the preview showed, and nothing that must not.

use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::PlacementState as P;
use tablon_testkit::discord::{BOT_TOKEN, Spec, WEBHOOK_TOKEN};
use tablon_testkit::samples::{hostile_jobs, sample_jobs_on};

use super::fixture::{Way, World, offer};

#[tokio::test]
async fn the_preview_is_byte_for_byte_what_is_sent_whatever_a_stranger_wrote() {
    let world = World::new(Way::Webhook).await;
    let mut offers = sample_jobs_on(world.board.today(world.board.now()));
    offers.extend(hostile_jobs());
    // A hostile offer may be refused at the door; what gets in must be published as previewed.
    offers.retain(|offer| world.board.jobs().parse(offer).is_ok());
    assert!(offers.len() > 20, "{}", offers.len());
    for (n, offer) in offers.iter().enumerate() {
        let job = world.board.jobs().submit(offer, Actor::Visitor).await.unwrap().job;
        let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
        let previews = world.plugin.render(&posting, &world.target()).await.result.unwrap();
        world.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published, "{offer}");
        let sent = world.discord.requests_of("execute_webhook");
        assert_eq!(
            (sent.len(), String::from_utf8_lossy(&sent[n].body).as_ref()),
            (n + 1, previews[0].content.as_str())
        );
        assert!(previews[0].length <= previews[0].limit);
    }
    world.discord.assert_no_violations();
    assert!(world.shown().iter().all(|message| message.pings.is_empty()));
    assert_eq!(world.shown().len(), offers.len());
}

#[tokio::test]
async fn a_secret_goes_where_it_belongs_and_nowhere_else() {
    for way in [Way::Webhook, Way::Bot] {
        let world = World::new(way).await;
        world.publish(&offer("{{ bot_token }} {webhook_url} ${bot_token}")).await;
        assert_eq!(world.shown()[0].embed().unwrap()["title"], "{{ bot\\_token }} {webhook\\_url} ${bot\\_token}");
        for request in world.discord.requests() {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            assert!(!body.contains(BOT_TOKEN) && !body.contains(WEBHOOK_TOKEN), "{body}");
            let authorized =
                request.headers.iter().any(|(name, value)| name == "authorization" && value == "Bot <token>");
            assert_eq!(authorized, way == Way::Bot, "{request:?}");
            assert!(
                request.headers.iter().any(|(name, value)| name == "user-agent" && value.starts_with("DiscordBot ("))
            );
        }
    }
}

#[tokio::test]
async fn every_request_is_one_that_discord_describes() {
    let Some(spec) = Spec::find().unwrap() else { return };
    for way in [Way::Webhook, Way::Bot, Way::Forum, Way::ForumBot] {
        let world = World::new(way).await;
        let job = world.publish(&offer("Rust engineer")).await;
        world.board.jobs().patch(job.id, &json!({ "title": "Go" }), None, Actor::System).await.unwrap();
        world.settle().await;
        let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
        let (target, secrets) = (world.target(), world.secrets().await);
        let link = world.placement(&job).await.url.unwrap();
        let receipt = world.plugin.adopt(&link, &posting, &target, &secrets).await.result.unwrap();
        world.plugin.check(&receipt, &posting, &target, &secrets).await.result.unwrap();
        world.plugin.verify(&target, &secrets).await.result.unwrap();
        world.board.jobs().close(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let requests = world.discord.requests();
        assert!(requests.len() >= 7, "{}", requests.len());
        assert_eq!(spec.check_all(&requests), Vec::new());
        assert!(requests.iter().all(|request| request.status.is_some_and(|status| status < 300)), "{requests:#?}");
    }
}

#[tokio::test]
async fn a_channel_is_verified_by_name() {
    for (way, label) in [(Way::Webhook, "Job board"), (Way::Bot, "#jobs"), (Way::ForumBot, "#job-board")] {
        let world = World::new(way).await;
        let verified = world.plugin.verify(&world.target(), &world.secrets().await).await.result.unwrap();
        assert_eq!(verified.account.label, label);
        assert!(verified.account.url.unwrap().starts_with("https://discord.com/channels/"));
        assert!(world.shown().is_empty());
    }
}
