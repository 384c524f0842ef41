//! A board with one channel, the built plugin behind it, and a reconciler between.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::store::{Attempt, Channel, ChannelUpdate, NewChannel, NewTenant, Placement};
use tablon_core::{Actor, Job, Keyring, Secrets, Store, StoreOptions, TenantScope};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions, lane_specs};
use tablon_publisher::{HostOptions, Plugin, PluginHost, Target};
use tablon_testkit::database::{Backend, TestDatabase};

/// Keeps lane names from being guessed.
const LANE_KEY: [u8; 32] = [3; 32];

/// What a site is made of.
pub(crate) struct Setup<'a> {
    pub(crate) backend: Backend,
    pub(crate) now: DateTime<Utc>,
    /// The board's language.
    pub(crate) locale: &'a str,
    pub(crate) plugin: &'a str,
    pub(crate) settings: Value,
    pub(crate) secrets: Secrets,
}

pub(crate) struct Site {
    pub(crate) board: TenantScope,
    pub(crate) channel: Channel,
    pub(crate) clock: ManualClock,
    pub(crate) reconciler: Reconciler,
    pub(crate) store: Store,
    pub(crate) host: PluginHost,
    pub(crate) plugin: Arc<Plugin>,
    // Last: the database outlives whoever uses it.
    _database: TestDatabase,
}

/// A Monday in summer.
pub(crate) fn monday() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 6, 15, 10, 0, 0).unwrap()
}

impl Site {
    pub(crate) async fn open(setup: Setup<'_>) -> Self {
        let Setup { backend, now, locale, plugin: id, settings, secrets } = setup;
        let database = TestDatabase::new(backend).await.unwrap();
        let clock = ManualClock::new(now);
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
        tenant.locale = locale.to_owned();
        let board = store.tenants().create(tenant, Actor::System).await.unwrap();
        let host = host(&clock).await;
        let plugin = host.plugin(id).expect("a bundled plugin: run `cargo xtask plugins` first");
        let settings = plugin.validate_settings(&settings).unwrap();
        plugin.validate_secrets(&secrets).unwrap();
        let channel = NewChannel {
            plugin: id.to_owned(),
            name: "Our channel".to_owned(),
            lanes: lane_specs(&plugin, board.id, &settings, &secrets, &LANE_KEY),
            settings,
            secrets,
        };
        let channel = board.channels().create(channel, Actor::System).await.unwrap();
        let reconciler = Reconciler::new(store.clone(), host.clone(), options());
        Self { board, channel, clock, reconciler, store, host, plugin, _database: database }
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

    pub(crate) async fn set_secret(&self, name: &str, secret: &str) {
        let secrets = [(name, secret)].into_iter().collect();
        let update = ChannelUpdate { secrets, ..ChannelUpdate::default() };
        self.board.channels().update(self.channel.id, update, Actor::System).await.unwrap();
    }

    pub(crate) fn target(&self) -> Target {
        Target::of(&self.board, &self.channel)
    }
}

/// How the reconciler works: as usual, but as fast as it can.
pub(crate) fn options() -> ReconcilerOptions {
    ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(LANE_KEY) }
}

/// The bundled plugins, as `cargo xtask plugins` built them.
async fn host(clock: &ManualClock) -> PluginHost {
    let options = HostOptions {
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache")),
        cache_key: [7; 32],
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..HostOptions::new(Arc::new(clock.clone()))
    };
    PluginHost::new(options).await.unwrap()
}

/// Runs a test on both databases, each in a world of its own.
pub(crate) async fn on_both<W, F: Future<Output = ()>>(new: impl AsyncFn(Backend) -> W, test: impl Fn(Arc<W>) -> F) {
    for backend in Backend::all() {
        println!("on {backend}");
        test(Arc::new(new(backend).await)).await;
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
