//! Recording the result of a claim, and changing the placement by it.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, Query, UnionType};
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect, QueryTrait};

use super::super::delivery::moves::save;
use super::super::delivery::{channel_rows, turns};
use super::super::write::{Bookkeeping, Write};
use super::super::{Channel, lanes};
use super::apply::Applying;
use super::claim::{Claiming, due_on};
use super::{AttemptRecord, Claim, ClaimOptions, Queue, Verdict};
use crate::delivery::{Lane, Operation, Outcome, PlacementState, Presence};
use crate::entity::{attempts, placements};
use crate::error::Result;

impl Queue<'_> {
    /// Records the result of a claim. A result that comes after the lease was taken back changes nothing, except that a
    /// receipt settles whether the copy was made.
    pub async fn finish(&self, claim: &Claim, record: AttemptRecord, verdict: Verdict) -> Result<()> {
        let tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
        self.finish_within(&tx, claim, record, verdict, false).await?;
        turns::retime(&tx, &claim.scope, &[claim.channel.id]).await?;
        tx.commit().await
    }

    /// The same, and claims the next due placement of the same channel.
    pub async fn finish_and_claim(
        &self,
        claim: &Claim,
        record: AttemptRecord,
        verdict: Verdict,
        options: ClaimOptions,
    ) -> Result<Option<Claim>> {
        let tx = self.0.write_internal(Bookkeeping::Deliveries).await?;
        let next = match self.finish_within(&tx, claim, record, verdict, true).await? {
            Some((channel, first)) => {
                let claiming = Claiming { tx: &tx, scope: &claim.scope, options, now: self.0.now() };
                claiming.claim(channel, first).await?
            }
            None => None,
        };
        // `next_at` is ignored while a call is running.
        if next.is_none() {
            turns::retime(&tx, &claim.scope, &[claim.channel.id]).await?;
        }
        tx.commit().await?;
        Ok(next)
    }

    /// Returns the channel as it is now, or `None` if the lease was lost; with `go_on`, also the placement to claim
    /// next, if it was read already.
    async fn finish_within(
        &self,
        tx: &Write<'_, Bookkeeping>,
        claim: &Claim,
        record: AttemptRecord,
        verdict: Verdict,
        go_on: bool,
    ) -> Result<Option<(Channel, Option<placements::Model>)>> {
        let now = self.0.now();
        let channel = channel_rows::lock(tx, &claim.scope, claim.channel.id).await?;
        finish_attempt(tx, claim, &record, now).await?;
        settle_lanes(tx, claim, &record, &verdict, now).await?;
        let (before, next) = at_hand(tx, claim, go_on, now).await?;
        let (Some(before), Some(channel)) = (before, channel) else { return Ok(None) };
        let mut row = before.clone();
        let holds = row.lease_id == Some(claim.lease_id);
        // Another worker may have the lease by now, to locate the copy or to repeat the publish; this receipt answers
        // its question.
        let doubted = row.state == PlacementState::Unverified || row.maybe_sent_at == Some(claim.started_at);
        let settles = doubted
            && row.receipt.is_none()
            && claim.operation == Operation::Publish
            && matches!(verdict, Verdict::Live { .. } | Verdict::Unfinished { .. });
        if claim.operation == Operation::Publish {
            note_doubt(&mut row, claim, &verdict);
        }
        if !holds && !settles {
            save(tx, &before, &mut row).await?;
            return Ok(None);
        }
        row.lease_id = None;
        row.lease_until = None;
        let changes_channel = matches!(verdict, Verdict::Pause { .. } | Verdict::Moved { .. });
        Applying { tx, claim, channel: &channel, now }.apply(&mut row, verdict, &record).await?;
        save(tx, &before, &mut row).await?;
        // The prefetched row is stale now.
        if !holds || changes_channel {
            return Ok(None);
        }
        // A row with only a check due isn't passed on: it is claimed when nothing else is due.
        let again = Some(row).filter(|row| !row.as_desired && row.due_at.is_some_and(|at| at <= now));
        let first = next.into_iter().chain(again).min_by_key(|row| (row.due_at, row.id));
        Ok(Some((channel, first)))
    }
}

