//! What each imported job's source said last time.

use sea_orm_migration::prelude::*;

use crate::columns::{json, maybe, text, time, uuid};
use crate::tables::{create, index, owned, within_tenant};

/// The sources of imported jobs.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut sources = owned(
            "job_sources",
            vec![
                uuid("id"),
                uuid("job_id"),
                // Keyed by tenant; hashes, because what they are made of may name people.
                maybe(text("identifier_key")),
                maybe(text("place_key")),
                text("content_key"),
                // A hash for each field: what the source said, to tell its changes from a person's.
                json("fields"),
                // The import that met the job last: no two rows of one file are the same job.
                uuid("run_id"),
                time("imported_at"),
            ],
            &["tenant_id", "id"],
        );
        let sources = within_tenant(&mut sources, "job_sources", "job_id", "jobs");
        create(manager, vec![sources], indexes()).await
    }
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("job_sources_job", "job_sources", &["tenant_id", "job_id"]).unique().to_owned(),
        index("job_sources_identifier", "job_sources", &["tenant_id", "identifier_key"]),
        index("job_sources_place", "job_sources", &["tenant_id", "place_key"]),
        index("job_sources_content", "job_sources", &["tenant_id", "content_key"]),
    ]
}
