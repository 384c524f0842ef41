//! Changes placements after a change of their job or their channel.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, UpdateMany};
use uuid::Uuid;

use super::super::TenantScope;
use super::moves::{ROWS_AT_ONCE, ask_again, has_vanished, next_check, save_all, save_checks, schedule, share};
use super::revive::bring_back;
use super::{channel_rows, turns};
use crate::delivery::{ChannelState, DeliveryPolicy, Desired, Operation, Outcome, PlacementState};
use crate::entity::{attempts, placements};
use crate::error::Result;
use crate::job::JobContent;

/// Places a job on every channel of the tenant whose rules want it.
pub(in super::super) async fn place_everywhere(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    revision: i64,
    content: &JobContent,
) -> Result<()> {
    let now = scope.now();
    let mut placed = Vec::new();
    let mut rows = Vec::new();
    let mut channels = channel_rows::lock_all(tx, scope).await?;
    channels.retain(|channel| channel.delivery.wants(content));
    // A job that has been on the board before has placements already. They come back on all these channels, because a
    // moderator approved it for them now.
    let chosen = |row: &placements::Model| channels.iter().any(|channel| channel.id == row.channel_id);
    let known = bring_back(tx, scope, (job_id, revision), &channels, chosen).await?;
    for channel in channels.iter().filter(|channel| !known.contains(&channel.id)) {
        let active = channel.state == ChannelState::Active;
        let row = placements::ActiveModel {
            tenant_id: Set(scope.id),
            id: Set(Uuid::now_v7()),
            job_id: Set(job_id),
            channel_id: Set(channel.id),
            desired: Set(Desired::Present),
            desired_revision: Set(revision),
            state: Set(if active { PlacementState::Pending } else { PlacementState::Blocked }),
            actual_revision: Set(None),
            receipt: Set(None),
            url: Set(None),
            due_at: Set(active.then(|| channel.delivery.schedule.release(scope.time_zone, now, now, 0))),
            lease_id: Set(None),
            lease_until: Set(None),
            failures: Set(0),
            problem: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
            generation: Set(0),
            published_at: Set(None),
            checked_at: Set(None),
            check_at: Set(None),
            presence: Set(None),
            began_key: Set(None),
            began_at: Set(None),
            attempts: Set(0),
            sent_revision: Set(None),
            sent_configuration: Set(None),
            maybe_sent_at: Set(None),
            as_desired: Set(false),
            cause: Set(None),
            kept_away: Set(false),
        };
        placed.push(channel.id);
        rows.push(row);
    }
    for some in rows.chunks(ROWS_AT_ONCE) {
        placements::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    turns::retime(tx, scope, &placed).await
}

/// Sets what should be on the channels for a job from now on.
pub(in super::super) async fn desire(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    desired: Desired,
    revision: Option<i64>,
) -> Result<()> {
    let now = scope.now();
    let channels = channel_rows::lock_all(tx, scope).await?;
    let rows = scope.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id)).lock_exclusive();
    let (mut changed, mut saved) = (Vec::new(), Vec::new());
    for before in rows.all(tx).await? {
        let mut row = before.clone();
        // A copy that a person retracted stays retracted when the job is edited.
        if desired == Desired::Present && row.desired == Desired::Absent {
            continue;
        }
        ask_again(&mut row);
        row.desired = desired;
        if let Some(revision) = revision {
            row.desired_revision = revision;
        }
        // A copy that somebody deleted on the platform isn't sent again either, until a person says so.
        if desired == Desired::Present && has_vanished(&row) {
            saved.push((before, row));
            continue;
        }
        changed.push(row.channel_id);
        row.failures = 0;
        let active = channels.iter().any(|c| c.id == row.channel_id && c.state == ChannelState::Active);
        schedule(&mut row, active, now);
        saved.push((before, row));
    }
    save_all(tx, scope, saved).await?;
    turns::retime(tx, scope, &changed).await
}

/// Applies a new policy to a channel's waiting placements and to the checks of its copies. The caller has locked the
/// channel.
pub(in super::super) async fn follow_policy(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
    policy: &DeliveryPolicy,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    // Only placements that wait for their time are rescheduled; those that wait after a failure keep their `due_at`.
    let waiting = Column::State.eq(PlacementState::Pending).and(Column::Failures.eq(0));
    let waiting = idle(tx, scope, channel_id, waiting.and(Column::DueAt.is_not_null())).await?;
    let released = waiting.into_iter().map(|before| {
        let due_at = Some(policy.schedule.release(scope.time_zone, before.created_at, now, 0));
        let row = placements::Model { due_at, ..before.clone() };
        (before, row)
    });
    save_all(tx, scope, released.collect()).await?;
    let live = || Column::State.is_in([PlacementState::Published, PlacementState::Outdated]);
    if policy.check_every_hours.is_none() {
        let copies = scope.update::<placements::Entity>().filter(Column::ChannelId.eq(channel_id)).filter(live());
        let never = copies.col_expr(Column::CheckAt, Expr::value(Option::<DateTime<Utc>>::None));
        never.filter(Column::LeaseId.is_null()).filter(Column::CheckAt.is_not_null()).exec(tx).await?;
        return turns::retime(tx, scope, &[channel_id]).await;
    }
    // Spreads the checks, so that thousands of copies aren't checked in one minute.
    let checks = idle(tx, scope, channel_id, live()).await?.into_iter().filter_map(|row| {
        let at = next_check(policy, row.checked_at.unwrap_or(now), row.id)?;
        let soon = now + share(policy.check_every_hours.unwrap_or(0), row.id);
        Some((row.id, if at > now { at } else { soon }))
    });
    save_checks(tx, scope, &checks.collect::<Vec<_>>()).await?;
    turns::retime(tx, scope, &[channel_id]).await
}

