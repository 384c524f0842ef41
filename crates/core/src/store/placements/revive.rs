//! The copies of a job that is on the board again.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::{Channel, ChannelState, TenantScope, channels, turns};
use super::moves::{has_vanished, save, schedule};
use super::{Desired, PlacementState};
use crate::entity::placements;
use crate::error::Result;

/// Wants the copies of a job back that its end took away or struck through. What a person took back before stays away.
pub(in super::super) async fn revive(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
) -> Result<()> {
    let channels = channels::lock_all_within(tx, scope).await?;
    bring_back(tx, scope, (job_id, revision), &channels, |row| !row.kept_away).await?;
    Ok(())
}

/// Wants those copies of a job back that `comes_back` chooses, and returns the channels that the job has been placed on.
/// The caller has locked the channels.
///
/// A struck-through copy is updated, a retracted one is published once more: its key is new since it was given up
/// ([`forget_copy`](super::forget_copy)). What may or may not be out stays a question to a person, and a copy that
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
    let (mut placed, mut changed) = (BTreeSet::new(), Vec::new());
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
        save(tx, &before, &mut row).await?;
    }
    turns::retime(tx, scope, &changed).await?;
    Ok(placed)
}

fn want_back(row: &mut placements::Model, revision: i64) {
    let was_wanted = row.desired == Desired::Present.as_str();
    row.desired = Desired::Present.as_str().to_owned();
    row.desired_revision = revision;
    row.kept_away = false;
    if was_wanted {
        return;
    }
    row.failures = 0;
    if row.receipt.is_none() {
        // It had vanished from the platform before the job ended (see `has_vanished`).
        if row.state == PlacementState::Retracted.as_str() && row.actual_revision.is_some() {
            row.state = PlacementState::Failed.as_str().to_owned();
            row.problem = Some("the copy is gone from the platform".to_owned());
            row.due_at = None;
        } else if row.state == PlacementState::Failed.as_str() {
            row.state = PlacementState::Pending.as_str().to_owned();
        }
        return;
    }
    // A retraction or a strike-through that is under way, or whose answer was lost, may have changed the copy.
    let struck = row.state == PlacementState::Closed.as_str();
    if !struck && (row.lease_id.is_some() || row.began_at.is_some()) {
        row.actual_revision = None;
    }
    if row.state == PlacementState::Failed.as_str() {
        row.state = PlacementState::Published.as_str().to_owned();
    }
    // The text may be the same as in an earlier update, and so may the next end: a platform that remembers keys must not
    // take either for a repetition.
    row.generation += 1;
}
