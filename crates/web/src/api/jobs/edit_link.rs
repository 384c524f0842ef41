//! The poster's private link of an offer.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::{ForChanges, ForStaff, created_once};
use crate::api::path::Id;
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

/// A private link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EditLink)]
pub(crate) struct EditLinkOut {
    /// The poster's private page: to view, edit, fill and close the offer. Shown this once.
    edit_url: String,
}

/// Make a new private link.
///
/// For a poster who has lost theirs, or whose link somebody else has: the old one ends. Private links end 180 days after
/// the offer's end.
#[utoipa::path(
    post, path = "/jobs/{id}/edit-link", operation_id = "reissue_edit_link", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 201, description = "The new link.", body = EditLinkOut), ForStaff, ForChanges)
)]
pub(crate) async fn reissue(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Response, Problem> {
    let token = caller.tenant.edit_links().reissue(id, caller.audited()).await?;
    Ok(created_once(EditLinkOut { edit_url: caller.tenant.edit_url(&token) }))
}

/// End the private link.
///
/// Nobody can edit the offer from outside any more, until a new link is made.
#[utoipa::path(
    delete, path = "/jobs/{id}/edit-link", operation_id = "revoke_edit_link", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 204, description = "It has ended, or there was none."), ForStaff)
)]
pub(crate) async fn revoke(caller: Bearer<AsModerator>, Id(id): Id) -> Result<StatusCode, Problem> {
    caller.tenant.edit_links().revoke(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
