//! The cookie that carries a session.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tablon_core::Store;

use crate::config::WebConfig;

/// The session cookie's name. `__Host-` makes browsers refuse it from any other host or over plain http, but it
/// requires `Secure`, which plain http can't have.
fn name(config: &WebConfig) -> &'static str {
    if config.is_https() { "__Host-tablon_session" } else { "tablon_session" }
}

/// The session's secret, if the request has one. It isn't valid before it was looked up.
pub fn session_secret(headers: &HeaderMap, config: &WebConfig) -> Option<String> {
    // Read without a whole jar: this runs for every request, and most have no cookie.
    headers.get(axum::http::header::COOKIE)?;
    CookieJar::from_headers(headers).get(name(config)).map(|cookie| cookie.value().to_owned())
}

/// The cookie that starts a session: `jar.add(…)`.
pub fn session_cookie(secret: &str, config: &WebConfig) -> Cookie<'static> {
    cookie(name(config), secret.to_owned(), config)
}

/// Deletes the request's session and returns the cookie that removes the browser's.
pub async fn end_session(
    store: &Store,
    config: &WebConfig,
    headers: &HeaderMap,
) -> tablon_core::Result<Cookie<'static>> {
    if let Some(secret) = session_secret(headers, config) {
        store.sessions().delete(&secret).await?;
    }
    let mut gone = cookie(name(config), String::new(), config);
    gone.make_removal();
    Ok(gone)
}

/// A cookie with this site's attributes: scripts can't read it, and other sites' forms don't send it.
pub(super) fn cookie(name: &'static str, value: String, config: &WebConfig) -> Cookie<'static> {
    Cookie::build((name, value)).path("/").http_only(true).same_site(SameSite::Lax).secure(config.is_https()).build()
}
