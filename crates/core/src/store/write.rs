//! The one place where a transaction begins, and where its commit requires audit events.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{CaseStatement, Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, EntityTrait as _, ExprTrait as _, SqliteTransactionMode, TransactionOptions,
    TransactionTrait as _,
};
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::Store;
use super::audit::{self, Event};
use super::notices;
use crate::actor::Actor;
use crate::entity::board_changes;
use crate::error::Result;

/// A transaction that may write. Dropped without a commit, it leaves nothing behind.
///
/// `K` is its kind. [`Audited`]: an actor does something, and the commit takes the audit events. [`Bookkeeping`]: only the
/// engine's own rows change.
pub(crate) struct Write<'a, K = Audited> {
    // Before the guard: fields are dropped in order, and the roll-back must begin before the next writer does.
    tx: DatabaseTransaction,
    store: &'a Store,
    announce: bool,
    queued_notice: AtomicBool,
    changed_board: Option<Uuid>,
    kind: K,
    _writer: Option<MutexGuard<'a, ()>>,
}

/// By an actor: the commit demands events.
pub(crate) struct Audited(Actor);

/// A change to the engine's own rows; each value says why the audit log doesn't need it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bookkeeping {
    /// Claims, attempts, leases and checks of placements. The attempts themselves are the record.
    Deliveries,
    /// The outbox and the parts of digests. Their rows are the record.
    Outbox,
    /// The search index, which is derived from the jobs.
    Index,
    /// Answers that are stored for repeated requests.
    IdempotencyKeys,
    /// The set-up link of the first start. Its use is an event.
    SetupLinks,
    /// Links with which strangers register. Their use is an event.
    Registrations,
    /// What somebody wants to be told: their own choice about their own mail.
    Preferences,
    /// When a session was last used.
    Sessions,
    /// Uploaded plugins that wait for their grant. Their install is an event.
    PluginUploads,
}

impl Store {
    /// Begins a transaction for something that an actor does; its commit takes the events.
    pub(crate) async fn write_as(&self, by: Actor) -> Result<Write<'_>> {
        self.begin(Audited(by)).await
    }

    /// Begins a transaction for the engine's own rows.
    pub(crate) async fn write_internal(&self, why: Bookkeeping) -> Result<Write<'_, Bookkeeping>> {
        self.begin(why).await
    }

    /// On SQLite it takes the write lock at once: a deferred one that reads first and writes later fails with "database is
    /// locked" as soon as another writer came between.
    #[expect(clippy::disallowed_methods, reason = "the one place that begins a transaction")]
    async fn begin<K>(&self, kind: K) -> Result<Write<'_, K>> {
        let writer = if self.is_embedded() { Some(self.0.writer.lock().await) } else { None };
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_embedded().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let tx = self.db().begin_with_options(options).await?;
        Ok(Write {
            tx,
            store: self,
            announce: false,
            queued_notice: AtomicBool::new(false),
            changed_board: None,
            kind,
            _writer: writer,
        })
    }
}

impl<K> Write<'_, K> {
    /// Wakes the reconciler once this is committed.
    pub(crate) fn announce_work(&mut self) {
        self.announce = true;
    }

    /// Wakes the task that sends notices once this is committed.
    pub(crate) fn announce_notice(&self) {
        self.queued_notice.store(true, Ordering::Relaxed);
    }

    /// Invalidates the board's page cache once this is committed, and dates the board's last change.
    pub(crate) fn changes_board(&mut self, tenant_id: Uuid) {
        self.changed_board = Some(tenant_id);
    }

    /// Writes events, and queues the notices that they call for.
    async fn tell(&self, by: Actor, done: Vec<Event>) -> Result<()> {
        let queued = notices::enqueue::after(&self.tx, self.store, by, &done).await?;
        self.queued_notice.fetch_or(queued, Ordering::Relaxed);
        audit::write(&self.tx, by, self.store.now(), done).await
    }

    async fn end(self) -> Result<()> {
        if let Some(tenant_id) = self.changed_board {
            note_change(&self.tx, tenant_id, self.store.now()).await?;
        }
        self.tx.commit().await?;
        if let Some(tenant_id) = self.changed_board {
            self.store.board_has_changed(tenant_id);
        }
        if self.announce {
            self.store.announce_work();
        }
        if self.queued_notice.into_inner() {
            self.store.announce_notice();
        }
        Ok(())
    }
}

/// Writes the time of the board's last change. It always grows, also where the clocks of replicas differ: a date that was
/// sent once is never sent for a newer state. The last statement of a transaction, because other writers of the same board
/// wait for this row until the commit.
async fn note_change(tx: &DatabaseTransaction, tenant_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    use board_changes::{Column, Entity};
    let stored = || Expr::col((Entity, Column::ChangedAt));
    let now = now.timestamp_millis();
    let later = CaseStatement::new().case(stored().lt(now), now).finally(stored().add(1_000));
    let row = board_changes::ActiveModel { tenant_id: Set(tenant_id), changed_at: Set(now) };
    let mut once = OnConflict::column(Column::TenantId);
    once.value(Column::ChangedAt, later);
    Entity::insert(row).on_conflict(once).exec_without_returning(tx).await?;
    Ok(())
}

impl Write<'_, Audited> {
    /// Commits, with the audit events of the change: one, several, or
    /// [`NOTHING_CHANGED`](audit::NOTHING_CHANGED). The notices that they call for are queued in the same transaction.
    pub(crate) async fn commit(self, done: impl IntoIterator<Item = Event>) -> Result<()> {
        self.tell(self.kind.0, done.into_iter().collect()).await?;
        self.end().await
    }
}

impl Write<'_, Bookkeeping> {
    /// Records something that the engine did in this transaction and that people must be able to read: a paused channel.
    pub(crate) async fn record(&self, event: Event) -> Result<()> {
        self.tell(Actor::System, vec![event]).await
    }

    /// Commits.
    pub(crate) async fn commit(self) -> Result<()> {
        self.end().await
    }
}

impl<K> Deref for Write<'_, K> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &Self::Target {
        &self.tx
    }
}
