//! Who works on the board: their roles, and the invitations that are open.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::MOST_OPEN_INVITATIONS;
use tablon_core::{Conflict, EmailKey, Error, Role, TenantScope};

use crate::auth::{AsAdmin, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{self, Speech, sentence};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::login::account_field;
use crate::pages::params::{Id, Params};
use crate::pages::views::{FieldView, FormView, Group, InvitationView, MemberView, OptionView, Team, WaitingView};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/members", get(show).post(invite))
        .route("/admin/members/{id}", post(change))
        .route("/admin/members/invitations/{id}", post(revoke))
}

/// What a form of the page led to.
#[derive(Default)]
struct Outcome<'a> {
    done: Option<&'static str>,
    problem: Option<String>,
    new_link: Option<String>,
    typed: Option<&'a Pairs>,
    errors: FieldErrors,
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    let outcome = Outcome { done: params.done(), ..Outcome::default() };
    team(&state, &visitor, &tenant, &staff, outcome).await
}

async fn invite(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let email = Some(text(&pairs, "email")).filter(|email| !email.is_empty()).map(EmailKey::of);
    let made = match text(&pairs, "role").parse::<Role>() {
        Ok(role) => tenant.invitations().create(role, email.as_ref(), staff.actor()).await,
        Err(_) => Err(FieldErrors::one("/role", FieldProblem::Required).into()),
    };
    match made {
        Ok((_, token)) => {
            let new_link = Some(state.config.absolute(&format!("join/{token}")));
            team(&state, &visitor, &tenant, &staff, Outcome { new_link, ..Outcome::default() }).await
        }
        Err(Error::Invalid(errors)) => {
            let outcome = Outcome { typed: Some(&pairs), errors, ..Outcome::default() };
            let mut response = team(&state, &visitor, &tenant, &staff, outcome).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(Error::Conflict(conflict @ (Conflict::InvitationsOpen(_) | Conflict::InvitationsMade(_)))) => {
            let speech = Speech::new(&state, &visitor);
            let (status, problem) = match conflict {
                Conflict::InvitationsMade(count) => {
                    let words = speech.say_with("team-many-made", &[("count", count.to_string())]);
                    (StatusCode::TOO_MANY_REQUESTS, words)
                }
                _ => {
                    let most = MOST_OPEN_INVITATIONS.to_string();
                    (StatusCode::CONFLICT, speech.say_with("team-many-open", &[("count", most)]))
                }
            };
            let outcome = Outcome { problem, typed: Some(&pairs), ..Outcome::default() };
            let mut response = team(&state, &visitor, &tenant, &staff, outcome).await?;
            *response.status_mut() = status;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let members = tenant.members();
    let (changed, done) = match (text(&pairs, "action"), text(&pairs, "role").parse::<Role>()) {
        ("take-back", _) => {
            let found = members.uninvite(id, staff.actor()).await?;
            (if found { Ok(()) } else { Err(Error::NotFound) }, "member-removed")
        }
        ("role", Ok(role)) => (members.change_role(id, role, staff.actor()).await, "member-changed"),
        ("remove", _) => (members.remove(id, staff.actor()).await, "member-removed"),
        _ => (Err(Error::NotFound), ""),
    };
    match changed {
        Ok(()) if id == staff.user.id => Ok(Redirect::to("/account?done=member-changed").into_response()),
        Ok(()) => Ok(Redirect::to(&format!("{}/members?done={done}", admin_root(&visitor))).into_response()),
        Err(Error::Conflict(Conflict::LastOwner)) => {
            let problem = Speech::new(&state, &visitor).say("team-last-owner");
            let mut response =
                team(&state, &visitor, &tenant, &staff, Outcome { problem, ..Outcome::default() }).await?;
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn revoke(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    tenant.invitations().revoke(id, staff.actor()).await?;
    Ok(Redirect::to(&format!("{}/members?done=invitation-revoked", admin_root(&visitor))).into_response())
}

async fn team(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    outcome: Outcome<'_>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let members = tenant.members().list().await?.into_iter().map(|member| MemberView {
        id: member.user.id.to_string(),
        role: member.role.as_str(),
        email_confirmed: member.user.address_confirmed,
        me: member.user.id == staff.user.id,
        may_change: staff.may(member.role),
        name: member.user.name,
        email: member.user.email,
    });
    let mut waiting = Vec::new();
    for role in tenant.members().waiting().await? {
        let maker = match role.maker {
            Some(id) => state.store.users().by_id(id).await?.map(|user| user.name),
            None => None,
        };
        waiting.push(WaitingView {
            id: role.id.to_string(),
            email: role.email,
            role: role.role.as_str(),
            maker,
            expires_at: role.expires_at,
            may_change: staff.may(role.role),
        });
    }
    let mut invitations = Vec::new();
    for invitation in tenant.invitations().open().await? {
        invitations.push(InvitationView {
            id: invitation.id.to_string(),
            role: invitation.role.as_str(),
            maker: tenant.invitations().maker_name(&invitation).await?,
            email: invitation.email,
            expires_at: invitation.expires_at,
            may_revoke: staff.may(invitation.role),
        });
    }
    let roles: Vec<&'static str> = Role::ALL.into_iter().filter(|role| staff.may(*role)).map(Role::as_str).collect();
    let shows_link = outcome.new_link.is_some();
    let view = Team {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "members").await?,
        done: outcome.done,
        problem: outcome.problem,
        members: members.collect(),
        waiting,
        invitations,
        new_link: outcome.new_link,
        form: invitation_form(&speech, &roles, outcome.typed, &outcome.errors),
        roles,
    };
    let mut response = page(state, visitor, "pages/admin/members.html", view)?;
    if shows_link {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

fn invitation_form(
    speech: &Speech<'_>,
    roles: &[&'static str],
    typed: Option<&Pairs>,
    errors: &FieldErrors,
) -> FormView {
    let value = |name: &str, default: &str| typed.map_or(default, |pairs| text(pairs, name)).to_owned();
    let error = |name: &str| {
        let problem = errors.0.iter().find(|e| e.pointer == format!("/{name}"))?;
        Some(sentence(speech, &problem.problem))
    };
    let chosen = value("role", Role::Moderator.as_str());
    let options = roles.iter().map(|role| OptionView {
        value: (*role).to_owned(),
        label: speech.say(&format!("role-{role}")).unwrap_or_else(|| (*role).to_owned()),
        chosen: *role == chosen,
    });
    let role = FieldView {
        options: options.collect(),
        error: error("role"),
        help: speech.say("field-role-help"),
        ..account_field(speech, "role", "select", "off")
    };
    let email = FieldView {
        value: value("email", ""),
        required: false,
        error: error("email"),
        help: speech.say("team-email-help"),
        ..account_field(speech, "email", "email", "off")
    };
    form_view::form(vec![Group { legend: None, fields: vec![role, email] }], Vec::new())
}
