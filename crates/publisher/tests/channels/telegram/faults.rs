//! Networks and platforms at their worst: nothing is lost and nothing is sent twice.

use std::time::Duration;

use tablon_core::Actor;
use tablon_core::store::{ChannelState, PlacementState as P, Resolution};
use tablon_testkit::telegram::{Action, BOT_TOKEN, Chat, Fault, Membership, Rights};

use super::fixture::{offer, on_both};

#[tokio::test]
async fn an_answer_that_was_lost_is_never_answered_by_a_second_message() {
    on_both(|world| async move {
        world.telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
        let job = world.publish(&offer("Rust engineer")).await;
        assert_eq!(world.placement(&job).await.state, P::Unverified);
        world.clock.advance(chrono::Duration::hours(5));
        world.settle().await;
        assert_eq!((world.shown().len(), world.telegram.requests_of("sendMessage").len()), (1, 1));

        // A person looks, finds it, and gives the link.
        let link = format!("https://t.me/tablon_jobs/{}", world.shown()[0].id);
        let secrets = world.board.channels().secrets(world.channel.id).await.unwrap();
        let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
        let receipt = world.plugin.adopt(&link, &posting, &world.target(), &secrets).await.result.unwrap();
        let elsewhere = world.plugin.adopt("https://t.me/tablon_jobs/999", &posting, &world.target(), &secrets).await;
        assert!(elsewhere.result.is_err(), "a message that isn't there can't be adopted");
        let sent = Resolution::Sent { receipt: receipt.handle, url: receipt.url };
        let placement = world.placement(&job).await;
        world.board.placements().resolve(placement.id, sent, Actor::System).await.unwrap();
        assert_eq!(world.placement(&job).await.url, Some(link));
        world.telegram.assert_no_violations();
        // From now on the copy follows the job again.
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Closed);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_was_cut_off_is_unverified_until_a_person_says_it_isnt_there() {
    on_both(|world| async move {
        world.telegram.fault(Fault::on("sendMessage", Action::Reset));
        let job = world.publish(&offer("Rust engineer")).await;
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, world.shown().len()), (P::Unverified, 0));
        world.board.placements().resolve(placement.id, Resolution::NotSent, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn nobody_at_home_is_simply_tried_again() {
    on_both(|world| async move {
        world.telegram.offline().await;
        let job = world.publish(&offer("Rust engineer")).await;
        let waiting = world.placement(&job).await;
        assert_eq!(waiting.state, P::Pending);
        world.telegram.online().await.unwrap();
        world.clock.set(waiting.due_at.unwrap());
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn a_platform_that_says_wait_is_obeyed_to_the_second() {
    on_both(|world| async move {
        world.telegram.fault(Fault::on("sendMessage", Action::RateLimit { retry_after: 17 }));
        let job = world.publish(&offer("Rust engineer")).await;
        let held = world.placement(&job).await;
        assert_eq!(held.state, P::Pending);
        world.clock.advance(chrono::Duration::milliseconds(16_900));
        world.settle().await;
        assert_eq!(world.telegram.requests_of("sendMessage").len(), 1);
        world.clock.advance(chrono::Duration::seconds(1));
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn a_revoked_token_pauses_the_channel_and_a_new_one_sends_what_waited() {
    on_both(|world| async move {
        world.set_token("123:wrong").await;
        let job = world.publish(&offer("Rust engineer")).await;
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        let problem = channel.problem.unwrap();
        assert!(problem.contains("Unauthorized") && !problem.contains("123:wrong"), "{problem}");
        assert_eq!(world.placement(&job).await.state, P::Blocked);
        world.set_token(BOT_TOKEN).await;
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn an_unhappy_server_during_an_edit_is_tried_again() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        world.telegram.fault(Fault::on("editMessageText", Action::ServerError { code: 502, acts: false }));
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!(placement.state, P::Published);
        world.clock.set(placement.due_at.unwrap());
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Closed);
    })
    .await;
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_is_followed() {
    on_both(|world| async move {
        let (group, supergroup) = (-4001, -1_004_001_000_000);
        let bot = BOT_TOKEN.split(':').next().unwrap().parse().unwrap();
        world.telegram.add_chat(Chat::group(group, "Devs").member(bot, Membership::Administrator(Rights::ALL)));
        let mut settings = world.channel.settings.clone();
        settings["chat_id"] = serde_json::json!(group.to_string());
        let update = tablon_core::store::ChannelUpdate { settings: Some(settings), ..Default::default() };
        world.board.channels().update(world.channel.id, update, Actor::System).await.unwrap();
        world.telegram.migrate(group, supergroup);
        let job = world.publish(&offer("Rust engineer")).await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        assert_eq!(world.telegram.shown(&supergroup.to_string()).len(), 1);
        let chat_id = &world.channel().await.settings["chat_id"];
        assert_eq!(chat_id.as_str(), Some(supergroup.to_string().as_str()));
    })
    .await;
}

#[tokio::test]
async fn a_burst_of_approvals_is_paced_but_never_reordered() {
    on_both(|world| async move {
        for n in 0..6 {
            world.clock.advance(chrono::Duration::milliseconds(10));
            world.publish(&offer(&format!("Job {n}"))).await;
        }
        let titles: Vec<bool> =
            world.shown().iter().enumerate().map(|(n, m)| m.text().contains(&format!("Job {n}"))).collect();
        assert_eq!(titles, [true; 6]);
        assert!(world.telegram.wait_until(Duration::from_secs(1), |t| t.requests().len() >= 6).await);
    })
    .await;
}
