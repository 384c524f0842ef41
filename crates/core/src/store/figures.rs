//! Counts over all tenants, for monitoring: one query each, for any number of boards.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Store, unsigned};

use crate::delivery::{Outcome, PlacementState};
use crate::entity::{attempts, jobs, placements, tenants};
use crate::error::Result;
use crate::job::JobState;

/// The counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Jobs by board (its slug) and state.
    pub jobs: Vec<(String, JobState, u64)>,
    /// Placements by board and state.
    pub placements: Vec<(String, PlacementState, u64)>,
    /// Calls of plugins by outcome.
    pub attempts: Vec<(Outcome, u64)>,
}

impl Store {
    /// Counts everything. States without a row are absent.
    pub async fn figures(&self) -> Result<Figures> {
        let slugs: Vec<(Uuid, String)> = tenants::Entity::find()
            .select_only()
            .column(tenants::Column::Id)
            .column(tenants::Column::Slug)
            .into_tuple()
            .all(self.db())
            .await?;
        let slugs: HashMap<Uuid, String> = slugs.into_iter().collect();
        let slug = |id: &Uuid| slugs.get(id).cloned().unwrap_or_default();
        let count = || Expr::cust("*").count();
        let job_rows: Vec<(Uuid, JobState, i64)> = jobs::Entity::find()
            .select_only()
            .column(jobs::Column::TenantId)
            .column(jobs::Column::State)
            .expr_as(count(), "n")
            .group_by(jobs::Column::TenantId)
            .group_by(jobs::Column::State)
            .into_tuple()
            .all(self.db())
            .await?;
        let placement_rows: Vec<(Uuid, PlacementState, i64)> = placements::Entity::find()
            .select_only()
            .column(placements::Column::TenantId)
            .column(placements::Column::State)
            .expr_as(count(), "n")
            .group_by(placements::Column::TenantId)
            .group_by(placements::Column::State)
            .into_tuple()
            .all(self.db())
            .await?;
        let attempt_rows: Vec<(Outcome, i64)> = attempts::Entity::find()
            .select_only()
            .column(attempts::Column::Outcome)
            .expr_as(count(), "n")
            .group_by(attempts::Column::Outcome)
            .into_tuple()
            .all(self.db())
            .await?;
        let mut figures = Figures::default();
        for (tenant, state, n) in job_rows {
            figures.jobs.push((slug(&tenant), state, unsigned(n)));
        }
        for (tenant, state, n) in placement_rows {
            figures.placements.push((slug(&tenant), state, unsigned(n)));
        }
        figures.attempts = attempt_rows.into_iter().map(|(outcome, n)| (outcome, unsigned(n))).collect();
        Ok(figures)
    }

    /// The number of jobs on each board; boards without any are absent.
    pub async fn open_jobs(&self) -> Result<HashMap<Uuid, u64>> {
        let rows: Vec<(Uuid, i64)> = jobs::Entity::find()
            .select_only()
            .column(jobs::Column::TenantId)
            .expr_as(Expr::cust("*").count(), "n")
            .filter(jobs::Column::State.eq(JobState::Published))
            .group_by(jobs::Column::TenantId)
            .into_tuple()
            .all(self.db())
            .await?;
        Ok(rows.into_iter().map(|(tenant, n)| (tenant, unsigned(n))).collect())
    }
}
