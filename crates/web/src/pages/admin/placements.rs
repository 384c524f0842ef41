//! Copies of jobs: what needs somebody, what is on its way, what is there.

use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use tablon_core::TenantScope;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::store::{Placement, PlacementQuery, PlacementState};
use uuid::Uuid;

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

fn back(visitor: &Visitor, placement: &Placement, done: &str) -> Redirect {
    let job = placement.job_id;
    Redirect::to(&format!("{}/jobs/{job}?done={done}#placement-{}", admin_root(visitor), placement.id))
}

async fn adopt(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let url = text(&pairs, "url").to_owned();
    if url.is_empty() {
        return Err(PageError::Invalid(FieldErrors::one("/url", FieldProblem::Required)));
    }
    let placement = placement_answer::resolve(&state, &tenant, id, Answer::Sent { url }, staff.actor()).await;
    Ok(back(&visitor, &placement.map_err(refused)?, "adopted"))
}

async fn absent(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let placement = placement_answer::resolve(&state, &tenant, id, Answer::NotSent, staff.actor()).await;
    Ok(back(&visitor, &placement.map_err(refused)?, "resent"))
}

/// What the plugin says of a link stands beside that link's name.
fn refused(error: PlatformError) -> PageError {
    match error {
        PlatformError::Domain(error) => error.into(),
        other => PageError::Invalid(FieldErrors::one("/url", FieldProblem::Said(other.to_string()))),
    }
}

async fn retry(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let placement = tenant.placements().retry(id, staff.actor()).await?;
    Ok(back(&visitor, &placement, "retried"))
}

async fn retract(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let placement = tenant.placements().retract(id, staff.actor()).await?;
    Ok(back(&visitor, &placement, "retracted"))
}
