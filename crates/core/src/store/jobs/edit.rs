//! Changes to what a job says: by staff at once, by posters through a moderator.

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

use super::super::changes;
use super::trust::AUTO_APPROVE;
use super::{FieldChange, GROUPS, Job, Jobs, SubmittedOffer, changed_fields, unsigned};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::board::Declared;
use crate::entity::{job_revisions, jobs};
use crate::error::{Error, Result};
use crate::job::{JobAction, JobContent, JobState, Strictness};
use crate::merge_patch::merge_patch;

impl Jobs<'_> {
    /// Applies an RFC 7396 merge patch by staff: live at once, and the copies follow.
    pub async fn patch(&self, id: Uuid, patch: &Value, if_revision: Option<u64>, by: Actor) -> Result<Job> {
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        JobAction::Edit.demand(row.state)?;
        demand_revision(&row, if_revision)?;
        let mut current = self.content(&*tx, id, row.revision).await?;
        current.contact_email = self.contact(&*tx, id).await?;
        let mut merged = current.to_value();
        merge_patch(&mut merged, patch);
        let content = self.parse_as(&merged, strictness_for(&current))?;
        let mut event = None;
        if content != current {
            let number = self.add_revision(&tx, id, &content, None, by).await?;
            self.make_current(&mut tx, &mut row, number, &content).await?;
            let edit = self.0.event(AuditAction::JobEdit, (SubjectKind::Job, id));
            event = Some(edit.changed(changed_fields(&current, &content)).with("revision", number));
        }
        let row = self.write_back(&mut tx, row).await?;
        tx.commit(event).await?;
        Ok(self.view(row, content))
    }

    /// A poster's edit, the whole offer in the wire format, with what they ticked; the board's rules hold. Before publication it replaces what was submitted and
    /// goes (back) to the queue; of a live job it becomes the one pending revision, and the live copy stays.
    pub async fn propose(&self, id: Uuid, input: &Value, by: Actor) -> Result<Job> {
        self.propose_after_link(id, input, None, by).await
    }

    /// As [`propose`](Self::propose). `opened_link`: the private link that the poster came by. If it was mailed to the
    /// offer's address, the board's rule for approving by itself can hold.
    pub async fn propose_after_link(
        &self,
        id: Uuid,
        input: &Value,
        opened_link: Option<&str>,
        by: Actor,
    ) -> Result<Job> {
        let mut tx = self.0.store().write_as(by).await?;
        let mut row = self.lock(&tx, id).await?;
        let state: JobState = row.state;
        JobAction::Edit.demand(state)?;
        let mut shown = self.content(&*tx, id, row.pending_revision.unwrap_or(row.revision)).await?;
        shown.contact_email = match row.pending_revision {
            Some(_) => self.proposed_contact(&*tx, id).await?,
            None => self.contact(&*tx, id).await?,
        };
        let SubmittedOffer { content, declared } = self.parse_submission_as(input, strictness_for(&shown))?;
        let live = matches!(state, JobState::Published | JobState::Approved);
        let mut done = Vec::new();
        if content != shown || !live {
            if live {
                row.pending_revision = Some(self.add_revision_text(&tx, id, &content, Some(&declared), by).await?);
                self.propose_contact(&tx, id, content.contact_email.as_deref()).await?;
            } else {
                row.revision = self.add_revision(&tx, id, &content, Some(&declared), by).await?;
                row.state = JobState::Submitted;
                self.index(&tx, &mut row, &content).await?;
            }
            row.reason = None;
            let number = row.pending_revision.unwrap_or(row.revision);
            let proposed = self.0.event(AuditAction::JobPropose, (SubjectKind::Job, id));
            done.push(proposed.changed(changed_fields(&shown, &content)).with("revision", number));
            // Of an offer that was never approved, a moderator decides: they have asked for this change.
            let holder = self.contact(&*tx, id).await?;
            let same_address = content.contact_email == holder;
            if live && same_address && self.is_trusted(&tx, holder.as_deref(), opened_link).await? {
                let (job, event) = self.take_over(&mut tx, row, number).await?;
                done.push(event.by_rule(AUTO_APPROVE));
                tx.commit(done).await?;
                return Ok(job);
            }
        }
        let job = self.save(&mut tx, row).await?;
        tx.commit(done).await?;
        Ok(job)
    }

    /// What a job's pending revision would change, field by field; empty when there is none.
    pub async fn pending_changes(&self, id: Uuid) -> Result<Vec<FieldChange>> {
        let job = self.get(id).await?.ok_or(Error::NotFound)?;
        let Some(proposed) = self.pending_content(id).await? else { return Ok(Vec::new()) };
        Ok(changes::between(&job.content.to_value(), &proposed.to_value(), &GROUPS))
    }

    /// What differs between two revisions, field by field.
    pub async fn changes(&self, id: Uuid, before: u64, after: u64) -> Result<Vec<FieldChange>> {
        let db = self.0.store().db();
        let number = |n: u64| i64::try_from(n).map_err(|_| Error::NotFound);
        let before = self.content(db, id, number(before)?).await?;
        let after = self.content(db, id, number(after)?).await?;
        Ok(changes::between(&before.to_value(), &after.to_value(), &GROUPS))
    }

    /// What a job's pending revision says, with the contact address.
    pub async fn pending_content(&self, id: Uuid) -> Result<Option<JobContent>> {
        let db = self.0.store().db();
        let Some(job) = self.get(id).await? else { return Ok(None) };
        let Some(pending) = job.pending_revision else { return Ok(None) };
        let mut content = self.content(db, id, i64::try_from(pending).unwrap_or(i64::MAX)).await?;
        content.contact_email = self.proposed_contact(db, id).await?;
        Ok(Some(content))
    }

    /// What the poster ticked last, up to this revision; nothing for an offer of an import.
    pub async fn declared(&self, id: Uuid, revision: u64) -> Result<Declared> {
        let row = self
            .0
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.eq(id))
            .filter(job_revisions::Column::Number.lte(i64::try_from(revision).unwrap_or(i64::MAX)))
            .filter(job_revisions::Column::Declared.is_not_null())
            .order_by_desc(job_revisions::Column::Number)
            .one(self.0.store().db())
            .await?;
        let declared = row.and_then(|row| row.declared);
        Ok(declared.map(serde_json::from_value).transpose()?.unwrap_or_default())
    }

    /// What a poster goes on editing, with the contact address: the pending revision, else their last one that was
    /// discarded. `None` when what the job says is newer.
    pub async fn last_edit(&self, id: Uuid) -> Result<Option<JobContent>> {
        if let Some(pending) = self.pending_content(id).await? {
            return Ok(Some(pending));
        }
        let Some(job) = self.get(id).await? else { return Ok(None) };
        let newer = self
            .0
            .find::<job_revisions::Entity>()
            .filter(job_revisions::Column::JobId.eq(id))
            .filter(job_revisions::Column::Number.gt(i64::try_from(job.revision).unwrap_or(i64::MAX)))
            .filter(job_revisions::Column::AuthorKind.eq(Actor::Poster.kind()))
            .order_by_desc(job_revisions::Column::Number)
            .one(self.0.store().db())
            .await?;
        let Some(discarded) = newer else { return Ok(None) };
        let mut content = self.content(self.0.store().db(), id, discarded.number).await?;
        content.contact_email = job.content.contact_email;
        Ok(Some(content))
    }
}

/// What is missing from an imported job needn't be there after an edit either.
fn strictness_for(current: &JobContent) -> Strictness {
    let complete = current.contact_email.is_some() && (current.apply_url.is_some() || current.apply_email.is_some());
    if complete { Strictness::Full } else { Strictness::Lenient }
}

/// Refuses to act on another revision than the caller has seen.
pub(super) fn demand_revision(row: &jobs::Model, seen: Option<u64>) -> Result<()> {
    demand_seen(row.revision, seen)
}

/// The same for any revision's number.
pub(super) fn demand_seen(current: i64, seen: Option<u64>) -> Result<()> {
    let current = unsigned(current);
    if seen.is_none_or(|seen| seen == current) { Ok(()) } else { Err(Error::Stale { current }) }
}
