//! The mail with a reset link.

use tablon_core::{EmailKey, Store};

/// Whether this instance sends mail to accounts. It doesn't yet: the page says whom to ask instead.
pub(crate) const IS_SENT: bool = false;

/// Queues the mail with a reset link for an address, if it has an account; nobody waits for it, so that the answer takes
/// as long for an address without one.
///
/// The one place that knows how: it will look the account up, make the link with
/// [`PasswordLinks::issue`](tablon_core::store::PasswordLinks::issue) as `mailed`, and put the mail into the outbox.
pub(crate) fn queue(_store: &Store, _address: EmailKey) {}
