//! Finding offers.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use tablon_core::job::Workplace;
use tablon_core::{JobQuery, JobState, Role};

use super::wire::{JobNow, JobOut};
use super::{answered, for_staff};
use crate::api::answers::{ForAnybody, ForQueries, ForStaff, ForStaffToo, List};
use crate::api::path::Id;
use crate::api::placements::{PlacementOut, shown};
use crate::api::query::{Paging, SearchWords, query_params};
use crate::auth::{AsModerator, Bearer, Caller};
use crate::problem::Problem;
use crate::state::AppState;

query_params! {
    /// Which offers.
    pub(crate) struct JobsQuery {
        /// Words that all occur in the offer, 16 at most.
        q: SearchWords,
        /// A tag it has.
        tag: Option<String>,
        /// Where the work is done.
        workplace: Option<Workplace>,
        /// States: the parameter repeated, or with commas between them; `published` unless said. Others than `published`
        /// need a token.
        state: Vec<JobState>,
        /// `true`: only those with a pending revision. Needs a token.
        pending: bool,
        page: Paging,
    }
}

/// List offers.
///
/// Newest first: what is on the board; with a token of a moderator those in other states too.
#[utoipa::path(
    get, path = "/jobs", operation_id = "list_jobs", tag = "jobs", security((), ("token" = [])),
    params(JobsQuery),
    responses(
        (status = 200, description = "The offers.", body = List<JobOut>),
        ForAnybody, ForStaffToo, ForQueries,
    )
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    JobsQuery { q: SearchWords(q), tag, workplace, state: mut states, pending, page }: JobsQuery,
) -> Result<Json<List<JobOut>>, Problem> {
    if pending || states.iter().any(|state| *state != JobState::Published) {
        caller.require(Role::Moderator)?;
    }
    if states.is_empty() {
        states.push(JobState::Published);
    }
    let Paging { cursor, limit } = page;
    let asked = JobQuery { q, tag, workplace, states, pending_revision: pending, cursor, limit };
    let staff = caller.is_staff();
    // Staff are few, and their work shouldn't wait for a crowd.
    let _turn = if staff { None } else { Some(state.gates.enter(caller.tenant.id).await?) };
    let page = caller.tenant.jobs().list(&asked).await?;
    Ok(Json(page.map(|job| if staff { JobOut::for_staff(job) } else { JobOut::for_anybody(job) }).into()))
}

/// Read an offer.
///
/// What is on the board; with a token of a moderator any.
#[utoipa::path(
    get, path = "/jobs/{id}", operation_id = "get_job", tag = "jobs", security((), ("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses(JobNow, ForAnybody)
)]
pub(crate) async fn one(caller: Caller, Id(id): Id) -> Result<Response, Problem> {
    let job = caller.tenant.jobs().get(id).await?.ok_or_else(Problem::not_found)?;
    if caller.is_staff() {
        return Ok(for_staff(job));
    }
    if job.state != JobState::Published {
        return Err(Problem::not_found());
    }
    Ok(answered(job.revision, JobOut::for_anybody(job)))
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
