//! What a person is called, and the language of their pages.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use tablon_core::Error;

use super::overview::{Refused, refused};
use crate::auth::{CsrfForm, SignedIn};
use crate::error::PageError;
use crate::language::LOCALES;
use crate::pages::form_data::{Pairs, text};
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/profile", post(save))
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let locale = LOCALES.iter().find(|tag| **tag == text(&pairs, "account_locale")).copied();
    match state.store.users().update(me.user.id, text(&pairs, "name"), locale).await {
        Ok(()) => Ok(Redirect::to("/account?done=account-saved").into_response()),
        Err(Error::Invalid(errors)) => {
            let why = Refused { form: "profile", pairs: Some(&pairs), errors, words: None };
            refused(&state, &visitor, &me, &headers, (StatusCode::UNPROCESSABLE_ENTITY, why)).await
        }
        Err(error) => Err(error.into()),
    }
}
