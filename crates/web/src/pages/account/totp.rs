//! Setting up an authenticator app: a QR code, and the first code that it makes. The password is asked for, and the
//! recovery codes are shown once.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use qrcode::QrCode;
use qrcode::render::svg;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{FactorCode, NewTotp};
use tablon_core::{Conflict, Error};

use super::password::held_back;
use crate::auth::{SignedIn, TypedForm};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::{text, verbatim};
use crate::pages::form_view::{self, Speech, sentence};
use crate::pages::frame::{bare_frame, page};
use crate::pages::login::account_field;
use crate::pages::views::{AccountTotp, FieldView, FormView, Group, RecoveryCodes};
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/totp", shows_its_form(get(show).post(enable)))
}

/// How the app names this instance.
fn issuer(state: &AppState) -> String {
    format!("Tablón {}", state.config.base_url.host_str().unwrap_or_default())
}

async fn show(State(state): State<AppState>, visitor: Visitor, me: SignedIn) -> Result<Response, PageError> {
    if state.store.totp().enabled_since(me.user.id).await?.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    let new = state.store.totp().begin(&me.user, &issuer(&state))?;
    form(&state, &visitor, &me, &new, (&FieldErrors::default(), None))
}

async fn enable(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let speech = Speech::new(&state, &visitor);
    let totp = state.store.totp();
    let again = totp.again(&me.user, text(&pairs, "pending"), &issuer(&state))?;
    let late = again.is_none();
    let new = match again {
        Some(new) => new,
        None => totp.begin(&me.user, &issuer(&state))?,
    };
    let refused = |status: StatusCode, errors: FieldErrors, words: Option<String>| {
        let mut response = form(&state, &visitor, &me, &new, (&errors, words))?;
        *response.status_mut() = status;
        Ok(response)
    };
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, FieldErrors::default(), speech.say("form-unsent"));
    }
    if late {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, FieldErrors::default(), speech.say("totp-late"));
    }
    if let Some(words) = held_back(&state, &visitor, &me) {
        return refused(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), Some(words));
    }
    if !state.store.users().has_password(me.user.id, verbatim(&pairs, "password")).await? {
        let wrong = FieldErrors::one("/password", FieldProblem::WrongPassword);
        return refused(StatusCode::UNPROCESSABLE_ENTITY, wrong, None);
    }
    state.throttles.login_by_account.forgive(&me.user.email);
    match totp.enable(me.user.id, &new.pending, &FactorCode::of(text(&pairs, "code"))).await {
        Ok(Some(codes)) => {
            let view = RecoveryCodes { frame: bare_frame(&state, &visitor), codes };
            unstored(page(&state, &visitor, "pages/recovery_codes.html", view)?)
        }
        Ok(None) => {
            let wrong = FieldErrors::one("/code", FieldProblem::WrongCode);
            refused(StatusCode::UNPROCESSABLE_ENTITY, wrong, None)
        }
        Err(Error::Conflict(Conflict::TotpEnabled)) => Ok(Redirect::to("/account").into_response()),
        Err(error) => Err(error.into()),
    }
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    me: &SignedIn,
    new: &NewTotp,
    (errors, words): (&FieldErrors, Option<String>),
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let view = AccountTotp {
        frame: bare_frame(state, visitor),
        csrf: me.csrf.token().to_owned(),
        pending: new.pending.clone(),
        picture: picture(&new.address)?,
        key: in_groups(&new.key),
        form: factor_form(&speech, errors, words),
    };
    unstored(page(state, visitor, "pages/account_totp.html", view)?)
}

/// The password and a code, as both changes of the second factor ask for them.
pub(super) fn factor_form(speech: &Speech<'_>, errors: &FieldErrors, words: Option<String>) -> FormView {
    let field = |name: &str, kind: &'static str, autocomplete: &'static str| {
        let problem = errors.0.iter().find(|e| e.pointer == format!("/{name}"));
        FieldView {
            error: problem.map(|e| sentence(speech, &e.problem)),
            ..account_field(speech, name, kind, autocomplete)
        }
    };
    let code = field("code", "text", "one-time-code");
    let password = FieldView {
        label: speech.say("account-present-password").unwrap_or_default(),
        ..field("password", "password", "current-password")
    };
    form_view::form(vec![Group { legend: None, fields: vec![code, password] }], words.into_iter().collect())
}

/// The QR code as the address of a picture: the page's policy allows no styles in a picture of its own.
fn picture(address: &str) -> Result<String, PageError> {
    let code = QrCode::new(address).map_err(|error| {
        tracing::error!(%error, "a QR code can't be made");
        PageError::Internal
    })?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    Ok(format!("data:image/svg+xml;base64,{}", STANDARD.encode(picture)))
}

fn in_groups(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

fn unstored(mut response: Response) -> Result<Response, PageError> {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
