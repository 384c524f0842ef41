//! Bringing back the copies of a job that is on the board again.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::TenantScope;
use super::channel_rows::{self, Channel};
use super::moves::{ask_again, has_vanished, save_all, schedule};
use super::turns;
use crate::delivery::{ChannelState, Desired, Outcome, PlacementState};
use crate::entity::placements;
use crate::error::Result;

/// Brings back the copies of a job that its end deleted or struck through. A copy that a person retracted before stays
/// retracted.
pub(in super::super) async fn revive(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<()> {
    let channels = channel_rows::lock_all(tx, scope).await?;
    bring_back(tx, scope, (job_id, revision), &channels, |row| !row.kept_away).await?;
    Ok(())
}

/// Brings back the copies of a job for which `comes_back` is true, and returns the channels that have a placement of
/// the job. The caller has locked the channels.
///
/// A struck-through copy is updated. A retracted one is published again, with a new key
/// ([`forget_copy`](super::moves::forget_copy)). An unknown outcome stays a question to a person, and a copy that
/// somebody deleted on the platform is not sent again by itself here either.
pub(super) async fn bring_back(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    (job_id, revision): (Uuid, i64),
    channels: &[Channel],
    comes_back: impl Fn(&placements::Model) -> bool,
) -> Result<BTreeSet<Uuid>> {
    let now = scope.now();
    let rows = scope.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id)).lock_exclusive();
    let (mut placed, mut changed, mut saved) = (BTreeSet::new(), Vec::new(), Vec::new());
    for before in rows.all(tx).await? {
        placed.insert(before.channel_id);
        if !comes_back(&before) {
            continue;
        }
        let mut row = before.clone();
        want_back(&mut row, revision);
        if !has_vanished(&row) {
            let active = channels.iter().any(|c| c.id == row.channel_id && c.state == ChannelState::Active);
            schedule(&mut row, active, now);
        }
        changed.push(row.channel_id);
        saved.push((before, row));
    }
    save_all(tx, scope, saved).await?;
    turns::retime(tx, scope, &changed).await?;
    Ok(placed)
}

fn want_back(row: &mut placements::Model, revision: i64) {
    let was_wanted = row.desired == Desired::Present;
    row.desired = Desired::Present;
    row.desired_revision = revision;
    row.kept_away = false;
    if was_wanted {
        return;
    }
    row.failures = 0;
    ask_again(row);
    if row.receipt.is_none() {
        // It had vanished from the platform before the job ended (see `has_vanished`).
        if row.state == PlacementState::Retracted && row.actual_revision.is_some() {
            row.state = PlacementState::Failed;
            row.problem = Some("the copy is gone from the platform".to_owned());
            row.cause = Some(Outcome::Absent);
            row.due_at = None;
        } else if row.state == PlacementState::Failed {
            row.state = PlacementState::Pending;
        }
        return;
    }
    // A retraction or a strike-through that is under way, or whose answer was lost, may have changed the copy.
    let struck = row.state == PlacementState::Closed;
    if !struck && (row.lease_id.is_some() || row.began_at.is_some()) {
        row.actual_revision = None;
    }
    if row.state == PlacementState::Failed {
        row.state = PlacementState::Published;
    }
    // This update may have the same text as an earlier one, and the next end may be like the last: a platform that
    // remembers keys must not take either for a repetition.
    row.generation += 1;
}
