//! Taking work: one placement of one channel at a time.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, SimpleExpr};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::placements::{next_operation, save, schedule};
use super::super::write::Write;
use super::super::{Channel, ChannelState, PlacementState, TenantScope, channels, lanes};
use super::{Claim, ClaimOptions, Operation, Queue, STARTED, UNVERIFIED, busy_channels, postponing};
use crate::entity::{attempts, placements, postings};
use crate::error::{Error, Result};
use crate::job::Posting;

/// A channel with something due and no call under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueChannel {
    /// Whose it is.
    pub tenant_id: Uuid,
    /// The channel.
    pub id: Uuid,
}

impl Queue<'_> {
    /// The channels that have something due and no call under way, those that have waited longest first.
    pub async fn due_channels(&self, max: u64) -> Result<Vec<DueChannel>> {
        use placements::Column;
        let due: Vec<(Uuid, Uuid)> = placements::Entity::find()
            .select_only()
            .column(Column::TenantId)
            .column(Column::ChannelId)
            .filter(Column::DueAt.lte(self.0.now()))
            .filter(Column::LeaseUntil.is_null())
            .filter(Column::ChannelId.not_in_subquery(busy_channels()))
            .group_by(Column::TenantId)
            .group_by(Column::ChannelId)
            .order_by_asc(Expr::col(Column::DueAt).min())
            .limit(max)
            .into_tuple()
            .all(self.0.db())
            .await?;
        Ok(due.into_iter().map(|(tenant_id, id)| DueChannel { tenant_id, id }).collect())
    }

    /// Claims placements that are due: at most one for each channel, of channels that have none under way, those
    /// that have waited longest first.
    pub async fn claim(&self, options: ClaimOptions) -> Result<Vec<Claim>> {
        let mut claims = Vec::new();
        for channel in self.due_channels(options.max).await? {
            match self.claim_on(channel, options).await {
                Ok(claim) => claims.extend(claim),
                // What is claimed already must be worked on.
                Err(Error::Unavailable(_)) if !claims.is_empty() => break,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => tracing::error!(channel = %channel.id, %error, "nothing can be claimed on a channel"),
            }
        }
        Ok(claims)
    }

    /// Claims the placement of a channel that has waited longest. `None`: nothing is due there (any more), a call is
    /// under way, or it isn't its turn.
    pub async fn claim_on(&self, channel: DueChannel, options: ClaimOptions) -> Result<Option<Claim>> {
        let Some(scope) = self.0.tenants().by_id(channel.tenant_id).await? else { return Ok(None) };
        let tx = self.0.write().await?;
        // Another replica that works on this channel has the row: it is its turn.
        let Some(channel) = channels::try_lock_within(&tx, &scope, channel.id).await? else { return Ok(None) };
        let leased = scope.find::<placements::Entity>().filter(placements::Column::ChannelId.eq(channel.id));
        if leased.filter(placements::Column::LeaseUntil.is_not_null()).one(&*tx).await?.is_some() {
            return Ok(None);
        }
        let claim = claim_within(&tx, &scope, channel, options, self.0.now()).await?;
        tx.commit().await?;
        Ok(claim)
    }
}

