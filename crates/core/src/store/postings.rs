//! Frozen postings: they never change, so they are cached.

use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::TenantScope;
use crate::entity::job_revisions;
use crate::entity::postings::{ActiveModel, Column, Entity};
use crate::error::{Error, Result};
use crate::job::{JobContent, Posting};

/// The version of the rules that turn descriptions into text for channels. Postings with an older version were frozen
/// without the HTML of their descriptions.
const TEXT_RULES: u32 = 1;

/// A posting as stored in its row.
#[derive(Serialize, Deserialize)]
struct Stored<P> {
    #[serde(flatten)]
    posting: P,
    #[serde(default)]
    text_rules: u32,
}

/// Freezes a posting.
pub(super) async fn store(tx: &DatabaseTransaction, scope: &TenantScope, posting: &Posting) -> Result<()> {
    let row = ActiveModel {
        tenant_id: Set(scope.id),
        job_id: Set(posting.id),
        revision: Set(i64::try_from(posting.revision).unwrap_or(i64::MAX)),
        posting: Set(serde_json::to_value(Stored { posting, text_rules: TEXT_RULES })?),
        created_at: Set(scope.now()),
    };
    row.insert(tx).await?;
    Ok(())
}

/// A frozen revision of a job, if there is one. If older rules made its text, the text is made again from the revision.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<Option<Posting>> {
    let row = scope.find::<Entity>().filter(Column::JobId.eq(job_id)).filter(Column::Revision.eq(revision));
    let Some(row) = row.one(db).await? else { return Ok(None) };
    let Stored { mut posting, text_rules } = serde_json::from_value::<Stored<Posting>>(row.posting)?;
    if text_rules < TEXT_RULES {
        let source = scope
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.eq(job_id))
            .filter(job_revisions::Column::Number.eq(revision))
            .one(db)
            .await?;
        if let Some(source) = source {
            posting.take_text(&JobContent::stored(source.content)?).await;
        }
    }
    Ok(Some(posting))
}

/// A frozen revision of a job, from the cache if it is there.
///
/// # Errors
/// `Internal` if it wasn't frozen, or can't be read.
pub(super) async fn frozen(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<Arc<Posting>> {
    let key = (scope.id, job_id, revision);
    let remembered = &scope.store().0.postings;
    if let Some(posting) = remembered.get(&key) {
        return Ok(posting);
    }
    let never = || Error::Internal(format!("revision {revision} of the job was never frozen"));
    let posting = self::read(tx, scope, job_id, revision).await?.ok_or_else(never)?;
    let posting = Arc::new(posting);
    remembered.add(key, Arc::clone(&posting));
    Ok(posting)
}
