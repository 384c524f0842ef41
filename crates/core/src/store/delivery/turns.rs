//! When a channel is due: `next_at`.
//!
//! Each channel's row has `next_at`: the earliest `due_at` of its placements, or the time until which its lanes make it
//! wait (`held_until`) if that is later. So looking for work reads channels' rows and not placements, and a full lane
//! changes one row, however many placements wait.
//!
//! `next_at` is ignored while a call is under way on the channel: the end of the call sets it again.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};
use uuid::Uuid;

use super::super::TenantScope;
use crate::entity::channels::{Column, Entity};
use crate::error::Result;

/// Sets the `next_at` of channels. Every transaction that changes a `due_at` or removes a lease ends with this. The
/// caller has locked the channels' rows before: a PostgreSQL statement sees only what was committed before it began, so
/// locking and reading in one statement would miss what was committed while it waited for the lock.
pub(in super::super) async fn retime(tx: &DatabaseTransaction, scope: &TenantScope, channels: &[Uuid]) -> Result<()> {
    if channels.is_empty() {
        return Ok(());
    }
    let times = scope.update::<Entity>().col_expr(Column::NextAt, Expr::cust(NEXT));
    times.filter(Column::Id.is_in(channels.iter().copied())).exec(tx).await?;
    Ok(())
}

/// Makes a channel wait for its lanes; `None`: its lanes have changed, so it no longer waits.
pub(in super::super) async fn hold(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    channel: Uuid,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let held = scope.update::<Entity>().col_expr(Column::HeldUntil, Expr::value(until));
    held.filter(Column::Id.eq(channel)).exec(tx).await?;
    retime(tx, scope, &[channel]).await
}

/// Reads the first entry of two ranges of one index: see `placements_due`.
const NEXT: &str = "(SELECT CASE WHEN channels.held_until > d.at THEN channels.held_until ELSE d.at END FROM \
     (SELECT MIN(e.at) AS at FROM \
         (SELECT MIN(p.due_at) AS at FROM placements p WHERE p.tenant_id = channels.tenant_id \
             AND p.channel_id = channels.id AND p.as_desired = FALSE AND p.due_at IS NOT NULL \
         UNION ALL SELECT MIN(p.due_at) AS at FROM placements p WHERE p.tenant_id = channels.tenant_id \
             AND p.channel_id = channels.id AND p.as_desired = TRUE AND p.due_at IS NOT NULL) e) d)";
