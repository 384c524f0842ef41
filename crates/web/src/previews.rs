//! What each channel would show of a posting. Pages and the API both come here.

use tablon_core::store::{Channel, ChannelState};
use tablon_core::{Posting, Result, TenantScope};
use tablon_publisher::{Preview, Target};

use crate::state::AppState;

/// What one channel would show.
#[derive(Debug, Clone)]
pub struct ChannelPreview {
    /// The channel.
    pub channel: Channel,
    /// Its messages, exactly as they would be sent; or a sentence why there are none.
    pub rendered: std::result::Result<Vec<Preview>, String>,
}

/// The posting on every active channel, in the channels' order. Nothing leaves: rendering is pure.
///
/// # Errors
/// When the channels can't be read. A plugin that fails costs its own preview only.
pub async fn of_posting(state: &AppState, tenant: &TenantScope, posting: &Posting) -> Result<Vec<ChannelPreview>> {
    let channels = tenant.channels().list().await?;
    let active = channels.into_iter().filter(|channel| channel.state == ChannelState::Active);
    let rendering = active.map(|channel| async move {
        let rendered = match state.host.plugin(&channel.plugin) {
            Some(plugin) => {
                let call = plugin.render(posting, &Target::of(tenant, &channel)).await;
                call.result.map_err(|error| error.to_string())
            }
            None => Err(format!("the plugin {} is not installed", channel.plugin)),
        };
        ChannelPreview { channel, rendered }
    });
    Ok(futures::future::join_all(rendering).await)
}
