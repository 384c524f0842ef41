//! Shapes that several endpoints answer with.

use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::StatusCode};
use serde::Serialize;
use tablon_core::Page;
use utoipa::ToSchema;

pub(crate) use super::problems::{
    ForAnybody, ForBodies, ForChanges, ForFloods, ForPlugins, ForQueries, ForRevisions, ForStaff, ForStaffToo,
};

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
