//! What the reconciler does with its time: whose turn it is, when it stops, what it waits for.

use std::time::Duration;

use serde_json::json;
use tablon_core::delivery::DeliveryPolicy;
use tablon_core::store::{Channel, ChannelUpdate, NewChannel, PlacementState as P};
use tablon_core::{Actor, Job};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions};
use tablon_testkit::database::Backend;
use tablon_testkit::telegram::{Action, BOT_TOKEN, Chat, FakeTelegram, Fault, Membership, Options, Rights};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::site::{Setup, Site, monday, offer, options};

const ONE: &str = "@tablon_jobs";
const OTHER: &str = "@tablon_forum";

async fn site() -> (FakeTelegram, Site) {
    site_on(Backend::Sqlite).await
}

async fn site_on(backend: Backend) -> (FakeTelegram, Site) {
    let telegram = FakeTelegram::start(Options::default()).await.unwrap();
    let setup = Setup {
        backend,
        now: monday(),
        locale: "en",
        plugin: "telegram",
        settings: json!({ "chat_id": ONE, "api_base_url": telegram.base_url() }),
        secrets: [("bot_token", BOT_TOKEN)].into_iter().collect(),
    };
    let site = Site::open(setup).await;
    (telegram, site)
}

/// Puts offers with this tag on the board, a second after what was there.
async fn approve(site: &Site, tag: &str, count: usize) {
    site.clock.advance(chrono::Duration::seconds(1));
    for number in 0..count {
        let mut offer = offer(&format!("Rust engineer {number}"));
        offer["tags"] = json!([tag]);
        let job = site.board.jobs().submit(&offer, Actor::Visitor).await.unwrap().job;
        site.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
    }
}

async fn wants_only(site: &Site, channel: &Channel, tag: &str) {
    let rules = json!({ "rules": [{ "field": "tags", "match": "any_of", "values": [tag] }] });
    let policy = DeliveryPolicy::parse(&rules, &site.board.form).unwrap();
    let update = ChannelUpdate { delivery: Some(policy), ..ChannelUpdate::default() };
    site.board.channels().update(channel.id, update, Actor::System).await.unwrap();
}

