//! RFC 9457 problem answers: the errors of the API.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tablon_core::form::{FieldError, FieldErrors, FieldProblem};
use tablon_core::job::WrongState;
use tablon_core::{Conflict, Error};
use utoipa::ToSchema;

use crate::board_gate::{CROWDED_FOR, Crowded};
use crate::error::{AN_HOUR, UNAVAILABLE_FOR};

/// An RFC 9457 problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is: a URN that never changes, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:tablon:problem:invalid-fields")]
    kind: String,
    /// The same for people.
    title: &'static str,
    /// The HTTP status code.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemField>,
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// A field that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemField {
    /// A JSON pointer into the request's body; for a query parameter, its name after a slash.
    #[schema(example = "/apply_url")]
    pointer: String,
    /// A sentence.
    #[schema(example = "apply_url must begin with https:// or http://.")]
    message: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &'static str) -> Self {
        let kind = format!("urn:tablon:problem:{kind}");
        Self { kind, title, status: status.as_u16(), detail: None, errors: Vec::new(), retry_after: None }
    }

    /// The same with what is wrong this time.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same with the fields that are wrong.
    #[must_use]
    pub fn about(self, errors: &FieldErrors) -> Self {
        Self { errors: errors.0.iter().map(ProblemField::from).collect(), ..self }
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here")
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This can't be done here")
    }

    /// 400: the request can't be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request can't be understood").detail(detail)
    }

    /// 401: a token is needed, or the given one isn't valid.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "A valid token is needed").detail(detail)
    }

    /// 403: the token's role is too small.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The token's role is too small").detail(detail)
    }

    /// 412: the `If-Match` names another revision.
    pub fn stale(current: u64) -> Self {
        Self::new(StatusCode::PRECONDITION_FAILED, "stale", "It has changed since")
            .detail(format!("The current revision is {current}; read it again before changing it."))
    }

    /// 413.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large")
    }

    /// 415.
    pub fn unsupported_media_type(wanted: &str) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The body's type is not taken here")
            .detail(format!("Send {wanted}."))
    }

    /// 429.
    pub fn too_many(retry_after: u64) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests");
        Self { retry_after: Some(retry_after), ..problem }
    }

    /// 422: the platform refused what is otherwise well-formed.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", "The platform refused").detail(detail)
    }

    /// 500: a fault of ours, already logged.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side")
    }

    /// 503.
    pub fn unavailable() -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The board can't answer right now");
        Self {
            retry_after: Some(UNAVAILABLE_FOR),
            ..problem.detail("The database can't be reached; try again in a moment.")
        }
    }

    /// 503: too many read from this board at once.
    pub fn crowded() -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", "Too many are reading from this board");
        Self { retry_after: Some(CROWDED_FOR), ..problem.detail("Try again in a moment.") }
    }

    /// 422: these fields are wrong.
    pub fn invalid(errors: &FieldErrors) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-fields", "Some fields are wrong").about(errors)
    }

    /// 422: this field is wrong.
    pub fn field(pointer: &str, problem: FieldProblem) -> Self {
        Self::invalid(&FieldErrors::one(pointer, problem))
    }

    /// The status code.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<&FieldError> for ProblemField {
    fn from(error: &FieldError) -> Self {
        Self { pointer: error.pointer.clone(), message: sentence(error) }
    }
}

/// The problem as a complete sentence: "apply_url must begin with https:// or http://."
fn sentence(error: &FieldError) -> String {
    let problem = error.problem.to_string();
    let mut sentence = match &error.problem {
        FieldProblem::OneOf { .. } | FieldProblem::Said(_) => {
            let mut letters = problem.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
        _ if error.pointer.is_empty() => format!("The body {problem}"),
        _ => format!("{} {problem}", error.pointer.trim_start_matches('/').replace('/', ".")),
    };
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::WrongState(WrongState { state, action }) => {
                Self::new(StatusCode::CONFLICT, "wrong-state", "The job's state doesn't allow it")
                    .detail(format!("A job that is {state} can't be {action}."))
            }
            Error::Conflict(Conflict::RoleTooSmall) => {
                Self::forbidden("Nobody can give, change or take a role that is more than their own.")
            }
            Error::Conflict(conflict @ Conflict::InvitationsMade(_)) => {
                Self::too_many(AN_HOUR).detail(format!("{conflict}."))
            }
            Error::Conflict(conflict) => {
                Self::new(StatusCode::CONFLICT, "conflict", "It collides with something").detail(format!("{conflict}."))
            }
            Error::Stale { current } => Self::stale(current),
            Error::Invalid(errors) => Self::invalid(&errors),
            Error::Unavailable(source) => {
                tracing::warn!(error = %source, "the database can't be reached");
                Self::unavailable()
            }
            Error::Storage(_) | Error::Internal(_) => {
                tracing::error!(%error, "an API request failed");
                Self::internal()
            }
        }
    }
}

impl From<Crowded> for Problem {
    fn from(_: Crowded) -> Self {
        Self::crowded()
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::invalid(&errors)
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large(),
            _ => Self::bad_request("The body did not arrive whole."),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tablon\""));
        }
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pointer: &str, problem: FieldProblem) -> String {
        sentence(&FieldError { pointer: pointer.into(), problem })
    }

    #[test]
    fn each_wrong_field_gets_a_sentence_that_stands_alone() {
        assert_eq!(said("/organization/name", FieldProblem::Required), "organization.name is required.");
        assert_eq!(said("", FieldProblem::NotObject), "The body must be an object.");
        assert_eq!(
            said("/apply_url", FieldProblem::OneOf { fields: "apply_url, apply_email".into() }),
            "Give at least one of: apply_url, apply_email."
        );
        assert_eq!(said("/settings/chat_id", FieldProblem::Said("no such chat!".into())), "No such chat!");
    }
}
