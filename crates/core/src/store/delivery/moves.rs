//! The state changes of one placement: the next step follows from its desired and actual state.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{CaseStatement, Condition, Expr, ExprTrait as _};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, Iterable, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::super::TenantScope;
use crate::delivery::{DeliveryPolicy, Desired, Operation, Outcome, PlacementState};
use crate::entity::{attempts, placements};
use crate::error::Result;

/// The most rows that one statement writes: the number of its parameters is limited.
pub(super) const ROWS_AT_ONCE: usize = 200;

/// The next thing to do for a placement whose outcome is known.
pub(in super::super) fn next_operation(row: &placements::Model) -> Option<Operation> {
    let struck = row.state == PlacementState::Closed;
    match (row.desired, &row.receipt) {
        (Desired::Present, None) => Some(Operation::Publish),
        // The plugin can't update this copy; the next edit asks it again.
        (Desired::Present, Some(_)) if row.state == PlacementState::Outdated => None,
        (Desired::Present, Some(_)) => {
            (struck || row.actual_revision != Some(row.desired_revision)).then_some(Operation::Update)
        }
        (_, None) => None,
        // If the platform refuses to delete, the plugin strikes the copy through instead, and that counts as absent.
        (_, Some(_)) if struck || row.state == PlacementState::Remains => None,
        (Desired::Closed, Some(_)) => Some(Operation::Close),
        (_, Some(_)) => Some(Operation::Retract),
    }
}

/// The state of a placement that has something to do.
pub(in super::super) fn waiting_state(row: &placements::Model) -> PlacementState {
    match (&row.receipt, row.state) {
        (None, _) => PlacementState::Pending,
        (Some(_), PlacementState::Closed) => PlacementState::Closed,
        (Some(_), _) => PlacementState::Published,
    }
}

/// Sets the state and `due_at` of the next step, from the desired and the actual state.
pub(in super::super) fn schedule(row: &mut placements::Model, channel_active: bool, now: DateTime<Utc>) {
    row.updated_at = now;
    // A call is under way, or a person is asked: the end of either schedules again.
    if row.lease_id.is_some() || row.state == PlacementState::Unverified {
        return;
    }
    let (state, due_at) = match next_operation(row) {
        // It ended while a publish has an unknown outcome and there is no receipt to retract: only a person can look.
        None if row.receipt.is_none() && row.maybe_sent_at.is_some() => {
            row.problem = Some("it may have been sent before it ended; please look whether a copy is there".to_owned());
            row.cause = Some(Outcome::Unverified);
            (PlacementState::Unverified, None)
        }
        None => {
            let state = match (row.desired, &row.receipt) {
                (Desired::Present, _) if row.state == PlacementState::Outdated => PlacementState::Outdated,
                (Desired::Present, _) => PlacementState::Published,
                (_, Some(_)) if row.state == PlacementState::Remains => PlacementState::Remains,
                (_, Some(_)) => PlacementState::Closed,
                (_, None) => PlacementState::Retracted,
            };
            row.problem = None;
            (state, None)
        }
        Some(_) if !channel_active => (PlacementState::Blocked, None),
        Some(_) => (waiting_state(row), Some(now)),
    };
    row.state = state;
    row.due_at = due_at;
}

/// Forgets that the plugin couldn't change or delete the copy, so that it is asked again.
pub(in super::super) fn ask_again(row: &mut placements::Model) {
    if matches!(row.state, PlacementState::Outdated | PlacementState::Remains) {
        row.state = PlacementState::Published;
    }
}

/// Forgets the copy: there is none now.
pub(in super::super) fn forget_copy(row: &mut placements::Model) {
    row.receipt = None;
    row.url = None;
    row.actual_revision = None;
    row.presence = None;
    row.check_at = None;
    // The next publish makes another copy: no platform may take it for a repetition of this one.
    row.generation += 1;
}

/// When to check a copy again that was made or checked at `last`. Each copy gets up to a quarter of the interval more,
/// always the same, so that copies that were made together aren't checked together.
pub(in super::super) fn next_check(policy: &DeliveryPolicy, last: DateTime<Utc>, id: Uuid) -> Option<DateTime<Utc>> {
    policy.check_every_hours.map(|hours| last + Duration::hours(hours.into()) + share(hours, id) / 4)
}

