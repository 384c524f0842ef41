//! When an approved job goes on the board.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::delivery::follow;
use super::super::write::Write;
use super::{Job, Jobs};
use crate::actor::Actor;
use crate::audit::SubjectKind;
use crate::entity::{jobs, postings};
use crate::error::Result;
use crate::form::{FieldErrors, FieldProblem};
use crate::job::{JobAction, JobState};

/// How to approve.
#[derive(Debug, Clone, Copy, Default)]
pub struct ApproveOptions {
    /// When it goes on the board; at once if absent.
    pub publish_at: Option<DateTime<Utc>>,
    /// What the moderator read: another revision than this is refused as stale.
    pub if_revision: Option<u64>,
}

impl Jobs<'_> {
    /// Publishes a submitted job, or schedules it. The frozen posting and the desired state of every channel are
    /// written in the same transaction.
    ///
    /// # Errors
    /// `Invalid` when `publish_at` isn't in the future, or the job's last day is over by then.
    pub async fn approve(&self, id: Uuid, options: ApproveOptions, by: Actor) -> Result<Job> {
        self.put_on_schedule(id, JobAction::Approve, options, by).await
    }

    /// Publishes a job now that was waiting for its time, or gives it another time.
    ///
    /// # Errors
    /// As of [`approve`](Self::approve).
    pub async fn reschedule(&self, id: Uuid, options: ApproveOptions, by: Actor) -> Result<Job> {
        self.put_on_schedule(id, JobAction::Reschedule, options, by).await
    }

    async fn put_on_schedule(
        &self,
        id: Uuid,
        action: JobAction,
        ApproveOptions { publish_at, if_revision }: ApproveOptions,
        by: Actor,
    ) -> Result<Job> {
        let now = self.0.now();
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        action.demand(row.state)?;
        super::edit::demand_revision(&row, if_revision)?;
        if publish_at.is_some_and(|at| at <= now) {
            return Err(FieldErrors::one("/publish_at", FieldProblem::PastMoment).into());
        }
        let last_day = self.content(&*tx, id, row.revision).await?.valid_through;
        if last_day.is_some_and(|day| self.0.end_of(day) <= publish_at.unwrap_or(now)) {
            return Err(FieldErrors::one("/valid_through", FieldProblem::PastDate).into());
        }
        row.reason = None;
        if let Some(at) = publish_at {
            row.state = JobState::Approved;
            row.publish_at = Some(at);
        } else {
            self.put_on_board(&mut tx, &mut row, now, by).await?;
        }
        let job = self.save(&mut tx, row).await?;
        let event = self.0.event(action.audited(), (SubjectKind::Job, id));
        tx.commit([event.with("publish_at", publish_at)]).await?;
        Ok(job)
    }

    pub(super) async fn put_on_board(
        &self,
        tx: &mut Write<'_>,
        row: &mut jobs::Model,
        now: DateTime<Utc>,
        by: Actor,
    ) -> Result<()> {
        let mut content = self.content(&**tx, row.id, row.revision).await?;
        row.state = JobState::Published;
        row.publish_at = None;
        row.published_at = Some(now);
        row.listed_at = now;
        row.expires_at = Some(self.expiry(&content, now));
        // It was on the board before with this revision, and a frozen posting never changes.
        if self.is_frozen(tx, row.id, row.revision).await? {
            content.contact_email = self.contact(&**tx, row.id).await?;
            row.revision = self.add_revision(tx, row.id, &content, None, by).await?;
        }
        self.store_posting(tx, &self.freeze(row, row.revision, &content, now).await).await?;
        follow::place_everywhere(tx, self.0, row.id, row.revision, &content).await?;
        tx.announce_work();
        Ok(())
    }

    async fn is_frozen(&self, tx: &Write<'_>, job_id: Uuid, revision: i64) -> Result<bool> {
        use sea_orm::{ColumnTrait as _, PaginatorTrait as _, QueryFilter as _};
        let frozen = self.0.find::<postings::Entity>().filter(postings::Column::JobId.eq(job_id));
        Ok(frozen.filter(postings::Column::Revision.eq(revision)).count(&**tx).await? > 0)
    }
}
