//! Finding offers.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use tablon_core::job::Workplace;
use tablon_core::{JobQuery, JobState, Role};

use super::for_staff;
use super::wire::JobOut;
use crate::api::answers::{ForAnybody, ForStaff, List};
use crate::api::path::Id;
use crate::api::placements::{PlacementOut, shown};
use crate::api::query::Query;
use crate::auth::{AsModerator, Bearer, Caller};
use crate::problem::Problem;
use crate::state::AppState;

/// List offers.
///
/// Newest first: what is on the board; with a token of a moderator those in other states too.
#[utoipa::path(
    get, path = "/jobs", operation_id = "list_jobs", tag = "jobs", security((), ("token" = [])),
    params(
        ("q" = Option<String>, Query, description = "Words that all occur in the offer."),
        ("tag" = Option<String>, Query, description = "A tag it has."),
        ("workplace" = Option<String>, Query, description = "`on-site`, `hybrid` or `remote`."),
        ("state" = Option<String>, Query, description = "States, separated by commas; `published` unless said. Others than `published` need a token."),
        ("pending" = Option<bool>, Query, description = "`true`: only those with a pending revision. Needs a token."),
        ("cursor" = Option<String>, Query, description = "The last page's `next_cursor`."),
        ("limit" = Option<u64>, Query, description = "How many items, 20 unless said, 100 at most."),
    ),
    responses(
        (status = 200, description = "The offers.", body = List<JobOut>),
        (status = 403, description = "The token's role is too small for these states.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A parameter is wrong.", body = Problem, content_type = "application/problem+json"),
        ForAnybody,
    )
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    mut query: Query,
) -> Result<Json<List<JobOut>>, Problem> {
    let mut states: Vec<JobState> = query.choices("state", &JobState::ALL.map(JobState::as_str));
    let pending_revision = query.text("pending").is_some_and(|pending| pending == "true");
    let asked = JobQuery {
        q: query.text("q"),
        tag: query.text("tag"),
        workplace: query.choice("workplace", &Workplace::ALL.map(Workplace::as_str)),
        states: Vec::new(),
        pending_revision,
        cursor: query.text("cursor"),
        limit: query.limit(),
    };
    if pending_revision || states.iter().any(|state| *state != JobState::Published) {
        caller.require(Role::Moderator)?;
    }
    query.finish()?;
    if states.is_empty() {
        states.push(JobState::Published);
    }
    let staff = caller.is_staff();
    // Staff are few, and their work shouldn't wait for a crowd.
    let _turn = if staff { None } else { Some(state.gates.enter(caller.tenant.id).await?) };
    let page = caller.tenant.jobs().list(&JobQuery { states, ..asked }).await?;
    Ok(Json(page.map(|job| if staff { JobOut::for_staff(job) } else { JobOut::for_anybody(job) }).into()))
}

/// Read an offer.
///
/// What is on the board; with a token of a moderator any.
#[utoipa::path(
    get, path = "/jobs/{id}", operation_id = "get_job", tag = "jobs", security((), ("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The offer. Its `ETag` is its revision.", body = JobOut), ForAnybody)
)]
pub(crate) async fn one(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    let job = caller.tenant.jobs().get(id).await?.ok_or_else(Problem::not_found)?;
    if caller.is_staff() {
        return Ok(for_staff(job));
    }
    if job.state != JobState::Published {
        return Err(Problem::not_found());
    }
    Ok(Json(JobOut::for_anybody(job)).into_response())
}

/// List an offer's placements.
///
/// What should be on each channel, what is, and what was tried.
#[utoipa::path(
    get, path = "/jobs/{id}/placements", operation_id = "list_placements_of_job", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The placements.", body = List<PlacementOut>), ForStaff)
)]
pub(crate) async fn placements(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<List<PlacementOut>>, Problem> {
    caller.tenant.jobs().get(id).await?.ok_or_else(Problem::not_found)?;
    let placements = caller.tenant.placements().for_job(id).await?;
    Ok(Json(List::whole(shown(&caller.tenant, placements).await?)))
}
