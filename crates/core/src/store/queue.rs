//! What the reconciler works on: claims on placements, and what came of each.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{ExprTrait as _, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

use super::placements::{next_operation, save, schedule, waiting_state};
use super::{Channel, ChannelState, LaneSpec, PlacementState, Store, TenantScope, channels, lanes};
use crate::actor::Actor;
use crate::entity;
use crate::error::Result;
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
    }
}
/// How to claim.
#[derive(Debug, Clone, Copy)]
pub struct ClaimOptions {
    /// The most placements at once.
    pub max: u64,
    /// How long a claim is good for; longer than any call may take.
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
    pub posting: Posting,
    /// What the plugin needs to find the copy again, if there is one.
    pub receipt: Option<Vec<u8>>,
    /// The copy's address, if there is one.
    pub url: Option<String>,
    /// How many attempts failed in a row before this one.
    pub failures: u32,
    /// The attempt's number, from 1.
    pub number: u32,
    /// When the first attempt to publish began, for platforms that recognise a repetition for a while.
    pub first_attempt_at: DateTime<Utc>,
    attempt_id: Uuid,
    lease_id: Uuid,
}

impl Claim {
    /// The same text for every repetition of the same publication: an idempotency key for the platform.
    pub fn key(&self) -> String {
        self.placement_id.simple().to_string()
    }
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
    /// It was not sent, for certain, though it once looked otherwise.
    NotSent,
    /// Nothing was done; try again then.
    Retry {
        /// When.
        at: DateTime<Utc>,
    },
    /// The platform told us to wait.
    Hold {
        /// `credential` or `destination`.
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
}

/// The work of all tenants.
#[derive(Debug)]
pub struct Queue<'a>(pub(super) &'a Store);

