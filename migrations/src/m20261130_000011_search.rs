//! What searches and feeds read of a job.

use sea_orm_migration::prelude::*;

use crate::columns::{integer, maybe, text, time};
use crate::tables::index;

/// How searchable texts were folded, and when a job's text last changed.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            // The version of the fold that `search_text` and the job's tags were made with. 0: before there was one. A
            // running board folds rows with an older version anew.
            ("jobs", integer("fold_version").default(0).to_owned()),
            // When the shown revision became the shown one; filled in by the same work for jobs stored before.
            ("jobs", maybe(time("revised_at"))),
            // The tag as it is compared.
            ("job_tags", text("folded").default("").to_owned()),
        ] {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        // Tags were compared as they stand; most are folded already.
        let folded = Query::update().table("job_tags").value("folded", Expr::col("tag")).to_owned();
        manager.execute(folded).await?;
        for index in [
            index("jobs_fold_version", "jobs", &["fold_version"]),
            index("job_tags_folded", "job_tags", &["tenant_id", "folded", "job_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
