//! Leaving somebody alone: what a link in a mail, a page for staff and the API have in common.

use tablon_core::store::{Channel, NewSuppression, RecipientMark, Suppression, SuppressionOrigin};
use tablon_core::{Actor, Result, TenantScope};
use tablon_publisher::mail::{recipients_of, unsubscribed_words};

/// Who wants no more mail.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who, as a link in a mail names them.
    pub(crate) mark: RecipientMark,
    /// Their address, where it is known.
    pub(crate) address: Option<&'a str>,
    /// How they said it.
    pub(crate) origin: SuppressionOrigin,
}

/// Sends them no more mail of this channel; if nobody is left, the channel is paused with words in the board's language.
///
/// # Errors
/// `NotFound` if the channel is gone.
pub(crate) async fn suppress(
    tenant: &TenantScope,
    channel: &Channel,
    asked: Asked<'_>,
    by: Actor,
) -> Result<Suppression> {
    let Asked { mark, address, origin } = asked;
    let problem = unsubscribed_words(&tenant.locale, &recipients_of(channel));
    let new = NewSuppression { channel_id: channel.id, mark, address, origin, problem: &problem };
    tenant.mail().suppress(new, by).await
}
