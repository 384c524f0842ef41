//! A board with a Discord channel, a fake Discord behind it, and a reconciler between.

use std::path::Path;
use std::sync::Arc;

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::store::{Attempt, Channel, ChannelUpdate, NewChannel, NewTenant, Placement};
use tablon_core::{Actor, Job, Keyring, Secrets, Store, StoreOptions, TenantScope};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions, lane_specs};
use tablon_publisher::{HostOptions, Plugin, PluginHost, Target};
use tablon_testkit::database::{Backend, TestDatabase};
use tablon_testkit::discord::{BOT_TOKEN, CHANNEL, FORUM, FakeDiscord, Message, Options};

/// Keeps lane names from being guessed.
const LANE_KEY: [u8; 32] = [3; 32];

/// How a channel reaches Discord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Webhook,
    Bot,
    /// A webhook of a forum, in which each job opens a thread.
    Forum,
    ForumBot,
}

pub(crate) struct World {
    pub(crate) discord: FakeDiscord,
    pub(crate) board: TenantScope,
    pub(crate) channel: Channel,
    pub(crate) clock: ManualClock,
    pub(crate) reconciler: Reconciler,
    pub(crate) plugin: Arc<Plugin>,
    // Last: the database outlives whoever uses it.
    _database: TestDatabase,
}

/// The bundled Discord plugin, as `cargo xtask plugins` built it.
async fn host(clock: &ManualClock) -> PluginHost {
    let options = HostOptions {
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache-discord")),
        cache_key: [7; 32],
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..HostOptions::new(Arc::new(clock.clone()))
    };
    PluginHost::new(options).await.unwrap()
}

impl World {
    pub(crate) async fn new(way: Way) -> Self {
        Self::with(way, Options::default()).await
    }

    pub(crate) async fn with(way: Way, options: Options) -> Self {
        let discord = FakeDiscord::start(options).await.unwrap();
        let database = TestDatabase::new(Backend::Sqlite).await.unwrap();
        let clock = ManualClock::new(Utc.with_ymd_and_hms(2026, 6, 15, 10, 0, 0).unwrap());
        Store::migrate(database.url(), &clock).await.unwrap();
        let store = Store::open(StoreOptions {
            database_url: database.url().to_owned(),
            clock: Arc::new(clock.clone()),
            keyring: Some(Keyring::from_secret(&[1; 32]).unwrap()),
            base_url: "https://board.example".parse().unwrap(),
            max_connections: 5,
        })
        .await
        .unwrap();
        let mut tenant = NewTenant::new("acme".parse().unwrap(), "Acme devs");
        tenant.locale = "es".to_owned();
        let board = store.tenants().create(tenant).await.unwrap();
        let host = host(&clock).await;
        let plugin = host.plugin("discord").expect("the bundled plugin: run `cargo xtask plugins` first");
        let (settings, secret) = match way {
            Way::Webhook => (json!({}), ("webhook_url", discord.webhook_url())),
            Way::Forum => (json!({ "new_thread": true }), ("webhook_url", discord.forum_webhook_url())),
            Way::Bot => {
                let settings = json!({ "channel_id": CHANNEL.to_string(), "api_base_url": discord.base_url() });
                (settings, ("bot_token", BOT_TOKEN.to_owned()))
            }
            Way::ForumBot => {
                let settings = json!({
                    "channel_id": FORUM.to_string(), "api_base_url": discord.base_url(), "new_thread": true,
                });
                (settings, ("bot_token", BOT_TOKEN.to_owned()))
            }
        };
        let settings = plugin.validate_settings(&settings).unwrap();
        let secrets: Secrets = [(secret.0, secret.1.as_str())].into_iter().collect();
        let channel = NewChannel {
            plugin: "discord".to_owned(),
            name: "Our server".to_owned(),
            lanes: lane_specs(&plugin, board.id, &settings, &secrets, &LANE_KEY),
            settings,
            secrets,
        };
        let channel = board.channels().create(channel, Actor::System).await.unwrap();
        let options = ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(LANE_KEY) };
        let reconciler = Reconciler::new(store, host, options);
        Self { discord, board, channel, clock, reconciler, plugin, _database: database }
    }

    /// Approves an offer and lets the reconciler do what is due.
    pub(crate) async fn publish(&self, offer: &Value) -> Job {
        let job = self.board.jobs().submit(offer, Actor::Visitor).await.unwrap().job;
        let job = self.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        self.settle().await;
        job
    }

    pub(crate) async fn settle(&self) {
        self.reconciler.settle().await.unwrap();
    }

    /// Lets the time come at which the placement is due again.
    pub(crate) async fn wait_for(&self, job: &Job) {
        if let Some(due) = self.placement(job).await.due_at {
            self.clock.set(due);
        }
        self.settle().await;
    }

    /// The copies that channel and forum show.
    pub(crate) fn shown(&self) -> Vec<Message> {
        let (channel, forum) = (self.discord.shown(CHANNEL), self.discord.shown(FORUM));
        channel.into_iter().chain(forum).collect()
    }

    pub(crate) async fn placement(&self, job: &Job) -> Placement {
        self.board.placements().for_job(job.id).await.unwrap().remove(0)
    }

    pub(crate) async fn attempts(&self, job: &Job) -> Vec<Attempt> {
        let placement = self.placement(job).await;
        self.board.placements().attempts(placement.id).await.unwrap()
    }

    pub(crate) async fn channel(&self) -> Channel {
        self.board.channels().get(self.channel.id).await.unwrap().unwrap()
    }

    pub(crate) async fn set_webhook(&self, url: &str) {
        let secrets = [("webhook_url", url)].into_iter().collect();
        let update = ChannelUpdate { secrets, ..ChannelUpdate::default() };
        self.board.channels().update(self.channel.id, update, Actor::System).await.unwrap();
    }

    pub(crate) async fn secrets(&self) -> Secrets {
        self.board.channels().secrets(self.channel.id).await.unwrap()
    }

    pub(crate) fn target(&self) -> Target {
        Target::of(&self.board, &self.channel)
    }
}

pub(crate) fn offer(title: &str) -> Value {
    json!({
        "title": title,
        "organization": { "name": "Acme & Sons" },
        "description": "We write **Rust** in [Sevilla](https://acme.example).",
        "locations": [{ "city": "Sevilla", "country": "ES" }],
        "workplace": "hybrid",
        "salary": { "min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR" },
        "tags": ["rust", "c++"],
        "apply_url": "https://acme.example/jobs/1",
        "contact_email": "hr@acme.example",
    })
}
