//! What plugins are told of a channel and of an operation beyond a single call.

use sea_orm_migration::prelude::*;

use crate::columns::{integer, json, maybe, text, time};

/// What a plugin remembers of a channel, and when an operation began.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("channels", json("remembered").default("{}").to_owned()),
            // Grows with every change of settings or secrets: what was learned about older ones is worth nothing.
            ("channels", integer("configuration").default(0).to_owned()),
            // The operation that is being tried, and when its first try began that may have been sent.
            ("placements", maybe(text("began_key"))),
            ("placements", maybe(time("began_at"))),
        ] {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