impl Queue<'_> {
    /// Claims placements that are due, at most one for each channel that has none under way.
    pub async fn claim(&self, options: ClaimOptions) -> Result<Vec<Claim>> {
        use entity::placements::{Column, Entity};
        let now = self.0.now();
        let due = || Entity::find().filter(Column::DueAt.lte(now)).filter(Column::LeaseId.is_null());
        // Most calls find nothing: look before taking SQLite's write lock.
        if due().one(self.0.db()).await?.is_none() {
            return Ok(Vec::new());
        }
        let tx = self.0.write().await?;
        let leased = Entity::find().filter(Column::LeaseId.is_not_null());
        let busy: Vec<Uuid> = leased.select_only().column(Column::ChannelId).into_tuple().all(&*tx).await?;
        let mut busy: HashSet<Uuid> = busy.into_iter().collect();
        let rows = due()
            .filter(Column::ChannelId.is_not_in(busy.iter().copied()))
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .limit(options.max.saturating_mul(4))
            // SQLite has no row locks and needs none: the transaction holds the write lock.
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .all(&*tx)
            .await?;
        let mut scopes: HashMap<Uuid, Option<TenantScope>> = HashMap::new();
        let mut claims = Vec::new();
        for row in rows {
            if claims.len() as u64 >= options.max {
                break;
            }
            if !busy.insert(row.channel_id) {
                continue;
            }
            let scope = match scopes.get(&row.tenant_id) {
                Some(scope) => scope.clone(),
                None => {
                    let scope = self.0.tenants().by_id(row.tenant_id).await?;
                    scopes.insert(row.tenant_id, scope.clone());
                    scope
                }
            };
            let Some(scope) = scope else { continue };
            if let Some(claim) = claim_one(&tx, scope, row, options, now).await? {
                claims.push(claim);
            }
        }
        tx.commit().await?;
        Ok(claims)
    }

    /// Records what came of a claim. A result that comes after the lease was taken away changes nothing,
    /// except that a receipt settles whether the copy was made.
    pub async fn finish(&self, claim: &Claim, record: AttemptRecord, verdict: Verdict) -> Result<()> {
        let now = self.0.now();
        let scope = &claim.scope;
        let mut tx = self.0.write().await?;
        finish_attempt(&tx, claim, &record, now).await?;
        let row = scope
            .find::<entity::placements::Entity>()
            .filter(entity::placements::Column::Id.eq(claim.placement_id))
            .lock_exclusive()
            .one(&*tx)
            .await?;
        let Some(mut row) = row else { return tx.commit().await };
        let holds = row.lease_id == Some(claim.lease_id);
        let settles = row.lease_id.is_none()
            && row.state == PlacementState::Unverified.as_str()
            && claim.operation == Operation::Publish
            && matches!(verdict, Verdict::Live { .. });
        if !holds && !settles {
            return tx.commit().await;
        }
        row.lease_id = None;
        row.lease_until = None;
        apply(&tx, claim, &mut row, verdict, record.message, now).await?;
        save(&tx, row).await?;
        tx.announce_work();
        tx.commit().await
    }

    /// Takes back the claims of workers that died. What was being published becomes unverified; everything else
    /// can be repeated. `all`: every claim, because no other process works on this database.
    pub async fn recover(&self, all: bool) -> Result<u64> {
        use entity::placements::{Column, Entity};
        let now = self.0.now();
        let lost = || {
            let leased = Entity::find().filter(Column::LeaseId.is_not_null());
            if all { leased } else { leased.filter(Column::LeaseUntil.lte(now)) }
        };
        if lost().one(self.0.db()).await?.is_none() {
            return Ok(0);
        }
        let mut tx = self.0.write().await?;
        let rows = lost().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&*tx).await?;
        let count = rows.len() as u64;
        for mut row in rows {
            let open = entity::attempts::Entity::find()
                .filter(entity::attempts::Column::TenantId.eq(row.tenant_id))
                .filter(entity::attempts::Column::PlacementId.eq(row.id))
                .filter(entity::attempts::Column::Outcome.eq("started"))
                .order_by_desc(entity::attempts::Column::Number)
                .one(&*tx)
                .await?;
            let publishing = open.as_ref().is_some_and(|a| a.operation == Operation::Publish.as_str());
            if let Some(open) = open {
                let mut attempt = open.into_active_model();
                attempt.outcome = Set(if publishing { "unverified" } else { "interrupted" }.to_owned());
                attempt.message = Set(Some("the process stopped during this call".to_owned()));
                attempt.finished_at = Set(Some(now));
                attempt.update(&*tx).await?;
            }
            row.lease_id = None;
            row.lease_until = None;
            row.updated_at = now;
            row.due_at = Some(now);
            row.state = if publishing { PlacementState::Unverified } else { waiting_state(&row) }.as_str().to_owned();
            save(&tx, row).await?;
        }
        tx.announce_work();
        tx.commit().await?;
        Ok(count)
    }

    /// When the next placement is due, or the next claim expires.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>> {
        use entity::placements::{Column, Entity};
        let due: Option<DateTime<Utc>> = Entity::find()
            .filter(Column::DueAt.is_not_null())
            .filter(Column::LeaseId.is_null())
            .order_by_asc(Column::DueAt)
            .select_only()
            .column(Column::DueAt)
            .into_tuple()
            .one(self.0.db())
            .await?;
        Ok(due)
    }

    /// Publishes what was approved for a time that has come, and expires what has had its time.
    pub async fn advance_jobs(&self) -> Result<u64> {
        use entity::jobs::{Column, Entity};
        let now = self.0.now();
        let publish = Column::State.eq("approved").and(Column::PublishAt.lte(now));
        let expire = Column::State.eq("published").and(Column::ExpiresAt.lte(now));
        let rows = Entity::find().filter(publish.or(expire)).limit(500).all(self.0.db()).await?;
        let mut advanced = 0;
        for row in rows {
            let Some(scope) = self.0.tenants().by_id(row.tenant_id).await? else { continue };
            if scope.jobs().advance(row.id).await? {
                advanced += 1;
            }
        }
        Ok(advanced)
    }
}

