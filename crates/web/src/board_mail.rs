//! A board's own mail server: checked before it is saved, and opened before it is used. Pages, the API and the task that
//! sends notices use it.

use std::time::Duration;

use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::NewBoardMailServer;
use tablon_core::{Actor, Error, TenantScope};
use tablon_publisher::mail::{NoticeMailer, OwnServer, OwnServerError};
use zeroize::Zeroizing;

use crate::error::PageError;
use crate::problem::Problem;
use crate::state::AppState;

/// The most characters of a server's address: user and password may be long, percent-encoded ones three times so.
pub(crate) const MAX_SERVER_URL: usize = 1_000;
/// The most characters of a sender: a name and an address.
pub(crate) const MAX_SENDER: usize = 320;

/// What an admin typed.
pub(crate) struct TypedServer {
    /// The address with user and password; none keeps the stored one.
    pub(crate) url: Option<Zeroizing<String>>,
    /// The sender; an empty one is the one that the address names.
    pub(crate) sender: String,
}

/// Why a server wasn't saved.
pub(crate) enum NotSaved {
    /// What is wrong with it, or a failure of the domain.
    Domain(Error),
    /// It was checked too often; again after this time.
    TooMany(Duration),
}

impl From<Error> for NotSaved {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<NotSaved> for Problem {
    fn from(not: NotSaved) -> Self {
        match not {
            NotSaved::Domain(error) => error.into(),
            NotSaved::TooMany(wait) => Self::too_many(wait.as_secs().max(1)),
        }
    }
}

impl From<NotSaved> for PageError {
    fn from(not: NotSaved) -> Self {
        match not {
            NotSaved::Domain(error) => error.into(),
            NotSaved::TooMany(wait) => Self::TooMany { retry_after: wait.as_secs().max(1) },
        }
    }
}

/// Saves a board's server after it was greeted and logged in to, in at most ten seconds. What can't be used isn't saved.
///
/// # Errors
/// `Invalid` with the pointers `/url` and `/sender`; with the server's own words at `/url` if it can't be used.
pub(crate) async fn save(
    state: &AppState,
    tenant: &TenantScope,
    typed: TypedServer,
    by: Actor,
) -> Result<(), NotSaved> {
    let TypedServer { url, sender } = typed;
    let stored = match &url {
        Some(_) => None,
        None => tenant.board_mail().access().await?.map(|access| access.url),
    };
    let Some(known) = url.as_ref().or(stored.as_ref()) else {
        return Err(invalid("/url", FieldProblem::Required));
    };
    let own = parse(known, &sender)?;
    let admitted = state.throttles.mail_server_by_board.admit(&tenant.id.to_string(), state.clock().now());
    admitted.map_err(NotSaved::TooMany)?;
    if let Err(words) = NoticeMailer::new(&state.host).check(&own).await {
        return Err(invalid("/url", FieldProblem::MailServerUnusable { words }));
    }
    let (server, sender) = (own.address(), own.sender());
    let new = NewBoardMailServer { url: url.as_ref().map(|url| url.as_str()), server: &server, sender: &sender };
    Ok(tenant.board_mail().set(new, by).await?)
}

/// Both mistakes at once, if there are two.
fn parse(url: &str, sender: &str) -> Result<OwnServer, NotSaved> {
    let mut errors = FieldErrors::default();
    if url.chars().count() > MAX_SERVER_URL {
        errors.push("/url", FieldProblem::TooLong { max: MAX_SERVER_URL });
    }
    if sender.chars().count() > MAX_SENDER {
        errors.push("/sender", FieldProblem::TooLong { max: MAX_SENDER });
    } else if !sender.trim().is_empty() && !OwnServer::is_sender(sender) {
        errors.push("/sender", FieldProblem::NotEmail);
    }
    let own = OwnServer::parse(url, sender);
    match (&own, errors.0.is_empty()) {
        (Err(OwnServerError::Url(why)), _) => errors.push("/url", FieldProblem::NotMailServer { why: why.to_string() }),
        (Err(OwnServerError::NoSender), _) => errors.push("/sender", FieldProblem::Required),
        (Err(OwnServerError::Sender), true) => errors.push("/sender", FieldProblem::NotEmail),
        _ => {}
    }
    errors.into_result().map_err(Error::from)?;
    own.map_err(|_| invalid("/url", FieldProblem::Required))
}

fn invalid(pointer: &str, problem: FieldProblem) -> NotSaved {
    NotSaved::Domain(FieldErrors::one(pointer, problem).into())
}

/// A board's own server, if it has one; the inner error says why it can't be used. Nothing goes by the operator's server
/// then.
///
/// # Errors
/// If the database can't be reached.
pub(crate) async fn open(tenant: &TenantScope) -> Result<Result<Option<OwnServer>, String>, Error> {
    let access = match tenant.board_mail().access().await {
        Ok(Some(access)) => access,
        Ok(None) => return Ok(Ok(None)),
        Err(Error::Internal(words)) => return Ok(Err(words)),
        Err(error) => return Err(error),
    };
    Ok(OwnServer::parse(&access.url, &access.sender).map(Some).map_err(|error| error.to_string()))
}
