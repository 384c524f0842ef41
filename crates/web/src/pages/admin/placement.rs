//! One copy of a job: what should be there, what is, everything that was tried, and what can be done.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::Role;
use tablon_core::TenantScope;
use uuid::Uuid;

use super::history;
use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::form_view::Speech;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::plugin_name;
use crate::pages::params::{Id, Params};
use crate::pages::placement_view::{self, attempt_view};
use crate::pages::views::{Moment, PlacementPage, Trouble};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many of the things that people did about it are shown.
const EVENTS: u64 = 50;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/placements/{id}", get(show))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    page_of(&state, &visitor, &tenant, &staff, id, (params.done(), None)).await
}

/// The page of one copy.
pub(super) async fn page_of(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsModerator>,
    id: Uuid,
    (done, mut trouble): (Option<&'static str>, Option<Trouble>),
) -> Result<Response, PageError> {
    let placement = tenant.placements().get(id).await?.ok_or(PageError::NotFound)?;
    let channel = tenant.channels().get(placement.channel_id).await?.ok_or(PageError::NotFound)?;
    let speech = Speech::new(state, visitor);
    let admin = admin_root(visitor);
    let desired = placement.desired;
    let timeline = timeline(tenant, id, &speech).await?;
    let mut copy = placement_view::listed(tenant, vec![placement], &admin).await?.pop().ok_or(PageError::NotFound)?;
    if let Some(trouble) = trouble.as_mut().filter(|t| t.what == "adopt" && (copy.may.answer || copy.may.adopt)) {
        copy.link_error = trouble.invalid.then(|| trouble.message.clone());
        copy.link_typed.clone_from(&trouble.typed);
        trouble.target = Some(format!("url-{id}"));
    }
    let view = PlacementPage {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, "placements").await?,
        done,
        problem: trouble,
        copy,
        plugin_name: plugin_name(state, visitor.locale, &channel),
        desired,
        channel_page: staff.may(Role::Admin).then(|| format!("{admin}/channels/{}", channel.id)),
        timeline,
    };
    page(state, visitor, "pages/admin/placement.html", view)
}

/// The calls to the platform and what people did about the copy, newest first.
async fn timeline(tenant: &TenantScope, id: Uuid, speech: &Speech<'_>) -> Result<Vec<Moment>, PageError> {
    let attempts = tenant.placements().attempts(id).await?;
    let calls = attempts.into_iter().map(|attempt| Moment {
        at: attempt.at,
        attempt: Some(attempt_view(attempt, speech)),
        what: None,
        who: None,
    });
    let (events, _) = history::of(tenant, id, (None, EVENTS), speech).await?;
    let deeds =
        events.into_iter().map(|event| Moment { at: event.at, attempt: None, what: Some(event.what), who: event.who });
    let mut moments: Vec<Moment> = calls.chain(deeds).collect();
    moments.sort_by_key(|moment| std::cmp::Reverse(moment.at));
    Ok(moments)
}
