//! A board with a Telegram channel, a fake Telegram behind it, and a reconciler between.

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
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Message, Options};

/// The channel that the fake's default bot may post in.
pub(crate) const CHAT: &str = "@tablon_jobs";
/// Keeps lane names from being guessed.
const LANE_KEY: [u8; 32] = [3; 32];

pub(crate) struct World {
    pub(crate) telegram: FakeTelegram,
    pub(crate) board: TenantScope,
    pub(crate) channel: Channel,
    pub(crate) clock: ManualClock,
    pub(crate) reconciler: Reconciler,
    pub(crate) plugin: Arc<Plugin>,
    // Last: the database outlives whoever uses it.
    _database: TestDatabase,
}

/// The bundled Telegram plugin, as `cargo xtask plugins` built it.
async fn host(clock: &ManualClock) -> PluginHost {
    let options = HostOptions {
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache")),
        cache_key: [7; 32],
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..HostOptions::new(Arc::new(clock.clone()))
    };
    PluginHost::new(options).await.unwrap()
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let telegram = FakeTelegram::start(Options::default()).await.unwrap();
        let database = TestDatabase::new(backend).await.unwrap();
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
        let plugin = host.plugin("telegram").expect("the bundled plugin: run `cargo xtask plugins` first");
        let settings = json!({ "chat_id": CHAT, "api_base_url": telegram.base_url() });
        let settings = plugin.validate_settings(&settings).unwrap();
        let secrets: Secrets = [("bot_token", BOT_TOKEN)].into_iter().collect();
        let channel = NewChannel {
            plugin: "telegram".to_owned(),
            name: "Our channel".to_owned(),
            lanes: lane_specs(&plugin, board.id, &settings, &secrets, &LANE_KEY),
            settings,
            secrets,
        };
        let channel = board.channels().create(channel, Actor::System).await.unwrap();
        let options = ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(LANE_KEY) };
        let reconciler = Reconciler::new(store, host, options);
        Self { telegram, board, channel, clock, reconciler, plugin, _database: database }
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

    /// The copies that the channel shows.
    pub(crate) fn shown(&self) -> Vec<Message> {
        self.telegram.shown(CHAT)
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

    pub(crate) async fn set_token(&self, token: &str) {
        let secrets = [("bot_token", token)].into_iter().collect();
        let update = ChannelUpdate { secrets, ..ChannelUpdate::default() };
        self.board.channels().update(self.channel.id, update, Actor::System).await.unwrap();
    }

    pub(crate) fn target(&self) -> Target {
        Target::of(&self.board, &self.channel)
    }
}

/// Runs a test on both databases, each in a world of its own.
pub(crate) async fn on_both<F: Future<Output = ()>>(test: impl Fn(Arc<World>) -> F) {
    for backend in Backend::all() {
        println!("on {backend}");
        test(Arc::new(World::new(backend).await)).await;
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
