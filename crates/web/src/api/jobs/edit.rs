//! Changes to what an offer says.

use axum::Json;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use tablon_core::store::{FieldChange, Revision};
use tablon_core::{ActorKind, JobContent};
use utoipa::ToSchema;

use super::decide::ReasonIn;
use super::described::JobPatch;
use super::wire::{JobNow, public_content};
use super::{IfMatch, IfRevision, for_staff};
use crate::api::answers::{ForBodies, ForChanges, ForQueries, ForRevisions, ForStaff, List};
use crate::api::body::Body;
use crate::api::path::Id;
use crate::api::query::{Paging, query_params};
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

/// A version of what an offer says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Revision)]
pub(crate) struct RevisionOut {
    /// From 1.
    number: u64,
    /// Who wrote it.
    author: ActorKind,
    created_at: DateTime<Utc>,
    #[schema(value_type = JobContent)]
    content: Map<String, Value>,
}

impl From<Revision> for RevisionOut {
    fn from(revision: Revision) -> Self {
        Self {
            number: revision.number,
            author: revision.author_kind,
            created_at: revision.created_at,
            content: public_content(&revision.content),
        }
    }
}

/// One field that a pending revision would change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldChange)]
pub(crate) struct ChangeOut {
    /// The field's dotted name.
    #[schema(example = "organization.name")]
    field: String,
    before: Value,
    after: Value,
}

impl From<FieldChange> for ChangeOut {
    fn from(change: FieldChange) -> Self {
        Self { field: change.field, before: change.before, after: change.after }
    }
}

/// Edit an offer.
///
/// Takes a JSON merge patch. It is live at once, and the copies on the channels follow. With `If-Match`,
/// only if the offer is still at that revision.
#[utoipa::path(
    patch, path = "/jobs/{id}", operation_id = "update_job", tag = "jobs", security(("token" = [])),
    request_body(content((JobPatch = "application/merge-patch+json"), (JobPatch = "application/json"))),
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForBodies, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn patch(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(if_revision): IfRevision,
    Body(patch): Body,
) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().patch(id, &patch, if_revision, caller.audited()).await?))
}

query_params! {
    /// Which revisions.
    pub(crate) struct RevisionsQuery {
        page: Paging,
    }
}

/// List an offer's revisions.
///
/// Oldest first, without contact addresses.
#[utoipa::path(
    get, path = "/jobs/{id}/revisions", operation_id = "list_revisions", tag = "jobs", security(("token" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id."), RevisionsQuery,
    ),
    responses((status = 200, description = "The revisions.", body = List<RevisionOut>), ForStaff, ForQueries)
)]
pub(crate) async fn revisions(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    RevisionsQuery { page }: RevisionsQuery,
) -> Result<Json<List<RevisionOut>>, Problem> {
    caller.tenant.jobs().get(id).await?.ok_or_else(Problem::not_found)?;
    let revisions = caller.tenant.jobs().revisions(id, page.cursor.as_deref(), page.limit).await?;
    Ok(Json(revisions.map(RevisionOut::from).into()))
}

/// Show what the pending revision would change.
///
/// Field by field; empty when there is none.
#[utoipa::path(
    get, path = "/jobs/{id}/diff", operation_id = "get_pending_changes", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The changes.", body = List<ChangeOut>), ForStaff)
)]
pub(crate) async fn diff(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Json<List<ChangeOut>>, Problem> {
    let changes = caller.tenant.jobs().pending_changes(id).await?;
    Ok(Json(List::whole(changes.into_iter().map(ChangeOut::from).collect())))
}

/// Approve the pending revision.
///
/// The poster's edit goes live, and the copies on the channels follow.
#[utoipa::path(
    post, path = "/jobs/{id}/approve-revision", operation_id = "approve_revision", tag = "jobs", security(("token" = [])),
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn approve_revision(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(seen): IfRevision,
) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().approve_revision(id, seen, caller.audited()).await?))
}

/// Discard the pending revision.
///
/// The live offer stays as it is; the poster's private page shows the reason.
#[utoipa::path(
    post, path = "/jobs/{id}/discard-revision", operation_id = "discard_revision", tag = "jobs", security(("token" = [])), request_body = ReasonIn,
    params(
        ("id" = Uuid, Path, description = "The offer's id."), IfMatch,
    ),
    responses(
        JobNow,
        ForStaff, ForBodies, ForChanges, ForRevisions,
    )
)]
pub(crate) async fn discard_revision(
    caller: Bearer<AsModerator>,
    Id(id): Id,
    IfRevision(seen): IfRevision,
    Body(body): Body,
) -> Result<Response, Problem> {
    let ReasonIn { reason } = ReasonIn::read(body)?;
    Ok(for_staff(caller.tenant.jobs().discard_revision(id, &reason, seen, caller.audited()).await?))
}
