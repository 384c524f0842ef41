//! Revisions as entity tags: `ETag` in an answer, `If-Match` in a change.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::problem::Problem;

/// 200 with something that is at this revision.
pub(super) fn with_revision(revision: u64, body: impl Serialize) -> Response {
    let mut response = Json(body).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{revision}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The revision that `If-Match` names; none when the header is absent or `*`.
///
/// A weak tag is taken too, though RFC 9110 compares strongly here: proxies that compress weaken the tag
/// they pass on, and ours names a revision, not bytes.
pub(super) struct IfRevision(pub(super) Option<u64>);

impl<S: Sync> FromRequestParts<S> for IfRevision {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = header.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let tag = text.strip_prefix("W/").unwrap_or(text);
        let tag = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
        // A number alone: `parse` takes a sign too.
        let revision = Some(tag).filter(|tag| tag.bytes().all(|b| b.is_ascii_digit())).and_then(|tag| tag.parse().ok());
        let wrong = || Problem::bad_request("If-Match must be the ETag that it came with, such as \"3\".");
        revision.map(|revision| Self(Some(revision))).ok_or_else(wrong)
    }
}
