//! When each board last changed, for the dates of feeds and sitemaps.

use sea_orm_migration::prelude::*;

use crate::columns::{maybe, time};

/// The time of a board's last change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Empty for a board that has not changed since there is the column.
        let changed_at = maybe(time("changed_at"));
        manager.alter_table(Table::alter().table("tenants").add_column(changed_at).to_owned()).await
    }
}
