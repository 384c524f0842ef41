//! The reconciler's work: claims on placements, and the result of each.
//!
//! Code that changes placements locks their channel's row first, then the placements. With one order there is no
//! deadlock, and a channel's state can't change during such a transaction. SQLite has no row locks and needs none: a
//! transaction holds the write lock.

mod apply;
mod checks;
mod claim;
mod finish;
mod leases;
mod postponing;
mod recover;
mod tidy;

pub use claim::DueChannel;
pub use leases::Lease;
pub use tidy::ATTEMPTS_KEPT;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::{Channel, LaneSpec, Store, TenantScope};
use crate::delivery::{Findings, Lane, Operation, Outcome, Presence};
use crate::entity;
use crate::error::{Error, Result};
use crate::job::{JobState, Posting};

/// How to claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimOptions {
    /// How long a claim is valid unless it is [renewed](Queue::renew).
    pub lease: Duration,
    /// Whether the lanes' limits apply. A platform's request to wait is always followed.
    pub pacing: bool,
}

/// A placement to work on. Its attempt is recorded already: whatever happens now, the row says that a call may have
/// been made.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The placement's tenant.
    pub scope: TenantScope,
    /// The placement.
    pub placement_id: Uuid,
    /// The channel to call.
    pub channel: Channel,
    /// What to do.
    pub operation: Operation,
    /// The job, as it was frozen.
    pub posting: Arc<Posting>,
    /// What the plugin needs to find the copy again, if there is one.
    pub receipt: Option<Vec<u8>>,
    /// The copy's address, if there is one.
    pub url: Option<String>,
    /// How many attempts failed in a row before this one.
    pub failures: u32,
    /// The attempt's number, from 1.
    pub number: u32,
    /// When the first publish with an unknown outcome began, if there is one: for platforms that recognise a repetition
    /// for a limited time.
    pub maybe_sent_at: Option<DateTime<Utc>>,
    /// Whether the channel's settings or secrets were changed since the copy was made, or since the publish with an
    /// unknown outcome: the copy may be at the old destination.
    pub elsewhere: bool,
    /// The same for every try of this operation and different for every other, 32 hexadecimal digits: an idempotency
    /// key for the platform. A locate has the key of the publish it asks about.
    pub key: String,
    /// When the first try of this operation (with this key) began that may have been sent; else when this try began.
    /// For platforms that recognise a repetition for a limited time.
    pub began_at: DateTime<Utc>,
    /// When this try was claimed: its lease counts from then.
    pub started_at: DateTime<Utc>,
    attempt_id: Uuid,
    lease_id: Uuid,
    /// At least one of its lanes has counted failures.
    troubled: bool,
    /// It is the one call that tries a lane with an open breaker.
    trial: bool,
}

/// The result of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The copy is there, as desired.
    Live {
        /// What the plugin needs to find it again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
    },
    /// A part of the copy is there; the rest is missing or wrong. The next step is to update the copy, or to retract it
    /// if it is no longer wanted.
    Unfinished {
        /// What the plugin needs to find that part again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
        /// When to continue; `None`: it is given up, and a person has to act.
        at: Option<DateTime<Utc>>,
        /// Whether the platform, or the connection to it, failed; see [`Verdict::Retry`].
        trouble: bool,
    },
    /// The copy is there, struck through.
    Struck {
        /// What the plugin needs to find it again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
    },
    /// The copy is gone, as desired.
    Retracted,
    /// The copy is gone, though it should be there.
    Vanished,
    /// It may have been sent. `locate`: the platform can be asked, do so next; otherwise a person is asked.
    Unverified {
        /// Whether to ask the platform next.
        locate: bool,
    },
    /// It was not sent, or the platform will recognise the repetition: it may be sent.
    NotSent {
        /// Whether it is certain that it was not sent.
        certain: bool,
    },
    /// The copy was checked.
    Checked {
        /// What that showed.
        presence: Presence,
    },
    /// The copy couldn't be checked; try again then.
    CheckLater {
        /// When.
        at: DateTime<Utc>,
    },
    /// No request could be made, and neither the platform nor the placement is the reason; try again then.
    Wait {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing was done; try again then.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Whether the platform, or the connection to it, failed: too many in a row open the breaker of its lanes.
        trouble: bool,
    },
    /// The platform told us to wait.
    Hold {
        /// Which of the channel's lanes.
        lane: Lane,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It will never be accepted as it is.
    Rejected,
    /// The plugin can't do it, so that the copy stays as it is.
    Unsupported,
    /// The channel doesn't work until somebody corrects it.
    Pause {
        /// What is wrong with it.
        findings: Findings,
    },
    /// The destination has moved; these are the new settings.
    Moved {
        /// The complete settings.
        settings: Value,
        /// The lanes that follow from them.
        lanes: Vec<LaneSpec>,
        /// When to continue there.
        at: DateTime<Utc>,
    },
}

/// How an attempt ended, for its record.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// Its outcome.
    pub outcome: Outcome,
    /// The last HTTP status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration: Duration,
    /// The platform's or the host's words; never a secret.
    pub message: Option<String>,
    /// The holds that the platform asked for in its answer, whatever the outcome.
    pub holds: Vec<LaneHold>,
}

/// A lane that the platform asked to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneHold {
    /// Which of the channel's lanes.
    pub lane: Lane,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// The most jobs to publish or expire at once.
const JOBS_AT_ONCE: u64 = 500;

/// The work of all tenants.
#[derive(Debug)]
pub struct Queue<'a>(pub(super) &'a Store);

impl Store {
    /// The reconciler's work, across all tenants.
    pub fn queue(&self) -> Queue<'_> {
        Queue(self)
    }
}

impl Queue<'_> {
    /// The earliest `next_at` of a channel without a call under way.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        use entity::channels::{Column, Entity};
        let next: Option<DateTime<Utc>> = Entity::find()
            .filter(Column::NextAt.is_not_null())
            .filter(Column::Id.not_in_subquery(busy_channels()))
            .order_by_asc(Column::NextAt)
            .select_only()
            .column(Column::NextAt)
            .into_tuple()
            .one(self.0.db())
            .await?;
        Ok(next)
    }

    /// Publishes approved jobs whose time has come, and expires jobs whose time is over. A job that can't be read is
    /// logged and skipped; it must not block the others.
    pub async fn advance_jobs(&self) -> Result<u64> {
        use entity::jobs::{Column, Entity};
        let now = self.0.now();
        let publish = Column::State.eq(JobState::Approved).and(Column::PublishAt.lte(now));
        let expire = Column::State.eq(JobState::Published).and(Column::ExpiresAt.lte(now));
        let rows = Entity::find().filter(publish.or(expire)).limit(JOBS_AT_ONCE).all(self.0.db()).await?;
        let scopes = self.0.tenants().by_ids(rows.iter().map(|row| row.tenant_id)).await?;
        let mut advanced = 0;
        for row in rows {
            let Some(scope) = scopes.get(&row.tenant_id) else { continue };
            match scope.jobs().advance(row.id).await {
                Ok(true) => advanced += 1,
                Ok(false) => {}
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => tracing::error!(job = %row.id, %error, "a job can't be published or expired"),
            }
        }
        Ok(advanced)
    }
}

/// The channels with a call under way.
fn busy_channels() -> SelectStatement {
    use entity::placements::{Column, Entity};
    Query::select().column(Column::ChannelId).from(Entity).and_where(Column::LeaseUntil.is_not_null()).to_owned()
}
