//! Unsubscribing an address: shared by the link in a mail, the staff's page and the API.

use tablon_core::store::{Channel, NewSuppression, RecipientMark, Suppression, SuppressionOrigin};
use tablon_core::{Actor, Result, TenantScope};
use tablon_publisher::mail::{recipients_of, unsubscribed_words};

/// An address to unsubscribe.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnsubscribeRequest<'a> {
    /// The address's mark, as it is in the link of a mail.
    pub(crate) mark: RecipientMark,
    /// The address, if it is known.
    pub(crate) address: Option<&'a str>,
    /// How they said it.
    pub(crate) origin: SuppressionOrigin,
}

/// Unsubscribes the address from the channel; if it was the last one, the channel is paused with a message in the
/// board's language.
///
/// # Errors
/// `NotFound` if the channel doesn't exist.
pub(crate) async fn suppress(
    tenant: &TenantScope,
    channel: &Channel,
    asked: UnsubscribeRequest<'_>,
    by: Actor,
) -> Result<Suppression> {
    let UnsubscribeRequest { mark, address, origin } = asked;
    let problem = unsubscribed_words(&tenant.locale, &recipients_of(channel));
    let new = NewSuppression { channel_id: channel.id, mark, address, origin, problem: &problem };
    tenant.mail().suppress(new, by).await
}
