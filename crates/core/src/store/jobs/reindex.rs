//! Folding stored texts anew after the fold has changed.

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::super::Store;
use super::super::write::Bookkeeping;
use super::search_text;
use crate::entity::{job_revisions, job_tags, jobs};
use crate::error::Result;
use crate::job::JobContent;
use crate::search::{FOLD_VERSION, fold};

/// How many jobs are folded in one transaction: other writers wait for it on SQLite.
const AT_ONCE: u64 = 50;

impl Store {
    /// Brings the searchable texts and tags of up to 50 jobs, of any board, to the present fold, and returns how many.
    /// 0: there is nothing more to do now. Addresses never change.
    pub async fn reindex_jobs(&self) -> Result<u64> {
        // Asked outside of a transaction: mostly there is nothing, and looking should hold up no writer.
        let stale = || jobs::Entity::find().filter(jobs::Column::FoldVersion.lt(FOLD_VERSION));
        if stale().limit(1).one(self.db()).await?.is_none() {
            return Ok(0);
        }
        let tx = self.write_internal(Bookkeeping::Index).await?;
        // What another replica or an edit holds is left to the next look.
        let rows = stale()
            .order_by_asc(jobs::Column::Id)
            .limit(AT_ONCE)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&*tx)
            .await?;
        let done = rows.len() as u64;
        for row in rows {
            let revision = job_revisions::Entity::find_by_id((row.tenant_id, row.id, row.revision)).one(&*tx).await?;
            let tags = job_tags::Entity::find()
                .filter(job_tags::Column::TenantId.eq(row.tenant_id))
                .filter(job_tags::Column::JobId.eq(row.id));
            for tag in tags.all(&*tx).await? {
                let folded = fold(&tag.tag);
                let mut tag = tag.into_active_model();
                tag.folded = Set(folded);
                tag.update(&*tx).await?;
            }
            let (id, revised_at) = (row.id, row.revised_at);
            let mut row = row.into_active_model();
            row.fold_version = Set(FOLD_VERSION);
            let created_at = revision.as_ref().map(|revision| revision.created_at);
            row.revised_at = Set(revised_at.or(created_at));
            match revision.map(|revision| serde_json::from_value::<JobContent>(revision.content)) {
                Some(Ok(content)) => row.search_text = Set(search_text(&content)),
                // It can't be shown either; trying it again and again would stop the others.
                Some(Err(_)) | None => {
                    tracing::error!(job = %id, "a job's text can't be read, so searches don't find it")
                }
            }
            row.update(&*tx).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}
