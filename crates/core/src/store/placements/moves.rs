//! The moves of one placement: what follows from what is desired and what is.

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, Iterable, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::super::{Operation, TenantScope};
use super::{Desired, PlacementState};
use crate::delivery::DeliveryPolicy;
use crate::entity::{attempts, placements};
use crate::error::Result;

/// The next thing to do for a placement whose outcome is known.
pub(in super::super) fn next_operation(row: &placements::Model) -> Option<Operation> {
    let struck = row.state == PlacementState::Closed.as_str();
    match (row.desired.as_str(), &row.receipt) {
        ("present", None) => Some(Operation::Publish),
        ("present", Some(_)) => {
            (struck || row.actual_revision != Some(row.desired_revision)).then_some(Operation::Update)
        }
        (_, None) => None,
        // Where the platform refuses to delete, the plugin strikes through instead: that is as absent as it gets.
        (_, Some(_)) if struck => None,
        ("closed", Some(_)) => Some(Operation::Close),
        (_, Some(_)) => Some(Operation::Retract),
    }
}

/// The state of a placement that has something to do.
pub(in super::super) fn waiting_state(row: &placements::Model) -> PlacementState {
    match (&row.receipt, row.state.as_str()) {
        (None, _) => PlacementState::Pending,
        (Some(_), "closed") => PlacementState::Closed,
        (Some(_), _) => PlacementState::Published,
    }
}

/// Sets state and time of the next step, from what is desired and what is.
pub(in super::super) fn schedule(row: &mut placements::Model, channel_active: bool, now: DateTime<Utc>) {
    row.updated_at = now;
    // A call is under way, or a person is asked: whoever ends that schedules again.
    if row.lease_id.is_some() || row.state == PlacementState::Unverified.as_str() {
        return;
    }
    let (state, due_at) = match next_operation(row) {
        // It ended while a copy may be out that nobody can take away: only a person can tell.
        None if row.receipt.is_none() && row.maybe_sent_at.is_some() => {
            row.problem = Some("it may have been sent before it ended; please look whether a copy is there".to_owned());
            (PlacementState::Unverified, None)
        }
        None => {
            let state = match (row.desired.as_str(), &row.receipt) {
                ("present", _) => PlacementState::Published,
                (_, Some(_)) => PlacementState::Closed,
                (_, None) => PlacementState::Retracted,
            };
            row.problem = None;
            (state, None)
        }
        Some(_) if !channel_active => (PlacementState::Blocked, None),
        Some(_) => (waiting_state(row), Some(now)),
    };
    row.state = state.as_str().to_owned();
    row.due_at = due_at;
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
pub(super) fn has_vanished(row: &placements::Model) -> bool {
    row.state == PlacementState::Failed.as_str() && row.receipt.is_none() && row.actual_revision.is_some()
}

/// It is known now what became of the publishes whose outcome nobody knew: nothing stands in the way of sending, and
/// nothing has to be repeated.
pub(in super::super) async fn settle(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    row: &mut placements::Model,
    outcome: &str,
) -> Result<()> {
    if row.maybe_sent_at.take().is_none() {
        return Ok(());
    }
    scope
        .update::<attempts::Entity>()
        .col_expr(attempts::Column::Outcome, Expr::value(outcome))
        .filter(attempts::Column::PlacementId.eq(row.id))
        .filter(attempts::Column::Outcome.eq("unverified"))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes back what has changed. Whoever changes when a placement is due sets the channel's time, too
/// ([`retime`](super::super::turns::retime)).
pub(in super::super) async fn save(
    tx: &DatabaseTransaction,
    before: &placements::Model,
    row: &mut placements::Model,
) -> Result<()> {
    row.as_desired = row.state == PlacementState::Published.as_str()
        && row.desired == Desired::Present.as_str()
        && row.actual_revision == Some(row.desired_revision);
    let mut changed = <placements::ActiveModel as ActiveModelTrait>::default();
    // A column that is written costs a change of each of its indexes, the same value or not.
    for column in placements::Column::iter() {
        let value = row.get(column);
        if value != before.get(column) {
            changed.set(column, value);
        }
    }
    if !changed.is_changed() {
        return Ok(());
    }
    let at = placements::Entity::update_many().set(changed).filter(placements::Column::TenantId.eq(row.tenant_id));
    at.filter(placements::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}
