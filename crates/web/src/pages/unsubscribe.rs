//! Stopping a channel's mail by the link in it (RFC 8058).
//!
//! Mail programs and scanners open links by themselves, so looking changes nothing: the page has a button. A mail
//! program that offers "unsubscribe" posts `List-Unsubscribe=One-Click`, without cookies; the button posts the same. The
//! link itself is the proof of being asked: there is nothing in a browser that another site could borrow, and so no form
//! token.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::{Channel, ChannelState};
use tablon_core::{Actor, TenantScope};
use tablon_publisher::mail::{UnsubscribeKey, recipients_of};

use super::frame::{frame, page};
use super::params::Named;
use super::views::UnsubscribePage;
use crate::error::PageError;
use crate::state::AppState;
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
    let asked = Asked::read(&state, &tenant, named.get("token")).await?;
    let stopped = asked.address.is_none() || asked.channel.state == ChannelState::Paused;
    answer(&state, &visitor, asked, stopped)
}

async fn stop(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
    body: Bytes,
) -> Result<Response, PageError> {
    // As a form or as multipart, whichever the mail program sends.
    if !String::from_utf8_lossy(&body).contains("One-Click") {
        return Err(PageError::BadRequest("List-Unsubscribe=One-Click is missing.".into()));
    }
    let asked = Asked::read(&state, &tenant, named.get("token")).await?;
    // An address that gets nothing any more stops nobody else's mail. And whoever stopped it before had a reason that should
    // stay readable.
    if let (ChannelState::Active, Some(address)) = (asked.channel.state, asked.address.clone()) {
        let locale: &str = tenant.locale.as_ref();
        let words = state.theme.locales().message(locale, "unsubscribe-problem", &[("address", address)]);
        tenant.channels().pause(asked.channel.id, words.as_deref(), Actor::Visitor).await?;
        tracing::info!(tenant = %tenant.slug, channel = %asked.channel.id, "a channel's mail was stopped by its link");
    }
    answer(&state, &visitor, asked, true)
}

fn answer(state: &AppState, visitor: &Visitor, asked: Asked, stopped: bool) -> Result<Response, PageError> {
    let view = UnsubscribePage { frame: frame(state, visitor), address: asked.address, stopped };
    let mut response = page(state, visitor, "pages/unsubscribe.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What a link asks for.
struct Asked {
    channel: Channel,
    /// Whose mail it came in, while the channel still sends there.
    address: Option<String>,
}

impl Asked {
    async fn read(state: &AppState, tenant: &TenantScope, token: &str) -> Result<Self, PageError> {
        let key = UnsubscribeKey::new(state.keys.keyring().derive(UnsubscribeKey::PURPOSE));
        let asked = key.check(tenant.id, token).ok_or(PageError::NotFound)?;
        let channel = tenant.channels().get(asked.channel_id).await?.ok_or(PageError::NotFound)?;
        let address = recipients_of(&channel)
            .into_iter()
            .find(|address| key.check(tenant.id, &key.token(tenant.id, channel.id, address)) == Some(asked));
        Ok(Self { channel, address })
    }
}
