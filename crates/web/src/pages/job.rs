//! One job's public page.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tablon_core::job::JobState;
use url::Url;

use super::form_view::Speech;
use super::frame::{frame, page};
use super::job_view::{public_body, tag_links};
use super::json_ld::job_posting;
use super::params::Named;
use super::views::JobPage;
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::{description_summary, prepare_descriptions};
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/jobs/{slug}", get(show))
}

/// A job that is over keeps its page, so that links to it explain themselves, but answers 410: search
/// engines then drop it at once instead of offering a job nobody can have.
async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
) -> Result<Response, PageError> {
    let job = tenant.jobs().by_slug(named.get("slug")).await?;
    let job = job.filter(|job| job.was_public()).ok_or(PageError::NotFound)?;
    prepare_descriptions([job.content.description.as_str()]).await;
    let ended = job.state != JobState::Published;
    let speech = Speech::new(&state, &visitor);
    let frame = frame(&state, &visitor);
    let apply_host = job.content.apply_url.as_deref().and_then(|url| Url::parse(url).ok());
    let apply_host = apply_host.and_then(|url| url.host_str().map(|host| host.trim_start_matches("www.").to_owned()));
    let view = JobPage {
        job: public_body(&job.content, &tenant, &speech),
        job_state: job.state.as_str(),
        ended,
        url: job.url.clone(),
        summary: description_summary(&job.content.description),
        image: job.content.organization.logo_url.clone(),
        apply_host: apply_host.unwrap_or_default(),
        published_at: job.published_at,
        tags: tag_links(&frame.home, job.content.tags.iter().cloned(), ""),
        json_ld: if ended { None } else { job_posting(&job) },
        frame,
    };
    let mut response = page(&state, &visitor, "pages/job.html", view)?;
    if ended {
        *response.status_mut() = StatusCode::GONE;
    }
    Ok(response)
}
