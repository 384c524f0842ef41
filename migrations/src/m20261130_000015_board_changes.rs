//! When each board last changed, for the dates of feeds and sitemaps.

use sea_orm_migration::prelude::*;

use crate::columns::integer;
use crate::tables::{create, owned};

/// The time of a board's last change.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Milliseconds since 1970: the database adds to them. A row of its own, because an import locks the board's row
        // for its whole transaction. A board that has not changed since this migration has no row.
        let changes = owned("board_changes", vec![integer("changed_at")], &["tenant_id"]);
        create(manager, vec![changes], Vec::new()).await
    }
}
