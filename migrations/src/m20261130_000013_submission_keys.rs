//! Which showing of the submission form became which offer, so that a form that is sent twice makes one.

use sea_orm_migration::prelude::*;

use crate::columns::{text, time, uuid};
use crate::tables::{create, index, owned, within_tenant};

/// The digests of submissions.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut keys = owned(
            "submission_keys",
            vec![text("digest"), uuid("job_id"), time("created_at")],
            &["tenant_id", "digest"],
        );
        let keys = within_tenant(&mut keys, "submission_keys", "job_id", "jobs");
        let indexes = vec![
            index("submission_keys_by_job", "submission_keys", &["tenant_id", "job_id"]),
            index("submission_keys_by_age", "submission_keys", &["tenant_id", "created_at"]),
        ];
        create(manager, vec![keys], indexes).await
    }
}
