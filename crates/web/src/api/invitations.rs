//! Links with which people join the board.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::store::{Invitation, InvitationState};
use tablon_core::{EmailKey, Role};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForFloods, ForStaff, List, created_once};
use super::body::{Body, MailAddress, request_body};
use super::path::Id;
use crate::auth::{AsAdmin, Bearer};
use crate::problem::Problem;
use crate::state::AppState;

/// An invitation, without its link.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub(crate) struct InvitationOut {
    id: Uuid,
    /// What whoever accepts it becomes.
    role: Role,
    /// The only address whose account may accept it; `null`: anybody who has the link.
    email: Option<String>,
    #[schema(value_type = String, example = "open")]
    state: InvitationState,
    created_at: DateTime<Utc>,
    /// When it can't be accepted any more.
    expires_at: DateTime<Utc>,
}

impl From<Invitation> for InvitationOut {
    fn from(invitation: Invitation) -> Self {
        let Invitation { id, role, email, state, created_at, expires_at, .. } = invitation;
        Self { id, role, email, state, created_at, expires_at }
    }
}

/// An invitation that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewInvitation)]
pub(crate) struct NewInvitationOut {
    #[serde(flatten)]
    invitation: InvitationOut,
    /// The link: shown this once, kept nowhere.
    #[schema(format = "uri")]
    url: String,
}

request_body! {
    /// An invitation that is to be made.
    pub(crate) struct InvitationIn as "InvitationRequest" {
        /// Not more than the caller's own.
        role: Role,
        /// The only address whose account may accept it.
        email: Option<MailAddress>,
    }
}

/// List the invitations.
///
/// The newest 200, whatever became of them: `open`, `used`, `revoked` or `expired`. Needs the role admin.
#[utoipa::path(
    get, path = "/invitations", operation_id = "list_invitations", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The invitations, newest first.", body = List<InvitationOut>), ForStaff)
)]
pub(crate) async fn list(caller: Bearer<AsAdmin>) -> Result<Json<List<InvitationOut>>, Problem> {
    let invitations = caller.tenant.invitations().list().await?;
    Ok(Json(List::whole(invitations.into_iter().map(InvitationOut::from).collect())))
}

/// Invite somebody.
///
/// The link is good once, for seven days, and only as long as whoever made it may give that role. Of one person or token, a
/// hundred can be open on a board (409), and fifty be made within an hour (429). Needs the role admin.
#[utoipa::path(
    post, path = "/invitations", operation_id = "create_invitation", tag = "board", security(("token" = [])),
    request_body = InvitationIn,
    responses((status = 201, description = "The invitation; its link is shown this once.", body = NewInvitationOut), ForStaff, ForBodies, ForChanges, ForFloods)
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let InvitationIn { role, email } = InvitationIn::read(body)?;
    let email = email.map(|email| EmailKey::of(&email.into_string()));
    let (invitation, token) = caller.tenant.invitations().create(role, email.as_ref(), caller.audited()).await?;
    let url = state.config.absolute(&format!("join/{token}"));
    Ok(created_once(NewInvitationOut { invitation: invitation.into(), url }))
}

/// Read an invitation.
///
/// Needs the role admin.
#[utoipa::path(
    get, path = "/invitations/{id}", operation_id = "get_invitation", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The invitation's id.")),
    responses((status = 200, description = "The invitation.", body = InvitationOut), ForStaff)
)]
pub(crate) async fn read(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<InvitationOut>, Problem> {
    let invitation = caller.tenant.invitations().get(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(invitation.into()))
}

/// Revoke an invitation.
///
/// Its link answers 410 from now on. Its role can't be more than the caller's own. Needs the role admin.
#[utoipa::path(
    delete, path = "/invitations/{id}", operation_id = "revoke_invitation", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The invitation's id.")),
    responses((status = 204, description = "Revoked."), ForStaff)
)]
pub(crate) async fn revoke(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<StatusCode, Problem> {
    caller.tenant.invitations().revoke(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
