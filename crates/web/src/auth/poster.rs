//! The poster's private link, after it was exchanged for a cookie.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
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
    Cookie::build((name(config), token.to_owned()))
        .path(format!("{root}/my/{job}"))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .build()
}

/// A visitor with the private link of the job in the path (`{job}` or `{job_id}` or `{id}`). Without it the page is
/// "not found", whether the job exists or not, so that nobody learns which jobs exist.
#[derive(Debug, Clone)]
pub struct Poster {
    /// The job that the link is for.
    pub job: Uuid,
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
            Some(job) if job == wanted => Ok(Self { job }),
            _ => Err(PageError::NoLink),
        }
    }
}
