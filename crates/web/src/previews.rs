//! The previews of a posting on its channels. Pages and the API both use it.

use tablon_core::store::{Channel, ChannelState, Job};
use tablon_core::{Posting, Result, TenantScope};
use tablon_publisher::{CallError, Preview, Target};

use crate::state::AppState;

/// What one channel would show.
#[derive(Debug, Clone)]
pub struct ChannelPreview {
    /// The channel.
    pub channel: Channel,
    /// Its messages, exactly as they would be sent; or a sentence why there are none.
    pub rendered: std::result::Result<Vec<Preview>, String>,
}

/// The previews on every channel that gets the posting, in the channels' order. Nothing is sent: rendering is pure.
///
/// # Errors
/// If the channels can't be read. A plugin that fails only loses its own preview.
pub async fn of_posting(
    state: &AppState,
    tenant: &TenantScope,
    job: &Job,
    posting: &Posting,
) -> Result<Vec<ChannelPreview>> {
    let rendering = receivers(tenant, job).await?.into_iter().map(|channel| async move {
        let rendered = rendered(state, tenant, &channel, posting).await.map_err(|error| error.to_string());
        ChannelPreview { channel, rendered }
    });
    Ok(futures::future::join_all(rendering).await)
}

/// The active channels of a decision on the job: those whose rules match it, or, once it was published, those that have
/// it. Rules are evaluated when a job goes on the board and not again.
///
/// # Errors
/// When the channels or the copies can't be read.
pub async fn receivers(tenant: &TenantScope, job: &Job) -> Result<Vec<Channel>> {
    let copies = tenant.placements().for_job(job.id).await?;
    let gets = |channel: &Channel| {
        if job.published_at.is_some() {
            copies.iter().any(|copy| copy.channel_id == channel.id)
        } else {
            channel.delivery.wants(&job.content)
        }
    };
    let channels = tenant.channels().list().await?.into_iter();
    Ok(channels.filter(|channel| channel.state == ChannelState::Active && gets(channel)).collect())
}

/// The posting on one channel, whether it is paused or not.
pub async fn of_channel(state: &AppState, tenant: &TenantScope, channel: Channel, posting: &Posting) -> ChannelPreview {
    let rendered = rendered(state, tenant, &channel, posting).await.map_err(|error| error.to_string());
    ChannelPreview { channel, rendered }
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum Unrendered {
    /// The plugin isn't installed any more.
    #[error("the plugin {0} is not installed")]
    NoPlugin(String),
    /// The plugin couldn't make the message.
    #[error("{}", said(.0))]
    Refused(CallError),
}

/// The messages for a posting, exactly as they would be sent.
///
/// # Errors
/// What the plugin says of its template, its settings or the posting.
pub async fn rendered(
    state: &AppState,
    tenant: &TenantScope,
    channel: &Channel,
    posting: &Posting,
) -> std::result::Result<Vec<Preview>, Unrendered> {
    let plugin = state.host.plugin(&channel.plugin).ok_or_else(|| Unrendered::NoPlugin(channel.plugin.clone()))?;
    plugin.render(posting, &Target::of(tenant, channel)).await.result.map_err(Unrendered::Refused)
}

/// A rendering's error in the plugin's own sentences, without the host's prefix.
pub fn said(error: &CallError) -> String {
    match error {
        CallError::InvalidSettings(wrong) => {
            wrong.iter().map(|setting| setting.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        CallError::Rejected(words) => words.clone(),
        other => other.to_string(),
    }
}