/// The claimed placement as it is now, and with `go_on` the longest waiting one of the same channel.
async fn at_hand(
    tx: &Write<'_, Bookkeeping>,
    claim: &Claim,
    go_on: bool,
    now: DateTime<Utc>,
) -> Result<(Option<placements::Model>, Option<placements::Model>)> {
    use placements::Column;
    let rows = claim.scope.find::<placements::Entity>();
    let rows = if go_on {
        let next = due_on(&claim.scope, claim.channel.id, false, now).select_only().column(Column::Id).into_query();
        let mut ids = Query::select().column(Column::Id).from_subquery(next, "next").to_owned();
        // `IN` with one subquery uses the index; two conditions joined by `OR` would read all rows.
        ids.union(UnionType::All, Query::select().expr(Expr::value(claim.placement_id)).to_owned());
        rows.filter(Column::Id.in_subquery(ids))
    } else {
        rows.filter(Column::Id.eq(claim.placement_id))
    };
    let rows = rows.lock_exclusive().all(&**tx).await?;
    let (own, next): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.id == claim.placement_id);
    Ok((own.into_iter().next(), next.into_iter().next()))
}

/// Notes whether a publish has an unknown outcome, and since when.
fn note_doubt(row: &mut placements::Model, claim: &Claim, verdict: &Verdict) {
    if matches!(verdict, Verdict::Unverified { .. }) {
        row.maybe_sent_at = row.maybe_sent_at.or(Some(claim.started_at));
    } else if row.lease_id != Some(claim.lease_id) && row.maybe_sent_at == Some(claim.started_at) {
        // The worker whose lease was taken back has finished its call after all, and no other publish had an unknown
        // outcome.
        row.maybe_sent_at = None;
    }
}

/// Updates the lanes by the result of a call.
async fn settle_lanes(
    tx: &Write<'_, Bookkeeping>,
    claim: &Claim,
    record: &AttemptRecord,
    verdict: &Verdict,
    now: DateTime<Utc>,
) -> Result<()> {
    let health = health(verdict, record);
    let well = matches!(health, Health::Well) && claim.troubled;
    let trouble = matches!(health, Health::Trouble);
    if !well && !trouble && record.holds.is_empty() && !matches!(verdict, Verdict::Hold { .. }) {
        return Ok(());
    }
    lanes::lock(tx, &claim.channel.lanes).await?;
    for hold in &record.holds {
        hold_lane(tx, claim, hold.lane, hold.until).await?;
    }
    if trouble {
        let call = lanes::Failed { trial: claim.trial, problem: record.message.as_deref() };
        lanes::trouble(tx, &claim.channel.lanes, call, now).await?;
    }
    if well {
        lanes::recovered(tx, &claim.channel.lanes).await?;
    }
    Ok(())
}

async fn finish_attempt(
    tx: &Write<'_, Bookkeeping>,
    claim: &Claim,
    record: &AttemptRecord,
    now: DateTime<Utc>,
) -> Result<()> {
    use attempts::Column;
    let duration_ms = i64::try_from(record.duration.as_millis()).unwrap_or(i64::MAX);
    let attempt = claim.scope.update::<attempts::Entity>().filter(Column::Id.eq(claim.attempt_id));
    attempt
        .col_expr(Column::FinishedAt, Expr::value(now))
        .col_expr(Column::Outcome, Expr::value(record.outcome))
        .col_expr(Column::Status, Expr::value(record.status.map(i64::from)))
        .col_expr(Column::DurationMs, Expr::value(duration_ms))
        .col_expr(Column::Message, Expr::value(record.message.clone()))
        .exec(&**tx)
        .await?;
    Ok(())
}

/// What a call says about the state of the platform and of the connection to it.
enum Health {
    Well,
    Trouble,
    Unknown,
}

fn health(verdict: &Verdict, record: &AttemptRecord) -> Health {
    match verdict {
        Verdict::Retry { trouble: true, .. } | Verdict::Unfinished { trouble: true, .. } => Health::Trouble,
        Verdict::CheckLater { .. } if matches!(record.outcome, Outcome::Transient | Outcome::Uncertain) => {
            Health::Trouble
        }
        // The platform took the request and didn't answer.
        Verdict::Unverified { .. } if record.outcome == Outcome::Unverified && !record.duration.is_zero() => {
            Health::Trouble
        }
        Verdict::Live { .. } | Verdict::Struck { .. } | Verdict::Retracted | Verdict::Vanished => Health::Well,
        Verdict::Checked { presence } if *presence != Presence::Unknowable => Health::Well,
        // A refusal is an answer; giving up after too many failures isn't one.
        Verdict::Rejected | Verdict::Pause { .. }
            if record.status.is_some() && record.outcome != Outcome::Transient =>
        {
            Health::Well
        }
        _ => Health::Unknown,
    }
}

/// Holds the lanes of this kind on the channel, as the platform asked.
pub(super) async fn hold_lane(
    tx: &Write<'_, Bookkeeping>,
    claim: &Claim,
    lane: Lane,
    until: DateTime<Utc>,
) -> Result<()> {
    for spec in claim.channel.lanes.iter().filter(|spec| spec.kind == lane) {
        lanes::hold(tx, &spec.key, until).await?;
    }
    Ok(())
}
