//! Logging in and out.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use tablon_core::{EmailKey, Role};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech};
use super::frame::{bare_frame, page};
use super::params::Params;
use super::views::{FieldView, Group, Login};
use crate::auth::{CsrfForm, SignInError, end_session, foreign_origin, sign_in};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/login", get(show).post(send)).route("/logout", post(leave))
}

async fn show(State(state): State<AppState>, visitor: Visitor, params: Params) -> Result<Response, PageError> {
    form(&state, &visitor, "", params.text("next"), Vec::new())
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    from: ClientAddress,
    jar: CookieJar,
    headers: HeaderMap,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let (email, next) = (text(&pairs, "email"), text(&pairs, "next"));
    // Spaces around a password are part of it.
    let password = pairs.iter().rev().find(|(name, _)| name == "password").map_or("", |(_, value)| value);
    let speech = Speech::new(&state, &visitor);
    let refused = |status: StatusCode, words: Option<String>| {
        let mut response = form(&state, &visitor, email, next, words.into_iter().collect())?;
        *response.status_mut() = status;
        Ok(response)
    };
    if let Some(origin) = foreign_origin(&headers, &state.config) {
        state.tenants.tell_of_unknown(origin, &state.config);
        let url = state.config.absolute("login");
        return refused(StatusCode::FORBIDDEN, speech.say_with("login-elsewhere", &[("url", url)]));
    }
    match sign_in(&state, &from, email, password).await {
        Ok(cookie) => {
            let to = match own_path(next) {
                Some(path) => path.to_owned(),
                None => landing(&state, email).await?,
            };
            Ok((jar.add(cookie), Redirect::to(&to)).into_response())
        }
        Err(SignInError::Wrong) => refused(StatusCode::UNPROCESSABLE_ENTITY, speech.say("login-wrong")),
        Err(SignInError::TooMany { retry_after }) => refused(
            StatusCode::TOO_MANY_REQUESTS,
            speech.say_with("login-too-many", &[("seconds", retry_after.to_string())]),
        ),
        Err(SignInError::Domain(error)) => Err(error.into()),
    }
}

async fn leave(
    State(state): State<AppState>,
    headers: HeaderMap,
    jar: CookieJar,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let gone = end_session(&state.store, &state.config, &headers).await?;
    Ok((jar.add(gone), Redirect::to("/")).into_response())
}

/// `next` if it leads to a page of ours: a path, and nothing that browsers take for another host.
fn own_path(next: &str) -> Option<&str> {
    let leads_away = next.starts_with("//") || next.starts_with("/\\") || next.contains(|c: char| c.is_control());
    (next.starts_with('/') && next != "/" && !leads_away).then_some(next)
}

/// Where somebody goes who came to nowhere in particular: to the one board they manage, or to the boards.
async fn landing(state: &AppState, email: &str) -> Result<String, PageError> {
    let Some(user) = state.store.users().by_email(&EmailKey::of(email)).await? else { return Ok("/".to_owned()) };
    let boards = state.store.boards_of(&user).await?;
    let mut managed = boards.iter().filter(|(_, role)| *role >= Role::Moderator);
    Ok(match (managed.next(), managed.next()) {
        (Some((board, _)), None) => format!("/t/{}/admin", board.slug),
        _ => "/".to_owned(),
    })
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    email: &str,
    next: &str,
    problems: Vec<String>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let fields = vec![
        FieldView { value: email.to_owned(), ..account_field(&speech, "email", "email", "username") },
        account_field(&speech, "password", "password", "current-password"),
    ];
    let view = Login {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        next: next.to_owned(),
        form: form_view::form(vec![Group { legend: None, fields }], problems),
    };
    page(state, visitor, "pages/login.html", view)
}

/// A required field about a person's account.
pub(super) fn account_field(
    speech: &Speech<'_>,
    name: &str,
    kind: &'static str,
    autocomplete: &'static str,
) -> FieldView {
    FieldView {
        name: name.to_owned(),
        id: format!("f-{name}"),
        kind,
        label: speech.label_of(name),
        required: true,
        autocomplete: Some(autocomplete),
        ..FieldView::default()
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn after_the_login_one_stays_on_this_site() {
        assert_eq!(own_path("/t/acme/admin?x=1"), Some("/t/acme/admin?x=1"));
        for away in ["", "/", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "evil"] {
            assert_eq!(own_path(away), None, "{away}");
        }
    }
}
