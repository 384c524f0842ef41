//! The pages that people see.

use axum::Router;
use axum::response::{IntoResponse, Response};

use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

/// The pages of one board, as seen from `/t/{tenant}` (the list is `/`).
pub fn board_router() -> Router<AppState> {
    Router::new()
}

/// The pages at the root of the base address: the boards, log-in, set-up, assets.
pub fn root_router() -> Router<AppState> {
    Router::new()
}

/// The page for an error. The caller sets its status.
pub fn error_page(_state: &AppState, _visitor: &Visitor, error: &PageError) -> Response {
    error.to_string().into_response()
}
