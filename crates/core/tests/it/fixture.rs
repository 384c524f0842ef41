//! A store on each database, a clock that stands still, and jobs to hand in.

use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::store::{Channel, Lane, LaneLimit, LaneSpec, MailLane, NewChannel, NewTenant, NoticeFacts, Prepared};
use tablon_core::{Actor, Job, Keyring, Store, StoreOptions, TenantScope};
use tablon_testkit::database::{Backend, TestDatabase};

use crate::turns;

/// A store on an empty database.
pub(crate) struct World {
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) store: Store,
    pub(crate) clock: ManualClock,
}

/// The moment every test begins: noon in Madrid.
pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 6, 15, 10, 0, 0).unwrap()
}

impl World {
    pub(crate) async fn new(backend: Backend) -> Self {
        let database = Arc::new(TestDatabase::new(backend).await.unwrap());
        let clock = ManualClock::new(noon());
        let store = migrated(&database, &clock).await;
        Self { database, store, clock }
    }

    /// What mail tells an address now, without what isn't true any more.
    pub(crate) async fn told(&self, address: &str) -> Vec<NoticeFacts> {
        let mut told = Vec::new();
        for due in self.store.notices().due(MailLane::Installation).await.unwrap() {
            if due.recipient() == Some(address)
                && let Prepared::Ready { facts, .. } = self.store.notices().prepare(&due).await.unwrap()
            {
                told.extend(facts);
            }
        }
        told
    }

    pub(crate) async fn board(&self, slug: &str) -> TenantScope {
        let mut new = NewTenant::new(slug.parse().unwrap(), slug.to_uppercase());
        new.locale = "es".to_owned();
        new.time_zone = chrono_tz::Europe::Madrid;
        self.store.tenants().create(new, Actor::System).await.unwrap()
    }
}

/// Brings a database to the present schema, and opens it.
pub(crate) async fn migrated(database: &TestDatabase, clock: &ManualClock) -> Store {
    Store::migrate(database.url(), clock).await.unwrap();
    let options = StoreOptions {
        database_url: database.url().to_owned(),
        clock: Arc::new(clock.clone()),
        keyring: Some(Keyring::from_secret(&[1; 32]).unwrap()),
        base_url: "https://board.example".parse().unwrap(),
        max_connections: 5,
    };
    Store::open(options).await.unwrap()
}

/// Runs a test on both databases, each in a world of its own.
pub(crate) async fn on_both<F: Future<Output = ()>>(test: impl Fn(World) -> F) {
    for backend in Backend::all() {
        println!("on {backend}");
        let world = World::new(backend).await;
        // A test's block takes the fields it uses: the database must outlive them all.
        let database = world.database.clone();
        test(world).await;
        turns::are_true(&database).await;
    }
}

/// An offer with everything the form demands.
pub(crate) fn offer(title: &str) -> Value {
    json!({
        "title": title,
        "organization": { "name": "Acme", "url": "https://acme.example", "logo_url": null },
        "description": "We write **Rust**.",
        "locations": [{ "city": "Sevilla", "region": "Andalucía", "country": "ES" }],
        "workplace": "hybrid",
        "remote_countries": [],
        "employment_types": ["FULL_TIME"],
        "salary": { "min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR" },
        "tags": ["rust"],
        "apply_url": "https://acme.example/jobs/1",
        "apply_email": null,
        "contact_email": "hr@acme.example",
        "language": "es",
        "valid_through": "2026-12-31",
        "fields": {}
    })
}

pub(crate) async fn submitted(board: &TenantScope, title: &str) -> Job {
    board.jobs().submit(&offer(title), Actor::Visitor).await.unwrap().job
}

pub(crate) async fn published(board: &TenantScope, title: &str) -> Job {
    let job = submitted(board, title).await;
    board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap()
}

pub(crate) async fn channel(board: &TenantScope, name: &str, lanes: Vec<LaneSpec>) -> Channel {
    let new = NewChannel {
        plugin: "telegram".to_owned(),
        name: name.to_owned(),
        settings: json!({ "chat_id": format!("@{name}") }),
        secrets: [("bot_token", "123:abc")].into_iter().collect(),
        lanes,
    };
    board.channels().create(new, Actor::System).await.unwrap()
}

/// A lane that lets `count` calls through in `per_ms` milliseconds.
pub(crate) fn lane(kind: Lane, count: u32, per_ms: u64) -> LaneSpec {
    LaneSpec { kind, key: format!("{kind}-lane"), limits: vec![LaneLimit { count, per_ms, burst: count }] }
}
