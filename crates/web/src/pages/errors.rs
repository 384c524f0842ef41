//! The page for what went wrong.

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tablon_core::form::FieldError;
use uuid::Uuid;

use super::form_view::{Speech, sentence};
use super::frame::{admin_root, bare_frame, frame, page};
use super::views::{ErrorItem, ErrorPage};
use super::{login, resend};
use crate::auth::current_session;
use crate::error::PageError;
use crate::kept_form::KeptForm;
use crate::state::AppState;
use crate::tenancy::Entrance;
use crate::visitor::Visitor;

/// Layer: gives each [`PageError`] of an inner handler its page.
pub async fn render_errors(State(state): State<AppState>, visitor: Visitor, request: Request, next: Next) -> Response {
    let mut cookies = HeaderMap::new();
    for cookie in request.headers().get_all(COOKIE) {
        cookies.append(COOKIE, cookie.clone());
    }
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<PageError>().cloned() else { return response };
    let kept = response.extensions().get::<KeptForm>().cloned();
    let signs_in = matches!(error, PageError::SignIn { .. });
    // With nothing typed, the log-in page has its own address.
    if signs_in && kept.as_ref().is_none_or(|kept| kept.pairs.is_empty()) {
        return response;
    }
    let (parts, _) = response.into_parts();
    let helpers = match error {
        PageError::Forbidden => helpers(&state, &visitor, &cookies).await,
        _ => Vec::new(),
    };
    let mut page = error_page(&state, &visitor, &error, (kept.as_ref(), helpers));
    *page.status_mut() = if signs_in { StatusCode::FORBIDDEN } else { error.status() };
    for (name, value) in &parts.headers {
        if name != CONTENT_LENGTH && name != CONTENT_TYPE && name != LOCATION {
            page.headers_mut().append(name, value.clone());
        }
    }
    page
}

/// The page for an error, with what was typed into the form that it is about. The layer sets its status.
fn error_page(
    state: &AppState,
    visitor: &Visitor,
    error: &PageError,
    (kept, helpers): (Option<&KeptForm>, Vec<String>),
) -> Response {
    let page = match kept {
        Some(kept) if matches!(error, PageError::SignIn { .. }) => login::with_kept(state, visitor, kept),
        Some(kept) => resend::page_for(state, visitor, error, kept),
        None => plain_page(state, visitor, error, helpers),
    };
    page.unwrap_or_else(|failure| {
        // Plain words instead of a second error about the first.
        tracing::error!(error = %failure, "the error page can't be rendered");
        error.to_string().into_response()
    })
}

/// What those are called who can give a role on this board: told to its own members, and to nobody else. Without an answer
/// from the database the page goes without.
async fn helpers(state: &AppState, visitor: &Visitor, cookies: &HeaderMap) -> Vec<String> {
    let Some(tenant) = visitor.tenant.as_ref().filter(|_| visitor.entrance == Entrance::Base) else {
        return Vec::new();
    };
    let names = async {
        let Some(session) = current_session(state, cookies).await? else {
            return Ok(Vec::new());
        };
        match tenant.members().role_of(&session.user).await? {
            Some(_) => tenant.members().helpers().await,
            None => Ok(Vec::new()),
        }
    };
    names.await.unwrap_or_else(|error: tablon_core::Error| {
        tracing::warn!(%error, "who can help couldn't be looked up");
        Vec::new()
    })
}

fn plain_page(
    state: &AppState,
    visitor: &Visitor,
    error: &PageError,
    helpers: Vec<String>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let errors = mistakes(&speech, error);
    let frame = if visitor.tenant.is_some() { frame(state, visitor) } else { bare_frame(state, visitor) };
    let (back, back_label) = back(visitor, error).unwrap_or_else(|| (frame.home.clone(), "error-page-home"));
    let view =
        ErrorPage { frame, key: error.key(), status: error.status().as_u16(), errors, helpers, back, back_label };
    page(state, visitor, "pages/error.html", view)
}

/// The fields that were wrong.
pub(super) fn mistakes(speech: &Speech<'_>, error: &PageError) -> Vec<ErrorItem> {
    let PageError::Invalid(errors) = error else { return Vec::new() };
    let item = |e: &FieldError| ErrorItem {
        label: speech.label_of_pointer(&e.pointer),
        message: sentence(speech, &e.problem),
    };
    errors.0.iter().map(item).collect()
}

/// Where staff go on: to the job it was about, else to the queue. `None`: to the front page.
fn back(visitor: &Visitor, error: &PageError) -> Option<(String, &'static str)> {
    if visitor.entrance != Entrance::Base || visitor.tenant.is_none() {
        return None;
    }
    let admin = admin_root(visitor);
    let path = visitor.address.split('?').next().unwrap_or_default().strip_prefix(&admin)?;
    // Who may not see the queue itself, or finds it broken, would be sent in circles.
    let rest = path.strip_prefix('/').filter(|rest| !rest.is_empty())?;
    let job = rest.strip_prefix("jobs/").and_then(|rest| rest.split('/').next()?.parse::<Uuid>().ok());
    match (job, error) {
        (Some(job), error) if !matches!(error, PageError::NotFound | PageError::Forbidden) => {
            Some((format!("{admin}/jobs/{job}"), "error-page-job"))
        }
        _ => Some((admin, "error-page-queue")),
    }
}
