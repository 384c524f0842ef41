//! The notices that are due, and the claim on them.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{MailLane, Notices, limits};
use crate::entity::notices::{Column, Entity, Model};
use crate::error::Result;
use crate::notice::NoticeState;
use crate::store::write::Bookkeeping;

/// How many notices are looked at together.
const BATCH: u64 = 200;
/// The most notices that one mail settles; a day of one board has fewer. Their ids are parameters of one statement.
const MOST_IN_A_DIGEST: u64 = 5_000;

/// Which notices go out in one mail: those of the same earlier try, board and person.
type DigestKey = (Option<Uuid>, Option<Uuid>, Option<Uuid>);

/// One mail to send: one notice, or several to one person that go out together.
#[derive(Debug, Clone)]
pub struct DueNotice {
    /// The notices, oldest first; at least one.
    pub(super) rows: Vec<Model>,
}

impl DueNotice {
    /// The id of its first notice, from which the Message-ID is made: each try has the same.
    pub fn id(&self) -> Uuid {
        self.rows.first().map(|row| row.batch.unwrap_or(row.id)).unwrap_or_default()
    }

    /// Its recipient's address; none once it was erased.
    pub fn recipient(&self) -> Option<&str> {
        self.rows.first()?.recipient.as_deref()
    }

    /// Whether it is a mail of several notices, or was meant to be one.
    pub fn is_digest(&self) -> bool {
        self.rows.first().is_some_and(|row| row.digest)
    }

    /// How often a mail server was talked to about it.
    pub fn attempts(&self) -> u32 {
        self.rows.first().map_or(0, |row| u32::try_from(row.attempts).unwrap_or(u32::MAX))
    }

    /// Whether strangers can cause it, to whatever address they type.
    pub fn is_caused_by_strangers(&self) -> bool {
        self.rows.iter().any(|row| row.kind.is_caused_by_strangers())
    }

    /// When the oldest of them was queued.
    pub fn created_at(&self) -> Option<DateTime<Utc>> {
        self.rows.first().map(|row| row.created_at)
    }

    pub(super) fn ids(&self) -> Vec<Uuid> {
        self.rows.iter().map(|row| row.id).collect()
    }
}

impl Notices<'_> {
    /// The mails that are due in a lane, longest waiting first.
    pub async fn due(&self, lane: MailLane) -> Result<Vec<DueNotice>> {
        let due = || {
            let waiting = Entity::find().filter(Column::State.eq(NoticeState::Queued)).filter(lane.sends());
            waiting.filter(Column::DueAt.lte(self.0.now()))
        };
        let first = due().order_by_asc(Column::DueAt).order_by_asc(Column::Id).limit(BATCH).all(self.0.db()).await?;
        let mut single = Vec::new();
        // A digest is one mail for a person and board, or the same mail again if it was tried before.
        let mut together: BTreeSet<DigestKey> = BTreeSet::new();
        for row in first {
            match row.digest {
                false => single.push(DueNotice { rows: vec![row] }),
                true => {
                    together.insert((row.batch, row.board_id, row.user_id));
                }
            }
        }
        for (batch, board_id, user_id) in together {
            let same = |column: Column, id: Option<Uuid>| id.map_or(column.is_null(), |id| column.eq(id));
            let parts = due()
                .filter(Column::Digest.eq(true))
                .filter(same(Column::Batch, batch))
                .filter(same(Column::BoardId, board_id))
                .filter(same(Column::UserId, user_id))
                .order_by_asc(Column::Id)
                .limit(MOST_IN_A_DIGEST);
            let rows = parts.all(self.0.db()).await?;
            if !rows.is_empty() {
                single.push(DueNotice { rows });
            }
        }
        Ok(single)
    }

    /// When the next one is due.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        let waiting = Entity::find().select_only().column(Column::DueAt).filter(Column::State.eq(NoticeState::Queued));
        let later = waiting.filter(Column::DueAt.gt(self.0.now()));
        Ok(later.order_by_asc(Column::DueAt).into_tuple().one(self.0.db()).await?.flatten())
    }

    /// Claims a mail just before it is handed over. `false`: another replica has it, or too many mails went to this address;
    /// then it isn't sent.
    pub async fn begin(&self, due: &DueNotice, lease: std::time::Duration) -> Result<bool> {
        let now = self.0.now();
        let until = now + Duration::from_std(lease).unwrap_or(Duration::minutes(1));
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        for row in &due.rows {
            if !limits::allow(&tx, now, row).await? {
                Entity::update_many()
                    .col_expr(Column::State, Expr::value(NoticeState::Limited))
                    .col_expr(Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None))
                    .col_expr(Column::UpdatedAt, Expr::value(now))
                    .filter(Column::Id.eq(row.id))
                    .filter(Column::State.eq(NoticeState::Queued))
                    .exec(&*tx)
                    .await?;
                tx.commit().await?;
                return Ok(false);
            }
        }
        let claimed = Entity::update_many()
            .col_expr(Column::State, Expr::value(NoticeState::Sending))
            .col_expr(Column::Batch, Expr::value(due.id()))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .col_expr(Column::LeaseUntil, Expr::value(until))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::Id.is_in(due.ids()))
            .filter(Column::State.eq(NoticeState::Queued))
            .exec(&*tx)
            .await?
            .rows_affected;
        // All or none: the mail tells about each of them.
        if claimed != due.rows.len() as u64 {
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }
}
