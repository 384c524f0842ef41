//! How many copies there are, and in which state.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::delivery::moves::may_have_a_copy;
use super::super::unsigned;
use super::Placements;
use crate::delivery::{PlacementState, Presence};
use crate::entity::placements::{Column, Entity};
use crate::error::Result;

impl Placements<'_> {
    /// The number of placements in each state, on one channel or on all; states without any are left out.
    pub async fn counts_on(&self, channel: Option<Uuid>) -> Result<Vec<(PlacementState, u64)>> {
        let mut select = self.0.find::<Entity>();
        if let Some(channel) = channel {
            select = select.filter(Column::ChannelId.eq(channel));
        }
        let rows: Vec<(PlacementState, i64)> = select
            .select_only()
            .column(Column::State)
            .expr_as(Expr::col(Column::Id).count(), "placements")
            .group_by(Column::State)
            .into_tuple()
            .all(self.0.store().db())
            .await?;
        Ok(rows.into_iter().map(|(state, count)| (state, unsigned(count))).collect())
    }

    /// The number of live copies that were altered on the platform, on one channel or on all.
    pub async fn altered_on(&self, channel: Option<Uuid>) -> Result<u64> {
        let mut select = self.0.find::<Entity>();
        if let Some(channel) = channel {
            select = select.filter(Column::ChannelId.eq(channel));
        }
        let there = select.filter(Column::State.is_in([PlacementState::Published, PlacementState::Outdated]));
        let altered = there.filter(Column::Presence.eq(Presence::Altered));
        Ok(altered.count(self.0.store().db()).await?)
    }

    /// The number of copies that are or may be on a channel's platform: they stay there when the channel is abandoned.
    pub async fn copies_on(&self, channel: Uuid) -> Result<u64> {
        let there = self.0.find::<Entity>().filter(Column::ChannelId.eq(channel)).filter(may_have_a_copy());
        Ok(there.count(self.0.store().db()).await?)
    }
}
