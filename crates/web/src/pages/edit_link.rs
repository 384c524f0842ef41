//! The poster's private link: shown once after the submission, then swapped for a cookie.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::JobState;

use super::frame::{frame, page};
use super::params::Named;
use super::views::Submitted;
use crate::auth::{mailbox_cookie, poster_cookie};
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/edit/{token}", get(follow)).route("/edit/{token}/saved", get(saved))
}

/// Swaps the link for a cookie that only the pages of this one job get.
async fn follow(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
    jar: CookieJar,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let job = tenant.edit_links().resolve(token).await?.ok_or(PageError::NotFound)?;
    let mut jar = jar.add(poster_cookie(&visitor.root, job, token, &state.config));
    if tenant.rules.auto_approve_after.is_some()
        && let Some(job) = tenant.jobs().get(job).await?
        && tenant.edit_links().is_mailed(token, &job).await?
    {
        jar = jar.add(mailbox_cookie(&visitor.root, token, &state.config));
    }
    Ok((jar, Redirect::to(&format!("{}/my/{job}", visitor.root))).into_response())
}

/// "Thank you, and here is your link."
async fn saved(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let job = tenant.edit_links().resolve(token).await?.ok_or(PageError::NotFound)?;
    let job = tenant.jobs().get(job).await?.ok_or(PageError::NotFound)?;
    let view = Submitted {
        frame: frame(&state, &visitor),
        public_url: (job.state == JobState::Published).then(|| format!("{}/jobs/{}", visitor.root, job.slug)),
        title: job.content.title,
        edit_url: tenant.edit_url(token),
    };
    let mut response = page(&state, &visitor, "pages/submitted.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
