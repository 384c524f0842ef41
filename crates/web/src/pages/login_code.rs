//! The second page of a log-in: the code of an authenticator app, or a recovery code.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::Error;
use tablon_core::store::FactorCode;
use uuid::Uuid;

use super::form_data::text;
use super::form_view::{self, Speech};
use super::frame::{bare_frame, page};
use super::login::{account_field, arrive, elsewhere, hidden, kept_in};
use super::views::{FieldView, Group, LoginCode};
use crate::admitted::Admitted;
use crate::auth::{LogInStep, TypedForm, browser_name, open_step, session_cookie};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::{KeptForm, shows_its_form};
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    // Looking leads to the first page: who comes by its address has given no password.
    Router::new().route("/login/code", shows_its_form(get(async || Redirect::to("/login")).post(send)))
}

/// The page; `step` tells who gave the right password.
pub(super) fn form(
    state: &AppState,
    visitor: &Visitor,
    step: &str,
    (next, kept): (&str, Option<&KeptForm>),
    problems: Vec<String>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let code =
        FieldView { help: speech.say("field-code-help"), ..account_field(&speech, "code", "text", "one-time-code") };
    let view = LoginCode {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        step: step.to_owned(),
        next: next.to_owned(),
        kept: kept.map(hidden).unwrap_or_default(),
        form: form_view::form(vec![Group { legend: None, fields: vec![code] }], problems),
    };
    let mut response = page(state, visitor, "pages/login_code.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    from: ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let (step, next) = (text(&pairs, "step"), text(&pairs, "next"));
    let kept = kept_in(&pairs);
    let speech = Speech::new(&state, &visitor);
    let refused = |status: StatusCode, words: Option<String>| {
        let mut response = form(&state, &visitor, step, (next, kept.as_ref()), words.into_iter().collect())?;
        *response.status_mut() = status;
        Ok(response)
    };
    if let Some(words) = elsewhere(&state, &headers, &speech) {
        return refused(StatusCode::FORBIDDEN, Some(words));
    }
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, speech.say("form-unsent"));
    }
    let Some(LogInStep { user_id, given }) = open_step(state.keys.keyring(), step, state.clock().now()) else {
        return refused(StatusCode::FORBIDDEN, speech.say("login-code-late"));
    };
    let code = FactorCode::of(text(&pairs, "code"));
    if let Err(wait) = admit(&state, &from, user_id, &code) {
        let seconds = wait.as_secs().max(1);
        let words = speech.say_with("login-too-many", &[("seconds", seconds.to_string())]);
        let mut response = refused(StatusCode::TOO_MANY_REQUESTS, words)?;
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
        return Ok(response);
    }
    let browser = browser_name(&headers);
    let secret = match state.store.totp().log_in(user_id, &given, &code, browser.as_deref()).await {
        Ok(Some(secret)) => secret,
        Ok(None) => return refused(StatusCode::UNPROCESSABLE_ENTITY, speech.say("login-code-wrong")),
        // The password was changed since it was given.
        Err(Error::NotFound) => return refused(StatusCode::FORBIDDEN, speech.say("login-code-late")),
        Err(error) => return Err(error.into()),
    };
    forgive(&state, user_id);
    let user = state.store.users().by_id(user_id).await?;
    let jar = jar.add(session_cookie(&secret, &state.config));
    arrive(&state, &visitor, jar, &secret, user, (next, kept.as_ref())).await
}

/// Counts one try of a code.
fn admit(state: &AppState, from: &ClientAddress, user_id: Uuid, code: &FactorCode) -> Result<(), Duration> {
    if let Some(key) = from.throttle_key() {
        state.throttles.login_by_address.admit(&key, state.clock().now())?;
    }
    admit_code(state, user_id, code)
}

/// Counts one try of a code for an account.
pub(super) fn admit_code(state: &AppState, user_id: Uuid, code: &FactorCode) -> Result<(), Duration> {
    let throttle = match code {
        FactorCode::App(_) => &state.throttles.code_by_account,
        FactorCode::Recovery(_) => &state.throttles.recovery_by_account,
    };
    throttle.admit(&user_id.to_string(), state.clock().now())
}

/// A good code gives the account its whole allowance back.
pub(super) fn forgive(state: &AppState, user_id: Uuid) {
    state.throttles.code_by_account.forgive(&user_id.to_string());
    state.throttles.recovery_by_account.forgive(&user_id.to_string());
}
