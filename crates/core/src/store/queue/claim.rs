//! Claiming work: one placement of one channel at a time.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::delivery::moves::{next_operation, save, schedule};
use super::super::delivery::{channel_rows, turns};
use super::super::write::{Bookkeeping, Write};
use super::super::{Channel, TenantScope, lanes, postings};
use super::{Claim, ClaimOptions, Queue, busy_channels, postponing};
use crate::delivery::{ChannelState, Operation, Outcome, PlacementState};
use crate::entity::{attempts, channels, placements};
use crate::error::{Error, Result};

/// A channel with something due and no call under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueChannel {
    /// The channel's tenant.
    pub tenant_id: Uuid,
    /// The channel.
    pub id: Uuid,
}

impl Queue<'_> {
    /// The channels that have something due and no call under way, the longest waiting first.
    pub async fn due_channels(&self, max: u64) -> Result<Vec<DueChannel>> {
        use channels::Column;
        let due: Vec<(Uuid, Uuid)> = channels::Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::Id)
            .filter(Column::NextAt.lte(self.0.now()))
            .filter(Column::Id.not_in_subquery(busy_channels()))
            .order_by_asc(Column::NextAt)
            .order_by_asc(Column::Id)
            .limit(max)
            .into_tuple()
            .all(self.0.db())
            .await?;
        Ok(due.into_iter().map(|(tenant_id, id)| DueChannel { tenant_id, id }).collect())
    }

    /// Claims the longest waiting placement of a channel. `None`: nothing is due there (any more), a call is under way,
    /// or another replica works on the channel.
    pub async fn claim_on(&self, channel: DueChannel, options: ClaimOptions) -> Result<Option<Claim>> {
        let Some(scope) = self.0.tenants().by_id(channel.tenant_id).await? else { return Ok(None) };
        let tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
        // Another replica has locked the row and works on this channel.
        let Some(channel) = channel_rows::try_lock(&tx, &scope, channel.id).await? else { return Ok(None) };
        let leased = scope.find::<placements::Entity>().filter(placements::Column::ChannelId.eq(channel.id));
        if leased.filter(placements::Column::LeaseUntil.is_not_null()).one(&*tx).await?.is_some() {
            return Ok(None);
        }
        let id = channel.id;
        let claim = Claiming { tx: &tx, scope: &scope, options, now: self.0.now() }.claim(channel, None).await?;
        if claim.is_none() {
            turns::retime(&tx, &scope, &[id]).await?;
        }
        tx.commit().await?;
        Ok(claim)
    }
}

/// A claim being made: the channel's row is locked and no call is under way there. A caller that gets no claim sets
/// `next_at`.
pub(super) struct Claiming<'a> {
    pub(super) tx: &'a Write<'a, Bookkeeping>,
    pub(super) scope: &'a TenantScope,
    pub(super) options: ClaimOptions,
    pub(super) now: DateTime<Utc>,
}

