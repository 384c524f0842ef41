//! What moderators decide, and how a job ends.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::Desired;
use super::super::audit::Event;
use super::super::delivery::follow;
use super::super::write::Write;
use super::{Job, Jobs, changed_fields};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::jobs;
use crate::error::{Conflict, Result};
use crate::form::{FieldErrors, FieldProblem};
use crate::job::{EndedBy, JobAction, JobContent, JobState};

/// The most characters of a moderator's reason.
const MAX_REASON: usize = 2_000;

/// What becomes of a job.
struct Decision {
    action: JobAction,
    state: JobState,
    reason: Option<String>,
    seen: Option<u64>,
}

impl Decision {
    fn to(action: JobAction, state: JobState) -> Self {
        Self { action, state, reason: None, seen: None }
    }
}

impl Jobs<'_> {
    /// Refuses a job; the poster's private page shows the reason. `seen`: the revision that was read; another one is stale.
    pub async fn reject(&self, id: Uuid, reason: &str, seen: Option<u64>, by: Actor) -> Result<Job> {
        let reason = Some(checked_reason(reason)?);
        self.decide(id, Decision { reason, seen, ..Decision::to(JobAction::Reject, JobState::Rejected) }, by).await
    }

    /// Asks the poster to mend a job; their private page shows the reason. `seen` as in [`reject`](Self::reject).
    pub async fn request_changes(&self, id: Uuid, reason: &str, seen: Option<u64>, by: Actor) -> Result<Job> {
        let reason = Some(checked_reason(reason)?);
        let decision = Decision::to(JobAction::RequestChanges, JobState::ChangesRequested);
        self.decide(id, Decision { reason, seen, ..decision }, by).await
    }

    /// Refuses a job as spam. `seen` as in [`reject`](Self::reject).
    pub async fn mark_spam(&self, id: Uuid, seen: Option<u64>, by: Actor) -> Result<Job> {
        self.decide(id, Decision { seen, ..Decision::to(JobAction::MarkSpam, JobState::Spam) }, by).await
    }

    /// Takes a job off the board and its copies away.
    pub async fn close(&self, id: Uuid, by: Actor) -> Result<Job> {
        self.decide(id, Decision::to(JobAction::Close, JobState::Closed), by).await
    }

    /// The poster takes back what isn't published yet.
    pub async fn withdraw(&self, id: Uuid, by: Actor) -> Result<Job> {
        self.decide(id, Decision::to(JobAction::Withdraw, JobState::Closed), by).await
    }

    /// Marks a job as filled; its copies are struck through.
    pub async fn fill(&self, id: Uuid, by: Actor) -> Result<Job> {
        self.decide(id, Decision::to(JobAction::Fill, JobState::Filled), by).await
    }

    /// Takes over a poster's edit of a live job; the copies follow. `seen`: the pending revision that was read; another
    /// one is refused as stale.
    pub async fn approve_revision(&self, id: Uuid, seen: Option<u64>, by: Actor) -> Result<Job> {
        let mut tx = self.0.store().write_as(by).await?;
        let row = self.lock(&tx, id).await?;
        let number = row.pending_revision.ok_or(Conflict::NoPendingRevision)?;
        super::edit::demand_seen(number, seen)?;
        let (job, event) = self.take_over(&mut tx, row, number).await?;
        tx.commit([event]).await?;
        Ok(job)
    }

    /// Makes the pending revision the one that is shown, and tells what to record.
    pub(super) async fn take_over(
        &self,
        tx: &mut Write<'_>,
        mut row: jobs::Model,
        number: i64,
    ) -> Result<(Job, Event)> {
        let id = row.id;
        let mut shown = self.content(&**tx, id, row.revision).await?;
        shown.contact_email = self.contact(&**tx, id).await?;
        let content = self.content(&**tx, id, number).await?;
        row.pending_revision = None;
        row.reason = None;
        self.accept_proposed_contact(tx, id).await?;
        self.make_current(tx, &mut row, number, &content).await?;
        let job = self.save(tx, row).await?;
        let event = self.0.event(AuditAction::JobApproveRevision, (SubjectKind::Job, id)).with("revision", number);
        let event = event.changed(changed_fields(&shown, &job.content));
        Ok((job, event))
    }

    /// Drops a poster's edit of a live job; their private page shows the reason. `seen` as in
    /// [`approve_revision`](Self::approve_revision).
    pub async fn discard_revision(&self, id: Uuid, reason: &str, seen: Option<u64>, by: Actor) -> Result<Job> {
        let reason = checked_reason(reason)?;
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        let number = row.pending_revision.take().ok_or(Conflict::NoPendingRevision)?;
        super::edit::demand_seen(number, seen)?;
        self.forget_proposed_contact(&tx, id).await?;
        row.reason = Some(reason);
        let job = self.save(&mut tx, row).await?;
        let event = self.0.event(AuditAction::JobDiscardRevision, (SubjectKind::Job, id));
        tx.commit([event.with("revision", number)]).await?;
        Ok(job)
    }

    /// Publishes or expires a job whose time has come; whether there was something to do.
    pub(in super::super) async fn advance(&self, id: Uuid) -> Result<bool> {
        let now = self.0.now();
        let mut tx = self.0.store().write_as(Actor::System).await?;
        let mut row = self.lock(&tx, id).await?;
        let state: JobState = row.state;
        let due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
        let action = if state == JobState::Approved && due(row.publish_at) {
            self.put_on_board(&mut tx, &mut row, now, Actor::System).await?;
            JobAction::Publish
        } else if state == JobState::Published && due(row.expires_at) {
            self.end(&mut tx, &mut row, JobState::Expired, EndedBy::Time).await?;
            JobAction::Expire
        } else {
            return Ok(false);
        };
        self.save(&mut tx, row).await?;
        tx.commit([self.0.event(action.audited(), (SubjectKind::Job, id))]).await?;
        Ok(true)
    }

    /// Makes a revision the one that is shown, and lets the copies of a live job follow.
    pub(super) async fn make_current(
        &self,
        tx: &mut Write<'_>,
        row: &mut jobs::Model,
        number: i64,
        content: &JobContent,
    ) -> Result<()> {
        row.revision = number;
        if row.state == JobState::Published {
            return self.show(tx, row, content).await;
        }
        self.index(tx, row, content).await
    }

    /// Shows the job's current revision on the board, and lets the copies that are wanted follow.
    pub(super) async fn show(&self, tx: &mut Write<'_>, row: &mut jobs::Model, content: &JobContent) -> Result<()> {
        self.index(tx, row, content).await?;
        row.expires_at = Some(self.expiry(content, row.published_at.unwrap_or(row.listed_at)));
        self.store_posting(tx, &self.freeze(row, row.revision, content, self.0.now()).await).await?;
        follow::desire(tx, self.0, row.id, Desired::Present, Some(row.revision)).await?;
        tx.announce_work();
        Ok(())
    }

    async fn decide(&self, id: Uuid, decision: Decision, by: Actor) -> Result<Job> {
        let Decision { action, state, reason, seen } = decision;
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        action.demand(row.state)?;
        super::edit::demand_revision(&row, seen)?;
        row.reason = reason;
        if state.is_ended() {
            self.end(&mut tx, &mut row, state, EndedBy::of(by)).await?;
        } else {
            row.state = state;
        }
        let job = self.save(&mut tx, row).await?;
        // The reason is a person's text: it stands in the job's row, from where it can be erased.
        tx.commit([self.0.event(action.audited(), (SubjectKind::Job, id))]).await?;
        Ok(job)
    }

    async fn end(&self, tx: &mut Write<'_>, row: &mut jobs::Model, state: JobState, by: EndedBy) -> Result<()> {
        row.state = state;
        row.ended_at = Some(self.0.now());
        row.ended_by = Some(by);
        row.publish_at = None;
        row.pending_revision = None;
        self.forget_proposed_contact(tx, row.id).await?;
        let desired = if state == JobState::Filled { Desired::Closed } else { Desired::Absent };
        follow::desire(tx, self.0, row.id, desired, None).await?;
        tx.announce_work();
        Ok(())
    }
}

fn checked_reason(reason: &str) -> Result<String, FieldErrors> {
    let reason = crate::text::characters::lines(reason).replace('\t', " ");
    let reason = reason.trim();
    if reason.is_empty() {
        Err(FieldErrors::one("/reason", FieldProblem::Required))
    } else if reason.chars().count() > MAX_REASON {
        Err(FieldErrors::one("/reason", FieldProblem::TooLong { max: MAX_REASON }))
    } else {
        Ok(reason.to_owned())
    }
}
