//! A board with a mail channel, a fake mail server behind it, and a reconciler between.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::store::{
    Channel, ChannelUpdate, DigestMail, Fragment, FragmentKind, MailContent, MailState, NewChannel, NewFragment,
    NewTenant, OutboxMail, Placement,
};
use tablon_core::{Actor, Job, Keyring, Secrets, Store, StoreOptions, TenantScope};
use tablon_publisher::mail::{Digests, MailOptions, UnsubscribeKey};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions, lane_specs};
use tablon_publisher::{
    Grant, Granted, HostOptions, Installation, InstalledFile, Plugin, PluginHost, PluginSource, Target, package,
};
use tablon_testkit::database::{Backend, TestDatabase};
use tablon_testkit::smtp::{FakeSmtp, Options};

/// Keeps lane names from being guessed.
const LANE_KEY: [u8; 32] = [3; 32];
/// Signs the links that stop mail.
pub(crate) const LINK_KEY: [u8; 32] = [5; 32];
/// Where the channel's mail goes.
pub(crate) const LIST: &str = "list@example.org";

pub(crate) struct World {
    pub(crate) smtp: FakeSmtp,
    pub(crate) board: TenantScope,
    pub(crate) channel: Channel,
    pub(crate) clock: ManualClock,
    pub(crate) reconciler: Reconciler,
    pub(crate) digests: Digests,
    pub(crate) plugin: Arc<Plugin>,
    pub(crate) store: Store,
    // Last: the database outlives whoever uses it.
    pub(crate) database: TestDatabase,
}

/// What a world is made with.
pub(crate) struct Setup {
    pub(crate) smtp: Options,
    pub(crate) settings: Value,
    /// From the fake's URL and the certificate of who vouches for it.
    pub(crate) mail: fn(&FakeSmtp) -> MailOptions,
    pub(crate) secrets: fn(&FakeSmtp) -> Secrets,
    pub(crate) allow_loopback: bool,
    /// What the operator lets the plugin do; all it asks for, if absent.
    pub(crate) granted: Option<Granted>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            smtp: Options::default(),
            settings: json!({ "to": LIST }),
            mail: operators,
            secrets: |_| Secrets::default(),
            allow_loopback: false,
            granted: None,
        }
    }
}

impl Setup {
    pub(crate) fn settings(settings: Value) -> Self {
        Self { settings, ..Self::default() }
    }

    pub(crate) fn smtp(smtp: Options) -> Self {
        Self { smtp, ..Self::default() }
    }
}

/// The e-mail plugin, installed with these permissions.
#[derive(Debug)]
struct InstalledEmail(Granted);

impl InstalledEmail {
    fn bytes() -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins/email.wasm");
        fs::read(path).expect("the bundled plugin: run `cargo xtask plugins` first")
    }
}

#[async_trait]
impl PluginSource for InstalledEmail {
    async fn list(&self) -> Result<Vec<Installation>, String> {
        let grant = Grant::Only(self.0.clone());
        let current = InstalledFile { sha256: package::hash(&Self::bytes()), version: "0.1.0".to_owned(), grant };
        Ok(vec![Installation { id: "email".to_owned(), enabled: true, current: Some(current), previous: None }])
    }

    async fn file(&self, _sha256: &str) -> Result<Option<Vec<u8>>, String> {
        Ok(Some(Self::bytes()))
    }
}

/// The operator's mail goes through the fake.
pub(crate) fn operators(smtp: &FakeSmtp) -> MailOptions {
    MailOptions {
        server: Some(smtp.url().parse().unwrap()),
        from: Some("jobs@board.example".parse().unwrap()),
        host_name: "board.example".to_owned(),
        authorities: vec![smtp.authority().der()],
        ..MailOptions::none(UnsubscribeKey::new(LINK_KEY))
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 6, 15, 10, 0, 0).unwrap()
}

