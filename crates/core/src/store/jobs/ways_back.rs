//! What brings a job back that has ended, and what moves its end.

use chrono::{Datelike as _, Days, NaiveDate};
use uuid::Uuid;

use super::super::delivery::revive;
use super::{Job, Jobs};
use crate::actor::Actor;
use crate::audit::SubjectKind;
use crate::entity::jobs;
use crate::error::Result;
use crate::form::{FieldErrors, FieldProblem};
use crate::job::{JobAction, JobState, WrongState};

/// The most days that a renewal adds.
pub const MAX_RENEWAL_DAYS: u64 = 365;

/// How long a job is to stay on the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// So many days more, 1 to [`MAX_RENEWAL_DAYS`]: from its last day, or from today if that is over.
    Days(u64),
    /// Through this day.
    Through(NaiveDate),
}

impl Jobs<'_> {
    /// Undoes the end of a job: back to the board if it was there and its time isn't over, else to the queue. Its copies
    /// follow: see [`revive`](revive::revive).
    pub async fn reopen(&self, id: Uuid, by: Actor) -> Result<Job> {
        let now = self.0.now();
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        self.demand_for(JobAction::Reopen, &row, by)?;
        row.ended_at = None;
        row.ended_by = None;
        row.reason = None;
        if row.published_at.is_some() && row.expires_at.is_some_and(|at| at > now) {
            row.state = JobState::Published;
            revive::revive(&tx, self.0, id, row.revision).await?;
            tx.announce_work();
        } else {
            // From here on it is like one that was never approved, whatever it says by then.
            row.state = JobState::Submitted;
            row.published_at = None;
            row.expires_at = None;
        }
        let job = self.save(&mut tx, row).await?;
        let event = self.0.event(JobAction::Reopen.audited(), (SubjectKind::Job, id));
        tx.commit([event.with("to", job.state)]).await?;
        Ok(job)
    }

    /// Moves the last day of a live or expired job; an expired one is on the board again, and its copies come back.
    ///
    /// # Errors
    /// `Invalid` when there are too few or too many days, or the day is over.
    pub async fn renew(&self, id: Uuid, renewal: Renewal, by: Actor) -> Result<Job> {
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        self.demand_for(JobAction::Renew, &row, by)?;
        let last_day = self.last_day(&row, renewal)?;
        let expired = row.state == JobState::Expired;
        let mut content = self.content(&*tx, id, row.revision).await?;
        content.contact_email = self.contact(&*tx, id).await?;
        content.valid_through = Some(last_day);
        row.revision = self.add_revision(&tx, id, &content, None, by).await?;
        row.state = JobState::Published;
        row.ended_at = None;
        row.ended_by = None;
        self.show(&mut tx, &mut row, &content).await?;
        if expired {
            revive::revive(&tx, self.0, id, row.revision).await?;
        }
        // A change that waits for a moderator must not take the new day back.
        if let Some(pending) = row.pending_revision {
            let mut proposed = self.content(&*tx, id, pending).await?;
            proposed.valid_through = Some(last_day);
            row.pending_revision = Some(self.add_revision_text(&tx, id, &proposed, None, by).await?);
        }
        let job = self.save(&mut tx, row).await?;
        let event = self.0.event(JobAction::Renew.audited(), (SubjectKind::Job, id));
        tx.commit([event.changed(["valid_through"]).with("revision", job.revision)]).await?;
        Ok(job)
    }

    fn last_day(&self, row: &jobs::Model, renewal: Renewal) -> Result<NaiveDate> {
        let today = self.0.today(self.0.now());
        match renewal {
            Renewal::Through(day) if day < today => {
                Err(FieldErrors::one("/valid_through", FieldProblem::PastDate).into())
            }
            Renewal::Through(day) => Ok(day),
            Renewal::Days(days) => {
                // It ends at 24:00, which is the next day's 0:00.
                let last = row.expires_at.map_or(today, |at| self.0.today(at - chrono::Duration::seconds(1)));
                let days = Some(days).filter(|days| (1..=MAX_RENEWAL_DAYS).contains(days));
                let day = days.and_then(|days| last.max(today).checked_add_days(Days::new(days)));
                day.filter(|day| day.year() <= 9999).ok_or_else(|| {
                    let range = FieldProblem::NumberRange { min: "1".into(), max: MAX_RENEWAL_DAYS.to_string() };
                    FieldErrors::one("/days", range).into()
                })
            }
        }
    }

    /// An error unless this actor may do this to the job as it is.
    fn demand_for(&self, action: JobAction, row: &jobs::Model, by: Actor) -> Result<()> {
        let state: JobState = row.state;
        let ended_by = row.ended_by;
        if by == Actor::Poster && !action.allowed_to_poster(state, ended_by) {
            return Err(WrongState { state, action }.into());
        }
        Ok(action.demand(state)?)
    }
}
