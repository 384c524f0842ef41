//! What people do to single copies: resolve, retry, retract, check.

use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::delivery::moves::{ask_again, forget_copy, has_vanished, save, schedule, settle, waiting_state};
use super::super::delivery::{channel_rows, turns};
use super::{Placement, Placements, Resolution};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, Desired, Outcome, PlacementState, Presence};
use crate::entity::{jobs, placements};
use crate::error::{Conflict, Error, Result};
use crate::job::JobState;

impl Placements<'_> {
    /// A person's answer for an unverified placement: it is there, or it isn't and may be sent (again).
    pub async fn resolve(&self, id: Uuid, resolution: Resolution, by: Actor) -> Result<Placement> {
        let sent = matches!(resolution, Resolution::Sent { .. });
        let acting = Acting {
            action: AuditAction::PlacementResolve,
            participle: "resolved",
            outcome: Some(if sent { "sent" } else { "not_sent" }),
        };
        self.act(id, acting, by, async |tx, row| {
            let unverified = row.state == PlacementState::Unverified;
            // Somebody posted by hand what wasn't sent: the copy is adopted.
            let adopted = !unverified && sent && row.receipt.is_none() && row.lease_id.is_none();
            if !unverified && !adopted {
                return Ok(false);
            }
            // A locate call that is under way is no longer needed.
            row.lease_id = None;
            row.lease_until = None;
            row.problem = None;
            row.failures = 0;
            match resolution {
                Resolution::NotSent => {
                    forget_copy(row);
                    settle(tx, self.0, row, Outcome::NotSent).await?;
                    row.state = PlacementState::Pending;
                }
                Resolution::Sent { receipt, url } => {
                    row.receipt = Some(receipt);
                    row.url = url;
                    // The copy shows the revision that was sent; if the job was edited since, it must be updated. A
                    // copy that a person posted has no known revision, and must be updated too.
                    row.actual_revision = row.sent_revision.filter(|_| unverified);
                    settle(tx, self.0, row, Outcome::Sent).await?;
                    // A copy of a job that is over must be retracted or struck through.
                    if adopted && self.revision_on_board(tx, row.job_id).await?.is_some() {
                        row.desired = Desired::Present;
                        row.kept_away = false;
                    }
                    row.published_at = Some(self.0.now());
                    row.presence = None;
                    row.state = PlacementState::Published;
                }
            }
            Ok(true)
        })
        .await
    }

    /// Tries again at once a placement that failed, is blocked or waits; sends again a copy that a person retracted;
    /// updates a copy that was altered on the platform.
    pub async fn retry(&self, id: Uuid, by: Actor) -> Result<Placement> {
        let acting = Acting { action: AuditAction::PlacementRetry, participle: "retried", outcome: None };
        self.act(id, acting, by, async |tx, row| {
            let state = row.state;
            let altered = state == PlacementState::Published && row.presence == Some(Presence::Altered);
            if altered {
                row.actual_revision = None;
                row.presence = None;
                // The same text again is another update, so it needs another key.
                row.generation += 1;
                return Ok(true);
            }
            if state == PlacementState::Retracted {
                let Some(revision) = self.revision_on_board(tx, row.job_id).await? else { return Ok(false) };
                row.desired = Desired::Present;
                row.desired_revision = revision;
                row.kept_away = false;
                return Ok(true);
            }
            // The plugin may be a newer version now.
            if matches!(state, PlacementState::Outdated | PlacementState::Remains) {
                ask_again(row);
                return Ok(true);
            }
            let stuck = matches!(state, PlacementState::Failed | PlacementState::Blocked);
            let waits = row.due_at.is_some() && row.lease_id.is_none() && state != PlacementState::Unverified;
            if !stuck && !waits {
                return Ok(false);
            }
            // A copy that was deleted on the platform is published again with a new key. An unknown outcome keeps its
            // key: the platform has to recognise the repetition.
            if has_vanished(row) {
                forget_copy(row);
            }
            row.failures = 0;
            row.problem = None;
            row.state = waiting_state(row);
            Ok(true)
        })
        .await
    }

    /// Retracts one copy, though the job stays on the board.
    pub async fn retract(&self, id: Uuid, by: Actor) -> Result<Placement> {
        let acting = Acting { action: AuditAction::PlacementRetract, participle: "retracted", outcome: None };
        self.act(id, acting, by, async |_, row| {
            row.desired = Desired::Absent;
            row.kept_away = true;
            row.failures = 0;
            ask_again(row);
            // A struck-through copy counts as absent unless a person wants it deleted.
            if row.state == PlacementState::Closed {
                row.state = PlacementState::Published;
                row.generation += 1;
            }
            Ok(true)
        })
        .await
    }

    /// Checks at once whether the copy is still there and as it should be.
    pub async fn check(&self, id: Uuid, by: Actor) -> Result<Placement> {
        let acting = Acting { action: AuditAction::PlacementCheck, participle: "checked", outcome: None };
        self.act(id, acting, by, async |_, row| {
            let live = matches!(row.state, PlacementState::Published | PlacementState::Outdated);
            if !live || row.receipt.is_none() {
                return Ok(false);
            }
            row.check_at = Some(self.0.now());
            Ok(true)
        })
        .await
    }

    async fn act(
        &self,
        id: Uuid,
        acting: Acting,
        by: Actor,
        change: impl AsyncFnOnce(&DatabaseTransaction, &mut placements::Model) -> Result<bool>,
    ) -> Result<Placement> {
        let now = self.0.now();
        let mut tx = self.0.store().write_as(by).await?;
        let find = || self.0.find::<placements::Entity>().filter(placements::Column::Id.eq(id));
        let channel_id = find().one(&*tx).await?.ok_or(Error::NotFound)?.channel_id;
        let channel = channel_rows::lock(&tx, self.0, channel_id).await?.ok_or(Error::NotFound)?;
        let before = find().lock_exclusive().one(&*tx).await?.ok_or(Error::NotFound)?;
        let mut row = before.clone();
        let state = row.state;
        if !change(&tx, &mut row).await? {
            return Err(Conflict::PlacementState { state, action: acting.participle }.into());
        }
        schedule(&mut row, channel.state == ChannelState::Active, now);
        if row.check_at.is_some_and(|at| at <= now) && row.due_at.is_none() && row.lease_id.is_none() {
            row.due_at = (channel.state == ChannelState::Active).then_some(now);
        }
        save(&tx, &before, &mut row).await?;
        turns::retime(&tx, self.0, &[channel_id]).await?;
        tx.announce_work();
        let event = self.0.event(acting.action, (SubjectKind::Placement, id));
        let event = match acting.outcome {
            Some(outcome) => event.with("outcome", outcome),
            None => event,
        };
        tx.commit([event]).await?;
        self.get(id).await?.ok_or(Error::NotFound)
    }

    /// The revision of a job that is on the board.
    async fn revision_on_board(&self, tx: &DatabaseTransaction, job_id: Uuid) -> Result<Option<i64>> {
        let job = self.0.find::<jobs::Entity>().filter(jobs::Column::Id.eq(job_id));
        let job = job.filter(jobs::Column::State.eq(JobState::Published)).one(tx).await?;
        Ok(job.map(|job| job.revision))
    }
}

/// The name of an action in the audit log and in a refusal.
struct Acting {
    action: AuditAction,
    participle: &'static str,
    /// What was answered, where something was asked.
    outcome: Option<&'static str>,
}
