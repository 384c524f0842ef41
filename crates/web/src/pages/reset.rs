//! The page of a reset link: a new password, with the link as the proof. Looking uses nothing up.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tablon_core::Error;
use tablon_core::form::FieldErrors;

use super::form_data::verbatim;
use super::form_view::{self, Speech, sentence};
use super::frame::{bare_frame, page};
use super::login::account_field;
use super::params::Named;
use super::views::{FieldView, Group, Reset};
use crate::admitted::Admitted;
use crate::auth::TypedForm;
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/reset/{token}", shows_its_form(get(show).post(send)))
}

async fn show(State(state): State<AppState>, visitor: Visitor, named: Named) -> Result<Response, PageError> {
    let token = named.get("token");
    let valid = state.store.password_links().is_valid(token).await?;
    let status = if valid { StatusCode::OK } else { StatusCode::GONE };
    form(&state, &visitor, token, status, (&FieldErrors::default(), None))
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    named: Named,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let nothing = FieldErrors::default();
    if !confirmed {
        let words = Speech::new(&state, &visitor).say("form-unsent");
        return form(&state, &visitor, token, StatusCode::FORBIDDEN, (&nothing, words));
    }
    match state.store.password_links().redeem(token, verbatim(&pairs, "password")).await {
        Ok(user) => {
            // Whoever guessed before must not keep the person from their new password.
            state.throttles.login_by_account.forgive(&user.email);
            Ok(Redirect::to("/login?done=password-reset").into_response())
        }
        Err(Error::Invalid(errors)) => form(&state, &visitor, token, StatusCode::UNPROCESSABLE_ENTITY, (&errors, None)),
        Err(Error::NotFound) => form(&state, &visitor, token, StatusCode::GONE, (&nothing, None)),
        Err(error) => Err(error.into()),
    }
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    token: &str,
    status: StatusCode,
    (errors, words): (&FieldErrors, Option<String>),
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let problem = errors.0.iter().find(|e| e.pointer == "/password");
    let password = FieldView {
        label: speech.label_of("new_password"),
        help: speech.say("field-password-help"),
        error: problem.map(|e| sentence(&speech, &e.problem)),
        ..account_field(&speech, "password", "password", "new-password")
    };
    let view = Reset {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        action: format!("/reset/{token}"),
        valid: status != StatusCode::GONE,
        form: form_view::form(vec![Group { legend: None, fields: vec![password] }], words.into_iter().collect()),
    };
    let mut response = page(state, visitor, "pages/reset.html", view)?;
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
