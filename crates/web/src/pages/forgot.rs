//! "Forgot your password": the same words for every address, in the same time, whether it has an account or not.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use tablon_core::EmailKey;
use tablon_core::form::FieldProblem;

use super::form_data::text;
use super::form_view::{self, Speech, sentence};
use super::frame::{bare_frame, page};
use super::login::account_field;
use super::views::{FieldView, Forgot, Group};
use crate::admitted::Admitted;
use crate::auth::TypedForm;
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::reset_mail;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/forgot", shows_its_form(get(show).post(send)))
}

async fn show(State(state): State<AppState>, visitor: Visitor) -> Result<Response, PageError> {
    answer(&state, &visitor, ("", None), false)
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    from: ClientAddress,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let now = state.clock().now();
    let typed = text(&pairs, "email");
    let refused = |status: StatusCode, words: Option<String>| {
        let mut response = answer(&state, &visitor, (typed, words), false)?;
        *response.status_mut() = status;
        Ok(response)
    };
    let speech = Speech::new(&state, &visitor);
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, speech.say("form-unsent"));
    }
    if typed.is_empty() {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, Some(sentence(&speech, &FieldProblem::Required)));
    }
    if let Some(key) = from.throttle_key() {
        let admitted = state.throttles.accounts_by_address.admit(&key, now);
        admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    }
    reset_mail::queue(&state.store, EmailKey::of(typed));
    answer(&state, &visitor, ("", None), true)
}

fn answer(
    state: &AppState,
    visitor: &Visitor,
    (typed, problem): (&str, Option<String>),
    sent: bool,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let email =
        FieldView { value: typed.to_owned(), error: problem, ..account_field(&speech, "email", "email", "username") };
    let view = Forgot {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        sent,
        mails: state.store.sends_mail(),
        form: form_view::form(vec![Group { legend: None, fields: vec![email] }], Vec::new()),
    };
    page(state, visitor, "pages/forgot.html", view)
}
