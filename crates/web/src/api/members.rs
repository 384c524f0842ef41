//! Who works on the board.

use axum::Json;
use axum::http::StatusCode;
use serde::Serialize;
use tablon_core::store::{Appointed, Invitation, Member};
use tablon_core::{EmailKey, Error, Role};
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
    /// The person's id; as long as they haven't come here, the invitation's.
    id: Uuid,
    email: String,
    /// Empty as long as they haven't come here.
    name: String,
    role: Role,
    /// Whether the role still waits for its person to come to a page of this instance.
    invited: bool,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        let Member { user, role } = member;
        Self { id: user.id, email: user.email, name: user.name, role, invited: false }
    }
}

impl From<Invitation> for MemberOut {
    fn from(Invitation { id, email, role }: Invitation) -> Self {
        Self { id, email, name: String::new(), role, invited: true }
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
    let invited = caller.tenant.members().invitations().await?.into_iter().map(MemberOut::from);
    Ok(Json(List::whole(members.into_iter().map(MemberOut::from).chain(invited).collect())))
}

/// Give somebody a role.
///
/// Instead of the one they had. Who isn't a member yet becomes one when they come to a page of this instance next; the
/// answer is the same whether the address has an account here or not. Needs the role owner.
#[utoipa::path(
    post, path = "/members", operation_id = "set_member", tag = "board", security(("token" = [])), request_body = MemberIn,
    responses((status = 200, description = "The member.", body = MemberOut), ForStaff, ForBodies, ForChanges)
)]
pub(crate) async fn add(caller: Bearer<AsOwner>, Body(body): Body) -> Result<Json<MemberOut>, Problem> {
    let MemberIn { email, role } = MemberIn::read(body)?;
    Ok(Json(
        match caller.tenant.members().appoint(&EmailKey::of(&email.into_string()), role, caller.audited()).await? {
            Appointed::Member(member) => member.into(),
            Appointed::Invited(invitation) => invitation.into(),
        },
    ))
}

/// Take somebody's role away.
///
/// Or their invitation. The last owner's can't be taken. Needs the role owner.
#[utoipa::path(
    delete, path = "/members/{id}", operation_id = "remove_member", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The person's id, or the invitation's.")),
    responses((status = 204, description = "Taken away."), ForStaff, ForChanges)
)]
pub(crate) async fn remove(caller: Bearer<AsOwner>, Id(id): Id) -> Result<StatusCode, Problem> {
    let members = caller.tenant.members();
    if members.uninvite(id, caller.audited()).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    if !members.list().await?.iter().any(|member| member.user.id == id) {
        return Err(Error::NotFound.into());
    }
    members.remove(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