/// Blocks the waiting placements of a channel. The caller has locked the channel.
pub(in super::super) async fn block_channel(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    // Nearly all waiting placements have no copy yet: one statement changes them all.
    let unsent = without_copy(scope, channel_id, PlacementState::Pending).filter(Column::DueAt.is_not_null());
    unsent
        .col_expr(Column::State, Expr::value(PlacementState::Blocked))
        .col_expr(Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .exec(tx)
        .await?;
    let due = idle(tx, scope, channel_id, Column::DueAt.is_not_null()).await?;
    let stopped = due.into_iter().map(|before| {
        let mut row = placements::Model { due_at: None, ..before.clone() };
        schedule(&mut row, false, now);
        (before, row)
    });
    save_all(tx, scope, stopped.collect()).await?;
    turns::retime(tx, scope, &[channel_id]).await
}

/// Makes the blocked placements of a channel due. The caller has locked the channel.
pub(in super::super) async fn unblock_channel(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    without_copy(scope, channel_id, PlacementState::Blocked)
        .col_expr(Column::State, Expr::value(PlacementState::Pending))
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::Failures, Expr::value(0))
        .col_expr(Column::Problem, Expr::value(Option::<String>::None))
        .col_expr(Column::Cause, Expr::value(Option::<Outcome>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .exec(tx)
        .await?;
    let blocked = idle(tx, scope, channel_id, Column::State.eq(PlacementState::Blocked)).await?;
    let unblocked = blocked.into_iter().map(|before| {
        let mut row = placements::Model { failures: 0, problem: None, ..before.clone() };
        schedule(&mut row, true, now);
        (before, row)
    });
    let mut changed: Vec<_> = unblocked.collect();
    // Publishes with an unknown outcome: the platform wasn't asked yet because the channel had stopped.
    let unasked = Column::State.eq(PlacementState::Unverified).and(Column::DueAt.is_null());
    let unasked = idle(tx, scope, channel_id, unasked).await?;
    let published = last_was_a_publish(tx, scope, &unasked).await?;
    changed.extend(unasked.into_iter().filter(|row| published.contains(&row.id)).map(|before| {
        let row = placements::Model { due_at: Some(now), ..before.clone() };
        (before, row)
    }));
    save_all(tx, scope, changed).await?;
    turns::retime(tx, scope, &[channel_id]).await
}

/// Those of these placements whose last call was a publish.
async fn last_was_a_publish(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    rows: &[placements::Model],
) -> Result<HashSet<Uuid>> {
    use attempts::Column;
    let mut found = HashSet::new();
    for some in rows.chunks(ROWS_AT_ONCE) {
        let numbers: HashMap<Uuid, i64> = some.iter().map(|row| (row.id, row.attempts)).collect();
        let publishes = scope.find::<attempts::Entity>().filter(Column::Operation.eq(Operation::Publish));
        let publishes = publishes.filter(Column::PlacementId.is_in(numbers.keys().copied())).all(tx).await?;
        let last = publishes.iter().filter(|call| numbers.get(&call.placement_id) == Some(&call.number));
        found.extend(last.map(|call| call.placement_id));
    }
    Ok(found)
}

/// The placements of a channel that should be published, have no copy and no call under way; one statement changes
/// them.
fn without_copy(scope: &TenantScope, channel_id: Uuid, state: PlacementState) -> UpdateMany<placements::Entity> {
    use placements::Column;
    scope
        .update::<placements::Entity>()
        .filter(Column::ChannelId.eq(channel_id))
        .filter(Column::State.eq(state))
        .filter(Column::Desired.eq(Desired::Present))
        .filter(Column::Receipt.is_null())
        .filter(Column::LeaseId.is_null())
}

/// The placements of a channel with no call under way, locked.
async fn idle(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
    which: SimpleExpr,
) -> Result<Vec<placements::Model>> {
    let rows = scope
        .find::<placements::Entity>()
        .filter(placements::Column::ChannelId.eq(channel_id))
        .filter(placements::Column::LeaseId.is_null())
        .filter(which)
        .lock_exclusive();
    Ok(rows.all(tx).await?)
}
