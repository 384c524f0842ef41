//! Postings as they were frozen: they never change, so that one that was read is remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};
use uuid::Uuid;

use super::TenantScope;
use crate::entity::postings::{Column, Entity};
use crate::error::{Error, Result};
use crate::job::Posting;

/// The most postings that are remembered: those of a job go to all its channels at about the same time.
const REMEMBERED: usize = 128;

/// Tenant, job and revision.
type Key = (Uuid, Uuid, i64);

/// The postings that were read last.
#[derive(Default)]
pub(super) struct ReadPostings(Mutex<HashMap<Key, Arc<Posting>>>);

impl ReadPostings {
    fn get(&self, key: &Key) -> Option<Arc<Posting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn add(&self, key: Key, posting: Arc<Posting>) {
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= REMEMBERED {
            read.clear();
        }
        read.insert(key, posting);
    }
}

/// A revision of a job, as it was frozen.
///
/// # Errors
/// `Internal` if it never was, or can't be read.
pub(super) async fn frozen(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<Arc<Posting>> {
    let key = (scope.id, job_id, revision);
    let read = &scope.store().0.postings;
    if let Some(posting) = read.get(&key) {
        return Ok(posting);
    }
    let row = scope.find::<Entity>().filter(Column::JobId.eq(job_id)).filter(Column::Revision.eq(revision));
    let never = || Error::Internal(format!("revision {revision} of the job was never frozen"));
    let posting: Posting = serde_json::from_value(row.one(tx).await?.ok_or_else(never)?.posting)?;
    let posting = Arc::new(posting);
    read.add(key, Arc::clone(&posting));
    Ok(posting)
}
