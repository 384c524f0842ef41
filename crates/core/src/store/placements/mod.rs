//! One job on one channel: what should be there, and what is.

mod act;
mod counts;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, ExprTrait as _};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{TenantScope, unsigned};
use crate::delivery::{Desired, Operation, Outcome, PlacementState, Presence};
use crate::entity::{attempts, channels, placements};
use crate::error::Result;
use crate::form::{WEB_SCHEMES, check_url};
use crate::page::{Cursor, Page, clamp_limit};

/// A placement, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placement {
    /// Its id.
    pub id: Uuid,
    /// The job.
    pub job_id: Uuid,
    /// The channel.
    pub channel_id: Uuid,
    /// What should be there.
    pub desired: Desired,
    /// Which revision should be there.
    pub desired_revision: u64,
    /// What is known of the copy.
    pub state: PlacementState,
    /// The revision the copy shows.
    pub actual_revision: Option<u64>,
    /// The copy's address.
    pub url: Option<String>,
    /// When the next attempt is due; the lanes of its channel may make it wait longer.
    pub due_at: Option<DateTime<Utc>>,
    /// What went wrong, in the platform's own words where it has any.
    pub problem: Option<String>,
    /// What kind of thing that was: the outcome of the call that went wrong.
    pub cause: Option<Outcome>,
    /// When the copy was made.
    pub published_at: Option<DateTime<Utc>>,
    /// When somebody last looked whether it is still there.
    pub checked_at: Option<DateTime<Utc>>,
    /// What that showed.
    pub presence: Option<Presence>,
    /// When it was last touched.
    pub updated_at: DateTime<Utc>,
}

/// One call to a platform.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attempt {
    /// When it began.
    pub at: DateTime<Utc>,
    /// What was asked for.
    pub operation: Operation,
    /// How it ended.
    pub outcome: Outcome,
    /// The last HTTP status the platform answered.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
    /// The platform's or the host's words; never a secret.
    pub message: Option<String>,
}

/// What a person answers to "is it there?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Yes: this is its receipt, made from the link by the plugin.
    Sent {
        /// What the plugin needs to find it again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
    },
    /// No: send it.
    NotSent,
}

/// Which placements to list.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct PlacementQuery {
    /// Those in this state.
    pub state: Option<PlacementState>,
    /// Those on this channel.
    pub channel_id: Option<Uuid>,
    /// Those whose copy was like this when it was last looked at.
    pub presence: Option<Presence>,
    /// Where the last page ended.
    pub cursor: Option<String>,
    /// How many, at most 100.
    pub limit: Option<u64>,
}

impl From<placements::Model> for Placement {
    fn from(row: placements::Model) -> Self {
        Self {
            id: row.id,
            job_id: row.job_id,
            channel_id: row.channel_id,
            desired: row.desired,
            desired_revision: unsigned(row.desired_revision),
            state: row.state,
            actual_revision: row.actual_revision.map(unsigned),
            // A plugin or an older version may have stored a URL that no browser should open.
            url: row.url.filter(|url| check_url(url, &WEB_SCHEMES).is_ok()),
            due_at: row.due_at,
            cause: row.cause.filter(|_| row.problem.is_some()),
            problem: row.problem,
            published_at: row.published_at,
            checked_at: row.checked_at,
            presence: row.presence,
            updated_at: row.updated_at,
        }
    }
}

/// A tenant's placements.
#[derive(Debug)]
pub struct Placements<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// The tenant's placements.
    pub fn placements(&self) -> Placements<'_> {
        Placements(self)
    }
}

impl Placements<'_> {
    /// The copies of a job, in the order of the channels.
    pub async fn for_job(&self, job_id: Uuid) -> Result<Vec<Placement>> {
        let rows = self.0.find::<placements::Entity>().filter(placements::Column::JobId.eq(job_id));
        let rows = rows.order_by_asc(placements::Column::ChannelId).all(self.0.store().db()).await?;
        self.shown(rows).await
    }

    /// Placements, last touched first.
    pub async fn list(&self, query: &PlacementQuery) -> Result<Page<Placement>> {
        let limit = clamp_limit(query.limit);
        let mut select = self.0.find::<placements::Entity>();
        if let Some(state) = query.state {
            select = select.filter(placements::Column::State.eq(state));
        }
        if let Some(channel) = query.channel_id {
            select = select.filter(placements::Column::ChannelId.eq(channel));
        }
        if let Some(presence) = query.presence {
            select = select.filter(placements::Column::Presence.eq(presence));
        }
        if let Some(cursor) = query.cursor.as_deref().and_then(Cursor::decode) {
            select = select.filter(
                Condition::any()
                    .add(placements::Column::UpdatedAt.lt(cursor.at))
                    .add(placements::Column::UpdatedAt.eq(cursor.at).and(placements::Column::Id.lt(cursor.id))),
            );
        }
        let rows = select
            .order_by_desc(placements::Column::UpdatedAt)
            .order_by_desc(placements::Column::Id)
            .limit(limit + 1)
            .all(self.0.store().db())
            .await?;
        let page = Page::cut(rows, limit, |row| Cursor { at: row.updated_at, id: row.id });
        Ok(Page { items: self.shown(page.items).await?, next_cursor: page.next_cursor })
    }

    /// One by id.
    pub async fn get(&self, id: Uuid) -> Result<Option<Placement>> {
        let row = self.0.find::<placements::Entity>().filter(placements::Column::Id.eq(id));
        let row = row.one(self.0.store().db()).await?;
        Ok(self.shown(row.into_iter().collect()).await?.pop())
    }

    /// Rows with the times at which they will be tried: not before their channel's `held_until`.
    async fn shown(&self, rows: Vec<placements::Model>) -> Result<Vec<Placement>> {
        let waiting = rows.iter().filter(|row| row.due_at.is_some() && row.lease_id.is_none());
        let channel_ids: BTreeSet<Uuid> = waiting.map(|row| row.channel_id).collect();
        let mut held: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
        if !channel_ids.is_empty() {
            let channels = self.0.find::<channels::Entity>().filter(channels::Column::Id.is_in(channel_ids));
            let channels = channels.filter(channels::Column::HeldUntil.gt(self.0.now())).select_only();
            let times = channels.column(channels::Column::Id).column(channels::Column::HeldUntil).into_tuple();
            held.extend(times.all(self.0.store().db()).await? as Vec<(Uuid, DateTime<Utc>)>);
        }
        let show = |mut row: placements::Model| {
            let later = held.get(&row.channel_id).filter(|_| row.lease_id.is_none());
            row.due_at = row.due_at.map(|at| later.map_or(at, |later| if *later > at { *later } else { at }));
            row.into()
        };
        Ok(rows.into_iter().map(show).collect())
    }

    /// The calls made for a placement, oldest first.
    pub async fn attempts(&self, id: Uuid) -> Result<Vec<Attempt>> {
        let rows = self.0.find::<attempts::Entity>().filter(attempts::Column::PlacementId.eq(id));
        let rows = rows.order_by_asc(attempts::Column::Number).all(self.0.store().db()).await?;
        Ok(rows
            .into_iter()
            .map(|row| Attempt {
                at: row.started_at,
                operation: row.operation,
                outcome: row.outcome,
                status: row.status.and_then(|s| u16::try_from(s).ok()),
                duration_ms: row.duration_ms.map(unsigned),
                message: row.message,
            })
            .collect())
    }
}
