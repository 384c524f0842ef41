//! The circuit breaker: a lane whose calls all fail gets no calls for a while, then one trial call.

use chrono::{DateTime, Duration, TimeZone, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{LaneSpec, empty, find};
use crate::delivery::Lane;
use crate::entity::lanes;
use crate::error::Result;

/// This many failures in a row open a destination's breaker.
const DESTINATION_FAILURES: i64 = 5;
/// A credential is used for several destinations; only if all of them fail is the platform the cause.
const CREDENTIAL_FAILURES: i64 = 10;
/// How long a lane gets no calls at first; twice as long after each trial that failed.
const FIRST_PAUSE: Duration = Duration::seconds(10);
const LONGEST_PAUSE: Duration = Duration::minutes(10);
/// How long a trial keeps the others waiting if its worker dies; longer than a call may take.
const TRIAL: Duration = Duration::seconds(60);

/// How a lane is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LaneStatus {
    /// What it holds for.
    pub kind: Lane,
    /// The platform wants to be left alone until then.
    pub held_until: Option<DateTime<Utc>>,
    /// How many calls in a row found the platform, or the way there, in trouble.
    pub failures: u64,
    /// The circuit breaker is open: the next trial is then.
    pub open_until: Option<DateTime<Utc>>,
    /// What the last of those failures was.
    pub problem: Option<String>,
}

/// The state of a channel's lanes.
pub(in super::super) async fn status(
    db: &impl ConnectionTrait,
    specs: &[LaneSpec],
    now: DateTime<Utc>,
) -> Result<Vec<LaneStatus>> {
    let keys: Vec<&str> = specs.iter().map(|spec| spec.key.as_str()).collect();
    let rows = lanes::Entity::find().filter(lanes::Column::Key.is_in(keys)).all(db).await?;
    let later = |ms: i64| Utc.timestamp_millis_opt(ms).single().filter(|at| *at > now);
    Ok(specs
        .iter()
        .map(|spec| {
            let row = rows.iter().find(|row| row.key == spec.key);
            LaneStatus {
                kind: spec.kind,
                held_until: row.and_then(|row| later(row.held_until_ms)),
                failures: row.map_or(0, |row| u64::try_from(row.failures).unwrap_or(0)),
                open_until: row.and_then(|row| later(row.open_until_ms)),
                problem: row.and_then(|row| row.problem.clone()),
            }
        })
        .collect())
}

/// A call that failed because of the platform or the connection to it.
pub(in super::super) struct Failed<'a> {
    /// It was the trial call of a lane with an open breaker.
    pub(in super::super) trial: bool,
    /// What went wrong.
    pub(in super::super) problem: Option<&'a str>,
}

/// Counts a failure on the lanes of a channel, and opens the breaker of those that have had too many. Calls that were
/// under way when it opened aren't counted. A server's lane is used by every board: it is paced and held, but failures
/// on one board's channels never open its breaker for the others.
pub(in super::super) async fn trouble(
    tx: &DatabaseTransaction,
    specs: &[LaneSpec],
    call: Failed<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    for spec in in_order(specs).into_iter().filter(|spec| spec.kind != Lane::Server) {
        let mut row = find(tx, &spec.key).await?.unwrap_or_else(|| empty(spec.key.clone()));
        if row.open_until_ms > now.timestamp_millis() && !call.trial {
            continue;
        }
        row.failures += 1;
        row.problem = call.problem.map(str::to_owned);
        if is_broken(spec, row.failures) {
            let doubled = FIRST_PAUSE * (1 << (row.failures - threshold(spec)).min(10));
            row.open_until_ms = (now + doubled.min(LONGEST_PAUSE)).timestamp_millis();
        }
        write(tx, row).await?;
    }
    Ok(())
}

/// A call succeeded: closes the breakers of its channel's lanes.
pub(in super::super) async fn recovered(tx: &DatabaseTransaction, specs: &[LaneSpec]) -> Result<()> {
    for spec in in_order(specs) {
        if let Some(row) = find(tx, &spec.key).await?.filter(|row| row.failures > 0) {
            write(tx, lanes::Model { failures: 0, open_until_ms: 0, problem: None, ..row }).await?;
        }
    }
    Ok(())
}

/// Whether this many failures in a row open a lane's breaker.
pub(super) fn is_broken(spec: &LaneSpec, failures: i64) -> bool {
    failures >= threshold(spec)
}

/// Lets one call try a lane with an open breaker; the others wait for its result.
pub(super) async fn begin_trial(tx: &DatabaseTransaction, row: lanes::Model, now: DateTime<Utc>) -> Result<()> {
    write(tx, lanes::Model { open_until_ms: (now + TRIAL).timestamp_millis(), ..row }).await
}

fn threshold(spec: &LaneSpec) -> i64 {
    if spec.kind == Lane::Credential { CREDENTIAL_FAILURES } else { DESTINATION_FAILURES }
}

/// The order in which lanes' rows are locked.
fn in_order(specs: &[LaneSpec]) -> Vec<&LaneSpec> {
    let mut specs: Vec<&LaneSpec> = specs.iter().collect();
    specs.sort_by(|a, b| a.key.cmp(&b.key));
    specs
}

/// Writes the breaker's columns of a lane; its pace and holds stay as they are.
async fn write(tx: &DatabaseTransaction, row: lanes::Model) -> Result<()> {
    use lanes::Column;
    let known = OnConflict::column(Column::Key)
        .update_columns([Column::Failures, Column::OpenUntilMs, Column::Problem])
        .to_owned();
    let row = row.into_active_model().reset_all();
    lanes::Entity::insert(row).on_conflict(known).exec_without_returning(tx).await?;
    Ok(())
}