/// A part of this number of hours, derived from a placement's id.
pub(super) fn share(hours: u32, id: Uuid) -> Duration {
    // The last bytes of a UUIDv7 are random.
    let drawn = i64::from(id.as_bytes()[14]) << 8 | i64::from(id.as_bytes()[15]);
    Duration::milliseconds(i64::from(hours) * 3_600_000 * drawn / 65_536)
}

/// Whether the copy was there and somebody deleted it on the platform.
pub(in super::super) fn has_vanished(row: &placements::Model) -> bool {
    row.state == PlacementState::Failed && row.receipt.is_none() && row.actual_revision.is_some()
}

/// The publishes with an unknown outcome are settled: the placement may be sent, and nothing has to be repeated.
pub(in super::super) async fn settle(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    row: &mut placements::Model,
    outcome: Outcome,
) -> Result<()> {
    if row.maybe_sent_at.take().is_none() {
        return Ok(());
    }
    scope
        .update::<attempts::Entity>()
        .col_expr(attempts::Column::Outcome, Expr::value(outcome))
        .filter(attempts::Column::PlacementId.eq(row.id))
        .filter(attempts::Column::Outcome.eq(Outcome::Unverified))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes the changed columns. A caller that changes `due_at` must also set the channel's `next_at`
/// ([`retime`](super::turns::retime)).
pub(in super::super) async fn save(
    tx: &DatabaseTransaction,
    before: &placements::Model,
    row: &mut placements::Model,
) -> Result<()> {
    let Some(changed) = changes(before, row) else { return Ok(()) };
    let at = placements::Entity::update_many().set(changed).filter(placements::Column::TenantId.eq(row.tenant_id));
    at.filter(placements::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// The same for many pairs of old and new rows: one statement for all rows with the same changes.
pub(in super::super) async fn save_all(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    rows: Vec<(placements::Model, placements::Model)>,
) -> Result<()> {
    let mut alike: Vec<(placements::ActiveModel, Vec<Uuid>)> = Vec::new();
    for (before, mut row) in rows {
        let Some(changed) = changes(&before, &mut row) else { continue };
        match alike.iter_mut().find(|(same, _)| *same == changed) {
            Some((_, ids)) => ids.push(row.id),
            None => alike.push((changed, vec![row.id])),
        }
    }
    for (changed, ids) in alike {
        for some in ids.chunks(ROWS_AT_ONCE) {
            let update = scope.update::<placements::Entity>().set(changed.clone());
            update.filter(placements::Column::Id.is_in(some.iter().copied())).exec(tx).await?;
        }
    }
    Ok(())
}

/// Sets when copies are checked again.
pub(super) async fn save_checks(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    checks: &[(Uuid, DateTime<Utc>)],
) -> Result<()> {
    use placements::Column;
    for some in checks.chunks(ROWS_AT_ONCE) {
        let mut times = CaseStatement::new();
        for (id, at) in some {
            times = times.case(Column::Id.eq(*id), Expr::value(*at));
        }
        let update = scope.update::<placements::Entity>().col_expr(Column::CheckAt, times.into());
        update.filter(Column::Id.is_in(some.iter().map(|(id, _)| *id))).exec(tx).await?;
    }
    Ok(())
}

/// The columns whose values have changed; `None` if there are none. Writing a column costs a change of each of its
/// indexes, even if its value is the same.
fn changes(before: &placements::Model, row: &mut placements::Model) -> Option<placements::ActiveModel> {
    let live = matches!(row.state, PlacementState::Published | PlacementState::Outdated);
    row.as_desired = live && row.desired == Desired::Present && next_operation(row).is_none();
    if row.problem.is_none() {
        row.cause = None;
    }
    let mut changed = <placements::ActiveModel as ActiveModelTrait>::default();
    for column in placements::Column::iter() {
        let value = row.get(column);
        if value != before.get(column) {
            changed.set(column, value);
        }
    }
    changed.is_changed().then_some(changed)
}

/// Whether a copy is or may be on the platform.
pub(in super::super) fn may_have_a_copy() -> Condition {
    let uncertain = [PlacementState::Sending, PlacementState::Unverified];
    Condition::any()
        .add(placements::Column::State.is_in(uncertain))
        .add(placements::Column::Receipt.is_not_null().and(placements::Column::State.ne(PlacementState::Retracted)))
}
