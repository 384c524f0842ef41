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

use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use tablon_core::Job;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::if_match::{IfRevision, with_revision};
use super::import;
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
    with_revision(revision, job)
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
