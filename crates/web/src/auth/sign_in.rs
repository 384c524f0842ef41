//! Logging in with e-mail and password, with a rate limit against guessing.

use std::sync::Arc;

use axum::extract::FromRef;
use axum_extra::extract::cookie::Cookie;
use tablon_core::store::PasswordMark;
use tablon_core::{EmailKey, Error, Store};
use uuid::Uuid;

use super::session::session_cookie;
use crate::client_address::ClientAddress;
use crate::config::WebConfig;
use crate::throttle::Throttles;

/// Why the log-in failed.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such user or a wrong password; the message doesn't say which.
    #[error("the e-mail address or the password is wrong")]
    Wrong,
    /// The password was right, and a code is asked for.
    #[error("a code is needed")]
    CodeNeeded {
        /// Whose password it was.
        user_id: Uuid,
        /// The password that was right.
        given: PasswordMark,
    },
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

/// Checks the password and starts a session; the cookie carries it. `browser` names the browser in the person's list of
/// sessions.
pub async fn sign_in<S>(
    state: &S,
    from: &ClientAddress,
    email: &str,
    password: &str,
    browser: Option<&str>,
) -> Result<Cookie<'static>, SignInError>
where
    Store: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
    Arc<Throttles>: FromRef<S>,
{
    let store = Store::from_ref(state);
    let now = store.clock().now();
    let throttles = Arc::<Throttles>::from_ref(state);
    let too_many = |wait: std::time::Duration| SignInError::TooMany { retry_after: wait.as_secs().max(1) };
    // The address first: a throttled address can't use up the allowance of accounts any more.
    if let Some(key) = from.throttle_key() {
        throttles.login_by_address.admit(&key, now).map_err(too_many)?;
    }
    let account = EmailKey::of(email);
    if account.as_str().chars().count() > EmailKey::MAX {
        return Err(SignInError::Wrong);
    }
    throttles.login_by_account.admit(account.as_str(), now).map_err(too_many)?;
    let (user, given) = store.users().check_password(&account, password).await?.ok_or(SignInError::Wrong)?;
    throttles.login_by_account.forgive(account.as_str());
    if store.totp().enabled_since(user.id).await?.is_some() {
        return Err(SignInError::CodeNeeded { user_id: user.id, given });
    }
    let secret = store.sessions().create(user.id, browser).await?;
    Ok(session_cookie(&secret, &Arc::<WebConfig>::from_ref(state)))
}