impl Claiming<'_> {
    /// Claims the longest waiting placement of a channel if it is due and its lanes allow it; placements with nothing
    /// left to do are settled. `first`: the placement to begin with, if it was read already.
    pub(super) async fn claim(&self, channel: Channel, first: Option<placements::Model>) -> Result<Option<Claim>> {
        let Self { tx, scope, options, now } = *self;
        // Skips placements with nothing to do now, until one is found that has.
        let mut first = first;
        let (before, operation) = loop {
            let row = match first.take() {
                Some(row) => row,
                None => match self.next(channel.id).await? {
                    Some(row) => row,
                    None => return Ok(None),
                },
            };
            let (Some(operation), ChannelState::Active) = (operation(&row, now), channel.state) else {
                let mut idle = row.clone();
                idle.due_at = None;
                schedule(&mut idle, false, now);
                save(tx, &row, &mut idle).await?;
                continue;
            };
            if operation == Operation::Publish && postponing::puts_off(tx, scope, &channel, &row, now).await? {
                continue;
            }
            break (row, operation);
        };
        let mut row = before.clone();
        let revision = asked_revision(&row, operation).unwrap_or(match operation {
            Operation::Check => row.actual_revision.unwrap_or(row.desired_revision),
            _ => row.desired_revision,
        });
        let posting = match postings::frozen(tx, scope, row.job_id, revision).await {
            Ok(posting) => posting,
            Err(error @ (Error::Unavailable(_) | Error::Storage(_))) => return Err(error),
            Err(error) => {
                // A job that can't be read must not block its channel.
                tracing::error!(placement = %row.id, %error, "a placement's posting can't be read");
                row.state = PlacementState::Failed;
                row.problem = Some(error.to_string());
                row.cause = None;
                row.due_at = None;
                save(tx, &before, &mut row).await?;
                return Ok(None);
            }
        };
        let turn = lanes::take(tx, &channel.lanes, options.pacing, now).await?;
        if let lanes::Turn::Wait(at) = turn {
            // The whole channel waits: otherwise each placement would be put off in a transaction of its own.
            turns::hold(tx, scope, channel.id, Some(at)).await?;
            return Ok(None);
        }
        row.attempts += 1;
        let attempt = attempts::ActiveModel {
            tenant_id: Set(scope.id),
            id: Set(Uuid::now_v7()),
            placement_id: Set(row.id),
            number: Set(row.attempts),
            operation: Set(operation),
            revision: Set(revision),
            started_at: Set(now),
            finished_at: Set(None),
            outcome: Set(Outcome::Started),
            status: Set(None),
            duration_ms: Set(None),
            message: Set(None),
        };
        let attempt_id = *attempt.id.as_ref();
        attempts::Entity::insert(attempt).exec_without_returning(&**tx).await?;
        let lease_id = Uuid::now_v7();
        let configuration = channel.configuration;
        let in_doubt = operation == Operation::Locate || row.maybe_sent_at.is_some();
        // `sent_configuration` is empty for a copy that a person posted, and for rows older than this column.
        let elsewhere = match row.receipt {
            Some(_) => row.sent_configuration != Some(configuration),
            None => in_doubt && row.sent_configuration.is_some_and(|sent| sent != configuration),
        };
        let key = key(&row, operation, revision);
        // Rows older than `began_at` fall back to `maybe_sent_at`.
        let doubted = row.maybe_sent_at.filter(|_| matches!(operation, Operation::Publish | Operation::Locate));
        let began_at = row.began_at.filter(|_| row.began_key.as_ref() == Some(&key)).or(doubted).unwrap_or(now);
        let claim = Claim {
            placement_id: row.id,
            channel,
            operation,
            posting,
            receipt: row.receipt.clone(),
            url: row.url.clone(),
            failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
            number: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            maybe_sent_at: row.maybe_sent_at,
            elsewhere,
            key,
            began_at,
            attempt_id,
            started_at: now,
            lease_id,
            troubled: matches!(turn, lanes::Turn::Given { troubled: true, .. }),
            trial: matches!(turn, lanes::Turn::Given { trial: true, .. }),
            scope: scope.clone(),
        };
        row.lease_id = Some(lease_id);
        row.lease_until = Some(now + options.lease);
        row.updated_at = now;
        // Checks are not attempts.
        if operation != Operation::Check {
            row.began_key = Some(claim.key.clone());
            row.began_at = Some(began_at);
        }
        if operation == Operation::Publish {
            row.state = PlacementState::Sending;
            row.sent_revision = Some(revision);
            // A repetition keeps the configuration of the first send.
            row.sent_configuration =
                row.sent_configuration.filter(|_| row.maybe_sent_at.is_some()).or(Some(configuration));
        }
        save(tx, &before, &mut row).await?;
        Ok(Some(claim))
    }

    /// The placement of a channel to claim next: checks come after everything that changes a copy.
    async fn next(&self, channel_id: Uuid) -> Result<Option<placements::Model>> {
        for as_desired in [false, true] {
            let due = due_on(self.scope, channel_id, as_desired, self.now).lock_exclusive();
            if let Some(row) = due.one(&**self.tx).await? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}

/// The due placement of a channel that has waited longest and has no call under way; one index has this order.
pub(super) fn due_on(
    scope: &TenantScope,
    channel_id: Uuid,
    as_desired: bool,
    now: DateTime<Utc>,
) -> Select<placements::Entity> {
    use placements::Column;
    scope
        .find::<placements::Entity>()
        .filter(Column::ChannelId.eq(channel_id))
        .filter(Column::AsDesired.eq(as_desired))
        .filter(Column::DueAt.lte(now))
        .filter(Column::LeaseUntil.is_null())
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(1)
}

/// The revision to locate or to repeat: a copy with an unknown outcome shows the revision that was sent, not the
/// desired one. It is brought up to date afterwards.
fn asked_revision(row: &placements::Model, operation: Operation) -> Option<i64> {
    match operation {
        Operation::Locate => row.sent_revision,
        Operation::Publish if row.maybe_sent_at.is_some() => row.sent_revision,
        _ => None,
    }
}

/// The next operation of a placement that is due.
fn operation(row: &placements::Model, now: DateTime<Utc>) -> Option<Operation> {
    if row.state == PlacementState::Unverified {
        return Some(Operation::Locate);
    }
    next_operation(row).or_else(|| {
        let live = matches!(row.state, PlacementState::Published | PlacementState::Outdated);
        (live && row.check_at.is_some_and(|at| at <= now)).then_some(Operation::Check)
    })
}

/// See [`Claim::key`].
fn key(row: &placements::Model, operation: Operation, revision: i64) -> String {
    let operation = if operation == Operation::Locate { Operation::Publish } else { operation };
    let mut digest = Sha256::new();
    digest.update(row.id.as_bytes());
    digest.update(row.generation.to_be_bytes());
    digest.update(revision.to_be_bytes());
    digest.update(operation.as_str());
    hex::encode(&digest.finalize()[..16])
}
