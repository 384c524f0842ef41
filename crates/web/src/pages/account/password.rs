//! Another password. The present one is asked for: a browser that was left open must not be enough to take an account.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use tablon_core::Error;
use tablon_core::form::FieldErrors;

use super::overview::{Refused, refused};
use crate::auth::{CsrfForm, SignedIn, session_secret};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, verbatim};
use crate::pages::form_view::Speech;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/password", post(change))
}

async fn change(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let why = async |status, errors: FieldErrors, words: Option<String>| {
        let why = Refused { form: "password", pairs: None, errors, words };
        refused(&state, &visitor, &me, &headers, (status, why)).await
    };
    if let Some(words) = held_back(&state, &visitor, &me) {
        return why(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), Some(words)).await;
    }
    let secret = session_secret(&headers, &state.config).unwrap_or_default();
    let (present, new) = (verbatim(&pairs, "password"), verbatim(&pairs, "new_password"));
    match state.store.users().change_password(me.user.id, present, new, &secret).await {
        Ok(()) => {
            state.throttles.login_by_account.forgive(&me.user.email);
            Ok(Redirect::to("/account?done=password-changed").into_response())
        }
        Err(Error::Invalid(errors)) => why(StatusCode::UNPROCESSABLE_ENTITY, errors, None).await,
        Err(error) => Err(error.into()),
    }
}

/// Counts one try of the present password, as one of the log-in; what is said when there were too many.
pub(super) fn held_back(state: &AppState, visitor: &Visitor, me: &SignedIn) -> Option<String> {
    let wait = state.throttles.login_by_account.admit(&me.user.email, state.clock().now()).err()?;
    let seconds = wait.as_secs().max(1).to_string();
    Some(Speech::new(state, visitor).say_with("login-too-many", &[("seconds", seconds)]).unwrap_or_default())
}
