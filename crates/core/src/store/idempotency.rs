//! Stored answers for repeated requests with the same `Idempotency-Key`.

use chrono::Duration;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter};

use super::TenantScope;
use super::write::Bookkeeping;
use crate::entity::idempotency_keys;
use crate::error::{Conflict, Result};
use crate::keyring::token_hash;

/// The hours an answer is kept.
const KEPT_HOURS: i64 = 24;

/// The minutes after which a request without an answer counts as abandoned; none takes half as long.
const ABANDONED_MINUTES: i64 = 5;

/// The stored form of a key: each caller has its own keys, and the caller can't be read from it.
pub fn caller_key(caller: &str, key: &str) -> String {
    // The caller's length keeps "a" + "bc" apart from "ab" + "c".
    token_hash(&format!("{} {caller} {key}", caller.len()))
}

/// What to do with a request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replay {
    /// It is new: carry it out, then call [`Idempotency::finish`] or [`Idempotency::forget`].
    New,
    /// It was carried out: send this answer again.
    Done {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: String,
    },
}

/// A tenant's stored answers.
#[derive(Debug)]
pub struct Idempotency<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// Stored answers for repeated requests.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency(self)
    }
}

impl Idempotency<'_> {
    /// Claims `key` for a request, which `request` identifies (method, path and body; it is hashed). Keys are per
    /// caller: see [`caller_key`]. A conflict if the key was used for another request, or its request isn't finished.
    pub async fn begin(&self, key: &str, request: &str) -> Result<Replay> {
        let request_hash = token_hash(request);
        let now = self.0.now();
        let tx = self.0.store().write_internal(Bookkeeping::IdempotencyKeys).await?;
        self.0
            .delete::<idempotency_keys::Entity>()
            .filter(idempotency_keys::Column::CreatedAt.lt(now - Duration::hours(KEPT_HOURS)))
            .exec(&*tx)
            .await?;
        let row =
            self.0.find::<idempotency_keys::Entity>().filter(idempotency_keys::Column::Key.eq(key)).one(&*tx).await?;
        let replay = match row {
            Some(row) if row.request_hash != request_hash => return Err(Conflict::IdempotencyKeyReused.into()),
            Some(row) => match (row.status.and_then(|s| u16::try_from(s).ok()), row.body.clone()) {
                (Some(status), Some(body)) => Replay::Done { status, body },
                _ if row.created_at > now - Duration::minutes(ABANDONED_MINUTES) => {
                    return Err(Conflict::IdempotencyKeyInUse.into());
                }
                // The process of the first request died: its transaction was rolled back, or its answer is lost for
                // good.
                _ => {
                    let mut row = row.into_active_model();
                    row.created_at = Set(now);
                    row.update(&*tx).await?;
                    Replay::New
                }
            },
            None => {
                let row = idempotency_keys::ActiveModel {
                    tenant_id: Set(self.0.id),
                    key: Set(key.to_owned()),
                    request_hash: Set(request_hash),
                    status: Set(None),
                    body: Set(None),
                    created_at: Set(now),
                };
                row.insert(&*tx).await?;
                Replay::New
            }
        };
        tx.commit().await?;
        Ok(replay)
    }

    /// Stores the answer.
    pub async fn finish(&self, key: &str, status: u16, body: &str) -> Result<()> {
        let tx = self.0.store().write_internal(Bookkeeping::IdempotencyKeys).await?;
        let row =
            self.0.find::<idempotency_keys::Entity>().filter(idempotency_keys::Column::Key.eq(key)).one(&*tx).await?;
        if let Some(row) = row {
            let mut row = row.into_active_model();
            row.status = Set(Some(i64::from(status)));
            row.body = Set(Some(body.to_owned()));
            row.update(&*tx).await?;
        }
        tx.commit().await
    }

    /// Frees the key of a request that failed, so that it can be corrected and sent again.
    pub async fn forget(&self, key: &str) -> Result<()> {
        let tx = self.0.store().write_internal(Bookkeeping::IdempotencyKeys).await?;
        self.0.delete::<idempotency_keys::Entity>().filter(idempotency_keys::Column::Key.eq(key)).exec(&*tx).await?;
        tx.commit().await
    }
}
