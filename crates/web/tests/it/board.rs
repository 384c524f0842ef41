//! A board with a router over it, and the ways in which tests call it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use tablon_core::store::{NewTenant, NewUser, StoreOptions};
use tablon_core::{Actor, Clock, Keyring, Role, Store, SystemClock, TenantScope};
use tablon_publisher::{HostOptions, PluginHost};
use tablon_testkit::{Backend, TestDatabase};
use tablon_web::theme::Theme;
use tablon_web::{AppState, WebConfig, app, mint_api_token, openapi};
use tower::ServiceExt as _;
use url::Url;

/// Where the board of the tests is reached.
pub(crate) const BASE: &str = "http://jobs.test:8080/";
/// The host of requests that say nothing else.
pub(crate) const BASE_HOST: &str = "jobs.test:8080";
/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// An instance with the board `acme` and a token for each role.
pub(crate) struct Board {
    pub(crate) store: Store,
    pub(crate) keyring: Keyring,
    pub(crate) state: AppState,
    pub(crate) router: Router,
    pub(crate) acme: TenantScope,
    pub(crate) clock: Arc<SkippingClock>,
    tokens: BTreeMap<Role, String>,
    _database: TestDatabase,
}

/// The system's clock, which tests put forward.
#[derive(Debug, Default)]
pub(crate) struct SkippingClock {
    skipped_seconds: AtomicI64,
}

impl SkippingClock {
    pub(crate) fn skip_days(&self, days: i64) {
        self.skipped_seconds.fetch_add(days * 24 * 60 * 60, Ordering::SeqCst);
    }
}

impl Clock for SkippingClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + Duration::seconds(self.skipped_seconds.load(Ordering::SeqCst))
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// The header's value, empty if absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a readable header"))
    }

    /// Fails with the whole answer in its words.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// The pointers of the fields that are wrong.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
    }
}

/// How the board of the tests is reached.
pub(crate) fn config() -> WebConfig {
    WebConfig::new(Url::parse(BASE).expect("a URL"), "127.0.0.1:8080".parse().expect("an address"))
}

/// Runs a test on each database.
pub(crate) async fn on_each_database(test: impl AsyncFn(Board)) {
    for backend in Backend::all() {
        test(Board::new(backend, None).await).await;
    }
}

impl Board {
    /// A board whose plugins lie in `plugins`.
    pub(crate) async fn new(backend: Backend, plugins: Option<&Path>) -> Self {
        Self::with_config(backend, plugins, config()).await
    }

    /// The same, reached and limited as `config` says.
    pub(crate) async fn with_config(backend: Backend, plugins: Option<&Path>, config: WebConfig) -> Self {
        let database = TestDatabase::new(backend).await.expect("a database");
        let keyring = Keyring::from_secret(&[7; 32]).expect("a key");
        let clock = Arc::new(SkippingClock::default());
        Store::migrate(database.url(), &SystemClock).await.expect("the schema");
        let store = Store::open(StoreOptions {
            database_url: database.url().to_owned(),
            clock: clock.clone(),
            keyring: Some(keyring.clone()),
            base_url: Url::parse(BASE).expect("a URL"),
            max_connections: 4,
        })
        .await
        .expect("the database");
        let host = PluginHost::new(HostOptions {
            plugin_dirs: plugins.map(Path::to_path_buf).into_iter().collect(),
            bundled: false,
            // Compiled once for all tests.
            cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins")),
            allow_networks: vec!["127.0.0.0/8".parse().expect("a network")],
            ..HostOptions::new(clock.clone())
        })
        .await
        .expect("a host");
        let theme = Theme::open(None).expect("the bundled theme");
        let state = AppState::new(store.clone(), host, config, theme, &keyring);
        let new = NewTenant { hosts: vec!["jobs.acme.example".into()], ..NewTenant::new(slug("acme"), "Acme devs") };
        let acme = store.tenants().create(new, Actor::System).await.expect("a board");
        let router = app(state.clone());
        let mut board = Self {
            store,
            keyring,
            state,
            router,
            acme: acme.clone(),
            clock,
            tokens: BTreeMap::new(),
            _database: database,
        };
        for role in Role::ALL {
            let token = board.token(&acme, role).await;
            board.tokens.insert(role, token);
        }
        board
    }

    /// Another board of the same instance.
    pub(crate) async fn other_board(&self) -> TenantScope {
        self.store.tenants().create(NewTenant::new(slug("rival"), "Rivals"), Actor::System).await.expect("a board")
    }

    /// Makes a token for a board.
    pub(crate) async fn token(&self, tenant: &TenantScope, role: Role) -> String {
        let row = tenant.tokens().create("test", role, None, Actor::System).await.expect("a token");
        mint_api_token(&self.keyring, tenant.id, row.id, self.store.clock().now()).expect("a signature")
    }

