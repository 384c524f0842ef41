//! A person's answer to "is it there?", for a copy with an unknown outcome or one that was posted by hand.

use tablon_core::form::{FieldErrors, WEB_SCHEMES, check_url};
use tablon_core::store::{Placement, PlacementState, Resolution};
use tablon_core::{Actor, Conflict, Error, TenantScope};
use tablon_publisher::Target;
use uuid::Uuid;

use crate::channel_setup::PlatformError;
use crate::state::AppState;

/// What the person found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is there, at this link.
    Sent {
        /// The copy's address on the platform.
        url: String,
    },
    /// It isn't there, and may be sent.
    NotSent,
}

/// Applies the answer. For a link, the plugin makes the receipt by which the copy is edited from now on.
///
/// # Errors
/// `NotFound`, a conflict if the placement's state allows no answer, or the plugin's error about the link.
pub async fn resolve(
    state: &AppState,
    tenant: &TenantScope,
    id: Uuid,
    answer: Answer,
    by: Actor,
) -> Result<Placement, PlatformError> {
    let placement = tenant.placements().get(id).await?.ok_or(Error::NotFound)?;
    // The platform is asked about a link only if the answer can be applied. A copy that was posted by hand is adopted
    // even if nothing was sent.
    let open = match (&answer, placement.state) {
        (_, PlacementState::Unverified) => true,
        (
            Answer::Sent { .. },
            PlacementState::Published
            | PlacementState::Outdated
            | PlacementState::Closed
            | PlacementState::Remains
            | PlacementState::Sending,
        ) => false,
        (Answer::Sent { .. }, _) => true,
        (Answer::NotSent, _) => false,
    };
    if !open {
        let state = placement.state;
        return Err(Error::from(Conflict::PlacementState { state, action: "resolved" }).into());
    }
    let resolution = match answer {
        Answer::NotSent => Resolution::NotSent,
        Answer::Sent { url } => {
            // People leave the scheme out, and browsers show addresses without it.
            let is_bare = url::Url::parse(&url) == Err(url::ParseError::RelativeUrlWithoutBase);
            let url = if is_bare { format!("https://{url}") } else { url };
            check_url(&url, &WEB_SCHEMES).map_err(|problem| Error::from(FieldErrors::one("/url", problem)))?;
            let channel = tenant.channels().get(placement.channel_id).await?.ok_or(Error::NotFound)?;
            let plugin =
                state.host.plugin(&channel.plugin).ok_or_else(|| PlatformError::NoPlugin(channel.plugin.clone()))?;
            let secrets = tenant.channels().secrets(channel.id).await?;
            let posting = tenant.jobs().posting_of(placement.job_id, placement.desired_revision).await?;
            let posting = posting.ok_or(Error::NotFound)?;
            let adopted = plugin.adopt(&url, &posting, &Target::of(tenant, &channel), &secrets).await;
            let receipt = adopted.result.map_err(PlatformError::Refused)?;
            Resolution::Sent { receipt: receipt.handle, url: receipt.url.or(Some(url)) }
        }
    };
    Ok(tenant.placements().resolve(id, resolution, by).await?)
}
