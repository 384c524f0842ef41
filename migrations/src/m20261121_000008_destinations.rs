//! Which settings a publish went out with.

use sea_orm_migration::prelude::*;

use crate::columns::{integer, maybe};

/// A copy in doubt is where its channel pointed then.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = maybe(integer("sent_configuration"));
        manager.alter_table(Table::alter().table("placements").add_column(column).to_owned()).await
    }
}
