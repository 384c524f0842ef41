//! An invitation's page: it names the board, the role and who invites, and is accepted by its button alone. Mail programs
//! and scanners open links by themselves, so looking changes nothing.

use axum::Router;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{InvitationLink, InvitationState, NewUser, User};
use tablon_core::{Conflict, Error, Role};

use super::form_data::{Pairs, text, verbatim};
use super::form_view::{self, Speech, sentence};
use super::frame::{bare_frame, page};
use super::login::{account_field, elsewhere};
use super::params::{Named, with_query};
use super::views::{FieldView, Group, Join};
use crate::admitted::Admitted;
use crate::auth::{TypedForm, browser_name, current_session, session_cookie};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::state::AppState;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/join/{token}", shows_its_form(get(show).post(send)))
}

/// What a page of an invitation shows.
struct Asked<'a> {
    token: &'a str,
    link: InvitationLink,
    user: Option<User>,
}

impl<'a> Asked<'a> {
    async fn read(state: &AppState, headers: &HeaderMap, token: &'a str) -> Result<Self, PageError> {
        let link = state.store.invitation_link(token).await?.ok_or(PageError::NotFound)?;
        let user = current_session(state, headers).await?.map(|session| session.user);
        Ok(Self { token, link, user })
    }

    /// The page, with what was typed and what is wrong with it.
    async fn page(
        &self,
        state: &AppState,
        visitor: &Visitor,
        status: StatusCode,
        pairs: &Pairs,
        (errors, strays): (&FieldErrors, Vec<String>),
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let InvitationLink { board, invitation } = &self.link;
        let field = |name: &str, kind: &'static str, autocomplete: &'static str| {
            let problem = errors.0.iter().find(|e| e.pointer == format!("/{name}"));
            FieldView {
                // A password is never sent back.
                value: if kind == "password" { String::new() } else { text(pairs, name).to_owned() },
                help: (kind == "password").then(|| speech.say("field-password-help")).flatten(),
                error: problem.map(|e| sentence(&speech, &e.problem)),
                ..account_field(&speech, name, kind, autocomplete)
            }
        };
        let mut fields = vec![field("name", "text", "name")];
        if invitation.email.is_none() {
            fields.push(field("email", "email", "username"));
        }
        fields.push(field("password", "password", "new-password"));
        let action = format!("/join/{}", self.token);
        let view = Join {
            frame: bare_frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            enter_url: with_query("/login", &[("next", &action)]),
            action,
            state: invitation.state.as_str(),
            inviting: board.name.clone(),
            inviting_url: format!("{}/", board.public_url()),
            role: invitation.role.as_str(),
            inviter: board.invitations().maker_name(invitation).await?,
            email: invitation.email.clone(),
            user: self.user.as_ref().map(|user| format!("{} ({})", user.name, user.email)),
            fits: invitation.email.is_none() || self.user.as_ref().map(|user| &user.email) == invitation.email.as_ref(),
            form: form_view::form(vec![Group { legend: None, fields }], strays),
        };
        let mut response = page(state, visitor, "pages/join.html", view)?;
        *response.status_mut() = status;
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// The page that says why the link doesn't work any more.
    async fn gone(mut self, state: &AppState, visitor: &Visitor) -> Result<Response, PageError> {
        // It was open a moment ago, or its maker lost the right to make it.
        if self.link.invitation.state == InvitationState::Open {
            self.link.invitation.state = InvitationState::Revoked;
        }
        self.page(state, visitor, StatusCode::GONE, &Vec::new(), (&FieldErrors::default(), Vec::new())).await
    }

    fn is_open(&self) -> bool {
        self.link.invitation.state == InvitationState::Open
    }

    /// Where somebody goes who has joined.
    fn onwards(&self) -> Redirect {
        if self.link.invitation.role >= Role::Moderator {
            Redirect::to(&format!("/t/{}/admin", self.link.board.slug))
        } else {
            Redirect::to("/account?done=joined")
        }
    }
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    headers: HeaderMap,
    named: Named,
) -> Result<Response, PageError> {
    let asked = Asked::read(&state, &headers, named.get("token")).await?;
    if !asked.is_open() {
        return asked.gone(&state, &visitor).await;
    }
    asked.page(&state, &visitor, StatusCode::OK, &Vec::new(), (&FieldErrors::default(), Vec::new())).await
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    from: ClientAddress,
    headers: HeaderMap,
    named: Named,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let now = state.clock().now();
    let too_many = |wait: std::time::Duration| PageError::TooMany { retry_after: wait.as_secs().max(1) };
    if let Some(key) = from.throttle_key() {
        state.throttles.accounts_by_address.admit(&key, now).map_err(too_many)?;
    }
    let asked = Asked::read(&state, &headers, named.get("token")).await?;
    if !asked.is_open() {
        return asked.gone(&state, &visitor).await;
    }
    let speech = Speech::new(&state, &visitor);
    let refused = async |status, errors: FieldErrors, words: Option<String>| {
        asked.page(&state, &visitor, status, &pairs, (&errors, words.into_iter().collect())).await
    };
    if let Some(words) = elsewhere(&state, &headers, &speech) {
        return refused(StatusCode::FORBIDDEN, FieldErrors::default(), Some(words)).await;
    }
    if !confirmed {
        return refused(StatusCode::FORBIDDEN, FieldErrors::default(), speech.say("form-unsent")).await;
    }
    if let Some(user) = asked.user.as_ref().filter(|_| text(&pairs, "action") == "join") {
        return match state.store.join(&asked.link, user).await {
            Ok(_) => Ok(asked.onwards().into_response()),
            Err(Error::NotFound) => asked.gone(&state, &visitor).await,
            Err(Error::Conflict(Conflict::InvitedAddress)) => {
                refused(StatusCode::FORBIDDEN, FieldErrors::default(), speech.say("join-other-address")).await
            }
            Err(error) => Err(error.into()),
        };
    }
    if text(&pairs, "action") != "create" {
        return refused(StatusCode::UNPROCESSABLE_ENTITY, FieldErrors::default(), speech.say("join-choose")).await;
    }
    let new = match new_user(&asked.link, &pairs) {
        Ok(new) => new,
        Err(errors) => return refused(StatusCode::UNPROCESSABLE_ENTITY, errors, None).await,
    };
    // After the fields that were left out: a typing error isn't held against anybody.
    state.throttles.join_by_link.admit(&asked.link.invitation.id.to_string(), now).map_err(too_many)?;
    let board = asked.link.invitation.email.is_none().then(|| asked.link.board.id.to_string());
    if let Some(board) = &board {
        state.throttles.join_by_board.admit(board, now).map_err(too_many)?;
    }
    match state.store.join_as_new(&asked.link, new).await {
        Ok(user) => {
            if let Some(board) = &board {
                state.throttles.join_by_board.give_back(board);
            }
            let secret = state.store.sessions().create(user.id, browser_name(&headers).as_deref()).await?;
            let jar = CookieJar::from_headers(&headers).add(session_cookie(&secret, &state.config));
            Ok((jar, asked.onwards()).into_response())
        }
        Err(Error::Invalid(errors)) => refused(StatusCode::UNPROCESSABLE_ENTITY, errors, None).await,
        Err(Error::NotFound) => asked.gone(&state, &visitor).await,
        // In the same words as anything else that can't be done with an address: it isn't said that it has an account.
        Err(Error::Conflict(_)) => {
            refused(StatusCode::UNPROCESSABLE_ENTITY, FieldErrors::default(), speech.say("join-not-made")).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The account that somebody asks for; its address is the invitation's, if it has one.
fn new_user(link: &InvitationLink, pairs: &Pairs) -> Result<NewUser, FieldErrors> {
    let email = link.invitation.email.as_deref().unwrap_or(text(pairs, "email"));
    let mut errors = FieldErrors::default();
    for (name, value) in [("name", text(pairs, "name")), ("email", email)] {
        if value.is_empty() {
            errors.push(format!("/{name}"), FieldProblem::Required);
        }
    }
    if !errors.0.is_empty() {
        return Err(errors);
    }
    Ok(NewUser {
        email: email.to_owned(),
        name: text(pairs, "name").to_owned(),
        password: verbatim(pairs, "password").to_owned(),
        operator: false,
    })
}
