//! What brings an offer back that has ended, and what moves its end.

use axum::response::Response;
use chrono::NaiveDate;
use tablon_core::form::FieldProblem;
use tablon_core::store::{MAX_RENEWAL_DAYS, Renewal};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::for_staff;
use super::wire::JobNow;
use crate::api::answers::{ForBodies, ForChanges, ForStaff};
use crate::api::body::{Body, Whole, request_body};
use crate::api::path::Id;
use crate::auth::{AsModerator, Bearer};
use crate::problem::Problem;

request_body! {
    /// How long.
    pub(crate) struct RenewIn as "RenewalMembers" {
        /// So many days more: from the offer's last day, or from today if that is over.
        #[example(30)]
        days: Option<Whole<1, MAX_RENEWAL_DAYS>>,
        /// The new last day, today or later.
        #[example("2027-01-31")]
        valid_through: Option<NaiveDate>,
    }
}

/// How OpenAPI describes it: one of the two members, and not the other.
#[derive(Debug)]
pub(crate) enum RenewalIn {}

impl PartialSchema for RenewalIn {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(both)) = RenewIn::schema() else { return RenewIn::schema() };
        let only = |name: &str, kind: Type, other: &str| {
            let mut one = both.clone();
            one.description = None;
            one.required = vec![name.to_owned()];
            one.properties.insert(other.to_owned(), Object::with_type(Type::Null).into());
            if let Some(RefOr::T(Schema::Object(given))) = one.properties.get_mut(name) {
                given.schema_type = kind.into();
            }
            Schema::from(one)
        };
        let either = OneOfBuilder::new().item(only("days", Type::Integer, "valid_through")).item(only(
            "valid_through",
            Type::String,
            "days",
        ));
        either.description(Some("How long: one of the two members.")).into()
    }
}

impl ToSchema for RenewalIn {
    fn name() -> std::borrow::Cow<'static, str> {
        "Renewal".into()
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
    responses(JobNow, ForStaff, ForChanges)
)]
pub(crate) async fn reopen(caller: Bearer<AsModerator>, Id(id): Id) -> Result<Response, Problem> {
    Ok(for_staff(caller.tenant.jobs().reopen(id, caller.audited()).await?))
}

/// Renew an offer.
///
/// Moves the last day of a live or expired offer, by 1 to 365 days or to a day. An expired one is on the board again, and
/// its copies come back as with `reopen`.
#[utoipa::path(
    post, path = "/jobs/{id}/renew", operation_id = "renew_job", tag = "jobs", security(("token" = [])), request_body = RenewalIn,
    params(("id" = Uuid, Path, description = "The offer's id.")),
    responses(JobNow, ForStaff, ForBodies, ForChanges)
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
