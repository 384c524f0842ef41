//! Registering as a member of a board that allows it: the same words for every address, in the same time, whether it has
//! an account or not. Who is logged in joins with a button.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Joined, User};
use tablon_core::{Conflict, EmailKey, Error, TenantScope};

use super::form_data::{Pairs, text, verbatim};
use super::form_view::{self, Speech, sentence};
use super::frame::{frame, page, register_url};
use super::login::{account_field, elsewhere};
use super::params::{Named, with_query};
use super::views::{FieldView, FormView, Group, Register, RegisterLink};
use crate::admitted::Admitted;
use crate::auth::{TypedForm, browser_name, current_session, session_cookie};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::state::AppState;
use crate::tenancy::{CurrentTenant, Entrance};
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/register", shows_its_form(get(show).post(send)))
        .route("/register/{token}", shows_its_form(get(show_link).post(redeem)))
}

/// The board, as it is in the database: a cached one may still allow what its admins have ended. Sessions begin at the base
/// address, so this page is nowhere else.
async fn open_board(visitor: &Visitor, tenant: &TenantScope) -> Result<TenantScope, PageError> {
    if visitor.entrance != Entrance::Base {
        return Err(PageError::NotFound);
    }
    let fresh = tenant.store().tenants().by_id(tenant.id).await?;
    fresh.filter(|board| board.registration).ok_or(PageError::NotFound)
}

/// What the page shows.
#[derive(Default)]
struct Shown<'a> {
    status: StatusCode,
    typed: &'a str,
    errors: FieldErrors,
    words: Option<String>,
    sent: bool,
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if visitor.entrance != Entrance::Base && tenant.registration {
        return Ok(Redirect::to(&register_url(&tenant)).into_response());
    }
    let board = open_board(&visitor, &tenant).await?;
    let user = signed_in(&state, &headers).await?;
    register_page(&state, &visitor, &board, user.as_ref(), Shown::default()).await
}

async fn signed_in(state: &AppState, headers: &HeaderMap) -> Result<Option<User>, PageError> {
    Ok(current_session(state, headers).await?.map(|session| session.user))
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    from: ClientAddress,
    headers: HeaderMap,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let board = open_board(&visitor, &tenant).await?;
    let user = signed_in(&state, &headers).await?;
    let typed = text(&pairs, "email");
    let speech = Speech::new(&state, &visitor);
    let answer = async |shown: Shown<'_>| register_page(&state, &visitor, &board, user.as_ref(), shown).await;
    let refused = |status, words| Shown { status, typed, words, ..Shown::default() };
    if let Some(words) = elsewhere(&state, &headers, &speech) {
        return answer(refused(StatusCode::FORBIDDEN, Some(words))).await;
    }
    if !confirmed {
        return answer(refused(StatusCode::FORBIDDEN, speech.say("form-unsent"))).await;
    }
    if let Some(key) = from.throttle_key() {
        let admitted = state.throttles.accounts_by_address.admit(&key, state.clock().now());
        admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    }
    if let Some(user) = user.as_ref().filter(|_| text(&pairs, "action") == "join") {
        return match board.registrations().join(user).await {
            Ok(Joined::Now | Joined::Before) => Ok(Redirect::to("/account?done=joined").into_response()),
            Err(Error::Conflict(Conflict::OwnAddressUnconfirmed)) => {
                answer(refused(StatusCode::CONFLICT, speech.say("register-unconfirmed"))).await
            }
            Err(error) => Err(error.into()),
        };
    }
    if !board.offers_registration() {
        return answer(refused(StatusCode::CONFLICT, speech.say("register-no-mail"))).await;
    }
    let email = EmailKey::of(typed);
    match board.registrations().check(&email) {
        Ok(()) => {}
        Err(Error::Invalid(errors)) => {
            let shown = Shown { status: StatusCode::UNPROCESSABLE_ENTITY, typed, errors, ..Shown::default() };
            return answer(shown).await;
        }
        Err(error) => return Err(error.into()),
    }
    // Nobody waits for it, so that the answer takes as long for an address with an account.
    let asked = board.clone();
    tokio::spawn(async move {
        if let Err(error) = asked.registrations().ask(&email).await {
            tracing::error!(%error, "a registration's mail can't be queued");
        }
    });
    answer(Shown { sent: true, ..Shown::default() }).await
}

