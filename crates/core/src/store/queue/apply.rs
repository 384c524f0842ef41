//! Changes a placement's row by the verdict of its call.

use chrono::{DateTime, Utc};

use super::super::Channel;
use super::super::delivery::channel_rows;
use super::super::delivery::moves::{self, schedule, waiting_state};
use super::super::write::{Bookkeeping, Write};
use super::finish::hold_lane;
use super::{AttemptRecord, Claim, Verdict};
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, Desired, Operation, Outcome, PlacementState, Presence};
use crate::entity::placements;
use crate::error::Result;

/// A verdict being applied, the channel's and the placement's rows locked.
pub(super) struct Applying<'a> {
    pub(super) tx: &'a Write<'a, Bookkeeping>,
    pub(super) claim: &'a Claim,
    pub(super) channel: &'a Channel,
    pub(super) now: DateTime<Utc>,
}

impl Applying<'_> {
    /// Sets the state of a placement by a verdict.
    pub(super) async fn apply(
        &self,
        row: &mut placements::Model,
        verdict: Verdict,
        record: &AttemptRecord,
    ) -> Result<()> {
        if !matches!(verdict, Verdict::Checked { .. } | Verdict::CheckLater { .. }) {
            row.problem.clone_from(&record.message);
            // While a publish's outcome stays unknown, `cause` is that of the publish and not of the locate call.
            let asked = row.cause.filter(|_| self.claim.operation == Operation::Locate);
            row.cause = asked.or(Some(record.outcome));
        }
        self.note_beginning(row, &verdict);
        match verdict {
            Verdict::Checked { presence } => self.looked_at(row, presence),
            Verdict::CheckLater { at } => {
                row.check_at = Some(at);
                self.schedule(row);
            }
            Verdict::Live { receipt, url } => {
                self.settle_as_sent(row).await?;
                if row.receipt.is_none() {
                    row.published_at = Some(self.now);
                }
                self.copy_is_there(row, receipt, url, PlacementState::Published);
                row.check_at = moves::next_check(&self.channel.delivery, self.now, row.id);
                row.problem = None;
                self.schedule(row);
            }
            Verdict::Unfinished { receipt, url, at, .. } => {
                self.settle_as_sent(row).await?;
                if row.receipt.is_none() {
                    row.published_at = Some(self.now);
                }
                row.failures += 1;
                self.part_is_there(row, receipt, url);
                match at {
                    Some(at) => self.schedule_at(row, at),
                    None => give_up(row),
                }
            }
            Verdict::Struck { receipt, url } => {
                self.settle_as_sent(row).await?;
                self.copy_is_there(row, receipt, url, PlacementState::Closed);
                self.schedule(row);
            }
            Verdict::Retracted => {
                moves::forget_copy(row);
                row.failures = 0;
                row.problem = None;
                set(row, PlacementState::Retracted);
                self.schedule(row);
            }
            Verdict::Vanished => self.vanished(row),
            Verdict::Unverified { locate } => {
                set(row, PlacementState::Unverified);
                row.due_at = locate.then_some(self.now);
            }
            Verdict::NotSent { certain } => {
                row.problem = None;
                if certain {
                    moves::settle(self.tx, &self.claim.scope, row, Outcome::NotSent).await?;
                }
                set(row, PlacementState::Pending);
                self.schedule(row);
            }
            // A check that was refused changes nothing about the copy.
            Verdict::Retry { at, .. } | Verdict::Hold { until: at, .. } if self.claim.operation == Operation::Check => {
                row.check_at = Some(at);
                self.schedule(row);
            }
            Verdict::Wait { at } => self.schedule_at(row, at),
            Verdict::Retry { at, .. } => {
                row.failures += 1;
                self.schedule_at(row, at);
            }
            Verdict::Hold { lane, until } => {
                hold_lane(self.tx, self.claim, lane, until).await?;
                self.schedule_at(row, until);
            }
            Verdict::Rejected => give_up(row),
            Verdict::Unsupported => {
                row.failures = 0;
                row.problem = None;
                let update = self.claim.operation == Operation::Update;
                set(row, if update { PlacementState::Outdated } else { PlacementState::Remains });
                self.schedule(row);
            }
            // Somebody changed the channel during the call: the platform's answer is about the old settings.
            Verdict::Pause { .. } | Verdict::Moved { .. }
                if self.channel.updated_at != self.claim.channel.updated_at =>
            {
                self.schedule_at(row, self.now);
            }
            Verdict::Pause { findings } => {
                let problem = row.problem.clone();
                let scope = &self.claim.scope;
                channel_rows::stop(self.tx, scope, row.channel_id, problem.as_deref(), &findings).await?;
                let event = scope.event(AuditAction::ChannelPause, (SubjectKind::Channel, row.channel_id));
                self.tx.record(event.with("outcome", record.outcome).with("placement", row.id)).await?;
                if self.claim.operation == Operation::Publish {
                    set(row, PlacementState::Pending);
                }
                schedule(row, false, self.now);
            }
            Verdict::Moved { settings, lanes, at } => {
                let scope = &self.claim.scope;
                let event = channel_rows::relocate(self.tx, scope, row.channel_id, settings, lanes).await?;
                self.tx.record(event).await?;
                row.failures += 1;
                self.schedule_at(row, at);
            }
        }
        row.updated_at = self.now;
        Ok(())
    }

    /// Clears `began_at` if the operation is over, or if this was its first try and it certainly sent nothing.
    fn note_beginning(&self, row: &mut placements::Model, verdict: &Verdict) {
        let over = match verdict {
            Verdict::Live { .. }
            | Verdict::Struck { .. }
            | Verdict::Retracted
            | Verdict::Vanished
            | Verdict::Unsupported => true,
            Verdict::NotSent { certain } => *certain,
            // Refused, or no request was made.
            Verdict::Hold { .. }
            | Verdict::Moved { .. }
            | Verdict::Pause { .. }
            | Verdict::Rejected
            | Verdict::Wait { .. } => self.claim.began_at == self.claim.started_at,
            _ => false,
        };
        if over && self.claim.operation != Operation::Check {
            row.began_key = None;
            row.began_at = None;
        }
    }

    /// The copy is there: the unknown outcomes of its publishes are settled as sent.
    async fn settle_as_sent(&self, row: &mut placements::Model) -> Result<()> {
        moves::settle(self.tx, &self.claim.scope, row, Outcome::Sent).await
    }

    /// Somebody deleted the copy on the platform.
    fn vanished(&self, row: &mut placements::Model) {
        row.receipt = None;
        row.check_at = None;
        // `actual_revision` is empty for a partial copy and for one that a person posted.
        row.actual_revision = row.actual_revision.or(Some(self.revision()));
        row.presence = Some(Presence::Absent);
        if row.desired == Desired::Present {
            // Sending it again is a person's decision. `actual_revision` stays in the row, so that an edit doesn't send
            // it again.
            row.due_at = None;
            set(row, PlacementState::Failed);
        } else {
            row.actual_revision = None;
            set(row, PlacementState::Retracted);
            self.schedule(row);
        }
    }

    fn looked_at(&self, row: &mut placements::Model, presence: Presence) {
        row.checked_at = Some(self.now);
        row.check_at = moves::next_check(&self.channel.delivery, self.now, row.id);
        if presence == Presence::Absent {
            row.problem = Some("the copy is gone from the platform".to_owned());
            row.cause = Some(Outcome::Absent);
            return self.vanished(row);
        }
        row.presence = Some(presence);
        self.schedule(row);
    }

    fn copy_is_there(&self, row: &mut placements::Model, receipt: Vec<u8>, url: Option<String>, state: PlacementState) {
        row.receipt = Some(receipt);
        row.url = url;
        row.actual_revision = Some(self.revision());
        row.failures = 0;
        row.presence = None;
        row.check_at = None;
        set(row, state);
    }

    /// A partial copy has no known revision, struck through or not.
    fn part_is_there(&self, row: &mut placements::Model, receipt: Vec<u8>, url: Option<String>) {
        row.receipt = Some(receipt);
        row.url = url;
        row.actual_revision = None;
        row.presence = None;
        row.check_at = None;
        set(row, PlacementState::Published);
    }

    fn revision(&self) -> i64 {
        i64::try_from(self.claim.posting.revision).unwrap_or(i64::MAX)
    }

    fn schedule(&self, row: &mut placements::Model) {
        schedule(row, self.channel.state == ChannelState::Active, self.now);
    }

    /// Schedules a placement for `at`, unless nothing is left to do or its channel has stopped.
    fn schedule_at(&self, row: &mut placements::Model, at: DateTime<Utc>) {
        let problem = row.problem.take();
        if row.state == PlacementState::Unverified {
            row.due_at = Some(at);
        } else {
            set(row, waiting_state(row));
            self.schedule(row);
            row.due_at = row.due_at.map(|_| at);
        }
        if row.due_at.is_some() {
            row.problem = problem;
        }
    }
}

/// Stops trying: a person has to act.
fn give_up(row: &mut placements::Model) {
    row.due_at = None;
    set(row, PlacementState::Failed);
}

fn set(row: &mut placements::Model, state: PlacementState) {
    row.state = state;
}
