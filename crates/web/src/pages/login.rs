//! Logging in and out.

use axum::Router;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use tablon_core::store::User;
use tablon_core::{EmailKey, Role};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech};
use super::frame::{bare_frame, page};
use super::params::Params;
use super::views::{FieldView, Group, Login};
use super::{login_code, resend};
use crate::admitted::Admitted;
use crate::auth::{
    CsrfForm, CsrfToken, LogInStep, SignInError, TypedForm, browser_name, end_session, foreign_origin, seal_step,
    sign_in,
};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::{KeptForm, shows_its_form};
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/login", shows_its_form(get(show).post(send))).route("/logout", post(leave))
}

async fn show(State(state): State<AppState>, visitor: Visitor, params: Params) -> Result<Response, PageError> {
    let entered = Entered { next: params.text("next"), done: params.done(), ..Entered::default() };
    form(&state, &visitor, &entered, Vec::new())
}

/// The page for somebody whose session ended while they filled in another form, which is sent after the log-in.
pub(super) fn with_kept(state: &AppState, visitor: &Visitor, kept: &KeptForm) -> Result<Response, PageError> {
    form(state, visitor, &Entered { kept: Some(kept), ..Entered::default() }, Vec::new())
}

/// What stands in the form.
#[derive(Default)]
struct Entered<'a> {
    email: &'a str,
    next: &'a str,
    done: Option<&'static str>,
    kept: Option<&'a KeptForm>,
}

/// What the fields of the form that waits for the log-in begin with, and where that form goes.
const KEPT: &str = "keep.";
const KEPT_FOR: &str = "keep_for";
/// There if that form can be shown again.
const KEPT_HAS_PAGE: &str = "keep_page";
/// There if a secret was typed into it.
const KEPT_SECRET: &str = "keep_secret";

/// The form that waits for the log-in, as the log-in form carries it.
pub(super) fn kept_in(pairs: &Pairs) -> Option<KeptForm> {
    let action = own_path(text(pairs, KEPT_FOR))?.to_owned();
    let theirs = pairs.iter().filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?.to_owned(), value.clone())));
    let kept = KeptForm::of_pairs(action, theirs.collect(), !text(pairs, KEPT_HAS_PAGE).is_empty())?;
    Some(KeptForm { had_secret: !text(pairs, KEPT_SECRET).is_empty(), ..kept })
}

/// The same as hidden fields.
pub(super) fn hidden(kept: &KeptForm) -> Pairs {
    let mut pairs: Pairs = kept.pairs.iter().map(|(name, value)| (format!("{KEPT}{name}"), value.clone())).collect();
    pairs.push((KEPT_FOR.to_owned(), kept.action.clone()));
    let flags = [(KEPT_HAS_PAGE, kept.has_page), (KEPT_SECRET, kept.had_secret)];
    pairs.extend(flags.iter().filter(|(_, is)| *is).map(|(name, _)| ((*name).to_owned(), "1".to_owned())));
    pairs
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
    let (email, next) = (text(&pairs, "email"), text(&pairs, "next"));
    let kept = kept_in(&pairs);
    let entered = Entered { email, next, done: None, kept: kept.as_ref() };
    // Spaces around a password are part of it.
    let password = pairs.iter().rev().find(|(name, _)| name == "password").map_or("", |(_, value)| value);
    let speech = Speech::new(&state, &visitor);
    let refused = |status: StatusCode, words: Option<String>| {
        let mut response = form(&state, &visitor, &entered, words.into_iter().collect())?;
        *response.status_mut() = status;
        Ok(response)
    };
    if let Some(words) = elsewhere(&state, &headers, &speech) {
        return refused(StatusCode::FORBIDDEN, Some(words));
    }
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, speech.say("form-unsent"));
    }
    match sign_in(&state, &from, email, password, browser_name(&headers).as_deref()).await {
        Ok(cookie) => {
            let user = state.store.users().by_email(&EmailKey::of(email)).await?;
            arrive(&state, &visitor, jar.add(cookie.clone()), cookie.value(), user, (next, kept.as_ref())).await
        }
        Err(SignInError::CodeNeeded { user_id, given }) => {
            let step = LogInStep { user_id, given };
            let step = seal_step(state.keys.keyring(), &step, state.clock().now())?;
            login_code::form(&state, &visitor, &step, (next, kept.as_ref()), Vec::new())
        }
        Err(SignInError::Wrong) => refused(StatusCode::UNPROCESSABLE_ENTITY, speech.say("login-wrong")),
        Err(SignInError::TooMany { retry_after }) => {
            let words = speech.say_with("login-too-many", &[("seconds", retry_after.to_string())]);
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, words)?;
            response.headers_mut().insert(RETRY_AFTER, retry_after.into());
            Ok(response)
        }
        Err(SignInError::Domain(error)) => Err(error.into()),
    }
}

/// What is said to a form that stood at another address, where no session may begin.
pub(super) fn elsewhere(state: &AppState, headers: &HeaderMap, speech: &Speech<'_>) -> Option<String> {
    let origin = foreign_origin(headers, &state.config)?;
    state.tenants.tell_of_unknown(origin, &state.config);
    Some(speech.say_with("login-elsewhere", &[("url", state.config.absolute("login"))]).unwrap_or_default())
}

/// The answer to somebody who has just logged in with the session `secret`: the form that waited, `next`, or where they
/// usually go.
pub(super) async fn arrive(
    state: &AppState,
    visitor: &Visitor,
    jar: CookieJar,
    secret: &str,
    user: Option<User>,
    (next, kept): (&str, Option<&KeptForm>),
) -> Result<Response, PageError> {
    if let Some(kept) = kept {
        let token = CsrfToken::of_session(secret, &state.keys);
        let page = resend::after_login(state, visitor, kept, token.token())?;
        return Ok((jar, page).into_response());
    }
    let to = match (own_path(next), user) {
        (Some(path), _) => path.to_owned(),
        (None, Some(user)) => landing(state, &user).await?,
        (None, None) => "/".to_owned(),
    };
    Ok((jar, Redirect::to(&to)).into_response())
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

/// Where somebody goes who came to nowhere in particular: to the one board they manage, to the boards, or to their account
/// when they manage none.
pub(super) async fn landing(state: &AppState, user: &User) -> Result<String, PageError> {
    let boards = state.store.boards_of(user).await?;
    let mut managed = boards.iter().filter(|(_, role)| *role >= Role::Moderator);
    Ok(match (managed.next(), managed.next()) {
        (Some((board, _)), None) => format!("/t/{}/admin", board.slug),
        (None, _) => "/account".to_owned(),
        _ => "/".to_owned(),
    })
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    entered: &Entered<'_>,
    problems: Vec<String>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let fields = vec![
        FieldView { value: entered.email.to_owned(), ..account_field(&speech, "email", "email", "username") },
        account_field(&speech, "password", "password", "current-password"),
    ];
    let view = Login {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        done: entered.done,
        next: entered.next.to_owned(),
        kept: entered.kept.map(hidden).unwrap_or_default(),
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