async fn register_page(
    state: &AppState,
    visitor: &Visitor,
    board: &TenantScope,
    user: Option<&User>,
    shown: Shown<'_>,
) -> Result<Response, PageError> {
    let speech = Speech::new(state, visitor);
    let action = format!("{}/register", visitor.root);
    let member = match user {
        Some(user) => board.members().role_of(user).await?.is_some(),
        None => false,
    };
    let view = Register {
        frame: frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        enter_url: with_query("/login", &[("next", &action)]),
        action,
        sent: shown.sent,
        mails: state.store.sends_mail(),
        user: user.map(|user| format!("{} ({})", user.name, user.email)),
        member,
        form: form(&speech, &[("email", "email", "email", shown.typed)], &shown.errors, shown.words),
    };
    let mut response = page(state, visitor, "pages/register.html", view)?;
    *response.status_mut() = shown.status;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// A form with these fields: name, kind, autocomplete, value.
fn form(
    speech: &Speech<'_>,
    fields: &[(&str, &'static str, &'static str, &str)],
    errors: &FieldErrors,
    words: Option<String>,
) -> FormView {
    let field = |(name, kind, autocomplete, value): &(&str, &'static str, &'static str, &str)| {
        let problem = errors.0.iter().find(|e| e.pointer == format!("/{name}"));
        FieldView {
            value: (*value).to_owned(),
            help: (*kind == "password").then(|| speech.say("field-password-help")).flatten(),
            error: problem.map(|e| sentence(speech, &e.problem)),
            ..account_field(speech, name, kind, autocomplete)
        }
    };
    let fields = fields.iter().map(field).collect();
    form_view::form(vec![Group { legend: None, fields }], words.into_iter().collect())
}

async fn show_link(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    named: Named,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let link = Link { state: &state, visitor: &visitor, board: open_board(&visitor, &tenant).await?, token };
    link.page(StatusCode::OK, &Vec::new(), (&FieldErrors::default(), None)).await
}

async fn redeem(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    headers: HeaderMap,
    named: Named,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let token = named.get("token");
    let link = Link { state: &state, visitor: &visitor, board: open_board(&visitor, &tenant).await?, token };
    let nothing = FieldErrors::default();
    let speech = Speech::new(&state, &visitor);
    if let Some(words) = elsewhere(&state, &headers, &speech) {
        return link.page(StatusCode::FORBIDDEN, &pairs, (&nothing, Some(words))).await;
    }
    if !confirmed {
        return link.page(StatusCode::FORBIDDEN, &pairs, (&nothing, speech.say("form-unsent"))).await;
    }
    let name = text(&pairs, "name");
    if name.is_empty() {
        let missing = FieldErrors::one("/name", FieldProblem::Required);
        return link.page(StatusCode::UNPROCESSABLE_ENTITY, &pairs, (&missing, None)).await;
    }
    match link.board.registrations().redeem(token, name, verbatim(&pairs, "password")).await {
        Ok(user) => {
            let secret = state.store.sessions().create(user.id, browser_name(&headers).as_deref()).await?;
            let jar = CookieJar::from_headers(&headers).add(session_cookie(&secret, &state.config));
            Ok((jar, Redirect::to("/account?done=joined")).into_response())
        }
        Err(Error::Invalid(errors)) => link.page(StatusCode::UNPROCESSABLE_ENTITY, &pairs, (&errors, None)).await,
        Err(Error::NotFound) => link.page(StatusCode::GONE, &pairs, (&nothing, None)).await,
        Err(Error::Conflict(Conflict::EmailTaken)) => link.page(StatusCode::CONFLICT, &pairs, (&nothing, None)).await,
        Err(error) => Err(error.into()),
    }
}

/// A link with which somebody registers.
struct Link<'a> {
    state: &'a AppState,
    visitor: &'a Visitor,
    board: TenantScope,
    token: &'a str,
}

impl Link<'_> {
    /// Its page: with the form, or with what it says of a link that doesn't work (any more).
    async fn page(
        &self,
        status: StatusCode,
        pairs: &Pairs,
        (errors, words): (&FieldErrors, Option<String>),
    ) -> Result<Response, PageError> {
        let found = self.board.registrations().find(self.token).await?;
        let (status, of) = match (&found, status) {
            (None, _) | (_, StatusCode::GONE) => (StatusCode::GONE, "over"),
            (Some(_), StatusCode::CONFLICT) => (status, "taken"),
            (Some(_), _) => (status, "works"),
        };
        let speech = Speech::new(self.state, self.visitor);
        let fields = [("name", "text", "name", text(pairs, "name")), ("password", "password", "new-password", "")];
        let register = format!("{}/register", self.visitor.root);
        let view = RegisterLink {
            frame: frame(self.state, self.visitor),
            csrf: self.visitor.csrf.token().to_owned(),
            action: format!("{register}/{}", self.token),
            state: of,
            email: found.map(|found| found.email).unwrap_or_default(),
            register_url: register,
            form: form(&speech, &fields, errors, words),
        };
        let mut response = page(self.state, self.visitor, "pages/register_link.html", view)?;
        *response.status_mut() = status;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}
