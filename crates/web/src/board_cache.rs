//! Cached content that is the same for many visitors of a board, until the board changes.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tablon_core::TenantScope;
use tokio::sync::Mutex as AsyncMutex;

/// The longest time in the cache. Other replicas' changes aren't announced here, and "3 minutes ago" goes stale.
pub(crate) const REMEMBERED_FOR: Duration = Duration::from_secs(2);
/// The most cached values: pages of some ten kilobytes.
const CAPACITY: usize = 1_000;
/// How many different values are made at the same time; the same value is made once for all who wait for it.
const MAKERS: usize = 16;

/// Values by name, each for one version of a board.
#[derive(Debug)]
pub struct BoardCache<V> {
    remembered: Mutex<HashMap<String, Entry<V>>>,
    making: [AsyncMutex<()>; MAKERS],
    hasher: RandomState,
}

#[derive(Debug)]
struct Entry<V> {
    version: u64,
    made: Instant,
    value: V,
}

impl<V> Default for BoardCache<V> {
    fn default() -> Self {
        Self { remembered: Mutex::default(), making: Default::default(), hasher: RandomState::new() }
    }
}

impl<V: Clone> BoardCache<V> {
    /// The cached value of a board under `name`, or the result of `make`. The name must include everything that the
    /// value depends on beside the board's content.
    pub async fn get<E>(
        &self,
        tenant: &TenantScope,
        name: &str,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let key = format!("{} {name}", tenant.id);
        if let Some(value) = self.recall(&key, tenant) {
            return Ok(value);
        }
        let maker = usize::try_from(self.hasher.hash_one(&key) % MAKERS as u64).unwrap_or(0);
        let _turn = self.making[maker].lock().await;
        if let Some(value) = self.recall(&key, tenant) {
            return Ok(value);
        }
        // Read before `make`: a change while it runs makes the value stale.
        let version = tenant.store().board_version(tenant.id);
        let value = make.await?;
        let mut remembered = self.lock();
        if remembered.len() >= CAPACITY {
            remembered.retain(|_, entry| entry.made.elapsed() < REMEMBERED_FOR);
        }
        if remembered.len() < CAPACITY {
            remembered.insert(key, Entry { version, made: Instant::now(), value: value.clone() });
        }
        Ok(value)
    }

    /// The cached value of a board under `name`.
    pub fn peek(&self, tenant: &TenantScope, name: &str) -> Option<V> {
        self.recall(&format!("{} {name}", tenant.id), tenant)
    }

    fn recall(&self, key: &str, tenant: &TenantScope) -> Option<V> {
        let version = tenant.store().board_version(tenant.id);
        let remembered = self.lock();
        let entry = remembered.get(key)?;
        (entry.version == version && entry.made.elapsed() < REMEMBERED_FOR).then(|| entry.value.clone())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry<V>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