    /// Adds somebody who works on `acme`.
    pub(crate) async fn person(&self, email: &str, role: Role) -> tablon_core::store::User {
        let new = NewUser { email: email.into(), name: String::new(), password: PASSWORD.into(), operator: false };
        let user = self.store.users().create(new, Actor::System).await.expect("a user");
        self.acme.members().set(user.id, role, Actor::System).await.expect("a membership");
        user
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    /// Calls the API of `acme`; `role` is the token's.
    pub(crate) async fn call(&self, method: &str, path: &str, role: Option<Role>, body: Option<Value>) -> Answer {
        self.call_with(method, path, role.map(|role| self.tokens[&role].as_str()), body).await
    }

    /// Calls the API of `acme` with any token.
    pub(crate) async fn call_with(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = request(method, &format!("/t/acme/api/v1{path}"));
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.send(request.body(body).expect("a request")).await;
        assert_described(method, path, &answer);
        answer
    }

    /// The token of a role.
    pub(crate) fn token_of(&self, role: Role) -> &str {
        &self.tokens[&role]
    }

    /// Gets a path of the base address, without a token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(request("GET", path).body(Body::empty()).expect("a request")).await
    }

    /// Submits an offer and returns its id.
    pub(crate) async fn submit(&self) -> String {
        let answer = self.call("POST", "/jobs", None, Some(offer())).await.expect(201);
        answer.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Submits and publishes an offer and returns its id.
    pub(crate) async fn publish(&self) -> String {
        let id = self.submit().await;
        self.call("POST", &format!("/jobs/{id}/approve"), Some(Role::Moderator), None).await.expect(200);
        id
    }
}

/// Every answer of the API is one that its description names for the operation.
#[track_caller]
fn assert_described(method: &str, path: &str, answer: &Answer) {
    static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&openapi()).expect("JSON"));
    let path = path.split('?').next().unwrap_or_default();
    let parameters = |template: &str| template.matches('{').count();
    let fits = |template: &str| {
        let (asked, described): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
        let same = asked.iter().zip(&described).all(|(asked, part)| asked == part || part.starts_with('{'));
        asked.len() == described.len() && same
    };
    let operations = DESCRIPTION["paths"].as_object().expect("paths").iter().filter(|(template, _)| fits(template));
    // `/jobs/import` is no `/jobs/{id}`.
    let Some((_, operations)) = operations.min_by_key(|(template, _)| parameters(template)) else { return };
    let Some(operation) = operations.get(method.to_lowercase()) else { return };
    let status = answer.status.as_str();
    let Some(described) = operation["responses"].get(status) else {
        panic!("{method} {path} answers {status}, and its description doesn't say so");
    };
    let reference = described["$ref"].as_str().map(|target| target.trim_start_matches('#'));
    let described = reference.map_or(Some(described), |target| DESCRIPTION.pointer(target)).expect("a response");
    let content_type = answer.header("content-type");
    let kinds = described["content"].as_object().map(|kinds| kinds.keys().cloned().collect::<Vec<_>>());
    let is_kind = kinds.map_or(answer.text.is_empty(), |kinds| kinds.iter().any(|kind| kind == content_type));
    assert!(is_kind, "{method} {path} answers {status} as {content_type:?}: {}", answer.text);
    for name in described["headers"].as_object().into_iter().flat_map(|headers| headers.keys()) {
        assert!(!answer.header(name).is_empty(), "{method} {path} answers {status} without {name}");
    }
}

/// A request to the base address from a distant client.
pub(crate) fn request(method: &str, path: &str) -> axum::http::request::Builder {
    let peer: SocketAddr = "203.0.113.7:40000".parse().expect("an address");
    Request::builder().method(method).uri(path).header(HOST, BASE_HOST).extension(ConnectInfo(peer))
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status, headers: parts.headers, text }
}

pub(crate) fn slug(text: &str) -> tablon_core::Slug {
    text.parse().unwrap_or_else(|_| panic!("{text} is a slug"))
}

/// The offer of the API's documentation.
pub(crate) fn offer() -> Value {
    json!({
        "title": "Rust engineer",
        "organization": {"name": "Acme", "url": "https://acme.example", "logo_url": null},
        "description": "We build **things** in Rust.\n\n- good pay\n- good people",
        "locations": [{"city": "Sevilla", "region": "Andalucía", "country": "ES"}],
        "workplace": "hybrid",
        "remote_countries": [],
        "employment_types": ["FULL_TIME"],
        "salary": {"min": "42000", "max": "52000", "currency": "EUR", "period": "YEAR"},
        "tags": ["rust"],
        "apply_url": "https://acme.example/jobs/1",
        "apply_email": null,
        "contact_email": "hr@acme.example",
        "language": "es",
        "valid_through": "2099-12-31",
        "fields": {}
    })
}