/// Claims the placement of a channel that has waited longest, if it is due and it is its turn; settles one that has
/// nothing to do after all. The channel's row is locked and no call is under way there.
pub(super) async fn claim_within(
    tx: &Write<'_>,
    scope: &TenantScope,
    channel: Channel,
    options: ClaimOptions,
    now: DateTime<Utc>,
) -> Result<Option<Claim>> {
    use placements::Column;
    let next = || {
        scope
            .find::<placements::Entity>()
            .filter(Column::ChannelId.eq(channel.id))
            .filter(Column::DueAt.lte(now))
            .filter(Column::LeaseUntil.is_null())
            .order_by_asc(looked_at_only())
            .order_by_asc(Column::DueAt)
            .order_by_asc(Column::Id)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
    };
    // Those that have nothing to do now are put off until one is found that has.
    let (mut row, operation) = loop {
        let Some(mut row) = next().one(&**tx).await? else { return Ok(None) };
        let (Some(operation), ChannelState::Active) = (operation(&row, now), channel.state) else {
            row.due_at = None;
            schedule(&mut row, false, now);
            save(tx, row).await?;
            continue;
        };
        if operation == Operation::Publish && postponing::puts_off(tx, scope, &channel, &row, now).await? {
            continue;
        }
        break (row, operation);
    };
    let history = History::read(tx, scope, row.id).await?;
    let revision = history.asked_revision(operation).unwrap_or(match operation {
        Operation::Check => row.actual_revision.unwrap_or(row.desired_revision),
        _ => row.desired_revision,
    });
    let posting = match posting(tx, scope, &row, revision).await {
        Ok(posting) => posting,
        Err(error @ (Error::Unavailable(_) | Error::Storage(_))) => return Err(error),
        Err(error) => {
            // One job that can't be read must not hold up its channel.
            tracing::error!(placement = %row.id, %error, "a placement's posting can't be read");
            row.state = PlacementState::Failed.as_str().to_owned();
            row.problem = Some(error.to_string());
            row.due_at = None;
            save(tx, row).await?;
            return Ok(None);
        }
    };
    let turn = lanes::take(tx, &channel.lanes, options.pacing, now).await?;
    if let lanes::Turn::Wait(at) = turn {
        // The whole channel waits: not one placement after the other, each in a transaction of its own.
        scope
            .update::<placements::Entity>()
            .col_expr(Column::DueAt, Expr::value(at))
            .filter(Column::ChannelId.eq(channel.id))
            .filter(Column::LeaseUntil.is_null())
            .filter(Column::DueAt.lt(at))
            .exec(&**tx)
            .await?;
        return Ok(None);
    }
    let attempt = attempts::ActiveModel {
        tenant_id: Set(scope.id),
        id: Set(Uuid::now_v7()),
        placement_id: Set(row.id),
        number: Set(history.last_number + 1),
        operation: Set(operation.as_str().to_owned()),
        revision: Set(revision),
        started_at: Set(now),
        finished_at: Set(None),
        outcome: Set(STARTED.to_owned()),
        status: Set(None),
        duration_ms: Set(None),
        message: Set(None),
    };
    let attempt = attempt.insert(&**tx).await?;
    let lease_id = Uuid::now_v7();
    let key = key(&row, operation, revision);
    let began_at = row.began_at.filter(|_| row.began_key.as_ref() == Some(&key)).unwrap_or(now);
    let claim = Claim {
        placement_id: row.id,
        channel,
        operation,
        posting,
        receipt: row.receipt.clone(),
        url: row.url.clone(),
        failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
        number: u32::try_from(attempt.number).unwrap_or(u32::MAX),
        maybe_sent_at: history.maybe_sent_at,
        key,
        began_at,
        attempt_id: attempt.id,
        started_at: now,
        lease_id,
        troubled: matches!(turn, lanes::Turn::Given { troubled: true, .. }),
        trial: matches!(turn, lanes::Turn::Given { trial: true, .. }),
        scope: scope.clone(),
    };
    row.lease_id = Some(lease_id);
    row.lease_until = Some(now + options.lease);
    row.updated_at = now;
    // A look is no try of anything.
    if operation != Operation::Check {
        row.began_key = Some(claim.key.clone());
        row.began_at = Some(began_at);
    }
    if operation == Operation::Publish {
        row.state = PlacementState::Sending.as_str().to_owned();
    }
    save(tx, row).await?;
    Ok(Some(claim))
}

/// What a placement's attempts tell about the next one.
#[derive(Default)]
struct History {
    last_number: i64,
    /// The revision of the last publish.
    last_published_revision: Option<i64>,
    /// When the first publish began whose outcome nobody knows.
    maybe_sent_at: Option<DateTime<Utc>>,
}

impl History {
    async fn read(tx: &Write<'_>, scope: &TenantScope, placement_id: Uuid) -> Result<Self> {
        use attempts::Column;
        let of_placement = || scope.find::<attempts::Entity>().filter(Column::PlacementId.eq(placement_id));
        let last = of_placement().order_by_desc(Column::Number).one(&**tx).await?;
        let Some(last) = last else { return Ok(Self::default()) };
        let publishes = of_placement().filter(Column::Operation.eq(Operation::Publish.as_str()));
        let publishes = publishes.order_by_asc(Column::Number).all(&**tx).await?;
        Ok(Self {
            last_number: last.number,
            last_published_revision: publishes.last().map(|a| a.revision),
            maybe_sent_at: publishes.iter().find(|a| a.outcome == UNVERIFIED).map(|a| a.started_at),
        })
    }

    /// The revision to ask for, or to repeat: the copy that may be there shows what was sent then, not what is desired
    /// now. It is brought up to date afterwards.
    fn asked_revision(&self, operation: Operation) -> Option<i64> {
        match operation {
            Operation::Locate => self.last_published_revision,
            Operation::Publish if self.maybe_sent_at.is_some() => self.last_published_revision,
            _ => None,
        }
    }
}

/// What is to be done for a placement that is due.
fn operation(row: &placements::Model, now: DateTime<Utc>) -> Option<Operation> {
    if row.state == PlacementState::Unverified.as_str() {
        return Some(Operation::Locate);
    }
    next_operation(row).or_else(|| {
        let look = row.check_at.is_some_and(|at| at <= now) && row.state == PlacementState::Published.as_str();
        look.then_some(Operation::Check)
    })
}

/// 1 for a placement that is as desired and due for a look only: those come after everything that changes something.
fn looked_at_only() -> SimpleExpr {
    use placements::Column;
    let as_desired = Expr::col(Column::ActualRevision).eq(Expr::col(Column::DesiredRevision));
    let only = Expr::col(Column::State).eq(PlacementState::Published.as_str()).and(as_desired);
    Expr::case(only.and(Expr::col(Column::Desired).eq("present")), 1).finally(0).into()
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

async fn posting(tx: &Write<'_>, scope: &TenantScope, row: &placements::Model, revision: i64) -> Result<Posting> {
    let posting = scope
        .find::<postings::Entity>()
        .filter(postings::Column::JobId.eq(row.job_id))
        .filter(postings::Column::Revision.eq(revision))
        .one(&**tx)
        .await?
        .ok_or_else(|| Error::Internal(format!("revision {revision} of the job was never frozen")))?;
    Ok(serde_json::from_value(posting.posting)?)
}
