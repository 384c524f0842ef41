//! Logging in with e-mail and password, at a pace that makes guessing useless.

use axum_extra::extract::cookie::Cookie;
use tablon_core::{EmailKey, Error};

use super::session::session_cookie;
use crate::client_address::ClientAddress;
use crate::state::AppState;

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such user or another password; which of the two is not told.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// Too many tries for this account or from this address.
    #[error("too many attempts; try again in {retry_after} seconds")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The domain failed.
    #[error(transparent)]
    Domain(#[from] Error),
}

/// Checks the password and starts a session; the cookie carries it.
pub async fn sign_in(
    state: &AppState,
    from: &ClientAddress,
    email: &str,
    password: &str,
) -> Result<Cookie<'static>, SignInError> {
    let now = state.clock().now();
    let throttles = &state.throttles;
    let too_many = |wait: std::time::Duration| SignInError::TooMany { retry_after: wait.as_secs().max(1) };
    // The address first: who is held back there can't use up the allowance of accounts any more.
    if let Some(key) = from.throttle_key() {
        throttles.login_by_address.admit(&key, now).map_err(too_many)?;
    }
    let account = EmailKey::of(email);
    if account.as_str().chars().count() > EmailKey::MAX {
        return Err(SignInError::Wrong);
    }
    throttles.login_by_account.admit(account.as_str(), now).map_err(too_many)?;
    let user = state.store.users().authenticate(&account, password).await?.ok_or(SignInError::Wrong)?;
    throttles.login_by_account.forgive(account.as_str());
    let secret = state.store.sessions().create(user.id).await?;
    Ok(session_cookie(&secret, &state.config))
}
