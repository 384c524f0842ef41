//! Addresses that boards have left.

use sea_orm_migration::prelude::*;

use crate::columns::{text, time};
use crate::tables::{create, index, owned};

/// A board's former slugs: their addresses go on leading to it.
#[derive(Debug, DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let slugs = owned("former_slugs", vec![text("slug"), time("left_at")], &["slug"]);
        let of_board = index("former_slugs_of_board", "former_slugs", &["tenant_id", "left_at"]);
        create(manager, vec![slugs], vec![of_board]).await
    }
}
