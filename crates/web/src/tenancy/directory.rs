//! Tenants by slug and by host, cached for a short time.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tablon_core::{Store, TenantScope};

use super::unknown::UnknownHosts;
use crate::config::WebConfig;

/// How long a tenant is cached: other replicas' changes show after at most this time.
const REMEMBERED_FOR: Duration = Duration::from_secs(2);
/// How many tenants are cached; unknown names aren't, so strangers can't fill the cache.
const REMEMBERED: usize = 4096;

/// Tenants by slug and by host. A public page needs no look-up while its board is cached.
pub struct TenantDirectory {
    store: Store,
    remembered: Mutex<HashMap<String, (Instant, TenantScope)>>,
    /// The unknown hosts that were logged.
    unknown: UnknownHosts,
}

impl TenantDirectory {
    /// An empty directory over `store`.
    pub fn new(store: Store) -> Self {
        Self { store, remembered: Mutex::default(), unknown: UnknownHosts::default() }
    }

    /// The tenant with this slug.
    pub async fn by_slug(&self, slug: &str) -> tablon_core::Result<Option<TenantScope>> {
        let key = format!("slug {slug}");
        if let Some(tenant) = self.recall(&key) {
            return Ok(Some(tenant));
        }
        let found = self.store.tenants().by_slug(slug).await?;
        Ok(found.inspect(|tenant| self.remember(key, tenant)))
    }

    /// The tenant that had this slug before.
    pub async fn by_former_slug(&self, slug: &str) -> tablon_core::Result<Option<TenantScope>> {
        let key = format!("former {slug}");
        if let Some(tenant) = self.recall(&key) {
            return Ok(Some(tenant));
        }
        let found = self.store.tenants().by_former_slug(slug).await?;
        Ok(found.inspect(|tenant| self.remember(key, tenant)))
    }

    /// The tenant that answers at exactly this host.
    pub async fn by_host(&self, host: &str) -> tablon_core::Result<Option<TenantScope>> {
        let key = format!("host {host}");
        if let Some(tenant) = self.recall(&key) {
            return Ok(Some(tenant));
        }
        let found = self.store.tenants().by_host(host).await?;
        Ok(found.inspect(|tenant| self.remember(key, tenant)))
    }

    /// Logs a host or an origin that no board has, once.
    pub fn tell_of_unknown(&self, host: &str, config: &WebConfig) {
        self.unknown.note(host, config);
    }

    /// Clears the cache: a tenant was changed in this process.
    pub fn forget(&self) {
        self.lock().clear();
    }

    fn recall(&self, key: &str) -> Option<TenantScope> {
        self.lock().get(key).filter(|(at, _)| at.elapsed() < REMEMBERED_FOR).map(|(_, tenant)| tenant.clone())
    }

    fn remember(&self, key: String, tenant: &TenantScope) {
        let mut remembered = self.lock();
        if remembered.len() >= REMEMBERED {
            remembered.retain(|_, (at, _)| at.elapsed() < REMEMBERED_FOR);
        }
        if remembered.len() < REMEMBERED {
            remembered.insert(key, (Instant::now(), tenant.clone()));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Instant, TenantScope)>> {
        self.remembered.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
