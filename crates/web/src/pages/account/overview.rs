//! The page "My account", as each of its forms shows it again.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use tablon_core::form::FieldErrors;

use crate::auth::{SignedIn, session_secret};
use crate::error::PageError;
use crate::language::LOCALES;
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{self, Speech, sentence};
use crate::pages::frame::{bare_frame, page};
use crate::pages::login::account_field;
use crate::pages::params::Params;
use crate::pages::views::{Account, AccountBoard, AddressAsked, FieldView, FormView, Group, OptionView, SessionView};
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/account", get(show))
}

/// The form of the page that wasn't taken.
#[derive(Default)]
pub(super) struct Refused<'a> {
    /// `address`, `profile`, `password` or `boards`.
    pub(super) form: &'static str,
    pub(super) pairs: Option<&'a Pairs>,
    pub(super) errors: FieldErrors,
    /// What is wrong with no field.
    pub(super) words: Option<String>,
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    me: SignedIn,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, PageError> {
    account_page(&state, &visitor, &me, &headers, (params.done(), Refused::default())).await
}

/// The page with a form that wasn't taken.
pub(super) async fn refused(
    state: &AppState,
    visitor: &Visitor,
    me: &SignedIn,
    headers: &HeaderMap,
    (status, refused): (StatusCode, Refused<'_>),
) -> Result<Response, PageError> {
    let mut response = account_page(state, visitor, me, headers, (None, refused)).await?;
    *response.status_mut() = status;
    Ok(response)
}

async fn account_page(
    state: &AppState,
    visitor: &Visitor,
    me: &SignedIn,
    headers: &HeaderMap,
    (done, refused): (Option<&'static str>, Refused<'_>),
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let secret = session_secret(headers, &state.config).unwrap_or_default();
    let sessions = state.store.sessions().list(me.user.id, &secret).await?.into_iter().map(|session| SessionView {
        handle: session.handle,
        since: session.created_at,
        used: session.last_used_at,
        browser: session.browser,
        current: session.current,
    });
    // An operator is no member of the boards that they run.
    let boards = if me.user.operator { Vec::new() } else { state.store.boards_of(&me.user).await? };
    let boards = boards.into_iter().map(|(board, role)| AccountBoard {
        slug: board.slug.clone(),
        name: board.name.clone(),
        url: format!("{}/", board.public_url()),
        role: role.as_str(),
    });
    let totp = state.store.totp();
    let asked = state.store.address_links().waiting(me.user.id).await?;
    let view = Account {
        frame: bare_frame(state, visitor),
        csrf: me.csrf.token().to_owned(),
        done,
        email: me.user.email.clone(),
        email_confirmed: me.user.address_confirmed,
        address_asked: asked.map(|link| AddressAsked { email: link.email, until: link.expires_at }),
        mails: state.store.sends_mail(),
        address: address(&speech, &refused),
        operator: me.user.operator,
        profile: profile(state, &speech, me, &refused),
        password: password(&speech, &refused),
        totp_since: totp.enabled_since(me.user.id).await?,
        codes_left: totp.codes_left(me.user.id).await?,
        sessions: sessions.collect(),
        boards: boards.collect(),
        boards_problem: (refused.form == "boards").then_some(refused.words).flatten(),
    };
    let mut response = page(state, visitor, "pages/account.html", view)?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn profile(state: &AppState, speech: &Speech<'_>, me: &SignedIn, refused: &Refused<'_>) -> FormView {
    let typed = refused.pairs.filter(|_| refused.form == "profile");
    let value = |name: &str, stored: &str| typed.map_or(stored, |pairs| text(pairs, name)).to_owned();
    let name = FieldView {
        value: value("name", &me.user.name),
        max: Some(100),
        error: error(speech, refused, "profile", "name"),
        ..account_field(speech, "name", "text", "name")
    };
    let chosen = value("account_locale", me.user.locale.as_deref().unwrap_or_default());
    let names = state.theme.locales().names(speech.locale);
    let options = LOCALES.iter().map(|tag| OptionView {
        value: (*tag).to_owned(),
        label: names.and_then(|n| n.languages.get(*tag)).map_or_else(|| (*tag).to_owned(), Clone::clone),
        chosen: *tag == chosen,
    });
    let locale = FieldView {
        options: options.collect(),
        required: false,
        help: speech.say("field-account_locale-help"),
        ..account_field(speech, "account_locale", "select", "off")
    };
    let strays = strays(refused, "profile");
    form_view::form(vec![Group { legend: None, fields: vec![name, locale] }], strays)
}

fn address(speech: &Speech<'_>, refused: &Refused<'_>) -> FormView {
    let typed = refused.pairs.filter(|_| refused.form == "address");
    let email = FieldView {
        value: typed.map(|pairs| text(pairs, "new_email")).unwrap_or_default().to_owned(),
        error: error(speech, refused, "address", "new_email"),
        ..account_field(speech, "new_email", "email", "email")
    };
    let password = FieldView {
        // The page has another field of this name.
        id: "f-address-password".to_owned(),
        label: speech.say("account-present-password").unwrap_or_default(),
        error: error(speech, refused, "address", "password"),
        ..account_field(speech, "password", "password", "current-password")
    };
    form_view::form(vec![Group { legend: None, fields: vec![email, password] }], strays(refused, "address"))
}

fn password(speech: &Speech<'_>, refused: &Refused<'_>) -> FormView {
    let field = |name: &str, autocomplete: &'static str, help: Option<String>| FieldView {
        help,
        error: error(speech, refused, "password", name),
        ..account_field(speech, name, "password", autocomplete)
    };
    let present = FieldView {
        label: speech.say("account-present-password").unwrap_or_default(),
        ..field("password", "current-password", None)
    };
    let new = field("new_password", "new-password", speech.say("field-password-help"));
    form_view::form(vec![Group { legend: None, fields: vec![present, new] }], strays(refused, "password"))
}

fn error(speech: &Speech<'_>, refused: &Refused<'_>, form: &str, field: &str) -> Option<String> {
    let problem = refused.errors.0.iter().find(|e| refused.form == form && e.pointer == format!("/{field}"))?;
    Some(sentence(speech, &problem.problem))
}

fn strays(refused: &Refused<'_>, form: &str) -> Vec<String> {
    if refused.form == form { refused.words.iter().cloned().collect() } else { Vec::new() }
}
