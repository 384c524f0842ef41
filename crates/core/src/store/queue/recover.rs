//! Taking back the claims of workers that died.

use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::super::TenantScope;
use super::super::delivery::moves::{save, waiting_state};
use super::super::delivery::{channel_rows, turns};
use super::super::write::Bookkeeping;
use super::{Lease, Queue};
use crate::delivery::{Operation, Outcome, PlacementState};
use crate::entity::{attempts, placements};
use crate::error::Result;

impl Queue<'_> {
    /// Takes back claims whose lease is over by this process's clock. A publish becomes unverified; everything else can
    /// be repeated. `all`: every claim, because no other process works on this database.
    pub async fn recover(&self, all: bool) -> Result<u64> {
        use placements::Column;
        let now = self.0.now();
        let leased = placements::Entity::find().filter(Column::LeaseUntil.is_not_null());
        let lost = if all { leased } else { leased.filter(Column::LeaseUntil.lte(now)) };
        let lost = lost.all(self.0.db()).await?;
        let mut recovered = 0;
        for row in lost {
            let (Some(id), Some(until)) = (row.lease_id, row.lease_until) else { continue };
            let (tenant_id, channel_id) = (row.tenant_id, row.channel_id);
            if self.take_back(&Lease { tenant_id, placement_id: row.id, channel_id, id, until }).await? {
                recovered += 1;
            }
        }
        Ok(recovered)
    }

    pub(super) async fn take_back_within(&self, scope: &TenantScope, lost: &Lease) -> Result<bool> {
        let now = self.0.now();
        let mut tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
        channel_rows::lock(&tx, scope, lost.channel_id).await?;
        let row = scope
            .find::<placements::Entity>()
            .filter(placements::Column::Id.eq(lost.placement_id))
            .filter(placements::Column::LeaseId.eq(lost.id))
            .lock(LockType::Update)
            .one(&*tx)
            .await?;
        // Its worker renewed the lease, or another replica took it back first.
        let Some(before) = row.filter(|row| row.lease_until == Some(lost.until)) else { return Ok(false) };
        let mut row = before.clone();
        let open = open_attempt(&tx, scope, row.id).await?;
        let publishing = open.as_ref().is_some_and(|a| a.operation == Operation::Publish);
        let locating = row.state == PlacementState::Unverified;
        if let Some(open) = open {
            if publishing {
                row.maybe_sent_at = row.maybe_sent_at.or(Some(open.started_at));
            }
            let mut attempt = open.into_active_model();
            attempt.outcome = Set(if publishing { Outcome::Unverified } else { Outcome::Interrupted });
            attempt.message = Set(Some("the process stopped during this call".to_owned()));
            attempt.finished_at = Set(Some(now));
            attempt.update(&*tx).await?;
        }
        row.lease_id = None;
        row.lease_until = None;
        row.updated_at = now;
        row.due_at = Some(now);
        let state = if publishing || locating { PlacementState::Unverified } else { waiting_state(&row) };
        row.state = state;
        save(&tx, &before, &mut row).await?;
        turns::retime(&tx, scope, &[row.channel_id]).await?;
        tx.announce_work();
        tx.commit().await?;
        Ok(true)
    }
}

async fn open_attempt(
    tx: &sea_orm::DatabaseTransaction,
    scope: &TenantScope,
    placement_id: Uuid,
) -> Result<Option<attempts::Model>> {
    let open = scope
        .find::<attempts::Entity>()
        .filter(attempts::Column::PlacementId.eq(placement_id))
        .filter(attempts::Column::Outcome.eq(Outcome::Started))
        .order_by_desc(attempts::Column::Number);
    Ok(open.one(tx).await?)
}
