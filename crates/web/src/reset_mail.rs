//! The mail with a reset link.

use tablon_core::{Actor, EmailKey, Store};

/// Queues the mail with a reset link for an address, if it has an account. Nobody waits for it, so that the answer takes as
/// long for an address without one.
pub(crate) fn queue(store: &Store, address: EmailKey) {
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = store.password_links().mail(&address, Actor::Visitor).await {
            tracing::error!(%error, "a link for a new password can't be mailed");
        }
    });
}
