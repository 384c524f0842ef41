//! What the pages of one channel have in common.

use axum::response::Redirect;
use tablon_core::TenantScope;
use tablon_core::store::Channel;
use uuid::Uuid;

use super::channels::card;
use crate::auth::{AsAdmin, Staff};
use crate::error::PageError;
use crate::pages::frame::{admin_root, frame, staff_view};
use crate::pages::views::ChannelHead;
use crate::state::AppState;
use crate::visitor::Visitor;

/// The top of a channel's page.
pub(super) async fn head(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsAdmin>,
    channel: &Channel,
    (tab, done): (&'static str, Option<&'static str>),
) -> Result<ChannelHead, PageError> {
    let asking = tenant.mail().asking().await?;
    Ok(ChannelHead {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "channels").await?,
        done,
        channel: card(state, visitor, channel),
        tab,
        sends_mail: sends_mail(state, channel),
        asking: asking.iter().find(|(id, _)| *id == channel.id).map_or(0, |(_, count)| *count),
        unsubscribed: tenant.mail().has_nobody_left(channel).await?,
    })
}

/// Whether a channel's plugin asks to send mail.
pub(super) fn sends_mail(state: &AppState, channel: &Channel) -> bool {
    state.host.plugin(&channel.plugin).is_some_and(|plugin| !plugin.manifest().mail.audiences.is_empty())
}

/// Back to one of a channel's pages: `""` or `/template`, with a query.
pub(super) fn back(visitor: &Visitor, id: Uuid, page: &str, query: &str) -> Redirect {
    Redirect::to(&format!("{}/channels/{id}{page}?{query}", admin_root(visitor)))
}

/// The channel, or "not found".
pub(super) async fn channel(tenant: &TenantScope, id: Uuid) -> Result<Channel, PageError> {
    tenant.channels().get(id).await?.ok_or(PageError::NotFound)
}
