//! Queues what no single change causes: reminders before an offer's last day, and copies that a person must look at.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _};
use uuid::Uuid;

use super::Notices;
use super::enqueue::{About, held_back, insert_once, row, tell_staff};
use super::lanes::boards_with_server;
use crate::actor::Actor;
use crate::entity::{job_contacts, jobs, notices, placements};
use crate::error::Result;
use crate::job::JobState;
use crate::notice::{NoticeKind, NoticeState};
use crate::store::PlacementState;
use crate::store::write::Bookkeeping;

/// How long before its last day an offer's poster is reminded.
const REMINDED_BEFORE: Duration = Duration::days(3);
/// An offer that stays for less than this has no reminder.
const SHORT: Duration = Duration::days(7);
/// How many are queued in one transaction.
const MOST: u64 = 200;

impl Notices<'_> {
    /// Queues the reminders and questions that are due now. Returns their number; call it again if there were any.
    pub async fn scan(&self) -> Result<u64> {
        Ok(self.remind_posters().await? + self.ask_staff().await?)
    }

    async fn remind_posters(&self) -> Result<u64> {
        use jobs::Column;
        let now = self.0.now();
        let ending: Vec<jobs::Model> = jobs::Entity::find()
            .filter(Column::State.eq(JobState::Published))
            .filter(Column::ExpiresAt.gt(now))
            .filter(Column::ExpiresAt.lte(now + REMINDED_BEFORE))
            .filter(self.of_boards_that_mail(Column::TenantId))
            .filter(Expr::exists(contact()))
            .filter(Expr::exists(reminder()).not())
            .order_by_asc(Column::ExpiresAt)
            .limit(MOST)
            .all(self.0.db())
            .await?;
        if ending.is_empty() {
            return Ok(0);
        }
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let mut rows = Vec::new();
        for job in &ending {
            let Some(address) = super::enqueue::contact(&tx, job.tenant_id, job.id).await? else { continue };
            let about = About { job_id: Some(job.id), concerns: job.expires_at, ..About::default() };
            let kind = NoticeKind::JobExpiring;
            let row = row(self.0, Some(job.tenant_id), kind, about, &address);
            let mut row = held_back(&tx, self.0, row, kind, &address, Some(job.id)).await?;
            row.once_key = Set(Some(format!("{kind}/{}/{}", job.id, key_of(job.expires_at))));
            let stays = job.published_at.zip(job.expires_at).map(|(from, until)| until - from);
            if stays.is_none_or(|stays| stays < SHORT) {
                // Kept as a row, so that the offer isn't looked at again.
                row.state = Set(NoticeState::Dropped);
                row.due_at = Set(None);
            }
            rows.push(row);
        }
        let queued = if rows.is_empty() { 0 } else { insert_once(&tx, rows).await? };
        tx.commit().await?;
        Ok(queued)
    }

    async fn ask_staff(&self) -> Result<u64> {
        use placements::Column;
        type Asking = (Uuid, Uuid, Uuid, Uuid, Option<DateTime<Utc>>);
        let asking: Vec<Asking> = placements::Entity::find()
            .select_only()
            .columns([Column::TenantId, Column::Id, Column::JobId, Column::ChannelId, Column::MaybeSentAt])
            .filter(self.of_boards_that_mail(Column::TenantId))
            .filter(Column::State.eq(PlacementState::Unverified))
            .filter(Column::DueAt.is_null())
            .filter(Column::LeaseId.is_null())
            .filter(Expr::exists(question()).not())
            .order_by_asc(Column::Id)
            .limit(MOST)
            .into_tuple()
            .all(self.0.db())
            .await?;
        if asking.is_empty() {
            return Ok(0);
        }
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        let kind = NoticeKind::CopyInDoubt;
        let mut queued = 0;
        for (board_id, id, job_id, channel_id, since) in asking {
            let about = About {
                job_id: Some(job_id),
                channel_id: Some(channel_id),
                placement_id: Some(id),
                concerns: since,
                ..About::default()
            };
            let once = format!("{kind}/{id}/{}", key_of(since));
            queued += match tell_staff(&tx, self.0, board_id, kind, about, Actor::System, Some(&once)).await? {
                Some(queued) => queued,
                // Nobody wants it: kept as a row, so that the copy isn't looked at again.
                None => {
                    let mut row = row(self.0, Some(board_id), kind, about, "");
                    row.recipient = Set(None);
                    row.mailbox = Set(None);
                    row.state = Set(NoticeState::Dropped);
                    row.due_at = Set(None);
                    row.once_key = Set(Some(format!("{once}/nobody")));
                    insert_once(&tx, vec![row]).await?
                }
            };
        }
        tx.commit().await?;
        Ok(queued)
    }

    /// The rows of boards whose mail goes by some server: the installation's, or one of their own.
    fn of_boards_that_mail<C: ColumnTrait>(&self, board: C) -> Condition {
        match self.0.sends_mail() {
            true => Condition::all(),
            false => Condition::all().add(board.in_subquery(boards_with_server())),
        }
    }
}

/// A time as a part of a key.
fn key_of(time: Option<DateTime<Utc>>) -> i64 {
    time.map_or(0, |time| time.timestamp_micros())
}

/// The address of a job's poster.
fn contact() -> SelectStatement {
    use job_contacts::Column as Contact;
    use jobs::Column as Job;
    job_contacts::Entity::find()
        .select_only()
        .column(Contact::JobId)
        .filter(Expr::col((job_contacts::Entity, Contact::TenantId)).equals((jobs::Entity, Job::TenantId)))
        .filter(Expr::col((job_contacts::Entity, Contact::JobId)).equals((jobs::Entity, Job::Id)))
        .into_query()
}

/// The reminder of a job's last day, as it is now: after a renewal there will be another one.
fn reminder() -> SelectStatement {
    use jobs::Column as Job;
    use notices::Column;
    Query::select()
        .expr(Expr::value(1))
        .from(notices::Entity)
        .and_where(Expr::col((notices::Entity, Column::JobId)).equals((jobs::Entity, Job::Id)))
        .and_where(Expr::col((notices::Entity, Column::Kind)).eq(NoticeKind::JobExpiring))
        .and_where(Expr::col((notices::Entity, Column::Concerns)).equals((jobs::Entity, Job::ExpiresAt)))
        .to_owned()
}

/// The question about a copy, as long as it is the same doubt: after a publish that failed and was repeated, the answer may
/// be lost again.
fn question() -> SelectStatement {
    use notices::Column;
    use placements::Column as Copy;
    let since = || Expr::col((placements::Entity, Copy::MaybeSentAt));
    let concerns = || Expr::col((notices::Entity, Column::Concerns));
    let same_doubt = concerns().equals((placements::Entity, Copy::MaybeSentAt));
    let nothing_known = concerns().is_null().and(since().is_null());
    Query::select()
        .expr(Expr::value(1))
        .from(notices::Entity)
        .and_where(Expr::col((notices::Entity, Column::PlacementId)).equals((placements::Entity, Copy::Id)))
        .and_where(Expr::col((notices::Entity, Column::Kind)).eq(NoticeKind::CopyInDoubt))
        .cond_where(Condition::any().add(same_doubt).add(nothing_known))
        .to_owned()
}
