//! The one place where a transaction begins.

use std::ops::Deref;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::Store;
use crate::entity::tenants;
use crate::error::Result;

/// A transaction that may write. Dropped without [`commit`](Self::commit), it leaves nothing behind.
pub(crate) struct Write<'a> {
    // Before the guard: fields are dropped in order, and the roll-back must begin before the next writer does.
    tx: DatabaseTransaction,
    store: &'a Store,
    announce: bool,
    changed_board: Option<Uuid>,
    _writer: Option<MutexGuard<'a, ()>>,
}

impl Store {
    /// Begins a transaction. On SQLite it takes the write lock at once: a deferred one that reads first and
    /// writes later fails with "database is locked" as soon as another writer came between.
    #[expect(clippy::disallowed_methods, reason = "the one place that begins a transaction")]
    pub(crate) async fn write(&self) -> Result<Write<'_>> {
        let writer = if self.is_embedded() { Some(self.0.writer.lock().await) } else { None };
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_embedded().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.db().begin_with_options(options).await?;
        Ok(Write { tx, store: self, announce: false, changed_board: None, _writer: writer })
    }
}

impl Write<'_> {
    /// Wakes the reconciler once this is committed.
    pub(crate) fn announce_work(&mut self) {
        self.announce = true;
    }

    /// Invalidates the board's page cache once this is committed, and dates the board's last change.
    pub(crate) fn changes_board(&mut self, tenant_id: Uuid) {
        self.changed_board = Some(tenant_id);
    }

    /// Makes everything lasting.
    pub(crate) async fn commit(self) -> Result<()> {
        if let Some(tenant_id) = self.changed_board {
            // Last, because writers of one board wait for each other at this row.
            tenants::Entity::update_many()
                .col_expr(tenants::Column::ChangedAt, Expr::value(self.store.now()))
                .filter(tenants::Column::Id.eq(tenant_id))
                .exec(&self.tx)
                .await?;
        }
        self.tx.commit().await?;
        if let Some(tenant_id) = self.changed_board {
            self.store.board_has_changed(tenant_id);
        }
        if self.announce {
            self.store.announce_work();
        }
        Ok(())
    }
}

impl Deref for Write<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}
