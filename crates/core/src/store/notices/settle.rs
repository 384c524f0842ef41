//! What becomes of a notice, and of those whose process died.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany};
use uuid::Uuid;

use super::leases::Claim;
use super::{DueNotice, NOTICES_KEPT_DAYS, NoticeRow, Notices};
use crate::email_key::EmailKey;
use crate::entity::notices::{Column, Entity};
use crate::error::Result;
use crate::notice::{NoticeKind, NoticeState};
use crate::store::TenantScope;
use crate::store::write::Bookkeeping;

/// The recorded problem of a notice whose process died.
const DIED: &str = "the program ended while the mail was being sent";

/// The result of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeOutcome {
    /// The mail server took it.
    Sent,
    /// It wasn't sent; it is tried again then.
    NotSent {
        /// The mail server's words.
        problem: String,
        /// When it is tried again.
        again: DateTime<Utc>,
    },
    /// The server never will.
    Refused(String),
    /// The server couldn't be reached for days.
    GivenUp(String),
    /// The answer was lost: it is sent once more.
    InDoubt {
        /// What happened.
        problem: String,
        /// When it is sent once more.
        again: DateTime<Utc>,
    },
    /// There is nothing left to tell.
    Dropped,
    /// It isn't time yet.
    NotYet(DateTime<Utc>),
}

impl Notices<'_> {
    /// Records what became of a mail that this process has claimed.
    pub async fn finish(&self, due: &DueNotice, outcome: NoticeOutcome) -> Result<()> {
        self.settle(due, outcome, true).await
    }

    /// Records what became of a mail before it was claimed. If another replica has claimed it, nothing changes.
    pub async fn put_off(&self, due: &DueNotice, outcome: NoticeOutcome) -> Result<()> {
        self.settle(due, outcome, false).await
    }

    async fn settle(&self, due: &DueNotice, outcome: NoticeOutcome, claimed: bool) -> Result<()> {
        let now = self.0.now();
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let rows = || {
            Entity::update_many()
                .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
                .col_expr(Column::UpdatedAt, Expr::value(now))
                .filter(Column::Id.is_in(due.ids()))
                .filter(Column::State.eq(if claimed { NoticeState::Sending } else { NoticeState::Queued }))
        };
        let (state, problem, due_at) = match outcome {
            NoticeOutcome::Sent => (NoticeState::Sent, None, None),
            NoticeOutcome::NotSent { problem, again } => (NoticeState::Queued, Some(problem), Some(again)),
            NoticeOutcome::Refused(problem) => (NoticeState::Refused, Some(problem), None),
            NoticeOutcome::GivenUp(problem) => (NoticeState::GivenUp, Some(problem), None),
            NoticeOutcome::Dropped => (NoticeState::Dropped, None, None),
            NoticeOutcome::NotYet(at) => (NoticeState::Queued, None, Some(at)),
            NoticeOutcome::InDoubt { problem, again } => {
                doubt(rows().filter(Column::Repeats.gt(0)), &problem).exec(&*tx).await?;
                repeat(rows(), &problem, again).exec(&*tx).await?;
                return tx.commit().await;
            }
        };
        set(rows(), state, problem.as_deref(), due_at).exec(&*tx).await?;
        tx.commit().await
    }

    /// Counts a try that failed before the mail was handed over.
    pub async fn count_try(&self, due: &DueNotice) -> Result<()> {
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        Entity::update_many()
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.is_in(due.ids()))
            .filter(Column::State.eq(NoticeState::Queued))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// Takes back notices whose process died while it talked to a mail server: each is sent once more, and after a second
    /// time its outcome stays unknown. `all`: also those whose lease isn't over, because no other process works on this
    /// database. Returns their number.
    ///
    /// The clocks of replicas aren't compared: a claim is taken back when this process has seen it unchanged for as long as
    /// its lease, by its own clock.
    pub async fn recover(&self, all: bool) -> Result<u64> {
        let now = self.0.now();
        let sending: Vec<(Uuid, Option<DateTime<Utc>>, DateTime<Utc>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::LeaseUntil, Column::UpdatedAt])
            .filter(Column::State.eq(NoticeState::Sending))
            .into_tuple()
            .all(self.0.db())
            .await?;
        let claims = sending.iter().map(|(id, until, at)| Claim { id: *id, until: *until, at: *at });
        let dead = self.0.0.sending_notices.dead(claims, now, all);
        if dead.is_empty() {
            return Ok(0);
        }
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let mut taken_back = 0;
        for (until, ids) in dead {
            let died = || {
                Entity::update_many()
                    .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
                    .col_expr(Column::UpdatedAt, Expr::value(now))
                    .filter(Column::State.eq(NoticeState::Sending))
                    .filter(Column::Id.is_in(ids.iter().copied()))
                    // Another process may have taken it back meanwhile, and claimed it again.
                    .filter(until.map_or(Column::LeaseUntil.is_null(), |until| Column::LeaseUntil.eq(until)))
            };
            taken_back += doubt(died().filter(Column::Repeats.gt(0)), DIED).exec(&*tx).await?.rows_affected;
            taken_back += repeat(died(), DIED, now).exec(&*tx).await?.rows_affected;
        }
        tx.commit().await?;
        Ok(taken_back)
    }

    /// Deletes the notices that have been over for [`NOTICES_KEPT_DAYS`]. Returns their number.
    pub async fn prune(&self) -> Result<u64> {
        let over = [NoticeState::Queued, NoticeState::Sending];
        let before = self.0.now() - Duration::days(NOTICES_KEPT_DAYS);
        let old = || Column::UpdatedAt.lt(before).and(Column::State.is_not_in(over));
        if Entity::find().filter(old()).one(self.0.db()).await?.is_none() {
            return Ok(0);
        }
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let gone = Entity::delete_many().filter(old()).exec(&*tx).await?.rows_affected;
        tx.commit().await?;
        Ok(gone)
    }
}

