//! The board's own mail server.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::TenantScope;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::answers::{ForBodies, ForFloods, ForStaff};
use super::body::{Body, Text, request_body};
use crate::auth::{AsAdmin, Bearer};
use crate::board_mail::{self, MAX_SENDER, MAX_SERVER_URL, TypedServer};
use crate::problem::Problem;
use crate::state::AppState;

/// The board's own mail server, without user and password. Every member is `null` if none is set.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = MailServer)]
pub(crate) struct MailServerOut {
    /// Its address, without user and password.
    #[schema(example = "smtps://mail.example.org:465")]
    server: Option<String>,
    /// Whom mail is from.
    #[schema(example = "Acme jobs <jobs@example.org>")]
    sender: Option<String>,
    /// Why it couldn't be used the last time; `null`: it could.
    problem: Option<String>,
    /// Since when it can't be used.
    problem_since: Option<DateTime<Utc>>,
    /// How many mails are due, or wait for another try.
    waiting: Option<u64>,
}

impl MailServerOut {
    async fn of(tenant: &TenantScope) -> Result<Self, Problem> {
        let Some(server) = tenant.board_mail().get().await? else { return Ok(Self::default()) };
        Ok(Self {
            server: Some(server.server),
            sender: Some(server.sender),
            problem: server.problem,
            problem_since: server.problem_since,
            waiting: Some(server.waiting),
        })
    }
}

request_body! {
    /// A mail server of the board's own.
    pub(crate) struct MailServerIn as "MailServerRequest" {
        /// `smtps://user:password@host:port`, or `smtp://…` for STARTTLS. `null` or absent: the stored one stays.
        url: Option<Text<MAX_SERVER_URL>>,
        /// Whom mail is from; `null` or absent: the sender that the address names (`?from=`, or its user).
        sender: Option<Text<MAX_SENDER>>,
    }
}

/// Read the board's own mail server.
///
/// Needs the role admin. User and password are never shown.
#[utoipa::path(
    get, path = "/mail-server", operation_id = "get_mail_server", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The server.", body = MailServerOut), ForStaff)
)]
pub(crate) async fn read(caller: Bearer<AsAdmin>) -> Result<Json<MailServerOut>, Problem> {
    Ok(Json(MailServerOut::of(&caller.tenant).await?))
}

/// Set the board's own mail server.
///
/// Mail to posters and staff goes by it from then on, and by no other. It is greeted and logged in to first, in at most ten
/// seconds; one that can't be used is not saved. It must be reachable over TLS on the public internet, unless the operator
/// allows its network. Needs the role admin.
#[utoipa::path(
    put, path = "/mail-server", operation_id = "set_mail_server", tag = "board", security(("token" = [])),
    request_body = MailServerIn,
    responses((status = 200, description = "The server as it is now.", body = MailServerOut), ForStaff, ForBodies, ForFloods)
)]
pub(crate) async fn set(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Body(body): Body,
) -> Result<Json<MailServerOut>, Problem> {
    let MailServerIn { url, sender } = MailServerIn::read(body)?;
    let typed = TypedServer {
        url: url.map(|url| Zeroizing::new(url.into_string())),
        sender: sender.map(Text::into_string).unwrap_or_default(),
    };
    board_mail::save(&state, &caller.tenant, typed, caller.audited()).await?;
    Ok(Json(MailServerOut::of(&caller.tenant).await?))
}

/// Remove the board's own mail server.
///
/// Mail goes by the installation's server again, if it has one. Needs the role admin.
#[utoipa::path(
    delete, path = "/mail-server", operation_id = "remove_mail_server", tag = "board", security(("token" = [])),
    responses((status = 204, description = "None is set now."), ForStaff)
)]
pub(crate) async fn remove(caller: Bearer<AsAdmin>) -> Result<StatusCode, Problem> {
    caller.tenant.board_mail().remove(caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
