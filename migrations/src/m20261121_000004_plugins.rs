//! Installed plugins: the files by their hash, and which of them is in use under which grants.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, json, maybe, text, time};
use crate::tables::{create, table};

/// Plugins as rows, so that every replica has the same.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables(), Vec::new()).await
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let refers = |column: &'static str| {
        ForeignKey::create()
            .from("plugin_installs", column)
            .to("plugin_files", "sha256")
            .on_delete(ForeignKeyAction::Restrict)
            .to_owned()
    };
    vec![
        table("plugin_files", vec![text("sha256"), bytes("bytes"), time("stored_at")], &["sha256"]),
        table(
            "plugin_installs",
            vec![
                text("id"),
                text("state"),
                // Empty for a plugin of the program itself that was switched off.
                maybe(text("version")),
                maybe(text("sha256")),
                maybe(json("grants")),
                maybe(text("previous_version")),
                maybe(text("previous_sha256")),
                maybe(json("previous_grants")),
                time("installed_at"),
                time("updated_at"),
            ],
            &["id"],
        )
        .foreign_key(&mut refers("sha256"))
        .foreign_key(&mut refers("previous_sha256"))
        .to_owned(),
    ]
}
