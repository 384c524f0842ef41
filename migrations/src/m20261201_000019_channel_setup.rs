//! What a check of a channel found, its name for posters, and uploaded plugins that wait for the operator's grant.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, json, maybe, text, time, uuid};
use crate::tables::{create, table};

/// Adds `channels.findings` and `channels.public_name`, and the table `plugin_uploads`.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
        for column in [json("findings").default("{}").to_owned(), maybe(text("public_name"))] {
            manager.alter_table(Table::alter().table("channels").add_column(column).to_owned()).await?;
        }
        // Apart from `plugin_files`, whose unused rows are deleted with every install.
        let uploads = table(
            "plugin_uploads",
            vec![uuid("id"), uuid("uploaded_by"), text("file_name"), bytes("bytes"), time("uploaded_at")],
            &["id"],
        );
        create(manager, vec![uploads], vec![]).await
    }
}
