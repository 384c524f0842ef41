//! One job as a moderator sees it: what it says, what each channel would show, and what became of it.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::TenantScope;
use tablon_core::job::JobState;
use tablon_core::store::Job;
use uuid::Uuid;

use super::{history, notifications};
use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::form_view::{Speech, sentence};
use crate::pages::frame::{admin_root, frame, page, page_with_mail, staff_view};
use crate::pages::job_view::{private_body, readable, renewal_form, staff_may};
use crate::pages::params::{Id, Params};
use crate::pages::placement_view;
use crate::pages::preview_view::{has_mail, preview_views};
use crate::pages::views::{
    AdminJob, FailedNotice, FieldDifference, FormError, May, Pending, PlacementView, PreviewView, Trouble,
};
use crate::previews;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
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
    page_of(&state, &visitor, &tenant, &staff, id, Told { done: params.done(), ..Told::default() }).await
}

/// What the page says about what was just sent.
#[derive(Default)]
pub(super) struct Told {
    pub(super) done: Option<&'static str>,
    /// What wasn't done, and the copy that it was about.
    pub(super) trouble: Option<(Trouble, Option<Uuid>)>,
    /// The poster's private link that was just made.
    pub(super) new_link: Option<String>,
}

/// The page of one job.
pub(super) async fn page_of(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    staff: &Staff<AsModerator>,
    id: Uuid,
    told: Told,
) -> Result<Response, PageError> {
    let job = tenant.jobs().get(id).await?.ok_or(PageError::NotFound)?;
    prepare_descriptions([job.content.description.as_str()]).await;
    let speech = Speech::new(state, visitor);
    let placements = tenant.placements().for_job(id).await?;
    let live_copies = placement_view::live(&placements);
    let declared = tenant.jobs().declared(id, job.pending_revision.unwrap_or(job.revision)).await?;
    let channels = previews::receivers(tenant, &job).await?;
    let undecided = job.state == JobState::Submitted || job.pending_revision.is_some();
    let waiting = job.state == JobState::Submitted;
    let may = staff_may(job.state, staff.role);
    let mut copies = placement_view::full(tenant, placements, job.state, &speech).await?;
    let problem = told.trouble.map(|(mut trouble, copy)| {
        trouble.target = target(&mut copies, &trouble, copy, &may, job.pending_revision.is_some());
        trouble
    });
    let mut renewal = renewal_form(&job, tenant);
    if let Some(trouble) = problem.as_ref().filter(|trouble| trouble.what == "renew") {
        renewal.error = trouble.invalid.then(|| trouble.message.clone());
        renewal.day.clone_from(&trouble.typed);
    }
    let view = AdminJob {
        frame: frame(state, visitor),
        staff: staff_view(visitor, tenant, staff, if waiting { "queue" } else { "jobs" }).await?,
        done: told.done,
        problem,
        job: private_body(&job.content, tenant, &speech),
        job_url: format!("{}/jobs/{id}", admin_root(visitor)),
        public_url: job.was_public().then(|| job.url.clone()),
        job_state: job.state.as_str(),
        revision: job.revision,
        submitted_at: Some(job.submitted_at),
        publish_at: job.publish_at.filter(|_| job.state == JobState::Approved),
        reason: job.reason.clone(),
        failed_notice: failed_notice(tenant, visitor, &job).await?,
        may,
        renewal,
        new_link: told.new_link,
        channels: channels.len() as u64,
        scheduled: channels.iter().any(|channel| !channel.delivery.schedule.is_empty()),
        live_copies,
        pending: pending(tenant, &job, &speech).await?,
        broken_rules: broken_rules(tenant, &job, &speech).await?,
        agreed: declared.agrees_to(&tenant.rules),
        is_employer: declared.is_employer,
        show_previews: undecided,
        has_channels: !tenant.channels().list().await?.is_empty(),
        previews: if undecided { previews_of(state, visitor, tenant, &job).await? } else { Vec::new() },
        placements: copies,
        history: history::of(tenant, id, (None, HISTORY), &speech).await?.0,
    };
    let render = if has_mail(&view.previews) { page_with_mail } else { page };
    render(state, visitor, "pages/admin/job.html", view)
}

/// The field in which what was typed stands again, if its form is still on the page.
fn target(
    copies: &mut [PlacementView],
    trouble: &Trouble,
    copy: Option<Uuid>,
    may: &May,
    has_pending: bool,
) -> Option<String> {
    let has_form = match trouble.what {
        "adopt" => {
            let copy = copy?.to_string();
            let view = copies.iter_mut().find(|view| view.id == copy && view.may.answer)?;
            view.link_error = trouble.invalid.then(|| trouble.message.clone());
            view.link_typed.clone_from(&trouble.typed);
            return Some(format!("url-{copy}"));
        }
        "approve" | "reschedule" if !trouble.typed.is_empty() => {
            return (may.approve || may.reschedule).then(|| "publish_at".to_owned());
        }
        "renew" => return may.renew.then(|| "valid_through".to_owned()),
        "reject" => may.reject,
        "request-changes" => may.request_changes,
        "discard-revision" => has_pending,
        _ => false,
    };
    has_form.then(|| format!("reason-{}", trouble.what))
}

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

/// Which of the board's rules it breaks: they have changed since, or staff or an import wrote it.
async fn broken_rules(tenant: &TenantScope, job: &Job, speech: &Speech<'_>) -> Result<Vec<FormError>, PageError> {
    if job.state.is_ended() {
        return Ok(Vec::new());
    }
    let pending = tenant.jobs().pending_content(job.id).await?;
    let broken = tenant.rules.violations(&pending.as_ref().unwrap_or(&job.content).to_value());
    let told = broken.0.iter().map(|error| FormError {
        target: None,
        label: speech.label_of_pointer(&error.pointer),
        message: sentence(speech, &error.problem),
    });
    Ok(told.collect())
}

async fn previews_of(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    job: &Job,
) -> Result<Vec<PreviewView>, PageError> {
    let Some(posting) = tenant.jobs().posting(job.id).await? else { return Ok(Vec::new()) };
    Ok(preview_views(state, visitor, previews::of_posting(state, tenant, job, &posting).await?))
}

/// The newest mail to the poster that didn't arrive, unless the address was corrected since.
async fn failed_notice(tenant: &TenantScope, visitor: &Visitor, job: &Job) -> Result<Option<FailedNotice>, PageError> {
    let failed = tenant.failed_notices_of(job.id).await?.into_iter().next();
    let still = failed.filter(|notice| notice.recipient == job.content.contact_email);
    Ok(still.map(|notice| notifications::failed_notice(notice, &admin_root(visitor))))
}
