//! Switching one kind of mail to the staff off, by the link in it (RFC 8058).
//!
//! As with a channel's mail, looking changes nothing, and a mail program may post `List-Unsubscribe=One-Click` without
//! cookies. The link is proof enough: it switches off nothing but one kind of mail to the person who got it, and they can
//! switch it on again.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::Response;
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::notice::{Timing, Way};
use tablon_core::store::StaffPreference;

use super::frame::{frame, page};
use super::params::Named;
use super::unsubscribe;
use super::views::NotificationStopPage;
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::notices::{StopKey, StopLink};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/notifications/stop/{token}", get(ask).post(stop))
}

async fn ask(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
) -> Result<Response, PageError> {
    let link = read(&state, &tenant, named.get("token"))?;
    let chosen = tenant.notification_preferences(link.user_id).list(Way::Mail).await?;
    let off = StaffPreference { kind: link.kind, timing: Timing::Never };
    answer(&state, &visitor, link, chosen.contains(&off))
}

async fn stop(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    from: ClientAddress,
    named: Named,
    body: Bytes,
) -> Result<Response, PageError> {
    unsubscribe::clicked(&state, &from, &body)?;
    let link = read(&state, &tenant, named.get("token"))?;
    let off = StaffPreference { kind: link.kind, timing: Timing::Never };
    tenant.notification_preferences(link.user_id).set(Way::Mail, &[off]).await?;
    answer(&state, &visitor, link, true)
}

fn read(state: &AppState, tenant: &TenantScope, token: &str) -> Result<StopLink, PageError> {
    StopKey::derive(state.keys.keyring()).check(tenant.id, token).ok_or(PageError::NotFound)
}

fn answer(state: &AppState, visitor: &Visitor, link: StopLink, stopped: bool) -> Result<Response, PageError> {
    let view = NotificationStopPage { frame: frame(state, visitor), kind: link.kind.as_str(), stopped };
    let mut response = page(state, visitor, "pages/notification_stop.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