async fn claim_one(
    tx: &DatabaseTransaction,
    scope: TenantScope,
    mut row: entity::placements::Model,
    options: ClaimOptions,
    now: DateTime<Utc>,
) -> Result<Option<Claim>> {
    let unverified = row.state == PlacementState::Unverified.as_str();
    let channel = channels::get_within(tx, &scope, row.channel_id).await?;
    let operation = if unverified { Some(Operation::Locate) } else { next_operation(&row) };
    let posting = match operation {
        Some(_) => posting(tx, &scope, &row).await?,
        None => None,
    };
    let (Some(operation), Some(posting), Some(channel)) = (operation, posting, channel) else {
        // Nothing to do after all: settle it.
        row.due_at = None;
        schedule(&mut row, false, now);
        save(tx, row).await?;
        return Ok(None);
    };
    if channel.state != ChannelState::Active {
        if !unverified {
            schedule(&mut row, false, now);
        }
        row.due_at = None;
        save(tx, row).await?;
        return Ok(None);
    }
    if let Some(at) = lanes::take(tx, &channel.lanes, options.pacing, now).await? {
        row.due_at = Some(at);
        save(tx, row).await?;
        return Ok(None);
    }
    let attempts = scope.find::<entity::attempts::Entity>().filter(entity::attempts::Column::PlacementId.eq(row.id));
    let attempts = attempts.order_by_asc(entity::attempts::Column::Number).all(tx).await?;
    let number = attempts.last().map_or(0, |a| a.number) + 1;
    let first_publish = attempts.iter().find(|a| a.operation == Operation::Publish.as_str());
    let attempt = entity::attempts::ActiveModel {
        tenant_id: Set(scope.id),
        id: Set(Uuid::now_v7()),
        placement_id: Set(row.id),
        number: Set(number),
        operation: Set(operation.as_str().to_owned()),
        revision: Set(row.desired_revision),
        started_at: Set(now),
        finished_at: Set(None),
        outcome: Set("started".to_owned()),
        status: Set(None),
        duration_ms: Set(None),
        message: Set(None),
    };
    let attempt = attempt.insert(tx).await?;
    let lease_id = Uuid::now_v7();
    let claim = Claim {
        placement_id: row.id,
        channel,
        operation,
        posting,
        receipt: row.receipt.clone(),
        url: row.url.clone(),
        failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
        number: u32::try_from(number).unwrap_or(u32::MAX),
        first_attempt_at: first_publish.map_or(now, |a| a.started_at),
        attempt_id: attempt.id,
        lease_id,
        scope,
    };
    row.lease_id = Some(lease_id);
    row.lease_until = Some(now + options.lease);
    row.updated_at = now;
    if operation == Operation::Publish {
        row.state = PlacementState::Sending.as_str().to_owned();
    }
    save(tx, row).await?;
    Ok(Some(claim))
}

async fn posting(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    row: &entity::placements::Model,
) -> Result<Option<Posting>> {
    let posting = scope
        .find::<entity::postings::Entity>()
        .filter(entity::postings::Column::JobId.eq(row.job_id))
        .filter(entity::postings::Column::Revision.eq(row.desired_revision))
        .one(tx)
        .await?;
    Ok(posting.map(|p| serde_json::from_value(p.posting)).transpose()?)
}

async fn finish_attempt(
    tx: &DatabaseTransaction,
    claim: &Claim,
    record: &AttemptRecord,
    now: DateTime<Utc>,
) -> Result<()> {
    let attempt = claim
        .scope
        .find::<entity::attempts::Entity>()
        .filter(entity::attempts::Column::Id.eq(claim.attempt_id))
        .one(tx)
        .await?;
    if let Some(attempt) = attempt {
        let mut attempt = attempt.into_active_model();
        attempt.finished_at = Set(Some(now));
        attempt.outcome = Set(record.outcome.to_owned());
        attempt.status = Set(record.status.map(i64::from));
        attempt.duration_ms = Set(Some(i64::try_from(record.duration.as_millis()).unwrap_or(i64::MAX)));
        attempt.message = Set(record.message.clone());
        attempt.update(tx).await?;
    }
    Ok(())
}

