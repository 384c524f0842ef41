//! The first run: the operator's account and the first board, behind a one-time link.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{NewTenant, NewUser};
use tablon_core::{Conflict, Error, Slug};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech, sentence};
use super::frame::{bare_frame, page};
use super::login::account_field;
use super::params::Named;
use super::views::{FieldView, Group, OptionView, Setup};
use crate::admitted::Admitted;
use crate::auth::{TypedForm, browser_name, session_cookie};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::language::LOCALES;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/setup/{token}", shows_its_form(get(show).post(send)))
}

async fn show(State(state): State<AppState>, visitor: Visitor, named: Named) -> Result<Response, PageError> {
    if !state.store.setup_links().is_valid(named.get("token")).await? {
        return Err(PageError::NotFound);
    }
    let zone = if visitor.locale == "pt-BR" { "America/Sao_Paulo" } else { "Europe/Madrid" };
    let start =
        vec![("board_locale".to_owned(), visitor.locale.to_owned()), ("board_time_zone".to_owned(), zone.to_owned())];
    form(&state, &visitor, named.get("token"), &start, &FieldErrors::default(), false)
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    named: Named,
    jar: CookieJar,
    headers: HeaderMap,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let token = named.get("token");
    if !confirmed {
        if !state.store.setup_links().is_valid(token).await? {
            return Err(PageError::NotFound);
        }
        let mut response = form(&state, &visitor, token, &pairs, &FieldErrors::default(), true)?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    let wrong = |errors: FieldErrors| {
        let mut response = form(&state, &visitor, token, &pairs, &errors, false)?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    };
    let (user, tenant) = match parse(&pairs) {
        Ok(parsed) => parsed,
        Err(errors) => return wrong(errors),
    };
    match state.store.setup_links().redeem(token, user, tenant).await {
        Ok(founding) => {
            let secret = state.store.sessions().create(founding.user.id, browser_name(&headers).as_deref()).await?;
            let jar = jar.add(session_cookie(&secret, &state.config));
            Ok((jar, Redirect::to(&format!("/t/{}/admin", founding.tenant.slug))).into_response())
        }
        Err(Error::Invalid(errors)) => wrong(renamed(errors)),
        Err(Error::Conflict(Conflict::SlugTaken(_))) => wrong(FieldErrors::one("/board_slug", FieldProblem::Taken)),
        Err(Error::Conflict(Conflict::EmailTaken)) => wrong(FieldErrors::one("/email", FieldProblem::Taken)),
        Err(error) => Err(error.into()),
    }
}

fn parse(pairs: &Pairs) -> Result<(NewUser, NewTenant), FieldErrors> {
    let mut errors = FieldErrors::default();
    for name in ["name", "email", "board_name"] {
        if text(pairs, name).is_empty() {
            errors.push(format!("/{name}"), FieldProblem::Required);
        }
    }
    let slug = text(pairs, "board_slug").parse::<Slug>().map_err(|problem| errors.push("/board_slug", problem));
    let zone = text(pairs, "board_time_zone").parse::<chrono_tz::Tz>();
    let zone = zone.map_err(|_| errors.push("/board_time_zone", FieldProblem::NotTimeZone));
    let password = pairs.iter().rev().find(|(name, _)| name == "password").map_or("", |(_, value)| value);
    match (slug, zone) {
        (Ok(slug), Ok(time_zone)) if errors.0.is_empty() => {
            let user = NewUser {
                email: text(pairs, "email").to_owned(),
                name: text(pairs, "name").to_owned(),
                password: password.to_owned(),
                operator: true,
            };
            let locale = text(pairs, "board_locale").to_owned();
            Ok((user, NewTenant { locale, time_zone, ..NewTenant::new(slug, text(pairs, "board_name")) }))
        }
        _ => Err(errors),
    }
}

/// The domain's names for the board's fields are the account's here.
fn renamed(errors: FieldErrors) -> FieldErrors {
    let mut renamed = FieldErrors::default();
    for error in errors.0 {
        let pointer = match error.pointer.as_str() {
            "/locale" => "/board_locale".to_owned(),
            "/time_zone" => "/board_time_zone".to_owned(),
            "/slug" => "/board_slug".to_owned(),
            // Both were seen to be there: one that is wrong still is too long, and the board's has the smaller limit.
            "/name" => "/board_name".to_owned(),
            other => other.to_owned(),
        };
        renamed.push(pointer, error.problem);
    }
    renamed
}

fn form(
    state: &AppState,
    visitor: &Visitor,
    token: &str,
    pairs: &Pairs,
    errors: &FieldErrors,
    unsent: bool,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let field = |name: &str, kind: &'static str, autocomplete: &'static str| {
        let problem = errors.0.iter().find(|e| e.pointer == format!("/{name}"));
        FieldView {
            // A password is never sent back.
            value: if kind == "password" { String::new() } else { text(pairs, name).to_owned() },
            help: speech.say(&format!("field-{name}-help")),
            error: problem.map(|e| sentence(&speech, &e.problem)),
            ..account_field(&speech, name, kind, autocomplete)
        }
    };
    let locale = field("board_locale", "select", "off");
    let names = state.theme.locales().names(visitor.locale);
    let options = LOCALES.iter().map(|tag| OptionView {
        value: (*tag).to_owned(),
        label: names.and_then(|n| n.languages.get(*tag)).map_or_else(|| (*tag).to_owned(), Clone::clone),
        chosen: *tag == locale.value,
    });
    let locale = FieldView { options: options.collect(), ..locale };
    let account = vec![
        field("name", "text", "name"),
        field("email", "email", "username"),
        field("password", "password", "new-password"),
    ];
    let board = vec![
        field("board_name", "text", "organization"),
        field("board_slug", "text", "off"),
        locale,
        field("board_time_zone", "text", "off"),
    ];
    let groups = vec![
        Group { legend: speech.say("group-account"), fields: account },
        Group { legend: speech.say("group-board"), fields: board },
    ];
    let whole = form_view::form(groups, Vec::new());
    let view = Setup {
        frame: bare_frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        action: format!("/setup/{token}"),
        form: if unsent { form_view::unsent(whole, &speech) } else { whole },
    };
    page(state, visitor, "pages/setup.html", view)
}
