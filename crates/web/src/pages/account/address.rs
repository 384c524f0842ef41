//! Another address for an account, and the proof of the present one: with a link that is mailed to the address. Mail
//! programs and scanners open links by themselves, so looking changes nothing.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tablon_core::form::FieldErrors;
use tablon_core::{Conflict, EmailKey, Error};

use super::overview::{Refused, refused};
use super::password::held_back;
use crate::auth::{CsrfForm, SignedIn};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text, verbatim};
use crate::pages::form_view::Speech;
use crate::pages::frame::{bare_frame, page};
use crate::pages::params::Named;
use crate::pages::views::AccountAddress;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account/address", post(ask)).route("/account/address/{token}", get(show).post(confirm))
}

/// Mails a link: to another address, or, with the action `present`, to the one that the account has.
async fn ask(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let why = async |status, errors: FieldErrors, words: Option<String>| {
        let why = Refused { form: "address", pairs: Some(&pairs), errors, words };
        refused(&state, &visitor, &me, &headers, (status, why)).await
    };
    let speech = Speech::new(&state, &visitor);
    if !state.store.sends_mail() {
        let words = speech.say_with("account-address-no-mail", &[("email", me.user.email.clone())]);
        return why(StatusCode::CONFLICT, FieldErrors::default(), words).await;
    }
    let is_present = text(&pairs, "action") == "present";
    if !is_present && let Some(words) = held_back(&state, &visitor, &me) {
        return why(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), Some(words)).await;
    }
    let links = state.store.address_links();
    let key = me.user.id.to_string();
    if let Err(wait) = state.throttles.address_by_account.admit(&key, state.clock().now()) {
        let minutes = wait.as_secs().div_ceil(60).to_string();
        let words = speech.say_with("account-address-many", &[("minutes", minutes)]);
        return why(StatusCode::TOO_MANY_REQUESTS, FieldErrors::default(), words).await;
    }
    let asked = match is_present {
        true => links.ask_for_present(me.user.id).await,
        false => {
            let email = EmailKey::of(text(&pairs, "new_email"));
            links.ask(me.user.id, &email, verbatim(&pairs, "password")).await
        }
    };
    match asked {
        Ok(()) => {
            if !is_present {
                state.throttles.login_by_account.forgive(&me.user.email);
            }
            Ok(Redirect::to("/account?done=address-asked").into_response())
        }
        Err(Error::Invalid(errors)) => {
            // No mail went out.
            state.throttles.address_by_account.give_back(&key);
            why(StatusCode::UNPROCESSABLE_ENTITY, errors, None).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    named: Named,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let (status, of, email) = match state.store.address_links().find(token).await? {
        Some(link) if link.user_id == me.user.id => (StatusCode::OK, "works", link.email),
        Some(_) => (StatusCode::FORBIDDEN, "other", String::new()),
        None => (StatusCode::GONE, "over", String::new()),
    };
    link_page(&state, &visitor, &me, token, (status, of, email))
}

async fn confirm(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    named: Named,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let token = named.get("token");
    match state.store.address_links().redeem(token, me.user.id).await {
        Ok(user) => {
            let done = if user.email == me.user.email { "address-confirmed" } else { "address-changed" };
            Ok(Redirect::to(&format!("/account?done={done}")).into_response())
        }
        Err(Error::NotFound) => link_page(&state, &visitor, &me, token, (StatusCode::GONE, "over", String::new())),
        Err(Error::Conflict(Conflict::EmailTaken)) => {
            link_page(&state, &visitor, &me, token, (StatusCode::CONFLICT, "taken", String::new()))
        }
        Err(error) => Err(error.into()),
    }
}

fn link_page(
    state: &AppState,
    visitor: &Visitor,
    me: &SignedIn,
    token: &str,
    (status, of, email): (StatusCode, &'static str, String),
) -> Result<Response, PageError> {
    let view = AccountAddress {
        frame: bare_frame(state, visitor),
        csrf: me.csrf.token().to_owned(),
        action: format!("/account/address/{token}"),
        state: of,
        email,
        present: me.user.email.clone(),
    };
    let mut response = page(state, visitor, "pages/account_address.html", view)?;
    *response.status_mut() = status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
