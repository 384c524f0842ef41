//! Copies that stay as they are because their plugin can't change them, and what kind of thing went wrong with the others.

use sea_orm_migration::prelude::*;

use crate::columns::{maybe, text};

/// A plugin that broke off is not a platform that refused; one that can't change a copy is neither.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = maybe(text("cause"));
        manager.alter_table(Table::alter().table("placements").add_column(column).to_owned()).await?;
        for sql in [OUTDATED, REMAINS] {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}

/// Were called live, with the text of the last edit.
const OUTDATED: &str = "UPDATE placements SET state = 'outdated' \
     WHERE state = 'published' AND desired = 'present' AND due_at IS NULL AND EXISTS (SELECT 1 FROM attempts a \
         WHERE a.tenant_id = placements.tenant_id AND a.placement_id = placements.id \
         AND a.operation = 'update' AND a.outcome = 'unsupported' AND NOT EXISTS (SELECT 1 FROM attempts b \
             WHERE b.tenant_id = a.tenant_id AND b.placement_id = a.placement_id \
             AND b.operation IN ('publish', 'update') AND b.number > a.number))";

/// Had failed, and asked for somebody who could do nothing.
const REMAINS: &str = "UPDATE placements SET state = 'remains', problem = NULL \
     WHERE state = 'failed' AND desired <> 'present' AND receipt IS NOT NULL AND EXISTS (SELECT 1 FROM attempts a \
         WHERE a.tenant_id = placements.tenant_id AND a.placement_id = placements.id \
         AND a.operation IN ('close', 'retract') AND a.outcome = 'unsupported' AND a.number = placements.attempts)";
