//! What a channel mailed, what a person is asked about it, and who wants no more.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::form::FieldProblem;
use tablon_core::store::{Channel, OutboxMail, RecipientMark, Suppression, SuppressionOrigin};
use tablon_publisher::mail::is_address;
use uuid::Uuid;

use super::channel_head::{back, channel, head, sends_mail};
use crate::auth::{AsAdmin, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{Speech, sentence};
use crate::pages::frame::{admin_root, page};
use crate::pages::params::{Id, Params, with_query};
use crate::pages::views::{ChannelMail, MailRow, SuppressionRow};
use crate::state::AppState;
use crate::suppressing::{self, UnsubscribeRequest};
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many mails a page has.
const MAILS: u64 = 30;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/{id}/mail", get(show).post(act))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let channel = mailing_channel(&state, &tenant, id).await?;
    let view = view(&state, &visitor, &tenant, &staff, &channel, &params).await?;
    page(&state, &visitor, "pages/admin/channel_mail.html", view)
}

async fn view(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    channel: &Channel,
    params: &Params,
) -> Result<ChannelMail, PageError> {
    let admin = admin_root(visitor);
    let found = tenant.mail().list(channel.id, None, params.some("cursor"), Some(MAILS)).await?;
    let address = format!("{admin}/channels/{}/mail", channel.id);
    Ok(ChannelMail {
        head: head(state, visitor, tenant, staff, channel, ("mail", params.done())).await?,
        suppressions: tenant.mail().suppressions(channel.id).await?.into_iter().map(suppression_row).collect(),
        outbox: found.items.into_iter().map(|mail| mail_row(mail, &admin)).collect(),
        next_url: found.next_cursor.as_deref().map(|cursor| with_query(&address, &[("cursor", cursor)])),
        typed: String::new(),
        error: None,
    })
}

fn suppression_row(suppression: Suppression) -> SuppressionRow {
    SuppressionRow {
        id: suppression.id.to_string(),
        address: suppression.address,
        origin: suppression.origin.as_str(),
        at: suppression.created_at,
    }
}

fn mail_row(mail: OutboxMail, admin: &str) -> MailRow {
    MailRow {
        id: mail.id.to_string(),
        asks: mail.asks(),
        subject: mail.subject,
        recipient: mail.recipient,
        state: mail.state.as_str(),
        problem: mail.problem,
        at: mail.updated_at,
        copy_url: mail.placement_id.map(|id| format!("{admin}/placements/{id}")),
    }
}

async fn act(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let channel = mailing_channel(&state, &tenant, id).await?;
    let done = match text(&pairs, "action") {
        "send-again" => {
            tenant.mail().send_again(mail(&tenant, id, &pairs).await?, staff.actor()).await?;
            "done=mail-sent-again"
        }
        "leave" => {
            tenant.mail().leave(mail(&tenant, id, &pairs).await?, staff.actor()).await?;
            "done=mail-left"
        }
        "lift" => {
            let wanted = text(&pairs, "suppression").parse::<Uuid>().map_err(|_| PageError::NotFound)?;
            let of_channel = tenant.mail().suppressions(id).await?;
            if !of_channel.iter().any(|suppression| suppression.id == wanted) {
                return Err(PageError::NotFound);
            }
            tenant.mail().lift(wanted, staff.actor()).await?;
            "done=mail-lifted"
        }
        "suppress" => {
            let address = text(&pairs, "address");
            if !is_address(address) {
                let mut view = view(&state, &visitor, &tenant, &staff, &channel, &Params::default()).await?;
                let wrong = if address.is_empty() { FieldProblem::Required } else { FieldProblem::NotEmail };
                view.error = Some(sentence(&Speech::new(&state, &visitor), &wrong));
                view.typed = address.to_owned();
                let mut response = page(&state, &visitor, "pages/admin/channel_mail.html", view)?;
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(response);
            }
            let asked = UnsubscribeRequest {
                mark: RecipientMark::of(address),
                address: Some(address),
                origin: SuppressionOrigin::Admin,
            };
            suppressing::suppress(&tenant, &channel, asked, staff.actor()).await?;
            "done=mail-suppressed"
        }
        _ => return Err(PageError::BadRequest("Nothing was asked for.".into())),
    };
    Ok(back(&visitor, id, "/mail", done).into_response())
}

/// The channel, unless its plugin sends no mail. What one that isn't there just now has mailed is shown.
async fn mailing_channel(state: &AppState, tenant: &TenantScope, id: Uuid) -> Result<Channel, PageError> {
    let channel = channel(tenant, id).await?;
    let known = state.host.plugin(&channel.plugin).is_some();
    if known && !sends_mail(state, &channel) { Err(PageError::NotFound) } else { Ok(channel) }
}

/// The mail that a form names, if it is one of this channel.
async fn mail(tenant: &TenantScope, channel_id: Uuid, pairs: &Pairs) -> Result<Uuid, PageError> {
    let id = text(pairs, "mail").parse::<Uuid>().map_err(|_| PageError::NotFound)?;
    let mail = tenant.mail().get(id).await?.filter(|mail| mail.channel_id == channel_id);
    mail.map(|mail| mail.id).ok_or(PageError::NotFound)
}