#[tokio::test]
async fn a_channel_with_a_backlog_lets_one_that_has_waited_longer_go_first_after_twenty() {
    let (telegram, site) = site().await;
    let other = NewChannel {
        plugin: "telegram".to_owned(),
        name: "The other channel".to_owned(),
        lanes: Vec::new(),
        settings: json!({ "chat_id": OTHER, "api_base_url": telegram.base_url() }),
        secrets: [("bot_token", BOT_TOKEN)].into_iter().collect(),
    };
    let other = site.board.channels().create(other, Actor::System).await.unwrap();
    wants_only(&site, &site.channel, "one").await;
    wants_only(&site, &other, "other").await;
    approve(&site, "one", 20).await;
    approve(&site, "other", 1).await;
    approve(&site, "one", 3).await;
    let one_call = ReconcilerOptions { concurrency: 1, ..options() };
    Reconciler::new(site.store.clone(), site.host.clone(), one_call).settle().await.unwrap();
    let sent: Vec<String> = telegram
        .requests_of("sendMessage")
        .iter()
        .map(|request| request.params["chat_id"].as_str().unwrap_or_default().to_owned())
        .collect();
    let expected = [vec![ONE; 20], vec![OTHER], vec![ONE; 3]].concat();
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn told_to_stop_it_ends_the_call_under_way_and_begins_no_other() {
    let (telegram, site) = site().await;
    telegram.fault(Fault::on("sendMessage", Action::DelayAnswer { ms: 300 }).always());
    approve(&site, "one", 8).await;
    let stop = CancellationToken::new();
    let (reconciler, told) = (site.reconciler.clone(), stop.clone());
    let running = tokio::spawn(async move { reconciler.run(told).await });
    assert!(telegram.wait_until(Duration::from_secs(60), |telegram| !telegram.requests().is_empty()).await);
    stop.cancel();
    running.await.unwrap();
    // The one that was met, and at most one that was begun before the word came.
    let begun = telegram.requests_of("sendMessage");
    assert!((1..=2).contains(&begun.len()), "{} calls", begun.len());
    assert!(begun.iter().all(|request| request.status == Some(200)), "each was waited for");
    let left = site.store.queue().due_channels(10).await.unwrap();
    assert_eq!(left.len(), 1, "the others are still due");
}

#[tokio::test]
async fn a_plugin_that_is_not_there_is_waited_for_however_long_it_takes() {
    let (_telegram, site) = site().await;
    let absent = NewChannel {
        plugin: "carrier-pigeon".to_owned(),
        name: "Pigeons".to_owned(),
        lanes: Vec::new(),
        settings: json!({}),
        secrets: Default::default(),
    };
    let absent = site.board.channels().create(absent, Actor::System).await.unwrap();
    wants_only(&site, &site.channel, "nothing").await;
    let job = site.publish(&offer("Rust engineer")).await;
    for _ in 0..30 {
        site.wait_for(&job).await;
    }
    let placement = site.placement(&job).await;
    assert_eq!((placement.channel_id, placement.state), (absent.id, P::Pending));
    assert_eq!(placement.problem.as_deref(), Some("the plugin \"carrier-pigeon\" isn't installed"));
}

#[tokio::test]
async fn what_has_failed_twenty_times_waits_for_a_person() {
    let (telegram, site) = site().await;
    telegram.offline().await;
    let job = site.publish(&offer("Rust engineer")).await;
    for _ in 0..60 {
        site.wait_for(&job).await;
    }
    let placement = site.placement(&job).await;
    assert_eq!((placement.state, placement.due_at), (P::Failed, None));
    assert_eq!(site.attempts(&job).await.len(), 20);
    assert!(placement.problem.unwrap().ends_with("(given up after 20 attempts)"));
}

#[tokio::test]
async fn a_platform_that_says_wait_and_not_how_long_is_left_alone_for_a_second() {
    let (telegram, site) = site().await;
    telegram.fault(Fault::on("sendMessage", Action::RateLimit { retry_after: 0 }));
    let job = site.publish(&offer("Rust engineer")).await;
    let due = site.placement(&job).await.due_at.unwrap();
    assert!(due >= monday() + chrono::Duration::seconds(1), "{due}");
    site.wait_for(&job).await;
    assert_eq!(site.placement(&job).await.state, P::Published);
}

#[tokio::test]
async fn a_group_that_keeps_moving_is_not_followed_for_ever() {
    let (telegram, site) = site().await;
    let bot = BOT_TOKEN.split(':').next().unwrap().parse().unwrap();
    let admin = Membership::Administrator(Rights::ALL);
    telegram.add_chat(Chat::supergroup(-500, "A group").member(bot, admin));
    // Each of the two says that it has become the other.
    assert!(telegram.migrate(-500, -501) && telegram.migrate(-501, -500));
    let mut settings = site.channel.settings.clone();
    settings["chat_id"] = json!("-500");
    let update = ChannelUpdate { settings: Some(settings), ..ChannelUpdate::default() };
    site.board.channels().update(site.channel.id, update, Actor::System).await.unwrap();
    let job = site.publish(&offer("Rust engineer")).await;
    for _ in 0..10 {
        site.wait_for(&job).await;
    }
    let placement = site.placement(&job).await;
    assert_eq!((placement.state, placement.problem.as_deref()), (P::Failed, Some("the destination keeps moving")));
}

/// Two processes on one database, the first of which has begun to send an offer. The platform takes more than two leases
/// for it.
async fn two_processes() -> Option<(FakeTelegram, Site, Job, [JoinHandle<()>; 2])> {
    Backend::all().contains(&Backend::Postgres).then_some(())?;
    let (telegram, site) = site_on(Backend::Postgres).await;
    telegram.fault(Fault::on("sendMessage", Action::DelayAnswer { ms: 7_000 }).always());
    let process = || {
        let short = ReconcilerOptions { lease: Duration::from_secs(3), poll: Duration::from_millis(100), ..options() };
        let reconciler = Reconciler::new(site.store.clone(), site.host.clone(), short);
        tokio::spawn(async move { reconciler.run(CancellationToken::new()).await })
    };
    // The times of renewals differ.
    let clock = site.clock.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            clock.advance(chrono::Duration::milliseconds(20));
        }
    });
    let first = process();
    let job = site.board.jobs().submit(&offer("Rust engineer"), Actor::Visitor).await.unwrap().job;
    let job = site.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
    assert!(telegram.wait_until(Duration::from_secs(60), |telegram| !telegram.requests().is_empty()).await);
    let second = process();
    Some((telegram, site, job, [first, second]))
}

/// The state of the placement, when nobody is at it any more.
async fn settled(site: &Site, job: &Job) -> P {
    for _ in 0..600 {
        let placement = site.placement(job).await;
        if placement.state != P::Sending && placement.due_at.is_none() {
            return placement.state;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("it is still under way");
}

#[tokio::test]
async fn a_call_that_takes_longer_than_its_lease_is_left_to_the_process_that_makes_it() {
    let Some((telegram, site, job, _processes)) = two_processes().await else { return };
    assert_eq!(settled(&site, &job).await, P::Published);
    assert_eq!(telegram.requests_of("sendMessage").len(), 1);
}

#[tokio::test]
async fn what_a_dead_process_was_sending_is_taken_over_and_not_sent_again_on_a_guess() {
    let Some((telegram, site, job, [dying, _other])) = two_processes().await else { return };
    dying.abort();
    assert_eq!(settled(&site, &job).await, P::Unverified);
    assert_eq!(telegram.requests_of("sendMessage").len(), 1);
}