impl World {
    pub(crate) async fn new(backend: Backend, setup: &Setup) -> Self {
        let smtp = FakeSmtp::start(setup.smtp.clone()).await.unwrap();
        let database = TestDatabase::new(backend).await.unwrap();
        let clock = ManualClock::new(noon());
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
        let mut tenant = NewTenant::new("acme".parse().unwrap(), "Acmé devs");
        tenant.locale = "es".to_owned();
        tenant.time_zone = chrono_tz::Europe::Madrid;
        let board = store.tenants().create(tenant, Actor::System).await.unwrap();
        let networks = setup.allow_loopback.then(|| "127.0.0.0/8".parse().unwrap());
        let host = PluginHost::new(HostOptions {
            cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache")),
            cache_key: [7; 32],
            allow_networks: networks.into_iter().collect(),
            mail: (setup.mail)(&smtp),
            installed: setup.granted.clone().map(|granted| Arc::new(InstalledEmail(granted)) as Arc<dyn PluginSource>),
            ..HostOptions::new(Arc::new(clock.clone()))
        })
        .await
        .unwrap();
        let plugin = host.plugin("email").expect("the bundled plugin: run `cargo xtask plugins` first");
        let settings = plugin.validate_settings(&setup.settings).unwrap();
        let secrets = (setup.secrets)(&smtp);
        let channel = NewChannel {
            plugin: "email".to_owned(),
            name: "Our list".to_owned(),
            lanes: lane_specs(&plugin, board.id, &settings, &secrets, &LANE_KEY),
            settings,
            secrets,
        };
        let channel = board.channels().create(channel, Actor::System).await.unwrap();
        let options = ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(LANE_KEY) };
        let reconciler = Reconciler::new(store.clone(), host.clone(), options);
        let digests = Digests::new(store.clone(), host);
        Self { smtp, board, channel, clock, reconciler, digests, plugin, store, database }
    }

    pub(crate) async fn submit(&self, title: &str) -> Job {
        self.board.jobs().submit(&offer(title), Actor::Visitor).await.unwrap().job
    }

    /// Approves an offer and lets the reconciler do what is due.
    pub(crate) async fn publish(&self, title: &str) -> Job {
        let job = self.submit(title).await;
        let job = self.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        self.settle().await;
        job
    }

    pub(crate) async fn settle(&self) {
        self.reconciler.settle().await.unwrap();
        self.digests.settle().await.unwrap();
    }

    /// A digest of another channel that is due now.
    pub(crate) async fn due_digest(&self, plugin: &str, secrets: Secrets, to: &str) -> Channel {
        let channel = NewChannel {
            plugin: plugin.to_owned(),
            name: "Another list".to_owned(),
            lanes: Vec::new(),
            settings: json!({ "to": to, "delivery": "daily" }),
            secrets,
        };
        let channel = self.board.channels().create(channel, Actor::System).await.unwrap();
        let content = MailContent { subject: "Job".into(), html: "<p>Job</p>".into(), text: "Job".into() };
        let part = NewFragment {
            channel_id: channel.id,
            key: channel.id.simple().to_string(),
            kind: FragmentKind::Open,
            audience: "setting:to".to_owned(),
            content: content.clone(),
            due_at: self.board.now(),
            placement_id: None,
        };
        self.board.mail().put_by(part).await.unwrap();
        let write = |_: &Channel, _: &[Fragment]| Some(DigestMail { recipients: vec![to.to_owned()], content });
        self.board.mail().compose(channel.id, write).await.unwrap().unwrap();
        channel
    }

    pub(crate) async fn set(&self, name: &str, value: &str) {
        let mut settings = self.channel().await.settings;
        settings[name] = json!(value);
        let update = ChannelUpdate { settings: Some(settings), ..Default::default() };
        self.board.channels().update(self.channel.id, update, Actor::System).await.unwrap();
    }

    pub(crate) async fn placement(&self, job: &Job) -> Placement {
        self.board.placements().for_job(job.id).await.unwrap().remove(0)
    }

    /// Goes to the placement's next attempt.
    pub(crate) async fn try_again(&self, job: &Job) {
        let due = self.placement(job).await.due_at.expect("another attempt");
        self.clock.set(due);
        self.settle().await;
    }

    pub(crate) async fn channel(&self) -> Channel {
        self.board.channels().get(self.channel.id).await.unwrap().unwrap()
    }

    /// The newest mail of the channel.
    pub(crate) async fn last_mail(&self) -> OutboxMail {
        self.board.mail().list(self.channel.id, None, None, None).await.unwrap().items.remove(0)
    }

    pub(crate) fn target(&self) -> Target {
        Target::of(&self.board, &self.channel)
    }

    /// What the outbox says of the digests.
    pub(crate) async fn digest_states(&self) -> Vec<MailState> {
        let mut states = Vec::new();
        for (_, mail) in self.store.mailroom().due_mails(10).await.unwrap() {
            states.push(mail.state);
        }
        states
    }
}

/// Runs a test on both databases, each in a world of its own.
pub(crate) async fn on_both<F: Future<Output = ()>>(setup: Setup, test: impl Fn(Arc<World>) -> F) {
    for backend in Backend::all() {
        println!("on {backend}");
        test(Arc::new(World::new(backend, &setup).await)).await;
    }
}

pub(crate) fn offer(title: &str) -> Value {
    json!({
        "title": title,
        "organization": { "name": "Acme & Sons" },
        "description": "We write **Rust** in [Sevilla](https://acme.example).\n\n.\n\n> A line with a dot alone stands above.",
        "locations": [{ "city": "Sevilla", "country": "ES" }],
        "workplace": "hybrid",
        "salary": { "min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR" },
        "tags": ["rust", "c++"],
        "apply_url": "https://acme.example/jobs/1",
        "contact_email": "hr@acme.example",
    })
}
