//! A moderator's decisions about a job.

use axum::Router;
use axum::response::Redirect;
use axum::routing::post;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use tablon_core::TenantScope;
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::job::JobState;
use tablon_core::store::ApproveOptions;
use uuid::Uuid;

use crate::auth::{AsModerator, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::admin_root;
use crate::pages::params::Id;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/admin/jobs/{id}/approve", post(approve))
        .route("/admin/jobs/{id}/reject", post(reject))
        .route("/admin/jobs/{id}/request-changes", post(request_changes))
        .route("/admin/jobs/{id}/spam", post(spam))
        .route("/admin/jobs/{id}/fill", post(fill))
        .route("/admin/jobs/{id}/close", post(close))
        .route("/admin/jobs/{id}/approve-revision", post(approve_revision))
        .route("/admin/jobs/{id}/discard-revision", post(discard_revision))
}

/// What every decision needs.
struct Deciding {
    visitor: Visitor,
    tenant: TenantScope,
    staff: Staff<AsModerator>,
    id: Uuid,
    pairs: Pairs,
}

impl axum::extract::FromRequest<AppState> for Deciding {
    type Rejection = PageError;

    async fn from_request(request: axum::extract::Request, state: &AppState) -> Result<Self, PageError> {
        use axum::extract::FromRequestParts as _;
        let (mut parts, body) = request.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, state).await;
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(&mut parts, state).await?;
        let staff = Staff::from_request_parts(&mut parts, state).await?;
        let Id(id) = Id::from_request_parts(&mut parts, state).await?;
        let request = axum::extract::Request::from_parts(parts, body);
        let CsrfForm(pairs) = CsrfForm::from_request(request, state).await?;
        Ok(Self { visitor, tenant, staff, id, pairs })
    }
}

impl Deciding {
    fn back(&self, query: &str) -> Redirect {
        Redirect::to(&format!("{}/jobs/{}?{query}", admin_root(&self.visitor), self.id))
    }

    /// Back to the queue: the next one waits.
    fn next(&self, done: &str) -> Redirect {
        Redirect::to(&format!("{}?done={done}", admin_root(&self.visitor)))
    }

    fn reason(&self) -> Option<&str> {
        Some(text(&self.pairs, "reason")).filter(|reason| !reason.is_empty())
    }
}

/// Publishes what the moderator has seen, and nothing else: the form names its revision.
async fn approve(it: Deciding) -> Result<Redirect, PageError> {
    let wanted = text(&it.pairs, "publish_at");
    let publish_at = match wanted {
        "" => None,
        _ => Some(moment(&it.tenant, wanted).ok_or_else(|| wrong("/publish_at", FieldProblem::NotDate))?),
    };
    let if_revision = text(&it.pairs, "revision").parse().map_err(|_| wrong("/revision", FieldProblem::NotNumber))?;
    let options = ApproveOptions { publish_at, if_revision: Some(if_revision) };
    let job = it.tenant.jobs().approve(it.id, options, it.staff.actor()).await?;
    Ok(it.back(if job.state == JobState::Approved { "done=scheduled" } else { "done=approved" }))
}

async fn reject(it: Deciding) -> Result<Redirect, PageError> {
    let Some(reason) = it.reason() else { return Ok(it.back("problem=reject")) };
    it.tenant.jobs().reject(it.id, reason, it.staff.actor()).await?;
    Ok(it.next("rejected"))
}

async fn request_changes(it: Deciding) -> Result<Redirect, PageError> {
    let Some(reason) = it.reason() else { return Ok(it.back("problem=request-changes")) };
    it.tenant.jobs().request_changes(it.id, reason, it.staff.actor()).await?;
    Ok(it.next("changes-requested"))
}

async fn spam(it: Deciding) -> Result<Redirect, PageError> {
    it.tenant.jobs().mark_spam(it.id, it.staff.actor()).await?;
    Ok(it.next("spam"))
}

async fn fill(it: Deciding) -> Result<Redirect, PageError> {
    it.tenant.jobs().fill(it.id, it.staff.actor()).await?;
    Ok(it.back("done=filled"))
}

async fn close(it: Deciding) -> Result<Redirect, PageError> {
    it.tenant.jobs().close(it.id, it.staff.actor()).await?;
    Ok(it.back("done=closed"))
}

async fn approve_revision(it: Deciding) -> Result<Redirect, PageError> {
    // The poster may have sent another change since this page was shown.
    let seen = text(&it.pairs, "revision").parse().unwrap_or(0);
    it.tenant.jobs().approve_revision(it.id, Some(seen), it.staff.actor()).await?;
    Ok(it.back("done=revision-approved"))
}

async fn discard_revision(it: Deciding) -> Result<Redirect, PageError> {
    let Some(reason) = it.reason() else { return Ok(it.back("problem=discard-revision")) };
    it.tenant.jobs().discard_revision(it.id, reason, it.staff.actor()).await?;
    Ok(it.back("done=revision-discarded"))
}

fn wrong(pointer: &str, problem: FieldProblem) -> PageError {
    PageError::Invalid(FieldErrors::one(pointer, problem))
}

/// A `datetime-local` value in the board's time zone; an hour that daylight saving skips moves forward.
fn moment(tenant: &TenantScope, typed: &str) -> Option<DateTime<Utc>> {
    let local = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(typed, format).ok())?;
    let zone = tenant.time_zone;
    let found = (0..6).find_map(|hours| zone.from_local_datetime(&(local + Duration::hours(hours))).earliest());
    found.map(|at| at.to_utc())
}
