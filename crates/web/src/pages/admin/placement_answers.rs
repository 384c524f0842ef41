//! What a moderator does about a copy: answers for it, sends it again, looks after it, takes it back.

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::{Redirect, Response};
use axum::routing::post;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::Placement;
use tablon_core::{Error, TenantScope};

use super::refusal::{AnsweredFrom, Sent};
use crate::auth::{AsModerator, CsrfForm, Staff};
use crate::channel_setup::PlatformError;
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::admin_root;
use crate::pages::params::Id;
use crate::placement_answer::{self, Answer};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/placements/{id}/adopt", post(adopt))
        .route("/admin/placements/{id}/absent", post(absent))
        .route("/admin/placements/{id}/retry", post(retry))
        .route("/admin/placements/{id}/retract", post(retract))
        .route("/admin/placements/{id}/check", post(check))
}

/// What every answer about a copy needs.
struct Acting {
    state: AppState,
    visitor: Visitor,
    tenant: TenantScope,
    staff: Staff<AsModerator>,
    placement: Placement,
    pairs: Pairs,
}

impl FromRequest<AppState> for Acting {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, state).await;
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(&mut parts, state).await?;
        let staff = Staff::from_request_parts(&mut parts, state).await?;
        let Id(id) = Id::from_request_parts(&mut parts, state).await?;
        let CsrfForm(pairs) = CsrfForm::from_request(Request::from_parts(parts, body), state).await?;
        let placement = tenant.placements().get(id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { state: state.clone(), visitor, tenant, staff, placement, pairs })
    }
}

impl Acting {
    /// Back to the page that was left, which also says why when it wasn't done.
    async fn answer(
        &self,
        what: &'static str,
        acted: Result<Placement, Error>,
        done: &str,
    ) -> Result<Response, PageError> {
        let (job, placement) = (self.placement.job_id, self.placement.id);
        let admin = admin_root(&self.visitor);
        let (place, onward) = match text(&self.pairs, "from") {
            "job" => {
                (AnsweredFrom::Job(Some(placement)), format!("{admin}/jobs/{job}?done={done}#placement-{placement}"))
            }
            _ => (AnsweredFrom::Placement(placement), format!("{admin}/placements/{placement}?done={done}")),
        };
        let sent = Sent {
            state: &self.state,
            visitor: &self.visitor,
            tenant: &self.tenant,
            staff: &self.staff,
            job,
            place,
            what,
            typed: text(&self.pairs, "url"),
        };
        sent.answer(acted, |_| Redirect::to(&onward)).await
    }

    async fn resolve(&self, answer: Answer) -> Result<Placement, Error> {
        let id = self.placement.id;
        let resolved = placement_answer::resolve(&self.state, &self.tenant, id, answer, self.staff.actor()).await;
        resolved.map_err(|error| match error {
            PlatformError::Domain(error) => error,
            // What the plugin says of a link stands beside that link.
            other => FieldErrors::one("/url", FieldProblem::Said(other.to_string())).into(),
        })
    }
}

async fn adopt(it: Acting) -> Result<Response, PageError> {
    let url = text(&it.pairs, "url").to_owned();
    let adopted = if url.is_empty() {
        Err(FieldErrors::one("/url", FieldProblem::Required).into())
    } else {
        it.resolve(Answer::Sent { url }).await
    };
    it.answer("adopt", adopted, "adopted").await
}

async fn absent(it: Acting) -> Result<Response, PageError> {
    let resent = it.resolve(Answer::NotSent).await;
    it.answer("absent", resent, "resent").await
}

async fn retry(it: Acting) -> Result<Response, PageError> {
    let retried = it.tenant.placements().retry(it.placement.id, it.staff.actor()).await;
    it.answer("retry", retried, "retried").await
}

async fn retract(it: Acting) -> Result<Response, PageError> {
    let retracted = it.tenant.placements().retract(it.placement.id, it.staff.actor()).await;
    it.answer("retract", retracted, "retracted").await
}

async fn check(it: Acting) -> Result<Response, PageError> {
    let checked = it.tenant.placements().check(it.placement.id, it.staff.actor()).await;
    it.answer("check", checked, "checking").await
}