/// Erases an address, in any spelling, from a board's notices: what waits for it isn't sent.
pub(in crate::store) async fn erase(tx: &DatabaseTransaction, scope: &TenantScope, address: &str) -> Result<()> {
    let spelled = Func::lower(Expr::col(Column::Recipient));
    Entity::update_many()
        .col_expr(Column::Recipient, Expr::value(Option::<String>::None))
        .col_expr(Column::Mailbox, Expr::value(Option::<String>::None))
        .filter(Column::BoardId.eq(scope.id))
        .filter(Expr::expr(spelled).eq(EmailKey::of(address).as_str()))
        .exec(tx)
        .await?;
    Ok(())
}

/// To be sent once more, if it wasn't yet.
fn repeat(rows: UpdateMany<Entity>, problem: &str, again: DateTime<Utc>) -> UpdateMany<Entity> {
    set(rows, NoticeState::Queued, Some(problem), Some(again))
        .col_expr(Column::Repeats, Expr::col(Column::Repeats).add(1))
        .filter(Column::Repeats.eq(0))
}

fn doubt(rows: UpdateMany<Entity>, problem: &str) -> UpdateMany<Entity> {
    set(rows, NoticeState::Unknown, Some(problem), None)
}

fn set(
    rows: UpdateMany<Entity>,
    state: NoticeState,
    problem: Option<&str>,
    due_at: Option<DateTime<Utc>>,
) -> UpdateMany<Entity> {
    rows.col_expr(Column::State, Expr::value(state))
        .col_expr(Column::Problem, Expr::value(problem.map(str::to_owned)))
        .col_expr(Column::DueAt, Expr::value(due_at))
}

impl TenantScope {
    /// The last notices of this board, newest first: for its admins. `failed`: only those that will never arrive, or may
    /// not have.
    pub async fn last_notices(&self, failed: bool, most: u64) -> Result<Vec<NoticeRow>> {
        let mut rows = Entity::find().filter(Column::BoardId.eq(self.id));
        if failed {
            let states = [NoticeState::Refused, NoticeState::GivenUp, NoticeState::Unknown, NoticeState::Limited];
            rows = rows.filter(Column::State.is_in(states));
        }
        let shown = NoticeKind::ALL.into_iter().filter(|kind| kind.is_shown_to_admins());
        let rows = rows.filter(Column::Kind.is_in(shown));
        let rows = rows.order_by_desc(Column::Id).limit(most).all(self.store().db()).await?;
        Ok(rows.into_iter().map(NoticeRow::from).collect())
    }

    /// The state of an offer's notices to its poster that didn't arrive, the newest of each kind.
    pub async fn failed_notices_of(&self, job_id: Uuid) -> Result<Vec<NoticeRow>> {
        let states = [NoticeState::Refused, NoticeState::GivenUp, NoticeState::Unknown, NoticeState::Limited];
        let rows = Entity::find()
            .filter(Column::BoardId.eq(self.id))
            .filter(Column::JobId.eq(job_id))
            .filter(Column::Kind.is_in(NoticeKind::for_posters()))
            .filter(Column::State.is_in(states))
            .order_by_desc(Column::Id)
            .all(self.store().db())
            .await?;
        Ok(rows.into_iter().map(NoticeRow::from).collect())
    }
}
