//! Doing without the authenticator app again: with the password, and a code of the app or a recovery code.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::FactorCode;

use super::password::held_back;
use super::totp::factor_form;
use crate::auth::{SignedIn, TypedForm};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::{text, verbatim};
use crate::pages::form_view::Speech;
use crate::pages::frame::{bare_frame, page};
use crate::pages::login_code::{admit_code, forgive};
use crate::pages::views::AccountTotpOff;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/totp/off", shows_its_form(get(show).post(disable)))
}

async fn show(State(state): State<AppState>, visitor: Visitor, me: SignedIn) -> Result<Response, PageError> {
    if state.store.totp().enabled_since(me.user.id).await?.is_none() {
        return Ok(Redirect::to("/account").into_response());
    }
    form(&state, &visitor, &me, (&FieldErrors::default(), None))
}

async fn disable(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let speech = Speech::new(&state, &visitor);
    let refused = |status: StatusCode, errors: FieldErrors, words: Option<String>| {
        let mut response = form(&state, &visitor, &me, (&errors, words))?;
        *response.status_mut() = status;
        Ok(response)
    };
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, FieldErrors::default(), speech.say("form-unsent"));
    }
    if let Some(words) = held_back(&state, &visitor, &me) {
        return refused(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), Some(words));
    }
    if !state.store.users().has_password(me.user.id, verbatim(&pairs, "password")).await? {
        let wrong = FieldErrors::one("/password", FieldProblem::WrongPassword);
        return refused(StatusCode::UNPROCESSABLE_ENTITY, wrong, None);
    }
    state.throttles.login_by_account.forgive(&me.user.email);
    let code = FactorCode::of(text(&pairs, "code"));
    if let Err(wait) = admit_code(&state, me.user.id, &code) {
        let seconds = wait.as_secs().max(1).to_string();
        let words = speech.say_with("login-too-many", &[("seconds", seconds)]);
        return refused(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), words);
    }
    if !state.store.totp().disable(me.user.id, &code).await? {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, FieldErrors::one("/code", FieldProblem::WrongCode), None);
    }
    forgive(&state, me.user.id);
    Ok(Redirect::to("/account?done=totp-off").into_response())
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    me: &SignedIn,
    (errors, words): (&FieldErrors, Option<String>),
) -> Result<Response, PageError> {
    let view = AccountTotpOff {
        frame: bare_frame(state, visitor),
        csrf: me.csrf.token().to_owned(),
        form: factor_form(&Speech::new(state, visitor), errors, words),
    };
    page(state, visitor, "pages/account_totp_off.html", view)
}
