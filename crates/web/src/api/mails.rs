//! What a channel mailed, and who wants no more of it.

use axum::Json;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::form::FieldProblem;
use tablon_core::store::{MailState, OutboxMail, RecipientMark, Suppression, SuppressionOrigin};
use tablon_publisher::mail::is_address;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::answers::{ForBodies, ForChanges, ForQueries, ForStaff, List, created};
use super::body::{Body, MailAddress, request_body};
use super::path::Id;
use super::query::{Paging, query_params};
use crate::auth::{AsAdmin, Bearer};
use crate::problem::Problem;
use crate::state::AppState;
use crate::suppressing::{self, UnsubscribeRequest};

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(send_again))
        .routes(routes!(leave))
        .routes(routes!(suppressions, suppress))
        .routes(routes!(lift))
}

/// A mail to one address: a job, or a digest of several.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailOut {
    id: Uuid,
    channel_id: Uuid,
    /// The copy that it is; `null` of a digest.
    placement_id: Option<Uuid>,
    /// `null` once the person was erased.
    #[schema(example = "jobs@lists.example.org")]
    recipient: Option<String>,
    #[schema(example = "3 new jobs at Acme")]
    subject: Option<String>,
    /// `queued`, `sending`, `sent`, `unknown` (it may have been sent), `refused` by the mail server, `given_up` after days,
    /// `suppressed` (the recipient wants no more), `cancelled` (the address was taken out of the settings), `left` (a person
    /// left it at that).
    #[schema(example = "sent")]
    state: MailState,
    /// What went wrong, in the mail server's words where it has any.
    problem: Option<String>,
    /// How often a mail server was talked to about it.
    attempts: u32,
    /// Whether it is a digest that waits for a person's word: `send-again` or `leave`.
    asks: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<OutboxMail> for MailOut {
    fn from(mail: OutboxMail) -> Self {
        Self {
            asks: mail.asks(),
            id: mail.id,
            channel_id: mail.channel_id,
            placement_id: mail.placement_id,
            recipient: mail.recipient,
            subject: mail.subject,
            state: mail.state,
            problem: mail.problem,
            attempts: mail.attempts,
            created_at: mail.created_at,
            updated_at: mail.updated_at,
        }
    }
}

/// Somebody who wants no more mail of a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Suppression)]
pub(crate) struct SuppressionOut {
    id: Uuid,
    channel_id: Uuid,
    /// `null` where it was erased, or isn't known: a link in a mail names nobody.
    #[schema(example = "ana@example.org")]
    address: Option<String>,
    /// How they said it: `one-click` in a mail program, on the `page` of the link, or to an `admin`.
    #[schema(example = "one-click")]
    origin: SuppressionOrigin,
    created_at: DateTime<Utc>,
}

impl From<Suppression> for SuppressionOut {
    fn from(suppression: Suppression) -> Self {
        Self {
            id: suppression.id,
            channel_id: suppression.channel_id,
            address: suppression.address,
            origin: suppression.origin,
            created_at: suppression.created_at,
        }
    }
}

request_body! {
    /// Somebody to leave alone.
    pub(crate) struct SuppressionIn as "NewSuppression" {
        #[example("ana@example.org")]
        address: MailAddress,
    }
}

query_params! {
    /// Which mails.
    struct MailsQuery {
        /// Only those in this state.
        state: Option<MailState>,
        page: Paging,
    }
}

/// List what a channel mailed.
///
/// Newest first. What is over is kept for 90 days, and as long as its copy is on the board. Needs the role admin.
#[utoipa::path(
    get, path = "/channels/{id}/mails", operation_id = "list_mails", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id."), MailsQuery),
    responses((status = 200, description = "The mails.", body = List<MailOut>), ForStaff, ForQueries)
)]
async fn list(
    caller: Bearer<AsAdmin>,
    Id(id): Id,
    MailsQuery { state, page }: MailsQuery,
) -> Result<Json<List<MailOut>>, Problem> {
    caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let page = caller.tenant.mail().list(id, state, page.cursor.as_deref(), page.limit).await?;
    Ok(Json(page.map(MailOut::from).into()))
}

/// Send a digest again.
///
/// One that is `unknown`, `refused` or `given_up`: nobody sends those again on a guess. It goes out within half a minute.
/// Needs the role admin.
#[utoipa::path(
    post, path = "/mails/{id}/send-again", operation_id = "send_mail_again", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The mail's id.")),
    responses((status = 200, description = "The mail as it is now.", body = MailOut), ForStaff, ForChanges)
)]
async fn send_again(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<MailOut>, Problem> {
    Ok(Json(caller.tenant.mail().send_again(id, caller.audited()).await?.into()))
}

/// Leave a digest at that.
///
/// One that is `unknown`, `refused` or `given_up`: it is not sent again, and nobody is asked about it any more. Needs the role
/// admin.
#[utoipa::path(
    post, path = "/mails/{id}/leave", operation_id = "leave_mail", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The mail's id.")),
    responses((status = 200, description = "The mail as it is now.", body = MailOut), ForStaff, ForChanges)
)]
async fn leave(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<MailOut>, Problem> {
    Ok(Json(caller.tenant.mail().leave(id, caller.audited()).await?.into()))
}

/// List who wants no more mail of a channel.
///
/// The newest word first. Needs the role admin.
#[utoipa::path(
    get, path = "/channels/{id}/suppressions", operation_id = "list_suppressions", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 200, description = "Those people.", body = List<SuppressionOut>), ForStaff)
)]
async fn suppressions(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<Json<List<SuppressionOut>>, Problem> {
    caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let all = caller.tenant.mail().suppressions(id).await?;
    Ok(Json(List::whole(all.into_iter().map(SuppressionOut::from).collect())))
}

/// Send somebody no more mail of a channel.
///
/// For those who asked an admin. A channel that has nobody left whom it mails to is paused. Saying it twice changes nothing.
/// Needs the role admin.
#[utoipa::path(
    post, path = "/channels/{id}/suppressions", operation_id = "create_suppression", tag = "channels", security(("token" = [])), request_body = SuppressionIn,
    params(("id" = Uuid, Path, description = "The channel's id.")),
    responses((status = 201, description = "It is on record.", body = SuppressionOut), ForStaff, ForBodies)
)]
async fn suppress(caller: Bearer<AsAdmin>, Id(id): Id, Body(body): Body) -> Result<Response, Problem> {
    let channel = caller.tenant.channels().get(id).await?.ok_or_else(Problem::not_found)?;
    let address = SuppressionIn::read(body)?.address.into_string();
    if !is_address(&address) {
        return Err(Problem::field("/address", FieldProblem::NotEmail));
    }
    let asked = UnsubscribeRequest {
        mark: RecipientMark::of(&address),
        address: Some(&address),
        origin: SuppressionOrigin::Admin,
    };
    let suppression = suppressing::suppress(&caller.tenant, &channel, asked, caller.audited()).await?;
    Ok(created(SuppressionOut::from(suppression)))
}

/// Let mail go to somebody again.
///
/// Only when they want it. A channel that was paused because nobody was left works again. Needs the role admin.
#[utoipa::path(
    delete, path = "/suppressions/{id}", operation_id = "lift_suppression", tag = "channels", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The suppression's id.")),
    responses((status = 204, description = "Lifted."), ForStaff)
)]
async fn lift(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<StatusCode, Problem> {
    caller.tenant.mail().lift(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
