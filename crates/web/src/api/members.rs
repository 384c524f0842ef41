//! Who works on the board.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tablon_core::form::FieldProblem;
use tablon_core::store::Member;
use tablon_core::{EmailKey, Error, Role};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForStaff, List};
use super::body::{Body, Text, request_body};
use super::path::Id;
use crate::auth::{AsAdmin, AsOwner, Bearer};
use crate::problem::Problem;
use crate::state::AppState;

/// Somebody and their role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberOut {
    /// The person's id.
    id: Uuid,
    email: String,
    name: String,
    role: Role,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        Self { id: member.user.id, email: member.user.email, name: member.user.name, role: member.role }
    }
}

request_body! {
    /// A role that is to be given.
    pub(crate) struct MemberIn as "MemberRequest" {
        /// Of somebody who can sign in to this instance already.
        email: Text<254>,
        role: Role,
    }
}

/// List the members.
///
/// Needs the role admin.
#[utoipa::path(
    get, path = "/members", operation_id = "list_members", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The members, by address.", body = List<MemberOut>), ForStaff)
)]
pub(crate) async fn list(caller: Bearer<AsAdmin>) -> Result<Json<List<MemberOut>>, Problem> {
    let members = caller.tenant.members().list().await?;
    Ok(Json(List::whole(members.into_iter().map(MemberOut::from).collect())))
}

/// Give somebody a role.
///
/// Instead of the one they had. The person must be able to sign in already. Needs the role owner.
#[utoipa::path(
    post, path = "/members", operation_id = "set_member", tag = "board", security(("token" = [])), request_body = MemberIn,
    responses((status = 200, description = "The member.", body = MemberOut), ForStaff, ForBodies, ForChanges)
)]
pub(crate) async fn add(
    State(state): State<AppState>,
    caller: Bearer<AsOwner>,
    Body(body): Body,
) -> Result<Json<MemberOut>, Problem> {
    let MemberIn { email, role } = MemberIn::read(body)?;
    let nobody = || Problem::field("/email", FieldProblem::Said("nobody with this address can sign in here".into()));
    let user = state.store.users().by_email(&EmailKey::of(&email)).await?.ok_or_else(nobody)?;
    caller.tenant.members().set(user.id, role, caller.audited()).await?;
    Ok(Json(Member { user, role }.into()))
}

/// Take somebody's role away.
///
/// The last owner's can't be taken. Needs the role owner.
#[utoipa::path(
    delete, path = "/members/{id}", operation_id = "remove_member", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The person's id.")),
    responses((status = 204, description = "Taken away."), ForStaff, ForChanges)
)]
pub(crate) async fn remove(caller: Bearer<AsOwner>, Id(id): Id) -> Result<StatusCode, Problem> {
    let members = caller.tenant.members();
    if !members.list().await?.iter().any(|member| member.user.id == id) {
        return Err(Error::NotFound.into());
    }
    members.remove(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
