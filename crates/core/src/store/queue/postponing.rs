//! Publishes that are due outside a channel's posting hours.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter};

use super::super::write::{Bookkeeping, Write};
use super::super::{Channel, TenantScope};
use crate::delivery::{PlacementState, day_begins};
use crate::entity::placements::{Column, Entity, Model};
use crate::error::Result;

/// Postpones a publish that the channel's schedule doesn't allow now, and with it all others of the channel that have
/// the same reason to wait.
pub(super) async fn puts_off(
    tx: &Write<'_, Bookkeeping>,
    scope: &TenantScope,
    channel: &Channel,
    row: &Model,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (schedule, zone) = (&channel.delivery.schedule, scope.time_zone);
    if schedule.is_empty() {
        return Ok(false);
    }
    let made_today = match schedule.per_day {
        None => 0,
        Some(_) => {
            let made = scope.find::<Entity>().filter(Column::ChannelId.eq(channel.id));
            made.filter(Column::PublishedAt.gte(day_begins(zone, now))).count(&**tx).await?
        }
    };
    let at = schedule.release(zone, row.created_at, now, made_today);
    if at <= now {
        return Ok(false);
    }
    let waiting = || {
        let on_channel = scope.update::<Entity>().filter(Column::ChannelId.eq(channel.id));
        on_channel.col_expr(Column::DueAt, Expr::value(at))
    };
    // Even a publish that was asked for long ago would have to wait now: the posting hours or the daily limit is the
    // reason, so all others wait too.
    let for_all = schedule.release(zone, DateTime::UNIX_EPOCH, now, made_today) > now;
    if for_all {
        waiting()
            .filter(Column::State.eq(PlacementState::Pending))
            .filter(Column::LeaseUntil.is_null())
            .filter(Column::DueAt.lte(now))
            .exec(&**tx)
            .await?;
    }
    waiting().filter(Column::Id.eq(row.id)).exec(&**tx).await?;
    Ok(true)
}
