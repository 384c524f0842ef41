//! Rules and schedules of channels, looks at copies, and lanes that break.

use sea_orm_migration::prelude::*;

use crate::columns::{integer, json, maybe, text, time};
use crate::tables::index;

/// What delivery needs beyond one copy at once.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let zero = |name| integer(name).default(0).to_owned();
        for (table, column) in [
            ("channels", json("delivery").default("{}").to_owned()),
            // How often a copy was given up and made anew: a new copy is another operation than the old one.
            ("placements", zero("generation")),
            ("placements", maybe(time("published_at"))),
            ("placements", maybe(time("checked_at"))),
            ("placements", maybe(time("check_at"))),
            ("placements", maybe(text("presence"))),
            ("lanes", zero("failures")),
            ("lanes", zero("open_until_ms")),
            ("lanes", maybe(text("problem"))),
        ] {
            // SQLite adds one column at a time.
            manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
        }
        manager.create_index(index("placements_check", "placements", &["check_at"])).await
    }
}
