//! The page for what went wrong.

use axum::response::{Html, IntoResponse, Response};

use super::form_view::{Speech, sentence};
use super::frame::{bare_frame, frame};
use super::views::{ErrorItem, ErrorPage};
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

/// The page for an error. The caller sets its status.
pub fn error_page(state: &AppState, visitor: &Visitor, error: &PageError) -> Response {
    let speech = Speech::new(state, visitor);
    let errors = match error {
        PageError::Invalid(errors) => errors
            .0
            .iter()
            .map(|e| ErrorItem { label: speech.label_of_pointer(&e.pointer), message: sentence(&speech, &e.problem) })
            .collect(),
        _ => Vec::new(),
    };
    let frame = if visitor.tenant.is_some() { frame(state, visitor) } else { bare_frame(state, visitor) };
    let view = ErrorPage { frame, key: error.key(), status: error.status().as_u16(), errors };
    match state.theme.render("pages/error.html", visitor.locale, view) {
        Ok(html) => Html(html).into_response(),
        Err(failure) => {
            // Plain words instead of a second error about the first.
            tracing::error!(error = %failure, "the error page can't be rendered");
            error.to_string().into_response()
        }
    }
}
