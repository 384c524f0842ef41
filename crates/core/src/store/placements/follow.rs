//! The copies of a job follow the job, and those on a channel follow the channel.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
};
use uuid::Uuid;

use super::super::{ChannelState, Operation, TenantScope, channels, turns};
use super::moves::{has_vanished, next_check, save, schedule, share};
use super::revive::bring_back;
use super::{Desired, PlacementState};
use crate::delivery::DeliveryPolicy;
use crate::entity::{attempts, placements};
use crate::error::Result;
use crate::job::JobContent;

/// The most placements written at once.
const ROWS_AT_ONCE: usize = 200;

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
    let mut channels = channels::lock_all_within(tx, scope).await?;
    channels.retain(|channel| channel.delivery.wants(content));
    // A job that has been on the board before has placements: a moderator approved it for all these channels now.
    let chosen = |row: &placements::Model| channels.iter().any(|channel| channel.id == row.channel_id);
    let known = bring_back(tx, scope, (job_id, revision), &channels, chosen).await?;
    for channel in channels.iter().filter(|channel| !known.contains(&channel.id)) {
        let active = channel.state == ChannelState::Active;
        let row = placements::ActiveModel {
            tenant_id: Set(scope.id),
            id: Set(Uuid::now_v7()),
            job_id: Set(job_id),
            channel_id: Set(channel.id),
            desired: Set(Desired::Present.as_str().to_owned()),
            desired_revision: Set(revision),
            state: Set(if active { PlacementState::Pending } else { PlacementState::Blocked }.as_str().to_owned()),
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
            kept_away: Set(false),
        };
        placed.push(channel.id);
        rows.push(row);
    }
    // A statement can't have any number of values.
    for some in rows.chunks(ROWS_AT_ONCE) {
        placements::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    turns::retime(tx, scope, &placed).await
}

/// Tells a job's copies what should be there from now on.
pub(in super::super) async fn desire(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    job_id: Uuid,
    desired: Desired,
    revision: Option<i64>,
) -> Result<()> {
    let now = scope.now();
    let channels = channels::lock_all_within(tx, scope).await?;
    let rows = scope.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id)).lock_exclusive();
    let mut changed = Vec::new();
    for before in rows.all(tx).await? {
        let mut row = before.clone();
        // A copy that was taken back by hand stays away when the job is edited.
        if desired == Desired::Present && row.desired == Desired::Absent.as_str() {
            continue;
        }
        row.desired = desired.as_str().to_owned();
        if let Some(revision) = revision {
            row.desired_revision = revision;
        }
        // So does one that somebody deleted on the platform, until a person says otherwise.
        if desired == Desired::Present && has_vanished(&row) {
            save(tx, &before, &mut row).await?;
            continue;
        }
        changed.push(row.channel_id);
        row.failures = 0;
        let active = channels.iter().any(|c| c.id == row.channel_id && c.state == ChannelState::Active);
        schedule(&mut row, active, now);
        save(tx, &before, &mut row).await?;
    }
    turns::retime(tx, scope, &changed).await
}

/// Makes what waits on a channel, and the looks at its copies, follow a new policy. The caller has locked the channel.
pub(in super::super) async fn follow_policy(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
    policy: &DeliveryPolicy,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    // What waits for its time looks at the clock again; what waits after a failure goes on waiting.
    let waiting = Column::State.eq(PlacementState::Pending.as_str()).and(Column::Failures.eq(0));
    for before in idle(tx, scope, channel_id, waiting.and(Column::DueAt.is_not_null())).await? {
        let mut row = before.clone();
        row.due_at = Some(policy.schedule.release(scope.time_zone, row.created_at, now, 0));
        save(tx, &before, &mut row).await?;
    }
    let live = Column::State.eq(PlacementState::Published.as_str());
    for before in idle(tx, scope, channel_id, live).await? {
        let mut row = before.clone();
        // Thousands of copies must not be looked at in one minute.
        row.check_at = next_check(policy, row.checked_at.unwrap_or(now), row.id).map(|at| {
            let soon = now + share(policy.check_every_hours.unwrap_or(0), row.id);
            if at > now { at } else { soon }
        });
        save(tx, &before, &mut row).await?;
    }
    turns::retime(tx, scope, &[channel_id]).await
}

/// Makes what waits on a channel wait for the channel. The caller has locked the channel.
pub(in super::super) async fn block_channel(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    // Nearly everything that waits has no copy yet: all of it at once, however much it is.
    let unsent = without_copy(scope, channel_id, PlacementState::Pending).filter(Column::DueAt.is_not_null());
    unsent
        .col_expr(Column::State, Expr::value(PlacementState::Blocked.as_str()))
        .col_expr(Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .exec(tx)
        .await?;
    for before in idle(tx, scope, channel_id, Column::DueAt.is_not_null()).await? {
        let mut row = before.clone();
        row.due_at = None;
        schedule(&mut row, false, now);
        save(tx, &before, &mut row).await?;
    }
    turns::retime(tx, scope, &[channel_id]).await
}

/// Makes what waited for a channel due. The caller has locked the channel.
pub(in super::super) async fn unblock_channel(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel_id: Uuid,
) -> Result<()> {
    use placements::Column;
    let now = scope.now();
    without_copy(scope, channel_id, PlacementState::Blocked)
        .col_expr(Column::State, Expr::value(PlacementState::Pending.as_str()))
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::Failures, Expr::value(0))
        .col_expr(Column::Problem, Expr::value(Option::<String>::None))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .exec(tx)
        .await?;
    let blocked = Column::State.eq(PlacementState::Blocked.as_str());
    for before in idle(tx, scope, channel_id, blocked).await? {
        let mut row = before.clone();
        row.failures = 0;
        row.problem = None;
        schedule(&mut row, true, now);
        save(tx, &before, &mut row).await?;
    }
    // What may have been sent, and the platform wasn't asked yet because the channel had stopped.
    let unasked = Column::State.eq(PlacementState::Unverified.as_str()).and(Column::DueAt.is_null());
    for before in idle(tx, scope, channel_id, unasked).await? {
        let mut row = before.clone();
        let last = scope
            .find::<attempts::Entity>()
            .filter(attempts::Column::PlacementId.eq(row.id))
            .order_by_desc(attempts::Column::Number)
            .one(tx)
            .await?;
        if last.is_some_and(|attempt| attempt.operation == Operation::Publish.as_str()) {
            row.due_at = Some(now);
            save(tx, &before, &mut row).await?;
        }
    }
    turns::retime(tx, scope, &[channel_id]).await
}

/// The placements of a channel that are to be sent, have no copy and nobody works on, to be changed alike.
fn without_copy(scope: &TenantScope, channel_id: Uuid, state: PlacementState) -> UpdateMany<placements::Entity> {
    use placements::Column;
    scope
        .update::<placements::Entity>()
        .filter(Column::ChannelId.eq(channel_id))
        .filter(Column::State.eq(state.as_str()))
        .filter(Column::Desired.eq(Desired::Present.as_str()))
        .filter(Column::Receipt.is_null())
        .filter(Column::LeaseId.is_null())
}

/// The placements of a channel that nobody is working on, locked.
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
