//! The leases of claims: a worker renews its lease to show that it is alive.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::write::Bookkeeping;
use super::{Claim, Queue};
use crate::entity::placements::{Column, Entity};
use crate::error::Result;

/// A claim's lease as it was read. Every renewal changes `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The placement's tenant.
    pub tenant_id: Uuid,
    /// The placement.
    pub placement_id: Uuid,
    /// Its channel.
    pub channel_id: Uuid,
    /// The claim.
    pub id: Uuid,
    /// By the clock of the process that claimed.
    pub until: DateTime<Utc>,
}

impl Queue<'_> {
    /// Every lease that is held now, by any process.
    pub async fn leases(&self) -> Result<Vec<Lease>> {
        type Row = (Uuid, Uuid, Uuid, Option<Uuid>, Option<DateTime<Utc>>);
        let rows: Vec<Row> = Entity::find()
            .select_only()
            .columns([Column::TenantId, Column::Id, Column::ChannelId, Column::LeaseId, Column::LeaseUntil])
            .filter(Column::LeaseUntil.is_not_null())
            .into_tuple()
            .all(self.0.db())
            .await?;
        let lease = |(tenant_id, placement_id, channel_id, id, until)| {
            Some(Lease { tenant_id, placement_id, channel_id, id: id?, until: until? })
        };
        Ok(rows.into_iter().filter_map(lease).collect())
    }

    /// Renews the lease of a claim. False: it was taken back, and another worker may have it.
    pub async fn renew(&self, claim: &Claim, lease: Duration) -> Result<bool> {
        let tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
        let renewed = claim
            .scope
            .update::<Entity>()
            .col_expr(Column::LeaseUntil, Expr::value(self.0.now() + lease))
            .filter(Column::Id.eq(claim.placement_id))
            .filter(Column::LeaseId.eq(claim.lease_id))
            .exec(&*tx)
            .await?;
        tx.commit().await?;
        Ok(renewed.rows_affected == 1)
    }

    /// Takes back a claim whose worker died. False: it was renewed, or ended, or another replica was faster.
    pub async fn take_back(&self, lease: &Lease) -> Result<bool> {
        let Some(scope) = self.0.tenants().by_id(lease.tenant_id).await? else { return Ok(false) };
        self.take_back_within(&scope, lease).await
    }
}
