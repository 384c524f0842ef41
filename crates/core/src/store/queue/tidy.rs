//! Deleting the recorded calls of placements that ended long ago.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::super::delivery::channel_rows;
use super::super::write::Bookkeeping;
use super::Queue;
use crate::delivery::PlacementState;
use crate::entity::attempts;
use crate::entity::placements::{Column, Entity};
use crate::error::Result;

/// How long the calls of a placement are kept after its copy was deleted or struck through.
pub const ATTEMPTS_KEPT: Duration = Duration::days(180);

/// The most channels that are tidied in one go.
const CHANNELS_AT_ONCE: u64 = 1_000;

impl Queue<'_> {
    /// Deletes the calls of placements that ended more than [`ATTEMPTS_KEPT`] ago; the placements stay. A placement
    /// that has or may have a live copy, or that waits for a person, keeps all its calls. Returns the number of deleted
    /// calls.
    pub async fn tidy(&self) -> Result<u64> {
        // One time for all statements: placements that end meanwhile keep their calls and their number.
        let before = self.0.now() - ATTEMPTS_KEPT;
        let found: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::ChannelId)
            .filter(ended(before))
            .distinct()
            .limit(CHANNELS_AT_ONCE)
            .into_tuple()
            .all(self.0.db())
            .await?;
        let mut forgotten = 0;
        let scopes = self.0.tenants().by_ids(found.iter().map(|(tenant_id, _)| *tenant_id)).await?;
        for (tenant_id, channel_id) in found.into_iter().collect::<BTreeSet<_>>() {
            let Some(scope) = scopes.get(&tenant_id) else { continue };
            let tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
            channel_rows::lock(&tx, scope, channel_id).await?;
            let ended = || Column::ChannelId.eq(channel_id).and(ended(before));
            let placements = scope.find::<Entity>().select_only().column(Column::Id).filter(ended()).into_query();
            let calls =
                scope.delete::<attempts::Entity>().filter(attempts::Column::PlacementId.in_subquery(placements));
            forgotten += calls.exec(&*tx).await?.rows_affected;
            // If it is ever sent again, its calls are counted from 1.
            let counts = scope.update::<Entity>().col_expr(Column::Attempts, Expr::value(0));
            counts.filter(ended()).exec(&*tx).await?;
            tx.commit().await?;
        }
        Ok(forgotten)
    }
}

fn ended(before: DateTime<Utc>) -> SimpleExpr {
    Column::State
        .is_in([PlacementState::Retracted, PlacementState::Closed, PlacementState::Remains])
        .and(Column::UpdatedAt.lt(before))
        .and(Column::Attempts.gt(0))
        .and(Column::DueAt.is_null())
        .and(Column::LeaseId.is_null())
        .and(Column::MaybeSentAt.is_null())
}
