//! What feed readers and crawlers are told of the jobs on the board.

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Job, JobQuery, Jobs};
use crate::entity::{board_changes, jobs};
use crate::error::Result;
use crate::job::JobState;
use crate::page::Page;
use crate::store::TenantScope;

/// A job in a feed.
#[derive(Debug, Clone)]
pub struct FeedJob {
    /// The job.
    pub job: Job,
    /// When it went on the board.
    pub published_at: DateTime<Utc>,
    /// When its text last changed, not before it went on the board.
    pub updated_at: DateTime<Utc>,
}

/// The page of a job on the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobAddress {
    /// Its address.
    pub url: String,
    /// When its text last changed, not before it went on the board.
    pub updated_at: DateTime<Utc>,
}

impl TenantScope {
    /// When what this board shows last changed: its jobs, its name or its description, on any replica. `None`: not since
    /// the program keeps this time.
    pub async fn changed_at(&self) -> Result<Option<DateTime<Utc>>> {
        let row = board_changes::Entity::find_by_id(self.id).one(self.store().db()).await?;
        Ok(row.and_then(|row| DateTime::from_timestamp_millis(row.changed_at)))
    }
}

impl Jobs<'_> {
    /// The jobs on the board that match `query`, newest first, as feeds tell of them. Whatever states the query names,
    /// only published jobs are among them.
    pub async fn feed(&self, query: &JobQuery) -> Result<Page<FeedJob>> {
        let published = JobQuery { states: vec![JobState::Published], ..query.clone() };
        let page = self.rows(&published).await?;
        let times: Vec<_> = page.items.iter().map(|row| (published_at(row), updated_at(row))).collect();
        let jobs = self.views(page.items).await?.into_iter().zip(times);
        let items = jobs.map(|(job, (published_at, updated_at))| FeedJob { job, published_at, updated_at });
        Ok(Page { items: items.collect(), next_cursor: page.next_cursor })
    }

    /// The pages of the jobs on the board, oldest first: `limit` of them after the first `skip`.
    pub async fn addresses(&self, skip: u64, limit: u64) -> Result<Vec<JobAddress>> {
        // Only these columns: the searchable text of fifty thousand jobs is a hundred megabytes.
        let rows: Vec<(String, DateTime<Utc>, Option<DateTime<Utc>>)> = self
            .0
            .find::<jobs::Entity>()
            .filter(jobs::Column::State.eq(JobState::Published))
            .select_only()
            .columns([jobs::Column::Slug, jobs::Column::ListedAt, jobs::Column::RevisedAt])
            .order_by_asc(jobs::Column::ListedAt)
            .order_by_asc(jobs::Column::Id)
            .offset(skip)
            .limit(limit)
            .into_tuple()
            .all(self.0.store().db())
            .await?;
        let address = |(slug, listed_at, revised_at): (String, DateTime<Utc>, Option<DateTime<Utc>>)| JobAddress {
            url: self.0.job_url(&slug),
            updated_at: revised_at.map_or(listed_at, |at| at.max(listed_at)),
        };
        Ok(rows.into_iter().map(address).collect())
    }
}

fn published_at(row: &jobs::Model) -> DateTime<Utc> {
    row.published_at.unwrap_or(row.listed_at)
}

fn updated_at(row: &jobs::Model) -> DateTime<Utc> {
    let published_at = published_at(row);
    row.revised_at.map_or(published_at, |at| at.max(published_at))
}
