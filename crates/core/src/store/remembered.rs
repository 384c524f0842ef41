//! Caches of rows that never change, or change their number when they do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::entity::channel_secrets;
use crate::job::Posting;

/// The most cached postings: those of a job go to all its channels at about the same time.
const POSTINGS: usize = 128;

/// Tenant, job and revision.
pub(super) type Key = (Uuid, Uuid, i64);

/// The last read postings.
#[derive(Default)]
pub(super) struct ReadPostings(Mutex<HashMap<Key, Arc<Posting>>>);

impl ReadPostings {
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Posting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(super) fn add(&self, key: Key, posting: Arc<Posting>) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= POSTINGS {
            read.clear();
        }
        read.insert(key, posting);
    }
}

/// The most channels whose sealed secrets are cached.
const CHANNELS: usize = 1_000;

/// Sealed secrets, by channel and by the number of its configuration: another secret has another number. They can't be
/// opened without the key.
#[derive(Default)]
pub(super) struct SealedSecrets(Mutex<HashMap<Uuid, Numbered>>);

/// The number of the configuration, and the rows that were read with it.
type Numbered = (i64, Arc<[channel_secrets::Model]>);

impl SealedSecrets {
    pub(super) fn get(&self, id: Uuid, configuration: i64) -> Option<Arc<[channel_secrets::Model]>> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(&id).filter(|(number, _)| *number == configuration).map(|(_, rows)| Arc::clone(rows))
    }

    pub(super) fn add(&self, id: Uuid, configuration: i64, rows: Arc<[channel_secrets::Model]>) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= CHANNELS {
            read.clear();
        }
        read.insert(id, (configuration, rows));
    }
}
