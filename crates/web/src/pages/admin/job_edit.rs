//! Staff edit a job; of a live one, the change and its copies are live at once.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::job::{JobAction, JobState, WrongState};
use tablon_core::store::Job;
use tablon_core::{Error, JobContent, TenantScope};
use uuid::Uuid;

use crate::auth::{AsModerator, Staff, TypedForm};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::pages::form_data::text;
use crate::pages::form_view::{self, Speech};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_form::{self, FilledInBy, FormButton};
use crate::pages::job_view::private_body;
use crate::pages::params::Id;
use crate::pages::placement_view;
use crate::pages::views::AdminJobEdit;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/jobs/{id}/edit", shows_its_form(get(show).post(save)))
}

async fn job(tenant: &TenantScope, id: Uuid) -> Result<Job, PageError> {
    let job = tenant.jobs().get(id).await?.ok_or(PageError::NotFound)?;
    if JobAction::Edit.allowed_in(job.state) {
        Ok(job)
    } else {
        Err(Error::from(WrongState { state: job.state, action: JobAction::Edit }).into())
    }
}

async fn show(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
) -> Result<Response, PageError> {
    let job = job(&tenant, id).await?;
    let value = job.content.to_value();
    Shown::default().page(&state, &visitor, &tenant, &staff, &job, &value).await
}

async fn save(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    Id(id): Id,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let job = job(&tenant, id).await?;
    let typed = job_form::typed(&tenant, &pairs, FilledInBy::Staff);
    let seen = text(&pairs, "revision").parse().ok();
    let shown = Shown { seen, ..Shown::default() };
    let shown = match FormButton::of(&pairs) {
        _ if !confirmed => Shown { unsent: true, ..shown },
        FormButton::AddPlace => Shown { more_places: 1, ..shown },
        FormButton::Preview => match tenant.jobs().parse(&typed) {
            Ok(content) => {
                prepare_descriptions([content.description.as_str()]).await;
                Shown { preview: Some(content), ..shown }
            }
            Err(errors) => Shown { errors, ..shown },
        },
        FormButton::Send => match tenant.jobs().patch(id, &typed, Some(seen.unwrap_or(0)), staff.actor()).await {
            Ok(_) => {
                let to = format!("{}/jobs/{id}?done=edited", admin_root(&visitor));
                return Ok(Redirect::to(&to).into_response());
            }
            Err(Error::Invalid(errors)) => Shown { errors, ..shown },
            // What was typed is kept; saving again from this page then holds.
            Err(Error::Stale { current }) => Shown { stale: true, seen: Some(current), ..shown },
            Err(error) => return Err(error.into()),
        },
    };
    shown.page(&state, &visitor, &tenant, &staff, &job, &typed).await
}

/// What the form is shown with.
#[derive(Default)]
struct Shown {
    errors: FieldErrors,
    preview: Option<JobContent>,
    more_places: usize,
    stale: bool,
    /// Nothing was saved: the token was stale.
    unsent: bool,
    /// The revision the form was made from, if it wasn't made just now.
    seen: Option<u64>,
}

impl Shown {
    async fn page(
        self,
        state: &AppState,
        visitor: &Visitor,
        tenant: &TenantScope,
        staff: &Staff<AsModerator>,
        job: &Job,
        value: &Value,
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let status = match (self.stale, self.errors.0.is_empty()) {
            _ if self.unsent => StatusCode::FORBIDDEN,
            (true, _) => StatusCode::PRECONDITION_FAILED,
            (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
            (false, true) => StatusCode::OK,
        };
        let form = job_form::view(&speech, tenant, value, &self.errors, self.more_places, FilledInBy::Staff);
        let view = AdminJobEdit {
            frame: frame(state, visitor),
            staff: staff_view(visitor, tenant, staff, "jobs").await?,
            done: None,
            title: job.content.title.clone(),
            job_url: format!("{}/jobs/{}", admin_root(visitor), job.id),
            revision: self.seen.unwrap_or(job.revision),
            is_live: job.state == JobState::Published,
            live_copies: placement_view::live(&tenant.placements().for_job(job.id).await?),
            stale: self.stale,
            form: if self.unsent { form_view::unsent(form, &speech) } else { form },
            preview: self.preview.map(|content| private_body(&content, tenant, &speech)),
        };
        let mut response = page(state, visitor, "pages/admin/job_edit.html", view)?;
        *response.status_mut() = status;
        Ok(response)
    }
}
