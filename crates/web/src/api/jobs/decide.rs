//! What a moderator decides, and how an offer ends.

use axum::response::Response;
use chrono::{DateTime, Utc};
use tablon_core::job::WrongState;
use tablon_core::store::ApproveOptions;
use tablon_core::{Error, JobState};

use super::wire::JobNow;
use super::{IfMatch, IfRevision, for_staff};
use crate::api::answers::{ForBodies, ForChanges, ForRevisions, ForStaff};
use crate::api::body::{Body, OptionalBody, Text, request_body};
use crate::api::path::Id;
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

/// The most characters of a reason.
const MAX_REASON: usize = 2_000;

request_body! {
    /// Why.
    pub(crate) struct ReasonIn as "Reason" {
        /// What the poster's private page says.
        reason: Text<MAX_REASON>,
    }
}

request_body! {
    /// How to approve.
    pub(crate) struct ApproveIn as "Approval" {
        /// When it goes on the board, a moment in the future; at once if absent.
        publish_at: Option<DateTime<Utc>>,
    }
}

/// Approve an offer.
///
/// Puts it on the board, now or at a time, and on every channel. What is published is what `previews`
/// showed. An offer that waits for its time already is published now, or at the new time. With `If-Match`, only if the
/// offer is still at that revision.
#[utoipa::path(
    post, path = "/jobs/{id}/approve", operation_id = "approve_job", tag = "jobs", security(("token" = [])), request_body = Option<ApproveIn>,
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForBodies, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn approve(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(if_revision): IfRevision,
    OptionalBody(body): OptionalBody,
) -> Result<Response, Problem> {
    let ApproveIn { publish_at } = ApproveIn::read(body)?;
    let options = ApproveOptions { publish_at, if_revision };
    let jobs = caller.tenant.jobs();
    let job = match jobs.approve(id, options, caller.audited()).await {
        Err(Error::WrongState(WrongState { state: JobState::Approved, .. })) => {
            jobs.reschedule(id, options, caller.audited()).await?
        }
        decided => decided?,
    };
    Ok(for_staff(job))
}

/// Reject an offer.
///
/// The poster's private page shows the reason. With `If-Match`, only if the offer is still at that revision.
#[utoipa::path(
    post, path = "/jobs/{id}/reject", operation_id = "reject_job", tag = "jobs", security(("token" = [])), request_body = ReasonIn,
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForBodies, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn reject(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(seen): IfRevision,
    Body(body): Body,
) -> Result<Response, Problem> {
    let ReasonIn { reason } = ReasonIn::read(body)?;
    Ok(for_staff(caller.tenant.jobs().reject(id, &reason, seen, caller.audited()).await?))
}

/// Ask for changes.
///
/// The poster's private page shows the reason; they edit and submit again. With `If-Match`, only if the offer is
/// still at that revision.
#[utoipa::path(
    post, path = "/jobs/{id}/request-changes", operation_id = "request_changes", tag = "jobs", security(("token" = [])), request_body = ReasonIn,
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForBodies, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn request_changes(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(seen): IfRevision,
    Body(body): Body,
) -> Result<Response, Problem> {
    let ReasonIn { reason } = ReasonIn::read(body)?;
    Ok(for_staff(caller.tenant.jobs().request_changes(id, &reason, seen, caller.audited()).await?))
}

/// Mark an offer as spam.
///
/// With `If-Match`, only if the offer is still at that revision.
#[utoipa::path(
    post, path = "/jobs/{id}/spam", operation_id = "mark_job_as_spam", tag = "jobs", security(("token" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn spam(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(seen): IfRevision,
) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().mark_spam(id, seen, caller.audited()).await?))
}

/// Close an offer.
///
/// Takes it off the board and its copies off the channels.
#[utoipa::path(
    post, path = "/jobs/{id}/close", operation_id = "close_job", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses(JobNow, ForStaff, ForChanges)
)]
pub(crate) async fn close(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().close(id, caller.audited()).await?))
}

/// Mark an offer as filled.
///
/// Its copies are struck through.
#[utoipa::path(
    post, path = "/jobs/{id}/fill", operation_id = "fill_job", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses(JobNow, ForStaff, ForChanges)
)]
pub(crate) async fn fill(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().fill(id, caller.audited()).await?))
}
