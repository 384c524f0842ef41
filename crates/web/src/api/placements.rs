//! One offer on one channel: what should be there, what is, and what was tried.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tablon_core::TenantScope;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{
    Attempt, Channel, Desired, Operation, Outcome, Placement, PlacementQuery, PlacementState, Presence,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForQueries, ForStaff, List};
use super::body::{Body, Text, choice_member, request_body};
use super::path::Id;
use super::query::{Paging, query_params};
use crate::auth::{AsModerator, Bearer};
use crate::channel_setup::PlatformError;
use crate::placement_answer::{self, Answer};
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(read))
        .routes(routes!(attempts))
        .routes(routes!(retry))
        .routes(routes!(retract))
        .routes(routes!(resolve))
        .routes(routes!(check))
}

/// A channel, in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ChannelRef {
    id: Uuid,
    name: String,
    plugin: String,
}

impl From<&Channel> for ChannelRef {
    fn from(channel: &Channel) -> Self {
        Self { id: channel.id, name: channel.name.clone(), plugin: channel.plugin.clone() }
    }
}

/// One offer on one channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Placement)]
pub(crate) struct PlacementOut {
    id: Uuid,
    job_id: Uuid,
    channel: Option<ChannelRef>,
    /// What should be there: `present`, `closed` (struck through) or `absent`.
    desired: Desired,
    /// What is known of the copy.
    state: PlacementState,
    /// The copy's address.
    url: Option<String>,
    /// What went wrong, in the platform's own words where it has any.
    problem: Option<String>,
    /// What kind of thing that was: the outcome of the call that went wrong.
    cause: Option<Outcome>,
    /// When the next attempt is due.
    due_at: Option<DateTime<Utc>>,
    /// When the copy was made.
    published_at: Option<DateTime<Utc>>,
    /// When somebody last looked whether it is still there.
    checked_at: Option<DateTime<Utc>>,
    /// What that showed.
    presence: Option<Presence>,
    updated_at: DateTime<Utc>,
    /// What was tried, oldest first.
    attempts: Vec<AttemptOut>,
}

/// One call to a platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptOut {
    at: DateTime<Utc>,
    operation: Operation,
    /// How it ended; `started` as long as it hasn't.
    outcome: Outcome,
    /// The last HTTP status the platform answered.
    status: Option<u16>,
    duration_ms: Option<u64>,
    /// The platform's or the host's words.
    message: Option<String>,
}

impl From<Attempt> for AttemptOut {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at,
            operation: attempt.operation,
            outcome: attempt.outcome,
            status: attempt.status,
            duration_ms: attempt.duration_ms,
            message: attempt.message,
        }
    }
}

/// The placements with their channels and attempts.
pub(super) async fn shown(tenant: &TenantScope, placements: Vec<Placement>) -> Result<Vec<PlacementOut>, Problem> {
    let channels = tenant.channels().list().await?;
    let channels: HashMap<Uuid, ChannelRef> = channels.iter().map(|channel| (channel.id, channel.into())).collect();
    let mut shown = Vec::with_capacity(placements.len());
    for placement in placements {
        let attempts = tenant.placements().attempts(placement.id).await?;
        shown.push(PlacementOut {
            id: placement.id,
            job_id: placement.job_id,
            channel: channels.get(&placement.channel_id).cloned(),
            desired: placement.desired,
            state: placement.state,
            url: placement.url,
            problem: placement.problem,
            cause: placement.cause,
            due_at: placement.due_at,
            published_at: placement.published_at,
            checked_at: placement.checked_at,
            presence: placement.presence,
            updated_at: placement.updated_at,
            attempts: attempts.into_iter().map(AttemptOut::from).collect(),
        });
    }
    Ok(shown)
}

async fn one(tenant: &TenantScope, placement: Placement) -> Result<Json<PlacementOut>, Problem> {
    shown(tenant, vec![placement]).await?.pop().map(Json).ok_or_else(Problem::not_found)
}

query_params! {
    /// Which placements.
    struct PlacementsQuery {
        /// Only those in this state.
        state: Option<PlacementState>,
        /// Only those on the channel with this id.
        channel: Option<Uuid>,
        /// Only those whose copy was like this when it was last looked at.
        presence: Option<Presence>,
        page: Paging,
    }
}

/// List placements.
///
/// Last touched first.
#[utoipa::path(
    get, path = "/placements", operation_id = "list_placements", tag = "placements", security(("token" = [])),
    params(PlacementsQuery),
    responses((status = 200, description = "The placements.", body = List<PlacementOut>), ForStaff, ForQueries)
)]
async fn list(
    caller: Bearer<AsModerator>,
    PlacementsQuery { state, channel, presence, page: Paging { cursor, limit } }: PlacementsQuery,
) -> Result<Json<List<PlacementOut>>, Problem> {
    let wanted = PlacementQuery { state, channel_id: channel, presence, cursor, limit };
    let page = caller.tenant.placements().list(&wanted).await?;
    let items = shown(&caller.tenant, page.items).await?;
    Ok(Json(List { items, next_cursor: page.next_cursor }))
}

