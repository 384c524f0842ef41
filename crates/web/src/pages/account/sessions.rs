//! Ending sessions, one by one or all others.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;

use crate::auth::{CsrfForm, SignedIn, session_secret};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/sessions", post(end))
}

async fn end(
    State(state): State<AppState>,
    me: SignedIn,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let sessions = state.store.sessions();
    match text(&pairs, "session") {
        "others" => {
            let secret = session_secret(&headers, &state.config).unwrap_or_default();
            sessions.end_others(me.user.id, &secret).await?;
        }
        handle => sessions.end(me.user.id, handle).await?,
    }
    Ok(Redirect::to("/account?done=sessions-ended").into_response())
}
