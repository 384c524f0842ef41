//! The errors of pages.

use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use tablon_core::form::FieldErrors;
use tablon_core::{Conflict, Error};

use crate::board_gate::{CROWDED_FOR, Crowded};

/// `Retry-After` while the database is away, in seconds.
pub(crate) const UNAVAILABLE_FOR: u64 = 5;

/// `Retry-After` where so much an hour may be done, in seconds.
pub(crate) const AN_HOUR: u64 = 3_600;

/// Why a page can't be shown or a form is refused; rendered by the theme.
///
/// A handler returns it with `?`; `pages::render_errors`, a layer, turns it into the theme's error page,
/// because only there are the visitor's language and the board at hand.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PageError {
    /// There is nothing here, or nothing that this visitor may know of.
    #[error("not found")]
    NotFound,
    /// Signed in, but the role is too small.
    #[error("not allowed")]
    Forbidden,
    /// Not signed in: go to the log-in page, and back to `next` afterwards.
    #[error("not signed in")]
    SignIn {
        /// Path and query to return to.
        next: String,
    },
    /// The form's CSRF token is missing, stale or another visitor's.
    #[error("the form has expired")]
    FormExpired,
    /// A poster's page was asked for without the private link's cookie, which ends with the browser's session.
    #[error("the private link hasn't been followed")]
    NoLink,
    /// The offer was submitted before, and another browser has its private link.
    #[error("handed in before")]
    SentBefore,
    /// The link of the first start has done its work.
    #[error("the instance has been set up")]
    SetUpBefore,
    /// The request can't be understood.
    #[error("{0}")]
    BadRequest(String),
    /// The page doesn't have this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// Someone else has changed or decided it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// Invalid fields, if the form can't be shown again.
    #[error("{0}")]
    Invalid(FieldErrors),
    /// The body is larger than any of our forms.
    #[error("too large")]
    TooLarge,
    /// Too many tries; again in this many seconds.
    #[error("too many attempts")]
    TooMany {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Too many search this board at once.
    #[error("too many are searching")]
    Crowded,
    /// The database is away.
    #[error("unavailable")]
    Unavailable,
    /// A fault of ours; already logged.
    #[error("internal error")]
    Internal,
}

impl PageError {
    /// The status code of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::NoLink => StatusCode::NOT_FOUND,
            Self::SetUpBefore => StatusCode::GONE,
            Self::Forbidden | Self::FormExpired => StatusCode::FORBIDDEN,
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) | Self::SentBefore => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Crowded | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Whether the error page keeps the form's fields.
    pub(crate) fn keeps_the_form(&self) -> bool {
        match self {
            Self::FormExpired
            | Self::SignIn { .. }
            | Self::NoLink
            | Self::Conflict(_)
            | Self::Invalid(_)
            | Self::TooMany { .. }
            | Self::Crowded
            | Self::Unavailable
            | Self::Internal => true,
            Self::NotFound
            | Self::Forbidden
            | Self::SentBefore
            | Self::SetUpBefore
            | Self::BadRequest(_)
            | Self::MethodNotAllowed
            | Self::TooLarge => false,
        }
    }

    /// The last part of the error page's message key: `error-page-<key>-title`, `error-page-<key>-text`.
    pub fn key(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::SignIn { .. } => "sign-in",
            Self::FormExpired => "form-expired",
            Self::NoLink => "no-link",
            Self::SentBefore => "sent-before",
            Self::SetUpBefore => "set-up-before",
            Self::BadRequest(_) => "bad-request",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Conflict(_) => "conflict",
            Self::Invalid(_) => "invalid",
            Self::TooLarge => "too-large",
            Self::TooMany { .. } => "too-many",
            Self::Crowded => "crowded",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl From<Crowded> for PageError {
    fn from(_: Crowded) -> Self {
        Self::Crowded
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Conflict(Conflict::RoleTooSmall) => Self::Forbidden,
            Error::Conflict(Conflict::InvitationsMade(_)) => Self::TooMany { retry_after: AN_HOUR },
            Error::WrongState { .. } | Error::Conflict(_) | Error::Stale { .. } => Self::Conflict(error.to_string()),
            Error::Invalid(errors) => Self::Invalid(errors),
            Error::Unavailable(source) => {
                tracing::warn!(error = %source, "the database can't be reached");
                Self::Unavailable
            }
            Error::Storage(_) | Error::Internal(_) => {
                tracing::error!(%error, "a page failed");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        match &self {
            Self::SignIn { next } => {
                let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
                if let Ok(location) = format!("/login?next={next}").parse() {
                    response.headers_mut().insert(LOCATION, location);
                }
            }
            Self::TooMany { retry_after } => {
                response.headers_mut().insert(RETRY_AFTER, (*retry_after).into());
            }
            Self::Crowded => {
                response.headers_mut().insert(RETRY_AFTER, CROWDED_FOR.into());
            }
            Self::Unavailable => {
                response.headers_mut().insert(RETRY_AFTER, UNAVAILABLE_FOR.into());
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}
