//! Offers, from submission to their end.

mod decide;
mod described;
mod edit;
mod edit_link;
mod previews;
mod read;
mod submit;
mod ways_back;
mod wire;

use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::{Json, http::StatusCode};
use tablon_core::Job;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::import;
use crate::problem::Problem;
use crate::state::AppState;
use wire::JobOut;

pub(super) use previews::{PreviewOut, shown as shown_previews};
pub(super) use wire::SubmittedOut;

pub(super) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(read::list, submit::submit))
        .routes(routes!(import::import).layer(DefaultBodyLimit::max(import::MAX_FILE)))
        .routes(routes!(read::one, edit::patch))
        .routes(routes!(decide::approve))
        .routes(routes!(decide::reject))
        .routes(routes!(decide::request_changes))
        .routes(routes!(decide::spam))
        .routes(routes!(decide::close))
        .routes(routes!(decide::fill))
        .routes(routes!(ways_back::reopen))
        .routes(routes!(ways_back::renew))
        .routes(routes!(edit_link::reissue, edit_link::revoke))
        .routes(routes!(edit::revisions))
        .routes(routes!(edit::diff))
        .routes(routes!(edit::approve_revision))
        .routes(routes!(edit::discard_revision))
        .routes(routes!(previews::previews))
        .routes(routes!(read::placements))
}

/// A job for staff.
fn for_staff(job: Job) -> Response {
    answered(job.revision, JobOut::for_staff(job))
}

/// A job with its revision as entity tag.
fn answered(revision: u64, job: JobOut) -> Response {
    let tag = HeaderValue::from_str(&format!("\"{revision}\""));
    let mut response = (StatusCode::OK, Json(job)).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// The revision that `If-Match` names; none when the header is absent or `*`.
///
/// A weak tag is taken too, though RFC 9110 compares strongly here: proxies that compress weaken the tag
/// they pass on, and ours names a revision, not bytes.
struct IfRevision(Option<u64>);

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
        let wrong = || Problem::bad_request("If-Match must be the ETag that the job came with, such as \"3\".");
        revision.map(|revision| Self(Some(revision))).ok_or_else(wrong)
    }
}

/// The header that [`IfRevision`] reads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a header, which `IfRevision` reads")]
struct IfMatch {
    /// Only if it is still at the revision of this `ETag`: the offer's, or the pending revision's (`"3"`) where that is
    /// decided on. `*` and no header: whatever revision it is at.
    #[param(
        rename = "If-Match",
        required = false,
        nullable = false,
        example = "\"3\"",
        pattern = r#"^(\*|(W/)?"[0-9]{1,18}"|(W/)?[0-9]{1,18})$"#
    )]
    if_match: String,
}
