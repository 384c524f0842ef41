//! Rows that never change, or change their number when they do: what was read of them is remembered by the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use crate::entity::channel_secrets;
use crate::job::Posting;

/// The most postings that are remembered: those of a job go to all its channels at about the same time.
const POSTINGS: usize = 128;

/// Tenant, job and revision.
pub(super) type Key = (Uuid, Uuid, i64);

/// The postings that were read last.
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

/// The most channels whose sealed secrets are remembered.
const CHANNELS: usize = 1_000;

/// Sealed secrets that were read, by channel and by the number of its configuration: another secret makes another number.
/// Nothing in here is of use without the key.
#[derive(Default)]
pub(super) struct SealedSecrets(Mutex<HashMap<Uuid, Numbered>>);

/// The number of the configuration, and what was read then.
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
