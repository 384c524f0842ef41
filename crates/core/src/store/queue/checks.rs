//! Checks of copies: whether they are still there, and as they should be.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::delivery::{channel_rows, turns};
use super::super::write::Bookkeeping;
use super::Queue;
use crate::delivery::{ChannelState, PlacementState};
use crate::entity::placements::{self, Column};
use crate::error::Result;

/// The most copies with a due check that are found at once.
const COPIES_AT_ONCE: u64 = 1_000;

impl Queue<'_> {
    /// Makes the checks due whose time has come, on channels that work.
    pub async fn advance_checks(&self) -> Result<()> {
        let now = self.0.now();
        let due = || {
            Condition::all()
                .add(Column::CheckAt.lte(now))
                .add(Column::DueAt.is_null())
                .add(Column::LeaseId.is_null())
                .add(Column::State.is_in([PlacementState::Published, PlacementState::Outdated]))
        };
        let found: Vec<(Uuid, Uuid)> = placements::Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::ChannelId)
            .filter(due())
            .limit(COPIES_AT_ONCE)
            .into_tuple()
            .all(self.0.db())
            .await?;
        let scopes = self.0.tenants().by_ids(found.iter().map(|(tenant_id, _)| *tenant_id)).await?;
        for (tenant_id, channel_id) in found.into_iter().collect::<BTreeSet<_>>() {
            let Some(scope) = scopes.get(&tenant_id) else { continue };
            let mut tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
            let Some(channel) = channel_rows::lock(&tx, scope, channel_id).await? else { continue };
            let on_channel =
                || scope.update::<placements::Entity>().filter(Column::ChannelId.eq(channel_id)).filter(due());
            if channel.state == ChannelState::Active {
                on_channel().col_expr(Column::DueAt, Expr::value(now)).exec(&*tx).await?;
            } else {
                // Copies on a paused channel aren't checked; the first check comes when it works again.
                let later = now + chrono::Duration::hours(1);
                on_channel().col_expr(Column::CheckAt, Expr::value(later)).exec(&*tx).await?;
            }
            turns::retime(&tx, scope, &[channel_id]).await?;
            tx.announce_work();
            tx.commit().await?;
        }
        Ok(())
    }
}
