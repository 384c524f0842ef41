//! What was done to a channel, and by whom.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::channel_head::{channel, head};
use super::history;
use crate::auth::{AsAdmin, Staff};
use crate::error::PageError;
use crate::pages::form_view::Speech;
use crate::pages::frame::{admin_root, page};
use crate::pages::params::{Id, Params, with_query};
use crate::pages::views::ChannelHistory;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many events a page has.
const EVENTS: u64 = 50;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels/{id}/history", get(show))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let channel = channel(&tenant, id).await?;
    let (events, next) =
        history::of(&tenant, id, (params.some("cursor"), EVENTS), &Speech::new(&state, &visitor)).await?;
    let address = format!("{}/channels/{id}/history", admin_root(&visitor));
    let view = ChannelHistory {
        head: head(&state, &visitor, &tenant, &staff, &channel, ("history", params.done())).await?,
        events,
        next_url: next.map(|cursor| with_query(&address, &[("cursor", &cursor)])),
    };
    page(&state, &visitor, "pages/admin/channel_history.html", view)
}
