//! The poster's private link, once it has been swapped for a cookie.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use uuid::Uuid;

use crate::error::PageError;
use crate::state::{AppState, WebConfig};
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

fn name(config: &WebConfig) -> &'static str {
    if config.is_https() { "__Secure-tablon_poster" } else { "tablon_poster" }
}

/// The cookie that carries the private link's token to the pages of this one job and nowhere else,
/// so that somebody with many offers doesn't send all their tokens with each request. It ends with the
/// browser's session: the link stays good and can be followed again.
pub fn poster_cookie(visitor: &Visitor, job: Uuid, token: &str, config: &WebConfig) -> Cookie<'static> {
    Cookie::build((name(config), token.to_owned()))
        .path(format!("{}/my/{job}", visitor.root))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(config.is_https())
        .build()
}

/// Somebody who came by the private link of the job in the path (`{job}` or `{job_id}` or `{id}`).
/// Without it the page is "not found", so that nobody learns which jobs exist.
#[derive(Debug, Clone)]
pub struct Poster {
    /// The job that the link is for.
    pub job: Uuid,
}

impl FromRequestParts<AppState> for Poster {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, PageError> {
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(parts, state).await?;
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
        let wanted = params.iter().find(|(name, _)| matches!(*name, "job" | "job_id" | "id"));
        let wanted: Uuid = wanted.and_then(|(_, id)| id.parse().ok()).ok_or(PageError::NotFound)?;
        let jar = CookieJar::from_headers(&parts.headers);
        let token = jar.get(name(&state.config)).ok_or(PageError::NotFound)?;
        match tenant.edit_links().resolve(token.value()).await? {
            Some(job) if job == wanted => Ok(Self { job }),
            _ => Err(PageError::NotFound),
        }
    }
}
