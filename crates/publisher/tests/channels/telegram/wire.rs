//! What goes over the wire is what the preview showed.

use tablon_core::store::PlacementState as P;
use tablon_testkit::samples::{hostile_jobs, sample_jobs_on};
use tablon_testkit::spec::Spec;

use super::fixture::{CHAT, offer, on_both};

#[tokio::test]
async fn the_preview_is_byte_for_byte_what_is_sent() {
    on_both(|world| async move {
        let day = world.board.today(world.board.now());
        let mut offers = sample_jobs_on(day);
        offers.extend(hostile_jobs());
        // A hostile offer may be refused at the door; what gets in must be published as previewed.
        offers.retain(|offer| world.board.jobs().parse(offer).is_ok());
        assert!(offers.len() > 20, "{}", offers.len());
        for (n, offer) in offers.iter().enumerate() {
            let job = world.board.jobs().submit(offer, tablon_core::Actor::Visitor).await.unwrap().job;
            let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
            let previews = world.plugin.render(&posting, &world.target()).await.result.unwrap();
            world.board.jobs().approve(job.id, Default::default(), tablon_core::Actor::System).await.unwrap();
            world.settle().await;
            let sent = world.telegram.requests_of("sendMessage");
            assert_eq!(sent.len(), n + 1, "{offer}");
            let text = sent[n].params["text"].as_str().unwrap();
            assert_eq!(text, previews[0].content);
            assert!(previews[0].length <= previews[0].limit);
            assert_eq!(world.placement(&job).await.state, P::Published, "{offer}");
        }
        world.telegram.assert_no_violations();
        assert_eq!(world.shown().len(), offers.len());
    })
    .await;
}

#[tokio::test]
async fn what_looks_like_a_placeholder_a_tag_or_a_secrets_name_goes_out_as_text() {
    on_both(|world| async move {
        let title = "{{ bot_token }} <b>bold</b> {secret} ${bot_token} &lt; bot_token <script>";
        world.publish(&offer(title)).await;
        let shown = world.shown();
        assert!(shown[0].text().contains(title), "{}", shown[0].text());
        for request in world.telegram.requests() {
            let body = String::from_utf8_lossy(&request.body).into_owned();
            assert!(!body.contains(tablon_testkit::telegram::BOT_TOKEN), "{body}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_request_is_one_the_bot_api_describes() {
    let Some(spec) = Spec::find().unwrap() else { return };
    on_both(|world| {
        let spec = &spec;
        async move {
            let job = world.publish(&offer("Rust engineer")).await;
            world
                .board
                .jobs()
                .patch(job.id, &serde_json::json!({ "title": "Go" }), None, tablon_core::Actor::System)
                .await
                .unwrap();
            world.settle().await;
            world.board.jobs().close(job.id, tablon_core::Actor::System).await.unwrap();
            world.settle().await;
            let secrets = world.board.channels().secrets(world.channel.id).await.unwrap();
            world.plugin.verify(&world.target(), &secrets).await.result.unwrap();
            let requests = world.telegram.requests();
            assert!(requests.len() >= 6, "{}", requests.len());
            assert_eq!(spec.check_all(&requests), Vec::new());
        }
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_verified_by_name() {
    on_both(|world| async move {
        let secrets = world.board.channels().secrets(world.channel.id).await.unwrap();
        let verified = world.plugin.verify(&world.target(), &secrets).await.result.unwrap();
        assert_eq!(verified.account.url.as_deref(), Some("https://t.me/tablon_jobs"));
        assert!(world.telegram.shown(CHAT).is_empty());
    })
    .await;
}
