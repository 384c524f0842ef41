//! What the reconciler works on: claims on placements, and what came of each.
//!
//! Whoever changes placements locks their channel's row first, then the placements. With one order there is no
//! deadlock, and nobody acts on a channel's state that is changing under them. SQLite has no row locks and needs
//! none: a transaction holds the write lock.

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

use super::{Channel, LaneSpec, Presence, Store, TenantScope};
use crate::entity;
use crate::error::{Error, Result};
use crate::job::{Posting, wire_enum};

wire_enum! {
    /// What is asked of a channel.
    Operation {
        /// Make the copy.
        Publish = "publish",
        /// Bring it up to date.
        Update = "update",
        /// Strike it through.
        Close = "close",
        /// Take it away.
        Retract = "retract",
        /// Find out whether a copy was made.
        Locate = "locate",
        /// Look whether the copy is still there, and as it should be.
        Check = "check",
    }
}
/// How to claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimOptions {
    /// How long a claim is good for unless it is [renewed](Queue::renew).
    pub lease: Duration,
    /// Whether lanes' limits are kept. What a platform told us to wait is kept in any case.
    pub pacing: bool,
}

/// A placement to work on. Its attempt is on record already: whatever happens now, it will be known that
/// a call may have been made.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Whose it is.
    pub scope: TenantScope,
    /// The placement.
    pub placement_id: Uuid,
    /// Where to.
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
    /// When the first publish began whose outcome nobody knows, if there is one: for platforms that recognise a
    /// repetition for a while.
    pub maybe_sent_at: Option<DateTime<Utc>>,
    /// Whether the channel's settings or secrets were changed since the publish whose outcome nobody knows: the copy may be
    /// where nobody looks any more.
    pub elsewhere: bool,
    /// The same for every try of this operation and different for every other, 32 hexadecimal digits: an idempotency
    /// key for the platform. The one of a locate is that of the publish it asks about.
    pub key: String,
    /// When the first try of this operation (the one with this key) began that may have been sent; this try's own beginning
    /// if there was none. For platforms that recognise a repetition for a while.
    pub began_at: DateTime<Utc>,
    /// When this try was claimed: its lease counts from then.
    pub started_at: DateTime<Utc>,
    attempt_id: Uuid,
    lease_id: Uuid,
    /// One of its lanes has had failures.
    troubled: bool,
    /// It is the one call that tries a broken lane.
    trial: bool,
}

/// What came of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The copy is there, as desired.
    Live {
        /// What the plugin needs to find it again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
    },
    /// A part of the copy is there, and the rest isn't, or not as it should be. The next step is to bring the copy up to date,
    /// or to take it away if it is wanted no longer.
    Unfinished {
        /// What the plugin needs to find that part again.
        receipt: Vec<u8>,
        /// Its address.
        url: Option<String>,
        /// When to go on; `None`: it is given up, and a person has to act.
        at: Option<DateTime<Utc>>,
        /// Whether the platform, or the way there, is in trouble; see [`Verdict::Retry`].
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
    /// It was not sent, or the platform will recognise it: it may be sent.
    NotSent {
        /// Whether it is certain that it was not sent.
        certain: bool,
    },
    /// The copy was looked at.
    Checked {
        /// What that showed.
        presence: Presence,
    },
    /// The copy couldn't be looked at; try again then.
    CheckLater {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing could be asked of the platform, through no fault of it or the placement; try again then.
    Wait {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nothing was done; try again then.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Whether the platform, or the way there, is in trouble: after too many in a row its lanes break off.
        trouble: bool,
    },
    /// The platform told us to wait.
    Hold {
        /// `credential`, `destination` or `server`.
        lane: &'static str,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It will never be accepted as it is.
    Rejected,
    /// The channel doesn't work until somebody mends it.
    Pause,
    /// The destination has moved; these are the new settings.
    Moved {
        /// The settings, whole.
        settings: Value,
        /// The lanes that follow from them.
        lanes: Vec<LaneSpec>,
        /// When to go on there.
        at: DateTime<Utc>,
    },
}

/// How an attempt ended, for its record.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// One word: `published`, `transient`, `rejected`, …
    pub outcome: &'static str,
    /// The last HTTP status.
    pub status: Option<u16>,
    /// How long it took.
    pub duration: Duration,
    /// The platform's or the host's words; never a secret.
    pub message: Option<String>,
    /// What the platform asked for with its answer, whatever came of the attempt.
    pub holds: Vec<LaneHold>,
}

/// A lane that the platform wants to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneHold {
    /// `credential`, `destination` or `server`.
    pub lane: &'static str,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// The outcome of an attempt whose end is not known yet.
const STARTED: &str = "started";
/// The outcome of a publish that may have been sent.
const UNVERIFIED: &str = "unverified";
/// The most jobs to publish or expire at once.
const JOBS_AT_ONCE: u64 = 500;

/// The work of all tenants.
#[derive(Debug)]
pub struct Queue<'a>(pub(super) &'a Store);

impl Queue<'_> {
    /// When the next placement is due whose channel has no call under way and doesn't wait for its lanes.
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

    /// Publishes what was approved for a time that has come, and expires what has had its time. A job that can't be
    /// read is told and passed over; it must not hold up the others.
    pub async fn advance_jobs(&self) -> Result<u64> {
        use entity::jobs::{Column, Entity};
        let now = self.0.now();
        let publish = Column::State.eq("approved").and(Column::PublishAt.lte(now));
        let expire = Column::State.eq("published").and(Column::ExpiresAt.lte(now));
        let rows = Entity::find().filter(publish.or(expire)).limit(JOBS_AT_ONCE).all(self.0.db()).await?;
        let mut advanced = 0;
        for row in rows {
            let Some(scope) = self.0.tenants().by_id(row.tenant_id).await? else { continue };
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
