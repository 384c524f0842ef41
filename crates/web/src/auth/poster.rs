//! The poster's private link, after it was exchanged for a cookie.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use uuid::Uuid;

use crate::config::WebConfig;
use crate::error::PageError;
use crate::tenancy::CurrentTenant;

fn name(config: &WebConfig) -> &'static str {
    if config.is_https() { "__Secure-tablon_poster" } else { "tablon_poster" }
}

/// The cookie with the private link's token. The browser sends it only to the pages of this one job, so that somebody
/// with many offers doesn't send all their tokens with each request. It ends with the browser's session: the link stays
/// valid and can be opened again. `root` is the beginning of the board's paths.
pub fn poster_cookie(root: &str, job: Uuid, token: &str, config: &WebConfig) -> Cookie<'static> {
    cookie(token, format!("{root}/my/{job}"), config)
}

/// The cookie with a mailed link's token for the form that hands in another offer: it shows that the mailbox is the
/// poster's. The browser sends it to that form alone, and forgets it when its session ends.
pub(crate) fn mailbox_cookie(root: &str, token: &str, config: &WebConfig) -> Cookie<'static> {
    cookie(token, format!("{root}/submit"), config)
}

/// The token of the mailed link that this browser has opened last, in a request of the form for offers.
pub(crate) fn opened_link(headers: &HeaderMap, config: &WebConfig) -> Option<String> {
    CookieJar::from_headers(headers).get(name(config)).map(|cookie| cookie.value().to_owned())
}

fn cookie(token: &str, path: String, config: &WebConfig) -> Cookie<'static> {
    Cookie::build((name(config), token.to_owned()))
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .build()
}

/// A visitor with the private link of the job in the path (`{job}` or `{job_id}` or `{id}`). Without it the page is
/// "not found", whether the job exists or not, so that nobody learns which jobs exist.
#[derive(Clone)]
pub struct Poster {
    /// The job that the link is for.
    pub job: Uuid,
    /// The link's token.
    token: String,
}

impl std::fmt::Debug for Poster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poster").field("job", &self.job).finish_non_exhaustive()
    }
}

impl Poster {
    /// The token of the private link that they came by.
    pub(crate) fn link(&self) -> &str {
        &self.token
    }
}

impl<S> FromRequestParts<S> for Poster
where
    S: Send + Sync,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
        let wanted = params.iter().find(|(name, _)| matches!(*name, "job" | "job_id" | "id"));
        let wanted: Uuid = wanted.and_then(|(_, id)| id.parse().ok()).ok_or(PageError::NotFound)?;
        let jar = CookieJar::from_headers(&parts.headers);
        let token = jar.get(name(&Arc::<WebConfig>::from_ref(state))).ok_or(PageError::NoLink)?;
        match tenant.edit_links().resolve(token.value()).await? {
            Some(job) if job == wanted => Ok(Self { job, token: token.value().to_owned() }),
            _ => Err(PageError::NoLink),
        }
    }
}
