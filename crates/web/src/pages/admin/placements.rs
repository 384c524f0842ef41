//! Copies of jobs: what needs somebody, what is on its way, what is there.

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts as _, Request, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Placement, PlacementQuery, PlacementState};
use tablon_core::{Error, TenantScope};
use uuid::Uuid;

use super::refusal::Sent;
use crate::auth::{AsModerator, CsrfForm, Staff};
use crate::channel_setup::PlatformError;
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::params::{Id, Params, with_query};
use crate::pages::placement_view;
use crate::pages::views::{PlacementTab, Placements};
use crate::placement_answer::{self, Answer};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/placements", get(list))
        .route("/admin/placements/{id}/adopt", post(adopt))
        .route("/admin/placements/{id}/absent", post(absent))
        .route("/admin/placements/{id}/retry", post(retry))
        .route("/admin/placements/{id}/retract", post(retract))
}

/// The tabs: name in the address, message, states. No states: all.
const TABS: &[(&str, &str, &[PlacementState])] = &[
    ("", "placements-attention", &[PlacementState::Unverified, PlacementState::Failed]),
    ("waiting", "placements-waiting", &[PlacementState::Sending, PlacementState::Pending, PlacementState::Blocked]),
    ("live", "placements-live", &[PlacementState::Published]),
    ("all", "placements-all", &[]),
];

async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    params: Params,
) -> Result<Response, PageError> {
    let admin = admin_root(&visitor);
    let list = format!("{admin}/placements");
    let show = params.text("show");
    let (show, _, states) = TABS.iter().find(|(name, ..)| *name == show).unwrap_or(&TABS[0]);
    let (placements, next_cursor) = placements(&tenant, states, params.some("cursor")).await?;
    let jobs: Vec<Uuid> = placements.iter().map(|p| p.job_id).collect();
    let mut views = placement_view::full(&tenant, placements).await?;
    for (view, job) in views.iter_mut().zip(jobs) {
        view.job_title = tenant.jobs().get(job).await?.map(|job| job.content.title);
        view.job_url = Some(format!("{admin}/jobs/{job}"));
    }
    let tab = |(name, label, _): &(&'static str, &'static str, _)| PlacementTab {
        label,
        url: with_query(&list, &[("show", name)]),
        current: name == show,
    };
    let view = Placements {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "placements").await?,
        done: params.done(),
        tabs: TABS.iter().map(tab).collect(),
        placements: views,
        next_url: next_cursor.map(|cursor| with_query(&list, &[("show", show), ("cursor", &cursor)])),
    };
    page(&state, &visitor, "pages/admin/placements.html", view)
}

/// A page of one state or of all; the first hundred of each where a tab has several.
async fn placements(
    tenant: &TenantScope,
    states: &[PlacementState],
    cursor: Option<&str>,
) -> Result<(Vec<Placement>, Option<String>), PageError> {
    if states.len() <= 1 {
        let state = states.first().copied();
        let query = PlacementQuery { state, cursor: cursor.map(str::to_owned), ..PlacementQuery::default() };
        let page = tenant.placements().list(&query).await?;
        return Ok((page.items, page.next_cursor));
    }
    let mut all = Vec::new();
    for state in states {
        let query = PlacementQuery { state: Some(*state), limit: Some(100), ..PlacementQuery::default() };
        all.extend(tenant.placements().list(&query).await?.items);
    }
    Ok((all, None))
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
    /// To the copy on its job's page, which also says why when it wasn't done.
    async fn answer(
        &self,
        what: &'static str,
        acted: Result<Placement, Error>,
        done: &str,
    ) -> Result<Response, PageError> {
        let (job, placement) = (self.placement.job_id, self.placement.id);
        let sent = Sent {
            state: &self.state,
            visitor: &self.visitor,
            tenant: &self.tenant,
            staff: &self.staff,
            job,
            placement: Some(placement),
            what,
            typed: text(&self.pairs, "url"),
        };
        let copy = format!("{}/jobs/{job}?done={done}#placement-{placement}", admin_root(&self.visitor));
        sent.answer(acted, |_| Redirect::to(&copy)).await
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
