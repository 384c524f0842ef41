//! The first run: the operator's account and the first board, behind a one-time link.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{NewTenant, NewUser, SetupLinkState};
use tablon_core::{Conflict, Error, Slug};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech, sentence};
use super::frame::{bare_frame, page};
use super::login::account_field;
use super::params::Named;
use super::views::{FieldView, FormView, Group, OptionView, Setup};
use crate::admitted::Admitted;
use crate::auth::{TypedForm, browser_name, session_cookie};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::language::LOCALES;
use crate::state::AppState;
use crate::time_zones;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/setup/{token}", shows_its_form(get(show).post(send)))
}

/// An error page unless the link works.
async fn demand_open(state: &AppState, token: &str) -> Result<(), PageError> {
    match state.store.setup_links().state(token).await? {
        SetupLinkState::Open => Ok(()),
        SetupLinkState::Used => Err(PageError::SetUpBefore),
        SetupLinkState::Unknown => Err(PageError::NotFound),
    }
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    named: Named,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let token = named.get("token");
    demand_open(&state, token).await?;
    let start = vec![
        ("board_locale".to_owned(), visitor.locale.to_owned()),
        ("board_time_zone".to_owned(), time_zones::proposed(&headers).name().to_owned()),
    ];
    Shown { fresh: true, ..Shown::default() }.page(&state, &visitor, token, &start)
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
    demand_open(&state, token).await?;
    if !confirmed {
        return Shown { unsent: true, ..Shown::default() }.page(&state, &visitor, token, &pairs);
    }
    let wrong = |errors: FieldErrors| Shown { errors, ..Shown::default() }.page(&state, &visitor, token, &pairs);
    let (user, tenant) = match parse(&state, &pairs).await? {
        Ok(parsed) => parsed,
        Err(errors) => return wrong(errors),
    };
    match state.store.setup_links().redeem(token, user, tenant).await {
        Ok(founding) => {
            let secret = state.store.sessions().create(founding.user.id, browser_name(&headers).as_deref()).await?;
            let jar = jar.add(session_cookie(&secret, &state.config));
            let first_channel = format!("/t/{}/admin/channels/new", founding.tenant.slug);
            Ok((jar, Redirect::to(&first_channel)).into_response())
        }
        Err(Error::Invalid(errors)) => wrong(renamed(errors)),
        Err(Error::Conflict(Conflict::SlugTaken(_))) => wrong(FieldErrors::one("/board_slug", FieldProblem::Taken)),
        Err(Error::Conflict(Conflict::EmailTaken)) => wrong(FieldErrors::one("/email", FieldProblem::Taken)),
        // Somebody else was faster with the same link.
        Err(Error::NotFound) => demand_open(&state, token).await.and(Err(PageError::NotFound)),
        Err(error) => Err(error.into()),
    }
}

/// The operator and the board, or everything that is wrong with them. A board without a typed address gets the one that
/// its name suggests.
async fn parse(state: &AppState, pairs: &Pairs) -> Result<Result<(NewUser, NewTenant), FieldErrors>, PageError> {
    let mut errors = FieldErrors::default();
    let (name, locale) = (text(pairs, "board_name"), text(pairs, "board_locale"));
    if text(pairs, "name").is_empty() {
        errors.push("/name", FieldProblem::Required);
    }
    let password = pairs.iter().rev().find(|(name, _)| name == "password").map_or("", |(_, value)| value);
    let user = NewUser {
        email: text(pairs, "email").to_owned(),
        name: text(pairs, "name").to_owned(),
        password: password.to_owned(),
        operator: true,
    };
    errors.0.extend(user.problems().0);
    errors.0.extend(renamed(NewTenant::problems(name, locale)).0);
    let slug = match text(pairs, "board_slug") {
        "" => Slug::proposed(name).ok_or(FieldProblem::Required),
        typed => typed.parse::<Slug>(),
    };
    match &slug {
        // Without a name, it is the name that is missing.
        Err(FieldProblem::Required) if name.is_empty() => {}
        Err(problem) => errors.push("/board_slug", problem.clone()),
        Ok(slug) if state.store.tenants().by_slug(slug.as_str()).await?.is_some() => {
            errors.push("/board_slug", FieldProblem::Taken);
        }
        Ok(_) => {}
    }
    let zone = text(pairs, "board_time_zone").parse::<chrono_tz::Tz>();
    let zone = zone.map_err(|_| errors.push("/board_time_zone", FieldProblem::NotTimeZone));
    Ok(match (slug, zone) {
        (Ok(slug), Ok(time_zone)) if errors.0.is_empty() => {
            Ok((user, NewTenant { locale: locale.to_owned(), time_zone, ..NewTenant::new(slug, name) }))
        }
        _ => Err(errors),
    })
}

/// The domain's names for the board's fields are the account's here.
fn renamed(errors: FieldErrors) -> FieldErrors {
    let mut renamed = FieldErrors::default();
    for error in errors.0 {
        let pointer = match error.pointer.as_str() {
            "/locale" => "/board_locale".to_owned(),
            "/time_zone" => "/board_time_zone".to_owned(),
            "/slug" => "/board_slug".to_owned(),
            "/name" => "/board_name".to_owned(),
            other => other.to_owned(),
        };
        renamed.push(pointer, error.problem);
    }
    renamed
}

/// What the page is shown with.
#[derive(Default)]
struct Shown {
    errors: FieldErrors,
    /// Nothing was typed yet: a script may put better proposals into the fields.
    fresh: bool,
    /// Nothing was sent: the token was stale.
    unsent: bool,
}

impl Shown {
    fn page(self, state: &AppState, visitor: &Visitor, token: &str, pairs: &Pairs) -> Result<Response, PageError> {
        let status = match self {
            Self { unsent: true, .. } => StatusCode::FORBIDDEN,
            Self { errors: FieldErrors(ref wrong), .. } if !wrong.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::OK,
        };
        let whole = form(state, visitor, pairs, &self.errors);
        let view = Setup {
            frame: bare_frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            action: format!("/setup/{token}"),
            form: if self.unsent { form_view::unsent(whole, &Speech::new(state, visitor)) } else { whole },
            fresh: self.fresh,
        };
        let mut response = page(state, visitor, "pages/setup.html", view)?;
        *response.status_mut() = status;
        Ok(response)
    }
}

fn form(state: &AppState, visitor: &Visitor, pairs: &Pairs, errors: &FieldErrors) -> FormView {
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
    let slug = FieldView { required: false, ..field("board_slug", "text", "off") };
    let zone = FieldView {
        suggestions: time_zones::names().map(str::to_owned).collect(),
        ..field("board_time_zone", "text", "off")
    };
    let board = vec![field("board_name", "text", "organization"), slug, locale, zone];
    let groups = vec![
        Group { legend: speech.say("group-account"), fields: account },
        Group { legend: speech.say("group-board"), fields: board },
    ];
    form_view::form(groups, Vec::new())
}
