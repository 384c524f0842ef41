//! The poster's own pages of one offer: where it stands, change it, end it.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::job::{JobAction, JobState};
use tablon_core::store::Job;
use tablon_core::{Actor, Error, JobContent, TenantScope};

use super::form_data::Pairs;
use super::form_view::Speech;
use super::frame::{frame, page};
use super::job_form::{self, Asked};
use super::job_view::{poster_may, private_body};
use super::params::Params;
use super::placement_view;
use super::views::{MyEdit, MyJob};
use crate::auth::{CsrfForm, Poster};
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/my/{job}", get(show))
        .route("/my/{job}/edit", get(edit).post(send))
        .route("/my/{job}/fill", post(fill))
        .route("/my/{job}/close", post(close))
}

fn my_url(visitor: &Visitor, job: &Job) -> String {
    format!("{}/my/{}", visitor.root, job.id)
}

async fn job_of(tenant: &TenantScope, poster: &Poster) -> Result<Job, PageError> {
    tenant.jobs().get(poster.job).await?.ok_or(PageError::NotFound)
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
    params: Params,
) -> Result<Response, PageError> {
    let job = job_of(&tenant, &poster).await?;
    prepare_descriptions([job.content.description.as_str()]).await;
    let placements = tenant.placements().for_job(job.id).await?;
    let view = MyJob {
        frame: frame(&state, &visitor),
        csrf: visitor.csrf.token().to_owned(),
        done: params.done(),
        job: private_body(&job.content, &tenant, &Speech::new(&state, &visitor)),
        job_state: job.state.as_str(),
        reason: job.reason.clone(),
        has_pending: job.pending_revision.is_some(),
        my_url: my_url(&visitor, &job),
        public_url: job.was_public().then(|| format!("{}/jobs/{}", visitor.root, job.slug)),
        may: poster_may(job.state),
        // The platform's words and what to do about them are the staff's business.
        placements: placement_view::brief(&tenant, placements).await?,
    };
    page(&state, &visitor, "pages/my.html", view)
}

async fn edit(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
) -> Result<Response, PageError> {
    let job = job_of(&tenant, &poster).await?;
    if !JobAction::Edit.allowed_in(job.state) {
        return Err(Error::WrongState { state: job.state, action: JobAction::Edit }.into());
    }
    let content = tenant.jobs().pending_content(job.id).await?.unwrap_or_else(|| job.content.clone());
    Shown::default().page(&state, &visitor, &tenant, &job, &content.to_value())
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let job = job_of(&tenant, &poster).await?;
    let typed = job_form::typed(&tenant, &pairs);
    match Asked::of(&pairs) {
        Asked::Place => Shown { more_places: 1, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed),
        Asked::Preview => match tenant.jobs().parse(&typed) {
            Ok(content) => {
                prepare_descriptions([content.description.as_str()]).await;
                Shown { preview: Some(content), ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
            }
            Err(errors) => Shown { errors, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed),
        },
        Asked::Send => match tenant.jobs().propose(job.id, &typed, Actor::Poster).await {
            Ok(after) => {
                let done = if after.pending_revision.is_some() { "proposed" } else { "submitted" };
                Ok(Redirect::to(&format!("{}?done={done}", my_url(&visitor, &job))).into_response())
            }
            Err(Error::Invalid(errors)) => {
                Shown { errors, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
            }
            Err(error) => Err(error.into()),
        },
    }
}

async fn fill(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let job = tenant.jobs().fill(poster.job, Actor::Poster).await?;
    Ok(Redirect::to(&format!("{}?done=filled", my_url(&visitor, &job))))
}

/// Takes a live offer down, or takes back one that isn't published yet.
async fn close(
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
    CsrfForm(_): CsrfForm<Pairs>,
) -> Result<Redirect, PageError> {
    let job = job_of(&tenant, &poster).await?;
    let (job, done) = if JobAction::Withdraw.allowed_in(job.state) {
        (tenant.jobs().withdraw(job.id, Actor::Poster).await?, "withdrawn")
    } else {
        (tenant.jobs().close(job.id, Actor::Poster).await?, "closed")
    };
    Ok(Redirect::to(&format!("{}?done={done}", my_url(&visitor, &job))))
}

/// What the form is shown with.
#[derive(Default)]
struct Shown {
    errors: FieldErrors,
    preview: Option<JobContent>,
    more_places: usize,
}

impl Shown {
    fn page(
        self,
        state: &AppState,
        visitor: &Visitor,
        tenant: &TenantScope,
        job: &Job,
        value: &Value,
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let wrong = !self.errors.0.is_empty();
        let view = MyEdit {
            frame: frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            my_url: my_url(visitor, job),
            is_live: matches!(job.state, JobState::Published | JobState::Approved),
            reason: job.reason.clone(),
            form: job_form::view(&speech, tenant, value, &self.errors, self.more_places),
            preview: self.preview.map(|content| private_body(&content, tenant, &speech)),
        };
        let mut response = page(state, visitor, "pages/my_edit.html", view)?;
        if wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }
}
