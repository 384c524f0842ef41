//! The moves of one placement: what follows from what is desired and what is.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{CaseStatement, Condition, Expr, ExprTrait as _};
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, Iterable, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::super::TenantScope;
use crate::delivery::{DeliveryPolicy, Desired, Operation, Outcome, PlacementState};
use crate::entity::{attempts, placements};
use crate::error::Result;

/// The most rows that one statement writes: it can't have any number of values.
pub(super) const ROWS_AT_ONCE: usize = 200;

/// The next thing to do for a placement whose outcome is known.
pub(in super::super) fn next_operation(row: &placements::Model) -> Option<Operation> {
    let struck = row.state == PlacementState::Closed;
    match (row.desired, &row.receipt) {
        (Desired::Present, None) => Some(Operation::Publish),
        // It was tried, and can't be done; the next edit tries again.
        (Desired::Present, Some(_)) if row.state == PlacementState::Outdated => None,
        (Desired::Present, Some(_)) => {
            (struck || row.actual_revision != Some(row.desired_revision)).then_some(Operation::Update)
        }
        (_, None) => None,
        // Where the platform refuses to delete, the plugin strikes through instead: that is as absent as it gets.
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

/// Sets state and time of the next step, from what is desired and what is.
pub(in super::super) fn schedule(row: &mut placements::Model, channel_active: bool, now: DateTime<Utc>) {
    row.updated_at = now;
    // A call is under way, or a person is asked: whoever ends that schedules again.
    if row.lease_id.is_some() || row.state == PlacementState::Unverified {
        return;
    }
    let (state, due_at) = match next_operation(row) {
        // It ended while a copy may be out that nobody can take away: only a person can tell.
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

/// Forgets that the plugin couldn't change the copy, or couldn't take it away: it is asked again.
pub(in super::super) fn ask_again(row: &mut placements::Model) {
    if matches!(row.state, PlacementState::Outdated | PlacementState::Remains) {
        row.state = PlacementState::Published;
    }
}

/// There is no copy.
pub(in super::super) fn forget_copy(row: &mut placements::Model) {
    row.receipt = None;
    row.url = None;
    row.actual_revision = None;
    row.presence = None;
    row.check_at = None;
    // What is sent from now on is another copy: no platform may take it for a repetition of this one.
    row.generation += 1;
}

/// When to look at a copy again that was made or looked at at `last`. Copies that were made together are not looked at
/// together: each has up to a quarter more, always the same.
pub(in super::super) fn next_check(policy: &DeliveryPolicy, last: DateTime<Utc>, id: Uuid) -> Option<DateTime<Utc>> {
    policy.check_every_hours.map(|hours| last + Duration::hours(hours.into()) + share(hours, id) / 4)
}

/// A part of so many hours, drawn from a placement's id.
pub(super) fn share(hours: u32, id: Uuid) -> Duration {
    // The last bytes of a UUIDv7 are random.
    let drawn = i64::from(id.as_bytes()[14]) << 8 | i64::from(id.as_bytes()[15]);
    Duration::milliseconds(i64::from(hours) * 3_600_000 * drawn / 65_536)
}

/// Whether the copy was there and somebody deleted it on the platform.
pub(in super::super) fn has_vanished(row: &placements::Model) -> bool {
    row.state == PlacementState::Failed && row.receipt.is_none() && row.actual_revision.is_some()
}

/// It is known now what became of the publishes whose outcome nobody knew: nothing stands in the way of sending, and
/// nothing has to be repeated.
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

/// Writes back what has changed. Whoever changes when a placement is due sets the channel's time, too
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

/// The same for many rows, each with how it was before: one statement for all that change alike.
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

/// Sets when copies are looked at again.
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

/// The columns whose values are others than before; `None` if there are none. A column that is written costs a change of
/// each of its indexes, the same value or not.
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
