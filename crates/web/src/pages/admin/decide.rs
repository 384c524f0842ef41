//! A moderator's decisions about a job.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use chrono::{DateTime, Duration, NaiveDateTime, TimeZone, Utc};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::job::JobState;
use tablon_core::store::{ApproveOptions, Job};
use tablon_core::{Conflict, Error, TenantScope};
use uuid::Uuid;

use super::job;
use super::refusal::{AnsweredFrom, Sent};
use crate::auth::{AsModerator, CsrfForm, Staff};
use crate::error::PageError;
use crate::pages::form_data::{Pairs, text};
use crate::pages::frame::admin_root;
use crate::pages::job_view::renewal;
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
        .route("/admin/jobs/{id}/reschedule", post(reschedule))
        .route("/admin/jobs/{id}/reopen", post(reopen))
        .route("/admin/jobs/{id}/renew", post(renew))
        .route("/admin/jobs/{id}/edit-link", post(edit_link))
        .route("/admin/jobs/{id}/edit-link/end", post(end_edit_link))
}

/// What every decision needs.
struct Deciding {
    state: AppState,
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
        Ok(Self { state: state.clone(), visitor, tenant, staff, id, pairs })
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

    fn reason(&self) -> &str {
        text(&self.pairs, "reason")
    }

    /// The revision that the moderator has read: only about that one they decide. A form without it has
    /// shown none.
    fn seen(&self) -> Option<u64> {
        Some(text(&self.pairs, "revision").parse().unwrap_or(0))
    }

    /// When the job is to go on the board, as typed: at once if nothing was.
    fn on_schedule(&self) -> Result<ApproveOptions, Error> {
        let wanted = text(&self.pairs, "publish_at");
        let publish_at = moment(&self.tenant, wanted);
        if publish_at.is_none() && !wanted.is_empty() {
            return Err(FieldErrors::one("/publish_at", FieldProblem::NotDate).into());
        }
        Ok(ApproveOptions { publish_at, if_revision: self.seen() })
    }

    async fn answer(
        &self,
        what: &'static str,
        decided: Result<Job, Error>,
        onward: impl FnOnce(&Job) -> Redirect,
    ) -> Result<Response, PageError> {
        let (visitor, tenant, staff) = (&self.visitor, &self.tenant, &self.staff);
        let field = match what {
            "approve" | "reschedule" => "publish_at",
            "renew" => "valid_through",
            _ => "reason",
        };
        let typed = text(&self.pairs, field);
        let sent = Sent {
            state: &self.state,
            visitor,
            tenant,
            staff,
            job: self.id,
            place: AnsweredFrom::Job(None),
            what,
            typed,
        };
        sent.answer(decided, onward).await
    }
}

/// Publishes what the moderator has seen, and nothing else: the form names its revision.
async fn approve(it: Deciding) -> Result<Response, PageError> {
    let decided = match it.on_schedule() {
        Ok(options) => it.tenant.jobs().approve(it.id, options, it.staff.actor()).await,
        Err(wrong) => Err(wrong),
    };
    it.answer("approve", decided, |job| it.back(on_schedule(job))).await
}

/// Publishes what waits for its time now, or gives it another time.
async fn reschedule(it: Deciding) -> Result<Response, PageError> {
    let decided = match it.on_schedule() {
        Ok(options) => it.tenant.jobs().reschedule(it.id, options, it.staff.actor()).await,
        Err(wrong) => Err(wrong),
    };
    it.answer("reschedule", decided, |job| it.back(on_schedule(job))).await
}

fn on_schedule(job: &Job) -> &'static str {
    if job.state == JobState::Approved { "done=scheduled" } else { "done=approved" }
}

async fn reopen(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().reopen(it.id, it.staff.actor()).await;
    let done = |job: &Job| if job.state == JobState::Published { "done=reopened" } else { "done=back-in-queue" };
    it.answer("reopen", decided, |job| it.back(done(job))).await
}

async fn renew(it: Deciding) -> Result<Response, PageError> {
    let decided = match renewal(text(&it.pairs, "valid_through")) {
        Ok(renewal) => it.tenant.jobs().renew(it.id, renewal, it.staff.actor()).await,
        Err(wrong) => Err(wrong),
    };
    it.answer("renew", decided, |_| it.back("done=renewed")).await
}

/// Makes a new private link for the poster and shows it this once.
async fn edit_link(it: Deciding) -> Result<Response, PageError> {
    let token = match it.tenant.edit_links().reissue(it.id, it.staff.actor()).await {
        Ok(token) => token,
        Err(Error::Conflict(Conflict::LinkOver)) => {
            return Ok(it.back("done=link-over").into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let told = job::Told { new_link: Some(it.tenant.edit_url(&token)), ..job::Told::default() };
    let mut response = job::page_of(&it.state, &it.visitor, &it.tenant, &it.staff, it.id, told).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn end_edit_link(it: Deciding) -> Result<Redirect, PageError> {
    it.tenant.edit_links().revoke(it.id, it.staff.actor()).await?;
    Ok(it.back("done=link-ended"))
}

async fn reject(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().reject(it.id, it.reason(), it.seen(), it.staff.actor()).await;
    it.answer("reject", decided, |_| it.next("rejected")).await
}

async fn request_changes(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().request_changes(it.id, it.reason(), it.seen(), it.staff.actor()).await;
    it.answer("request-changes", decided, |_| it.next("changes-requested")).await
}

async fn spam(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().mark_spam(it.id, it.seen(), it.staff.actor()).await;
    it.answer("spam", decided, |_| it.next("spam")).await
}

async fn fill(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().fill(it.id, it.staff.actor()).await;
    it.answer("fill", decided, |_| it.back("done=filled")).await
}

async fn close(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().close(it.id, it.staff.actor()).await;
    it.answer("close", decided, |_| it.back("done=closed")).await
}

async fn approve_revision(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().approve_revision(it.id, it.seen(), it.staff.actor()).await;
    it.answer("approve-revision", decided, |_| it.back("done=revision-approved")).await
}

async fn discard_revision(it: Deciding) -> Result<Response, PageError> {
    let decided = it.tenant.jobs().discard_revision(it.id, it.reason(), it.seen(), it.staff.actor()).await;
    it.answer("discard-revision", decided, |_| it.back("done=revision-discarded")).await
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
