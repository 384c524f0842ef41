//! The shared state of handlers.
//!
//! The state knows its parts, and no part knows the state: extractors and layers below the handlers are generic over
//! it and name the parts they need (`Arc<TenantDirectory>: FromRef<S>`).

use std::ops::Deref;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::FromRef;
use chrono::{DateTime, Utc};
use tablon_core::{Clock, Keyring, Store};
use tablon_publisher::PluginHost;

use crate::auth::AuthKeys;
use crate::board_cache::BoardCache;
use crate::board_gate::BoardGates;
use crate::config::WebConfig;
use crate::observe::Metrics;
use crate::page_cache::PageCache;
use crate::tenancy::TenantDirectory;
use crate::theme::Theme;
use crate::throttle::Throttles;

/// The shared state of the web side: one pointer, so that cloning it for each layer of each request is cheap.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of the state.
pub struct Parts {
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
    /// Tenants by slug and by host, cached for a short time.
    pub tenants: Arc<TenantDirectory>,
    /// Counts of attempts.
    pub throttles: Arc<Throttles>,
    /// The limits for costly reads of each board.
    pub gates: Arc<BoardGates>,
    /// Counters of this process.
    pub metrics: Arc<Metrics>,
    /// Whole answers of public pages.
    pub pages: Arc<PageCache>,
    /// When this process began to answer.
    pub started_at: DateTime<Utc>,
    /// Rendered listings.
    pub listings: Arc<BoardCache<Bytes>>,
    /// The parts of a listing that don't depend on the search.
    pub facets: Arc<BoardCache<Facets>>,
}

/// The parts of a listing that don't depend on the search.
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
        Self(Arc::new(Parts {
            tenants: Arc::new(TenantDirectory::new(store.clone())),
            pages: Arc::new(PageCache::new(store.clone())),
            keys: Arc::new(AuthKeys::derive(keyring)),
            started_at: store.clock().now(),
            store,
            host,
            config: Arc::new(config),
            theme: Arc::new(theme),
            throttles: Arc::default(),
            gates: Arc::default(),
            metrics: Arc::default(),
            listings: Arc::default(),
            facets: Arc::default(),
        }))
    }

    /// The clock that the store uses too.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.store.clock()
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Lets extractors and layers ask for one part.
macro_rules! part {
    ($($field:ident: $part:ty),* $(,)?) => {$(
        impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$field.clone()
            }
        }
    )*};
}

part! {
    store: Store,
    host: PluginHost,
    config: Arc<WebConfig>,
    theme: Arc<Theme>,
    keys: Arc<AuthKeys>,
    tenants: Arc<TenantDirectory>,
    throttles: Arc<Throttles>,
    metrics: Arc<Metrics>,
}
