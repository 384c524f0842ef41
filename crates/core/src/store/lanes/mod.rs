//! Pacing: the generic cell rate algorithm, in rows that all replicas share.

mod breaker;

pub use breaker::LaneStatus;
pub(super) use breaker::{Failed, recovered, status, trouble};
use std::collections::HashMap;

use chrono::{DateTime, TimeZone, Utc};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};

use serde::{Deserialize, Serialize};

use crate::delivery::Lane;
use crate::entity::lanes;
use crate::error::Result;

/// A lane whose traffic is paced: a credential's, a destination's or a server's, shared by every channel that uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneSpec {
    /// What it holds for.
    pub kind: Lane,
    /// Identifies the lane within this instance; doesn't reveal the secret it was made from.
    pub key: String,
    /// All of these apply at once.
    pub limits: Vec<LaneLimit>,
}

/// `count` calls in `per_ms` milliseconds on average, and at most `burst` at once: so at most `count + burst` in any
/// window of `per_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneLimit {
    /// Calls.
    pub count: u32,
    /// Milliseconds.
    pub per_ms: u64,
    /// Calls at once after a quiet time.
    pub burst: u32,
}

/// The answer to a request for one call on a channel's lanes.
pub(super) enum Turn {
    /// The call may be made. `troubled`: a lane has counted failures, so a success must be recorded.
    Given {
        troubled: bool,
        /// It is the trial call of a lane with an open breaker.
        trial: bool,
    },
    /// A lane is full, held or has an open breaker; no call was taken. When to ask again.
    Wait(DateTime<Utc>),
}

/// Takes one call from every lane.
pub(super) async fn take(
    tx: &DatabaseTransaction,
    specs: &[LaneSpec],
    pacing: bool,
    now: DateTime<Utc>,
) -> Result<Turn> {
    let now_ms = now.timestamp_millis();
    let paced = |limit: &&LaneLimit| pacing && limit.count > 0;
    let limits = |spec: &LaneSpec| spec.limits.iter().filter(paced).map(|limit| limit_key(&spec.key, *limit)).collect();
    let keys: Vec<String> = specs.iter().flat_map(|spec| [vec![spec.key.clone()], limits(spec)].concat()).collect();
    if keys.is_empty() {
        return Ok(Turn::Given { troubled: false, trial: false });
    }
    // Lanes are shared by channels: everybody locks their rows in this order.
    let rows = lanes::Entity::find().filter(lanes::Column::Key.is_in(keys)).order_by_asc(lanes::Column::Key);
    let rows: HashMap<String, lanes::Model> =
        rows.lock_exclusive().all(tx).await?.into_iter().map(|row| (row.key.clone(), row)).collect();
    let mut wait_until = 0;
    let mut taken = Vec::new();
    let mut broken = Vec::new();
    let mut troubled = false;
    for spec in specs {
        if let Some(row) = rows.get(&spec.key) {
            wait_until = wait_until.max(row.held_until_ms).max(row.open_until_ms);
            troubled |= row.failures > 0;
            if breaker::is_broken(spec, row.failures) {
                broken.push(row);
            }
        }
        for limit in spec.limits.iter().filter(paced) {
            let key = limit_key(&spec.key, *limit);
            let arrival = rows.get(&key).map_or(0, |row| row.arrival_ms);
            let (arrival_ms, allowed_at) = cell_rate(arrival, now_ms, *limit);
            wait_until = wait_until.max(allowed_at);
            taken.push(lanes::Model { arrival_ms, ..empty(key) });
        }
    }
    if wait_until > now_ms {
        return Ok(Turn::Wait(Utc.timestamp_millis_opt(wait_until).single().unwrap_or(now)));
    }
    raise(tx, taken).await?;
    let trial = !broken.is_empty();
    for row in broken {
        breaker::begin_trial(tx, row.clone(), now).await?;
    }
    Ok(Turn::Given { troubled, trial })
}

/// Locks the rows of a channel's lanes in the common order, before any of them is changed.
pub(super) async fn lock(tx: &DatabaseTransaction, specs: &[LaneSpec]) -> Result<()> {
    // SQLite has only one writer at a time.
    if specs.is_empty() || tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let keys = specs.iter().map(|spec| spec.key.as_str());
    let rows = lanes::Entity::find().filter(lanes::Column::Key.is_in(keys)).order_by_asc(lanes::Column::Key);
    rows.lock_exclusive().all(tx).await?;
    Ok(())
}

/// Holds a lane: no call goes through it before `until`. A longer hold stays.
pub(super) async fn hold(tx: &DatabaseTransaction, key: &str, until: DateTime<Utc>) -> Result<()> {
    raise(tx, vec![lanes::Model { held_until_ms: until.timestamp_millis(), ..empty(key.to_owned()) }]).await
}

/// The arrival time after one more call, and when that call is allowed.
fn cell_rate(arrival_ms: i64, now_ms: i64, limit: LaneLimit) -> (i64, i64) {
    let interval = i64::try_from(limit.per_ms).unwrap_or(i64::MAX) / i64::from(limit.count);
    let next = arrival_ms.max(now_ms) + interval;
    (next, next - interval.saturating_mul(i64::from(limit.burst.max(1))))
}

fn limit_key(lane: &str, limit: LaneLimit) -> String {
    format!("{lane}/{}/{}", limit.count, limit.per_ms)
}

fn empty(key: String) -> lanes::Model {
    lanes::Model { key, arrival_ms: 0, held_until_ms: 0, failures: 0, open_until_ms: 0, problem: None }
}

async fn find(tx: &DatabaseTransaction, key: &str) -> Result<Option<lanes::Model>> {
    Ok(lanes::Entity::find_by_id(key.to_owned()).lock_exclusive().one(tx).await?)
}

/// Moves a lane's times forward, never back: so the calls of replicas that race are both counted.
async fn raise(tx: &DatabaseTransaction, mut rows: Vec<lanes::Model>) -> Result<()> {
    // One statement can't change a row twice, and new rows are locked in this order.
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    rows.dedup_by(|a, b| a.key == b.key);
    if rows.is_empty() {
        return Ok(());
    }
    let later = |column: &str| {
        Expr::cust(format!(
            "CASE WHEN excluded.{column} > lanes.{column} THEN excluded.{column} ELSE lanes.{column} END"
        ))
    };
    let raised = OnConflict::column(lanes::Column::Key)
        .value(lanes::Column::ArrivalMs, later("arrival_ms"))
        .value(lanes::Column::HeldUntilMs, later("held_until_ms"))
        .to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    lanes::Entity::insert_many(rows).on_conflict(raised).exec_without_returning(tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_call_each_interval() {
        let limit = LaneLimit { count: 3, per_ms: 3_000, burst: 3 };
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

    #[test]
    fn burst_and_rate_together_stay_below_what_a_window_allows() {
        // 8 at once and 12 a minute: never more than 20 in any minute.
        let limit = LaneLimit { count: 12, per_ms: 60_000, burst: 8 };
        let mut arrival = 0;
        let mut passed: Vec<i64> = Vec::new();
        for now in (1_000_000..1_600_000).step_by(250) {
            let (next, allowed_at) = cell_rate(arrival, now, limit);
            if allowed_at <= now {
                arrival = next;
                passed.push(now);
            }
        }
        for start in &passed {
            assert!(passed.iter().filter(|at| (*start..start + 60_000).contains(at)).count() <= 20);
        }
        assert!(passed.len() > 120);
    }
}
