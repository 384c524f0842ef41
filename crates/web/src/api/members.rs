//! Who works on the board.

use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use tablon_core::store::{Appointed, Member, WaitingRole};
use tablon_core::{EmailKey, Role};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForStaff, List};
use super::body::{Body, MailAddress, request_body};
use super::path::Id;
use crate::auth::{AsAdmin, AsOwner, Bearer};
use crate::problem::Problem;

/// Somebody and their role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberOut {
    /// The person's id; as long as they haven't come here, that of the role that waits.
    id: Uuid,
    email: String,
    /// Empty as long as they haven't come here.
    name: String,
    role: Role,
    /// Whether the role still waits for its person to come to a page of this instance.
    invited: bool,
    /// Whether somebody proved that the address is theirs, or the operator said so.
    email_confirmed: bool,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        let Member { user, role } = member;
        let email_confirmed = user.address_confirmed;
        Self { id: user.id, email: user.email, name: user.name, role, invited: false, email_confirmed }
    }
}

impl From<WaitingRole> for MemberOut {
    fn from(WaitingRole { id, email, role, .. }: WaitingRole) -> Self {
        Self { id, email, name: String::new(), role, invited: true, email_confirmed: false }
    }
}

request_body! {
    /// A role that is to be given.
    pub(crate) struct MemberIn as "MemberRequest" {
        /// Whose.
        email: MailAddress,
        role: Role,
    }
}

/// List the members.
///
/// Those who were invited come after those who have come. Needs the role admin.
#[utoipa::path(
    get, path = "/members", operation_id = "list_members", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The members, by address.", body = List<MemberOut>), ForStaff)
)]
pub(crate) async fn list(caller: Bearer<AsAdmin>) -> Result<Json<List<MemberOut>>, Problem> {
    let members = caller.tenant.members().list().await?;
    let invited = caller.tenant.members().waiting().await?.into_iter().map(MemberOut::from);
    Ok(Json(List::whole(members.into_iter().map(MemberOut::from).chain(invited).collect())))
}

/// Give somebody a role.
///
/// Instead of the one they had. Who isn't a member yet becomes one when they come to a page of this instance next; the
/// answer is the same whether the address has an account here or not. The role waits for thirty days, and only as long as
/// whoever gave it may give it. An account that hasn't proved its address gets no role by it: invite its person instead.
/// Needs the role owner.
#[utoipa::path(
    post, path = "/members", operation_id = "set_member", tag = "board", security(("token" = [])), request_body = MemberIn,
    responses((status = 200, description = "The member.", body = MemberOut), ForStaff, ForBodies, ForChanges)
)]
pub(crate) async fn add(caller: Bearer<AsOwner>, Body(body): Body) -> Result<Json<MemberOut>, Problem> {
    let MemberIn { email, role } = MemberIn::read(body)?;
    Ok(Json(
        match caller.tenant.members().appoint(&EmailKey::of(&email.into_string()), role, caller.audited()).await? {
            Appointed::Member(member) => member.into(),
            Appointed::Waiting(waiting) => waiting.into(),
        },
    ))
}

request_body! {
    /// Another role for a member.
    pub(crate) struct MemberPatch as "MemberPatch" {
        role: Role,
    }
}

/// Give a member another role.
///
/// Neither their present role nor the new one can be more than the caller's own, and the last owner stays one. Needs the
/// role admin.
#[utoipa::path(
    patch, path = "/members/{id}", operation_id = "update_member", tag = "board", security(("token" = [])),
    request_body = MemberPatch,
    params(("id" = Uuid, Path, description = "The person's id.")),
    responses((status = 200, description = "The member.", body = MemberOut), ForStaff, ForBodies, ForChanges)
)]
pub(crate) async fn update(caller: Bearer<AsAdmin>, Id(id): Id, Body(body): Body) -> Result<Json<MemberOut>, Problem> {
    let MemberPatch { role } = MemberPatch::read(body)?;
    caller.tenant.members().change_role(id, role, caller.audited()).await?;
    let members = caller.tenant.members().list().await?;
    let member = members.into_iter().find(|member| member.user.id == id).ok_or_else(Problem::not_found)?;
    Ok(Json(member.into()))
}

/// Take somebody's role away.
///
/// Or a role that waits for its person. It can't be more than the caller's own, and the last owner's can't be taken.
/// Needs the role admin.
#[utoipa::path(
    delete, path = "/members/{id}", operation_id = "remove_member", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The person's id, or that of the role that waits.")),
    responses((status = 204, description = "Taken away."), ForStaff, ForChanges)
)]
pub(crate) async fn remove(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<StatusCode, Problem> {
    let members = caller.tenant.members();
    if !members.uninvite(id, caller.audited()).await? {
        members.remove(id, caller.audited()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
