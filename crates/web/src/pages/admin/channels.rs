//! The board's channels.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::Channel;

use crate::auth::{AsAdmin, Staff};
use crate::error::PageError;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::plugin_name;
use crate::pages::params::Params;
use crate::pages::views::{ChannelCard, Channels};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels", get(channels))
}

async fn channels(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    let channels = tenant.channels().list().await?;
    let view = Channels {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "channels").await?,
        done: params.done(),
        channels: channels.iter().map(|channel| card(&state, &visitor, channel)).collect(),
    };
    page(&state, &visitor, "pages/admin/channels.html", view)
}

/// A channel as it stands in lists and at the head of its page.
pub(super) fn card(state: &AppState, visitor: &Visitor, channel: &Channel) -> ChannelCard {
    ChannelCard {
        name: channel.name.clone(),
        url: format!("{}/channels/{}", admin_root(visitor), channel.id),
        plugin_name: plugin_name(state, channel),
        state: channel.state.as_str(),
        problem: channel.problem.clone(),
        account: channel.account_label.clone(),
        account_url: channel.account_url.clone(),
    }
}