/// Brings a placement into the state that follows from a verdict.
async fn apply(
    tx: &DatabaseTransaction,
    claim: &Claim,
    row: &mut entity::placements::Model,
    verdict: Verdict,
    message: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    let scope = &claim.scope;
    let revision = i64::try_from(claim.posting.revision).unwrap_or(i64::MAX);
    let active =
        channels::get_within(tx, scope, row.channel_id).await?.is_some_and(|c| c.state == ChannelState::Active);
    let state = |row: &mut entity::placements::Model, state: PlacementState| row.state = state.as_str().to_owned();
    row.problem = message;
    match verdict {
        Verdict::Live { receipt, url } => {
            row.receipt = Some(receipt);
            row.url = url;
            row.actual_revision = Some(revision);
            row.failures = 0;
            row.problem = None;
            state(row, PlacementState::Published);
            schedule(row, active, now);
        }
        Verdict::Struck { receipt, url } => {
            row.receipt = Some(receipt);
            row.url = url;
            row.actual_revision = Some(revision);
            row.failures = 0;
            state(row, PlacementState::Closed);
            schedule(row, active, now);
        }
        Verdict::Retracted => {
            row.receipt = None;
            row.actual_revision = None;
            row.failures = 0;
            row.problem = None;
            state(row, PlacementState::Retracted);
            schedule(row, active, now);
        }
        Verdict::Vanished => {
            row.receipt = None;
            row.actual_revision = None;
            if row.desired == "present" {
                // Somebody deleted it on the platform: sending it again is a person's decision.
                row.due_at = None;
                state(row, PlacementState::Failed);
            } else {
                state(row, PlacementState::Retracted);
                schedule(row, active, now);
            }
        }
        Verdict::Unverified { locate } => {
            state(row, PlacementState::Unverified);
            row.due_at = locate.then_some(now);
        }
        Verdict::NotSent => {
            row.problem = None;
            state(row, PlacementState::Pending);
            schedule(row, active, now);
        }
        Verdict::Retry { at } => {
            row.failures += 1;
            schedule_at(row, active, now, at);
        }
        Verdict::Hold { lane, until } => {
            for spec in claim.channel.lanes.iter().filter(|spec| spec.kind == lane) {
                lanes::hold(tx, &spec.key, until).await?;
            }
            schedule_at(row, active, now, until);
        }
        Verdict::Rejected => {
            row.due_at = None;
            state(row, PlacementState::Failed);
        }
        Verdict::Pause => {
            let problem = row.problem.clone();
            channels::pause_within(tx, scope, row.channel_id, problem.as_deref(), Actor::System).await?;
            if claim.operation == Operation::Publish {
                state(row, PlacementState::Pending);
            }
            schedule(row, false, now);
        }
        Verdict::Moved { settings, lanes } => {
            channels::move_within(tx, scope, row.channel_id, settings, lanes).await?;
            row.problem = None;
            if claim.operation == Operation::Publish {
                state(row, PlacementState::Pending);
            }
            schedule(row, active, now);
        }
    }
    row.updated_at = now;
    Ok(())
}

/// Schedules a placement for later, unless it has become idle or its channel has stopped.
fn schedule_at(row: &mut entity::placements::Model, active: bool, now: DateTime<Utc>, at: DateTime<Utc>) {
    let problem = row.problem.take();
    if row.state == PlacementState::Unverified.as_str() {
        row.due_at = Some(at);
    } else {
        row.state = waiting_state(row).as_str().to_owned();
        schedule(row, active, now);
        row.due_at = row.due_at.map(|_| at);
    }
    if row.due_at.is_some() {
        row.problem = problem;
    }
}
