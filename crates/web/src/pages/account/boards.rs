//! Leaving a board by oneself.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use tablon_core::form::FieldErrors;
use tablon_core::{Actor, Conflict, Error};

use super::overview::{Refused, refused};
use crate::auth::{CsrfForm, SignedIn};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::Speech;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/leave", post(leave))
}

async fn leave(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let board = state.store.tenants().by_slug(text(&pairs, "board")).await?.ok_or(PageError::NotFound)?;
    match board.members().remove(me.user.id, Actor::User(me.user.id)).await {
        Ok(()) => Ok(Redirect::to("/account?done=left").into_response()),
        Err(Error::Conflict(Conflict::LastOwner)) => {
            let words = Speech::new(&state, &visitor).say("team-last-owner");
            let why = Refused { form: "boards", pairs: None, errors: FieldErrors::default(), words };
            refused(&state, &visitor, &me, &headers, (StatusCode::CONFLICT, why)).await
        }
        Err(error) => Err(error.into()),
    }
}
