//! A board without plugins, in a database of its own, for targets that send requests.

use std::sync::Arc;

use axum::Router;
use serde_json::json;
use tablon_core::store::{NewTenant, StoreOptions};
use tablon_core::{Actor, Keyring, Store, SystemClock};
use tablon_publisher::{HostOptions, PluginHost};
use tablon_testkit::{Backend, TestDatabase};
use tablon_web::theme::Theme;
use tablon_web::{AppState, WebConfig, app};
use tokio::runtime::{Builder, Runtime};

/// A board `acme` with one offer.
pub struct Board {
    /// Everything that the web side answers.
    pub router: Router,
    runtime: Runtime,
    _database: TestDatabase,
}

impl Board {
    /// Makes it.
    ///
    /// # Panics
    /// When it can't be made.
    #[expect(clippy::new_without_default, reason = "it makes a database")]
    pub fn new() -> Self {
        // One thread: the verdict is the processor time of the thread that asks.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (router, database) = runtime.block_on(board());
        Self { router, runtime, _database: database }
    }

    /// Runs `work` to its end.
    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

async fn board() -> (Router, TestDatabase) {
    let database = TestDatabase::new(Backend::Sqlite).await.expect("a database");
    let keyring = Keyring::from_secret(&[7; 32]).expect("a key");
    Store::migrate(database.url(), &SystemClock).await.expect("the schema");
    let config = WebConfig::default();
    let store = Store::open(StoreOptions {
        database_url: database.url().to_owned(),
        clock: Arc::new(SystemClock),
        keyring: Some(keyring.clone()),
        base_url: config.base_url.clone(),
        max_connections: 1,
    });
    let store = store.await.expect("the database");
    let options = HostOptions { bundled: false, ..HostOptions::new(Arc::new(SystemClock)) };
    let host = PluginHost::new(options).await.expect("a host");
    let slug = "acme".parse().expect("a slug");
    let new = NewTenant { hosts: vec!["jobs.acme.example".into()], ..NewTenant::new(slug, "Acme devs") };
    let acme = store.tenants().create(new).await.expect("a board");
    let offer = json!({
        "title": "Rust engineer", "organization": { "name": "Acme" }, "description": "We build **things**.",
        "locations": [{ "city": "Sevilla", "country": "ES" }], "workplace": "hybrid",
        "apply_url": "https://acme.example/jobs/1", "contact_email": "hr@acme.example", "tags": ["rust"],
    });
    acme.jobs().submit(&offer, Actor::Poster).await.expect("an offer");
    let theme = Theme::open(None).expect("the bundled theme");
    (app(AppState::new(store, host, config, theme, &keyring)), database)
}
