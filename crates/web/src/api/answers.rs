//! Shapes that several endpoints answer with.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use tablon_core::Page;
use utoipa::{IntoResponses, ToSchema};

use crate::problem::Problem;

/// A list: its items, and the cursor to the next page.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct List<T> {
    /// The items of this page.
    pub(crate) items: Vec<T>,
    /// Give this back as `cursor` to get the next page; `null` on the last.
    pub(crate) next_cursor: Option<String>,
}

impl<T> List<T> {
    /// A list that is whole.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}

impl<T> From<Page<T>> for List<T> {
    fn from(page: Page<T>) -> Self {
        Self { items: page.items, next_cursor: page.next_cursor }
    }
}

/// 201 with what was made.
pub(crate) fn created<T: Serialize>(made: T) -> Response {
    (StatusCode::CREATED, Json(made)).into_response()
}

/// 201 with something that is shown this once.
pub(crate) fn created_once<T: Serialize>(made: T) -> Response {
    let mut response = created(made);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every endpoint for staff may answer instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; the answers themselves are made by `Problem`")]
pub(crate) enum ForStaff {
    /// There is no token, or it is no good here.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// The token's role is too small.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is no such board, or nothing with this id in it.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The database can't be reached.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// What every public endpoint may answer instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; the answers themselves are made by `Problem`")]
pub(crate) enum ForAnybody {
    /// A token was sent, and it is no good here.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(Problem),
    /// There is no such board, or nothing public with this id in it.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// The database can't be reached, or too many read from this board at once.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// What an endpoint that takes a body may answer instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; the answers themselves are made by `Problem`")]
pub(crate) enum ForBodies {
    /// The body is missing or is not JSON.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// The body is too large.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is of another type.
    #[response(status = 415, content_type = "application/problem+json")]
    UnsupportedMediaType(Problem),
    /// Some fields are wrong; each is named.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What an endpoint that reads what stands behind the question mark may answer instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; the answers themselves are made by `Problem`")]
pub(crate) enum ForQueries {
    /// A parameter of the query is wrong; it is named.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(Problem),
}

/// What an endpoint that changes a state may answer instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "describes answers; the answers themselves are made by `Problem`")]
pub(crate) enum ForChanges {
    /// The present state doesn't allow it.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
}
