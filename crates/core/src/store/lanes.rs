//! Pacing: the generic cell rate algorithm, in rows that all replicas share.

use chrono::{DateTime, TimeZone, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect};

use serde::{Deserialize, Serialize};

use crate::entity::lanes;
use crate::error::Result;

/// A lane whose traffic is paced: a credential's or a destination's, shared by every channel that uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneSpec {
    /// `credential` or `destination`.
    pub kind: String,
    /// Tells the lane from every other of this instance; says nothing about the secret it was made from.
    pub key: String,
    /// All of these hold at once.
    pub limits: Vec<LaneLimit>,
}

/// At most `count` calls in `per_ms` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneLimit {
    /// Calls.
    pub count: u32,
    /// Milliseconds.
    pub per_ms: u64,
}

/// Takes one call out of every lane. Returns when to come back if one of them is full or held; then nothing was taken.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    specs: &[LaneSpec],
    pacing: bool,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let now_ms = now.timestamp_millis();
    let mut wait_until = 0;
    let mut taken = Vec::new();
    for spec in specs {
        if let Some(row) = find(tx, &spec.key).await? {
            wait_until = wait_until.max(row.held_until_ms);
        }
        for limit in spec.limits.iter().filter(|l| pacing && l.count > 0) {
            let key = limit_key(&spec.key, *limit);
            let arrival = find(tx, &key).await?.map_or(0, |row| row.arrival_ms);
            let (next, allowed_at) = cell_rate(arrival, now_ms, *limit);
            wait_until = wait_until.max(allowed_at);
            taken.push((key, next));
        }
    }
    if wait_until > now_ms {
        return Ok(Utc.timestamp_millis_opt(wait_until).single());
    }
    for (key, arrival) in taken {
        put(tx, key, |row| row.arrival_ms = Set(arrival)).await?;
    }
    Ok(None)
}

/// Holds a lane: no call goes through it before `until`.
pub(super) async fn hold(tx: &DatabaseTransaction, key: &str, until: DateTime<Utc>) -> Result<()> {
    put(tx, key.to_owned(), |row| row.held_until_ms = Set(until.timestamp_millis())).await
}

/// The arrival time after one more call, and when that call is allowed. The whole `count` may come at once.
fn cell_rate(arrival_ms: i64, now_ms: i64, limit: LaneLimit) -> (i64, i64) {
    let per = i64::try_from(limit.per_ms).unwrap_or(i64::MAX);
    let interval = per / i64::from(limit.count);
    let next = arrival_ms.max(now_ms) + interval;
    (next, next - per)
}

fn limit_key(lane: &str, limit: LaneLimit) -> String {
    format!("{lane}/{}/{}", limit.count, limit.per_ms)
}

async fn find(tx: &DatabaseTransaction, key: &str) -> Result<Option<lanes::Model>> {
    Ok(lanes::Entity::find_by_id(key.to_owned()).lock_exclusive().one(tx).await?)
}

async fn put(tx: &DatabaseTransaction, key: String, set: impl FnOnce(&mut lanes::ActiveModel)) -> Result<()> {
    match find(tx, &key).await? {
        Some(row) => {
            let mut row = row.into_active_model();
            set(&mut row);
            row.update(tx).await?;
        }
        None => {
            let mut row = lanes::ActiveModel { key: Set(key), arrival_ms: Set(0), held_until_ms: Set(0) };
            set(&mut row);
            // Another replica may have made it since: then its row stands, and this one call goes unpaced.
            let made_meanwhile = sea_orm::sea_query::OnConflict::column(lanes::Column::Key).do_nothing().to_owned();
            lanes::Entity::insert(row).on_conflict(made_meanwhile).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_call_each_interval() {
        let limit = LaneLimit { count: 3, per_ms: 3_000 };
        let mut arrival = 0;
        let mut passed = Vec::new();
        for now in (10_000..20_000).step_by(100) {
            let (next, allowed_at) = cell_rate(arrival, now, limit);
            if allowed_at <= now {
                arrival = next;
                passed.push(now);
            }
        }
        assert_eq!(passed[..5], [10_000, 10_100, 10_200, 11_000, 12_000]);
    }
}
