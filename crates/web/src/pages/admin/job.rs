//! One job as a moderator sees it: what it says, what each channel would show, and what became of it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::job::JobState;
use tablon_core::store::{ChannelState, Job};
use uuid::Uuid;

use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::form_view::Speech;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::{preview_views, private_body, readable, staff_may};
use crate::pages::params::{Id, Params};
use crate::pages::placement_view;
use crate::pages::views::{AdminJob, Event, FieldDifference, Pending, PreviewView};
use crate::previews;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

/// How many events of a job's history are shown.
const HISTORY: u64 = 50;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/jobs/{id}", get(show))
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    params: Params,
) -> Result<Response, PageError> {
    let job = tenant.jobs().get(id).await?.ok_or(PageError::NotFound)?;
    let speech = Speech::new(&state, &visitor);
    let placements = tenant.placements().for_job(id).await?;
    let channels = tenant.channels().list().await?;
    let undecided = job.state == JobState::Submitted || job.pending_revision.is_some();
    let waiting = job.state == JobState::Submitted;
    let view = AdminJob {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, if waiting { "queue" } else { "jobs" }).await?,
        done: params.done(),
        problem: PROBLEMS.iter().find(|p| **p == params.text("problem")).copied(),
        job: private_body(&job.content, &tenant, &speech),
        job_url: format!("{}/jobs/{id}", admin_root(&visitor)),
        public_url: job.was_public().then(|| job.url.clone()),
        job_state: job.state.as_str(),
        revision: job.revision,
        submitted_at: Some(job.submitted_at),
        publish_at: job.publish_at.filter(|_| job.state == JobState::Approved),
        reason: job.reason.clone(),
        may: staff_may(job.state, staff.role),
        channels: channels.iter().filter(|c| c.state == ChannelState::Active).count() as u64,
        live_copies: placement_view::live(&placements),
        pending: pending(&tenant, &job, &speech).await?,
        show_previews: undecided,
        previews: if undecided { previews_of(&state, &tenant, id).await? } else { Vec::new() },
        placements: placement_view::full(&tenant, placements).await?,
        history: history(&tenant, id, &speech).await?,
    };
    page(&state, &visitor, "pages/admin/job.html", view)
}

/// What a decision that was sent without its reason comes back with.
const PROBLEMS: &[&str] = &["reject", "request-changes", "discard-revision"];

async fn pending(tenant: &TenantScope, job: &Job, speech: &Speech<'_>) -> Result<Option<Pending>, PageError> {
    let Some(revision) = job.pending_revision else { return Ok(None) };
    let changes = tenant.jobs().pending_changes(job.id).await?;
    let differences = changes.into_iter().map(|change| FieldDifference {
        label: speech.label_of_pointer(&change.field.replace('.', "/")),
        before: readable(&change.field, &change.before, speech),
        after: readable(&change.field, &change.after, speech),
    });
    Ok(Some(Pending { revision, changes: differences.collect() }))
}

async fn previews_of(state: &AppState, tenant: &TenantScope, id: Uuid) -> Result<Vec<PreviewView>, PageError> {
    let Some(posting) = tenant.jobs().posting(id).await? else { return Ok(Vec::new()) };
    Ok(preview_views(state, previews::of_posting(state, tenant, &posting).await?))
}

async fn history(tenant: &TenantScope, id: Uuid, speech: &Speech<'_>) -> Result<Vec<Event>, PageError> {
    let events = tenant.audit().list(Some(id), None, Some(HISTORY)).await?.items;
    let staff = tenant.members().list().await?;
    let named = events.into_iter().map(|event| {
        let who = event.actor_id.and_then(|id| staff.iter().find(|m| m.user.id == id)).map(|m| m.user.name.clone());
        (event.at, event.action.replace('.', "-"), who)
    });
    // An event of a newer version than this theme has no words yet and is left out.
    let known = named.filter(|(_, what, _)| speech.say(&format!("audit-{what}")).is_some());
    Ok(known.map(|(at, what, who)| Event { at, what, who }).collect())
}
