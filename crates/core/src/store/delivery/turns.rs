//! When a channel's turn comes.
//!
//! Each channel's row says when something is due there (`next_at`): the earliest time of its placements, or the moment
//! until which its lanes make it wait (`held_until`) if that is later. So whoever looks for work reads channels and not
//! what waits on them, and a full lane is one row's business however much waits behind it.
//!
//! As long as a call is under way on a channel its time tells nothing: whoever ends the call sets it anew.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};
use uuid::Uuid;

use super::super::TenantScope;
use crate::entity::channels::{Column, Entity};
use crate::error::Result;

/// Sets the next times of channels. Everything that changes when a placement is due, or takes a lease away, ends with
/// this, in its own transaction. The channels' rows are locked already: PostgreSQL shows a statement what was committed
/// before it began, so that locking and reading in one would miss what was committed while it waited.
pub(in super::super) async fn retime(tx: &DatabaseTransaction, scope: &TenantScope, channels: &[Uuid]) -> Result<()> {
    if channels.is_empty() {
        return Ok(());
    }
    let times = scope.update::<Entity>().col_expr(Column::NextAt, Expr::cust(NEXT));
    times.filter(Column::Id.is_in(channels.iter().copied())).exec(tx).await?;
    Ok(())
}

/// Makes a channel wait for its lanes; `None`: its lanes are others now.
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

/// Two ends of one index: see `placements_due`.
const NEXT: &str = "(SELECT CASE WHEN channels.held_until > d.at THEN channels.held_until ELSE d.at END FROM \
     (SELECT MIN(e.at) AS at FROM \
         (SELECT MIN(p.due_at) AS at FROM placements p WHERE p.tenant_id = channels.tenant_id \
             AND p.channel_id = channels.id AND p.as_desired = FALSE AND p.due_at IS NOT NULL \
         UNION ALL SELECT MIN(p.due_at) AS at FROM placements p WHERE p.tenant_id = channels.tenant_id \
             AND p.channel_id = channels.id AND p.as_desired = TRUE AND p.due_at IS NOT NULL) e) d)";
