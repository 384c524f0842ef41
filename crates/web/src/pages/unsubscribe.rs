//! Stopping a channel's mail by the link in it (RFC 8058).
//!
//! Mail programs and scanners open links by themselves, so looking changes nothing: the page has a button. A mail
//! program that offers "unsubscribe" posts `List-Unsubscribe=One-Click`, without cookies; that stops mail to a person, and
//! not to a mailing list, whose readers all see the same link. The link itself is the proof of being asked: there is
//! nothing in a browser that another site could borrow, and so no form token.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::{Channel, SuppressionOrigin};
use tablon_core::{Actor, TenantScope};
use tablon_publisher::RecipientKind;
use tablon_publisher::mail::{Unsubscribe, UnsubscribeKey, recipients_of};

use super::frame::{frame, page};
use super::params::Named;
use super::views::UnsubscribePage;
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::state::AppState;
use crate::suppressing::{self, UnsubscribeRequest};
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/unsubscribe/{token}", get(ask).post(stop))
}

async fn ask(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
) -> Result<Response, PageError> {
    let asked = UnsubscribeLink::read(&state, &tenant, named.get("token")).await?;
    let stopped = match &asked.address {
        // Nothing goes there: there is nothing to ask.
        None => true,
        Some(address) => {
            let address = [address.clone()];
            !tenant.mail().unsubscribed(asked.channel.id, &address).await?.is_empty()
        }
    };
    answer(&state, &visitor, asked, stopped)
}

async fn stop(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    from: ClientAddress,
    named: Named,
    body: Bytes,
) -> Result<Response, PageError> {
    let origin = clicked(&state, &from, &body)?;
    let asked = UnsubscribeLink::read(&state, &tenant, named.get("token")).await?;
    if origin == SuppressionOrigin::OneClick && asked.kind == RecipientKind::List && asked.address.is_some() {
        // Not a success, so that the mail program doesn't say it was one.
        let mut question = answer(&state, &visitor, asked, false)?;
        *question.status_mut() = StatusCode::CONFLICT;
        return Ok(question);
    }
    let wanted = UnsubscribeRequest { mark: asked.link.recipient, address: asked.address.as_deref(), origin };
    suppressing::suppress(&tenant, &asked.channel, wanted, Actor::Visitor).await?;
    tracing::info!(tenant = %tenant.slug, channel = %asked.channel.id, %origin, "somebody wants no more mail");
    answer(&state, &visitor, asked, true)
}

/// Whether a click came from the page or from a mail program; neither, and too many from one address, are refused.
pub(super) fn clicked(state: &AppState, from: &ClientAddress, body: &[u8]) -> Result<SuppressionOrigin, PageError> {
    if let Some(key) = from.throttle_key() {
        let admitted = state.throttles.unsubscribe_by_address.admit(&key, state.clock().now());
        admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    }
    let said = String::from_utf8_lossy(body);
    if url::form_urlencoded::parse(said.as_bytes()).any(|pair| pair == ("stop".into(), "page".into())) {
        return Ok(SuppressionOrigin::Page);
    }
    // As a form or as multipart, whichever the mail program sends.
    if said.contains("One-Click") {
        return Ok(SuppressionOrigin::OneClick);
    }
    Err(PageError::BadRequest("List-Unsubscribe=One-Click is missing.".into()))
}

fn answer(state: &AppState, visitor: &Visitor, asked: UnsubscribeLink, stopped: bool) -> Result<Response, PageError> {
    let is_list = asked.kind == RecipientKind::List;
    let view = UnsubscribePage { frame: frame(state, visitor), address: asked.address, is_list, stopped };
    let mut response = page(state, visitor, "pages/unsubscribe.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a link asks for.
struct UnsubscribeLink {
    channel: Channel,
    link: Unsubscribe,
    /// Whose mail it came in, while the channel still sends there.
    address: Option<String>,
    kind: RecipientKind,
}

impl UnsubscribeLink {
    async fn read(state: &AppState, tenant: &TenantScope, token: &str) -> Result<Self, PageError> {
        let key = UnsubscribeKey::new(state.keys.keyring().derive(UnsubscribeKey::PURPOSE));
        let link = key.check(tenant.id, token).ok_or(PageError::NotFound)?;
        let channel = tenant.channels().get(link.channel_id).await?.ok_or(PageError::NotFound)?;
        let address = recipients_of(&channel).into_iter().find(|address| link.is_of(address));
        let plugin = state.host.plugin(&channel.plugin);
        // Without its plugin nothing is sent, and whoever asks is believed.
        let kind = plugin.map(|plugin| plugin.manifest().mail.recipient_kind(&channel.settings));
        Ok(Self { channel, link, address, kind: kind.unwrap_or(RecipientKind::Person) })
    }
}
