//! What brings an offer back that has ended, and what moves its end.

use axum::response::Response;
use chrono::NaiveDate;
use serde_json::Value;
use tablon_core::form::FieldProblem;
use tablon_core::store::{MAX_RENEWAL_DAYS, Renewal};
use utoipa::ToSchema;

use super::for_staff;
use super::wire::JobOut;
use crate::api::answers::{ForBodies, ForChanges, ForStaff};
use crate::api::body::{Body, Fields};
use crate::api::path::Id;
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

/// How long: either of the two.
#[derive(ToSchema)]
#[schema(as = Renewal)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub(crate) struct RenewIn {
    /// So many days more: from the offer's last day, or from today if that is over.
    #[schema(minimum = 1, maximum = 365, example = 30)]
    days: Option<u64>,
    /// The new last day, today or later.
    #[schema(example = "2027-01-31")]
    valid_through: Option<NaiveDate>,
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
    let renewal = renewal(body)?;
    Ok(for_staff(caller.tenant.jobs().renew(id, renewal, caller.audited()).await?))
}

fn renewal(body: Value) -> Result<Renewal, Problem> {
    let mut fields = Fields::of(body)?;
    let one_of = || FieldProblem::OneOf { fields: "days, valid_through".to_owned() };
    let days = match fields.value("days") {
        None | Some(Value::Null) => None,
        Some(days) => {
            let wanted = days.as_u64().filter(|days| (1..=MAX_RENEWAL_DAYS).contains(days));
            if wanted.is_none() {
                let range = FieldProblem::NumberRange { min: "1".into(), max: MAX_RENEWAL_DAYS.to_string() };
                fields.wrong("days", if days.is_number() { range } else { FieldProblem::NotNumber });
            }
            Some(wanted.unwrap_or_default())
        }
    };
    let day = fields.optional_text("valid_through", 64).map(|text| {
        let day = tablon_core::form::day(&text);
        if day.is_none() {
            fields.wrong("valid_through", FieldProblem::NotDate);
        }
        day.unwrap_or_default()
    });
    let renewal = match (days, day) {
        (Some(days), None) => Some(Renewal::Days(days)),
        (None, Some(day)) => Some(Renewal::Through(day)),
        (None, None) => {
            if !fields.is_wrong() {
                fields.wrong("days", one_of());
            }
            None
        }
        (Some(_), Some(_)) => {
            fields.wrong("valid_through", FieldProblem::Said("give either days or valid_through, not both".to_owned()));
            None
        }
    };
    fields.finish()?;
    renewal.ok_or_else(|| Problem::field("/days", one_of()))
}
