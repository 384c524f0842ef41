//! What every handler can reach.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRef;
use ipnet::IpNet;
use tablon_core::{Clock, Keyring, Store};
use tablon_publisher::PluginHost;
use url::Url;

use crate::auth::AuthKeys;
use crate::board_cache::BoardCache;
use crate::board_gate::BoardGates;
use crate::observe::Metrics;
use crate::tenancy::TenantDirectory;
use crate::theme::Theme;
use crate::throttle::Throttles;

/// How the web side is reached and whom it believes.
#[derive(Debug, Clone)]
pub struct WebConfig {
    /// The address people type; every absolute link starts with it (`TABLON_BASE_URL`).
    pub base_url: Url,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Reverse proxies on other machines whose `X-Forwarded-For` is believed; one on this machine always is.
    pub trusted_proxies: Vec<IpNet>,
}

impl WebConfig {
    /// A configuration without trusted proxies.
    pub fn new(base_url: Url, listen: SocketAddr) -> Self {
        Self { base_url, listen, trusted_proxies: Vec::new() }
    }

    /// Whether people reach the base address over TLS: it decides how cookies are named and marked.
    pub fn is_https(&self) -> bool {
        self.base_url.scheme() == "https"
    }

    /// The absolute address of `path` (no leading slash) below the base address.
    pub fn absolute(&self, path: &str) -> String {
        let base = self.base_url.as_str().trim_end_matches('/');
        format!("{base}/{}", path.trim_start_matches('/'))
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        let listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
        let base_url = Url::parse("http://127.0.0.1:8080/").unwrap_or_else(|_| unreachable!("a literal that parses"));
        Self::new(base_url, listen)
    }
}

/// The shared state of the web side; cloning it is cheap.
#[derive(Clone)]
pub struct AppState {
    /// The domain and its storage.
    pub store: Store,
    /// The installed plugins.
    pub host: PluginHost,
    /// How the web side is reached.
    pub config: Arc<WebConfig>,
    /// The theme that renders pages.
    pub theme: Arc<Theme>,
    /// Keys for tokens and forms.
    pub keys: Arc<AuthKeys>,
    /// Tenants by slug and by host, remembered for a moment.
    pub tenants: Arc<TenantDirectory>,
    /// Who has tried what how often.
    pub throttles: Arc<Throttles>,
    /// How many read from each board at once.
    pub gates: Arc<BoardGates>,
    /// Counters of this process.
    pub metrics: Arc<Metrics>,
    /// Listings as they were last rendered.
    pub listings: Arc<BoardCache<Bytes>>,
    /// What a listing shows whatever is searched for.
    pub facets: Arc<BoardCache<Facets>>,
}

/// What a listing shows whatever is searched for.
#[derive(Debug, Clone)]
pub struct Facets {
    /// Tags to filter by, the most used first.
    pub tags: Arc<[String]>,
    /// How many jobs are on the board.
    pub total: u64,
}

impl AppState {
    /// The state over an open store, a plugin host and a theme.
    pub fn new(store: Store, host: PluginHost, config: WebConfig, theme: Theme, keyring: &Keyring) -> Self {
        Self {
            tenants: Arc::new(TenantDirectory::new(store.clone())),
            keys: Arc::new(AuthKeys::derive(keyring)),
            store,
            host,
            config: Arc::new(config),
            theme: Arc::new(theme),
            throttles: Arc::default(),
            gates: Arc::default(),
            metrics: Arc::default(),
            listings: Arc::default(),
            facets: Arc::default(),
        }
    }

    /// The clock that the store uses too.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.store.clock()
    }
}

impl FromRef<AppState> for Store {
    fn from_ref(state: &AppState) -> Self {
        state.store.clone()
    }
}

impl FromRef<AppState> for PluginHost {
    fn from_ref(state: &AppState) -> Self {
        state.host.clone()
    }
}

impl FromRef<AppState> for Arc<WebConfig> {
    fn from_ref(state: &AppState) -> Self {
        state.config.clone()
    }
}

impl FromRef<AppState> for Arc<Theme> {
    fn from_ref(state: &AppState) -> Self {
        state.theme.clone()
    }
}

impl FromRef<AppState> for Arc<AuthKeys> {
    fn from_ref(state: &AppState) -> Self {
        state.keys.clone()
    }
}