/// Read a placement.
#[utoipa::path(
    get, path = "/placements/{id}", operation_id = "get_placement", tag = "placements", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses((status = 200, description = "The placement.", body = PlacementOut), ForStaff)
)]
async fn read(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<PlacementOut>, Problem> {
    let placement = caller.tenant.placements().get(id).await?.ok_or_else(Problem::not_found)?;
    one(&caller.tenant, placement).await
}

/// List what was tried for a placement.
///
/// Oldest first.
#[utoipa::path(
    get, path = "/placements/{id}/attempts", operation_id = "list_attempts", tag = "placements", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses((status = 200, description = "The attempts.", body = List<AttemptOut>), ForStaff)
)]
async fn attempts(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<List<AttemptOut>>, Problem> {
    caller.tenant.placements().get(id).await?.ok_or_else(Problem::not_found)?;
    let attempts = caller.tenant.placements().attempts(id).await?;
    Ok(Json(List::whole(attempts.into_iter().map(AttemptOut::from).collect())))
}

/// Try again at once.
///
/// For what failed or waits for its next attempt; also sends again what was taken back by hand or vanished from the
/// platform, and puts a copy right that was changed there.
#[utoipa::path(
    post, path = "/placements/{id}/retry", operation_id = "retry_placement", tag = "placements", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses((status = 200, description = "The placement as it is now.", body = PlacementOut), ForStaff, ForChanges)
)]
async fn retry(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<PlacementOut>, Problem> {
    let placement = caller.tenant.placements().retry(id, caller.audited()).await?;
    one(&caller.tenant, placement).await
}

/// Take one copy back.
///
/// The job stays on the board and on the other channels.
#[utoipa::path(
    post, path = "/placements/{id}/retract", operation_id = "retract_placement", tag = "placements", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses((status = 200, description = "The placement as it is now.", body = PlacementOut), ForStaff, ForChanges)
)]
async fn retract(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<PlacementOut>, Problem> {
    let placement = caller.tenant.placements().retract(id, caller.audited()).await?;
    one(&caller.tenant, placement).await
}

/// Look whether a copy is still there.
///
/// The platform is asked at once, in the background; read the placement again for `checked_at` and `presence`. For
/// what is `published`.
#[utoipa::path(
    post, path = "/placements/{id}/check", operation_id = "check_placement", tag = "placements", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses((status = 200, description = "The placement as it is now.", body = PlacementOut), ForStaff, ForChanges)
)]
async fn check(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<PlacementOut>, Problem> {
    let placement = caller.tenant.placements().check(id, caller.audited()).await?;
    one(&caller.tenant, placement).await
}

/// What a person saw on the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The copy is there.
    Sent,
    /// It isn't, and may be sent.
    NotSent,
}

impl Seen {
    const ALL: [&str; 2] = ["sent", "not_sent"];
}

impl std::str::FromStr for Seen {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "sent" => Ok(Self::Sent),
            "not_sent" => Ok(Self::NotSent),
            _ => Err(()),
        }
    }
}

choice_member!(Seen = Seen::ALL);

request_body! {
    /// What a person found on the platform.
    pub(crate) struct ResolveIn as "Resolution" {
        /// `sent`: it is there. `not_sent`: it isn't, and may be sent.
        #[example("sent")]
        outcome: Seen,
        /// The copy's address: demanded with `sent`, ignored otherwise.
        #[example("https://t.me/acme_jobs/42")]
        url: Option<Text<2000>>,
    }
}

/// Answer "is it there?".
///
/// For a placement that is `unverified`: the answer of a publish was lost, and only a person can look. `sent` with an
/// address also takes over a copy that was posted by hand, where nothing was sent.
#[utoipa::path(
    post, path = "/placements/{id}/resolve", operation_id = "resolve_placement", tag = "placements", security(("token" = [])), request_body = ResolveIn,
    params(("id" = Uuid, Path, description = "The placement's id.")),
    responses(
        (status = 200, description = "The placement as it is now.", body = PlacementOut),
        ForStaff, ForBodies, ForChanges,
    )
)]
async fn resolve(
    State(state): State<AppState>,
    caller: Bearer<AsModerator>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<PlacementOut>, Problem> {
    caller.tenant.placements().get(id).await?.ok_or_else(Problem::not_found)?;
    let answer = answer(body)?;
    match placement_answer::resolve(&state, &caller.tenant, id, answer, caller.audited()).await {
        Ok(placement) => one(&caller.tenant, placement).await,
        Err(PlatformError::Domain(error)) => Err(error.into()),
        Err(error) => {
            let said = FieldErrors::one("/url", FieldProblem::Said(error.to_string()));
            Err(Problem::refused(error.to_string()).about(&said))
        }
    }
}

fn answer(body: Value) -> Result<Answer, Problem> {
    let ResolveIn { outcome, url } = ResolveIn::read(body)?;
    match (outcome, url) {
        (Seen::Sent, Some(url)) => Ok(Answer::Sent { url: url.into_string() }),
        (Seen::Sent, None) => Err(Problem::field("/url", FieldProblem::Required)),
        (Seen::NotSent, _) => Ok(Answer::NotSent),
    }
}
