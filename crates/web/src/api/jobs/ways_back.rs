//! What brings an offer back that has ended, and what moves its end.

use axum::response::Response;
use chrono::NaiveDate;
use tablon_core::form::FieldProblem;
use tablon_core::store::{MAX_RENEWAL_DAYS, Renewal};

use super::for_staff;
use super::wire::JobOut;
use crate::api::answers::{ForBodies, ForChanges, ForStaff};
use crate::api::body::{Body, Whole, request_body};
use crate::api::path::Id;
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

request_body! {
    /// How long: either of the two.
    pub(crate) struct RenewIn as "Renewal" {
        /// So many days more: from the offer's last day, or from today if that is over.
        #[example(30)]
        days: Option<Whole<1, MAX_RENEWAL_DAYS>>,
        /// The new last day, today or later.
        #[example("2027-01-31")]
        valid_through: Option<NaiveDate>,
    }
}

/// Reopen an offer.
///
/// Undoes filled, closed, rejected and spam. An offer that was on the board and whose time isn't over is there again, and
/// so are its copies: struck-through ones are brought up to date, retracted ones are sent once more. Any other waits for a
/// moderator again. An expired one is renewed instead.
#[utoipa::path(
    post, path = "/jobs/{id}/reopen", operation_id = "reopen_job", tag = "jobs", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The offer as it is now.", body = JobOut), ForStaff, ForChanges)
)]
pub(crate) async fn reopen(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().reopen(id, caller.audited()).await?))
}

/// Renew an offer.
///
/// Moves the last day of a live or expired offer, by 1 to 365 days or to a day. An expired one is on the board again, and
/// its copies come back as with `reopen`.
#[utoipa::path(
    post, path = "/jobs/{id}/renew", operation_id = "renew_job", tag = "jobs", security(("token" = [])), request_body = RenewIn,
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses((status = 200, description = "The offer as it is now.", body = JobOut), ForStaff, ForBodies, ForChanges)
)]
pub(crate) async fn renew(caller: Bearer<AsModerator>, Id(id): Id, Body(body): Body) -> Result<Response, Problem> {
    let renewal = match RenewIn::read(body)? {
        RenewIn { days: Some(Whole(days)), valid_through: None } => Renewal::Days(days),
        RenewIn { days: None, valid_through: Some(day) } => Renewal::Through(day),
        RenewIn { days: None, valid_through: None } => {
            return Err(Problem::field("/days", FieldProblem::OneOf { fields: "days, valid_through".to_owned() }));
        }
        RenewIn { days: Some(_), valid_through: Some(_) } => {
            let words = "give either days or valid_through, not both".to_owned();
            return Err(Problem::field("/valid_through", FieldProblem::Said(words)));
        }
    };
    Ok(for_staff(caller.tenant.jobs().renew(id, renewal, caller.audited()).await?))
}
