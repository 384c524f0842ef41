//! The poster's own pages of one offer: where it stands, change it, end it.

use axum::Router;
use axum::extract::{FromRequest, FromRequestParts as _, Request, State};
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::job::{EndedBy, JobAction, JobState, WrongState};
use tablon_core::store::{Job, SubmittedOffer};
use tablon_core::{Actor, Error, JobContent, TenantScope};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech, sentence};
use super::frame::{frame, page};
use super::job_form::{self, FilledInBy, FormButton};
use super::job_view::{poster_may, private_body, renewal, renewal_form};
use super::params::Params;
use super::placement_view;
use super::views::{LinkEnded, MyEdit, MyJob, RenewalForm};
use crate::admitted::Admitted;
use crate::auth::{CsrfForm, Poster, TypedForm, poster_cookie};
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/my/{job}", get(show))
        .route("/my/{job}/edit", shows_its_form(get(edit).post(send)))
        .route("/my/{job}/fill", post(fill))
        .route("/my/{job}/close", post(close))
        .route("/my/{job}/reopen", post(reopen))
        .route("/my/{job}/renew", post(renew))
        .route("/my/{job}/link", post(new_link))
        .route("/my/{job}/link/end", post(end_link))
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
    page_of(&state, &visitor, &tenant, &job, Told { done: params.done(), ..Told::default() }).await
}

/// What the page says about what was just sent.
#[derive(Default)]
struct Told {
    done: Option<&'static str>,
    problem: Option<String>,
    /// The last day that was typed, and what is wrong with it.
    renewal: Option<(String, String)>,
    new_link: Option<String>,
}

/// The page of one offer.
async fn page_of(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    job: &Job,
    told: Told,
) -> Result<Response, PageError> {
    prepare_descriptions([job.content.description.as_str()]).await;
    let placements = tenant.placements().for_job(job.id).await?;
    let mut renewal = renewal_form(job, tenant);
    if let Some((day, error)) = told.renewal {
        renewal = RenewalForm { day, error: Some(error), ..renewal };
    }
    let view = MyJob {
        frame: frame(state, visitor),
        csrf: visitor.csrf.token().to_owned(),
        done: told.done,
        problem: told.problem,
        job: private_body(&job.content, tenant, &Speech::new(state, visitor)),
        job_state: job.state.as_str(),
        ended_it: job.ended_by == Some(EndedBy::Poster),
        reason: job.reason.clone(),
        has_pending: job.pending_revision.is_some(),
        my_url: my_url(visitor, job),
        public_url: job.was_public().then(|| format!("{}/jobs/{}", visitor.root, job.slug)),
        may: poster_may(job),
        renewal,
        new_link: told.new_link,
        // The platform's words and what to do about them are the staff's business.
        placements: placement_view::brief(tenant, placements).await?,
    };
    page(state, visitor, "pages/my.html", view)
}

async fn edit(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
) -> Result<Response, PageError> {
    let job = job_of(&tenant, &poster).await?;
    if !JobAction::Edit.allowed_in(job.state) {
        return Err(Error::from(WrongState { state: job.state, action: JobAction::Edit }).into());
    }
    let content = tenant.jobs().last_edit(job.id).await?.unwrap_or_else(|| job.content.clone());
    let declared = tenant.jobs().declared(job.id, job.pending_revision.unwrap_or(job.revision)).await?;
    let value = job_form::with_declared(content.to_value(), &declared, &tenant.rules);
    Shown::default().page(&state, &visitor, &tenant, &job, &value)
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    poster: Poster,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let job = job_of(&tenant, &poster).await?;
    let typed = job_form::typed(&tenant, &pairs, FilledInBy::Poster);
    if !confirmed {
        return Shown { unsent: true, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed);
    }
    let asked = FormButton::of(&pairs);
    if matches!(asked, FormButton::Send)
        && let Err(wait) = admit(&state, &poster)
    {
        return Shown { wait: Some(wait), ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed);
    }
    match asked {
        FormButton::AddPlace => {
            Shown { more_places: 1, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
        }
        FormButton::Preview => match tenant.jobs().parse_submission(&typed) {
            Ok(SubmittedOffer { content, .. }) => {
                prepare_descriptions([content.description.as_str()]).await;
                Shown { preview: Some(content), ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
            }
            Err(errors) => Shown { errors, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed),
        },
        FormButton::Send => {
            match tenant.jobs().propose_after_link(job.id, &typed, Some(poster.link()), Actor::Poster).await {
                Ok(after) => {
                    let done = match after.state {
                        _ if after.pending_revision.is_some() => "proposed",
                        JobState::Published | JobState::Approved if after.revision == job.revision => "my-unchanged",
                        JobState::Published | JobState::Approved => "my-edited",
                        _ => "submitted",
                    };
                    Ok(Redirect::to(&format!("{}?done={done}", my_url(&visitor, &job))).into_response())
                }
                Err(Error::Invalid(errors)) => {
                    Shown { errors, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
                }
                // It ended while the poster was writing.
                Err(Error::WrongState { .. }) => {
                    Shown { over: true, ..Shown::default() }.page(&state, &visitor, &tenant, &job, &typed)
                }
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// A form of the offer's page that was sent. Not too many at once: each changes copies on every channel.
struct Acting {
    state: AppState,
    visitor: Visitor,
    tenant: TenantScope,
    poster: Poster,
    pairs: Pairs,
}

impl FromRequest<AppState> for Acting {
    type Rejection = PageError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, state).await;
        let CurrentTenant(tenant) = CurrentTenant::from_request_parts(&mut parts, state).await?;
        let poster = Poster::from_request_parts(&mut parts, state).await?;
        let CsrfForm(pairs) = CsrfForm::from_request(Request::from_parts(parts, body), state).await?;
        admit(state, &poster).map_err(|retry_after| PageError::TooMany { retry_after })?;
        Ok(Self { state: state.clone(), visitor, tenant, poster, pairs })
    }
}

/// Counts a change through the private link; the seconds to wait when there were too many.
fn admit(state: &AppState, poster: &Poster) -> Result<(), u64> {
    let admitted = state.throttles.change_by_poster.admit(&poster.job.to_string(), state.clock().now());
    admitted.map_err(|wait| wait.as_secs().max(1))
}

impl Acting {
    /// Back to the page; what isn't as the page showed it is told there.
    async fn answer(&self, done: Result<(Job, &'static str), Error>) -> Result<Response, PageError> {
        let told = match done {
            Ok((job, done)) => {
                let to = format!("{}?done={done}", my_url(&self.visitor, &job));
                return Ok(Redirect::to(&to).into_response());
            }
            Err(Error::WrongState { .. } | Error::Conflict(_)) => {
                let words = Speech::new(&self.state, &self.visitor).say("my-changed");
                Told { problem: words, ..Told::default() }
            }
            Err(error) => return Err(error.into()),
        };
        self.again(StatusCode::CONFLICT, told).await
    }

    async fn again(&self, status: StatusCode, told: Told) -> Result<Response, PageError> {
        let job = job_of(&self.tenant, &self.poster).await?;
        let mut response = page_of(&self.state, &self.visitor, &self.tenant, &job, told).await?;
        *response.status_mut() = status;
        Ok(response)
    }
}

async fn fill(it: Acting) -> Result<Response, PageError> {
    let filled = it.tenant.jobs().fill(it.poster.job, Actor::Poster).await;
    it.answer(filled.map(|job| (job, "filled"))).await
}

/// Takes a live offer down, or takes back one that isn't published yet.
async fn close(it: Acting) -> Result<Response, PageError> {
    let job = job_of(&it.tenant, &it.poster).await?;
    let ended = if JobAction::Withdraw.allowed_in(job.state) {
        it.tenant.jobs().withdraw(job.id, Actor::Poster).await.map(|job| (job, "withdrawn"))
    } else {
        it.tenant.jobs().close(job.id, Actor::Poster).await.map(|job| (job, "closed"))
    };
    it.answer(ended).await
}

async fn reopen(it: Acting) -> Result<Response, PageError> {
    let reopened = it.tenant.jobs().reopen(it.poster.job, Actor::Poster).await;
    let done = |job: &Job| if job.state == JobState::Published { "reopened" } else { "submitted" };
    it.answer(reopened.map(|job| (job.clone(), done(&job)))).await
}

async fn renew(it: Acting) -> Result<Response, PageError> {
    let typed = text(&it.pairs, "valid_through");
    let renewed = match renewal(typed) {
        Ok(renewal) => it.tenant.jobs().renew(it.poster.job, renewal, Actor::Poster).await,
        Err(wrong) => Err(wrong),
    };
    match renewed {
        Err(Error::Invalid(errors)) => {
            let speech = Speech::new(&it.state, &it.visitor);
            let error = errors.0.first().map(|error| sentence(&speech, &error.problem)).unwrap_or_default();
            let told = Told { renewal: Some((typed.to_owned(), error)), ..Told::default() };
            it.again(StatusCode::UNPROCESSABLE_ENTITY, told).await
        }
        renewed => it.answer(renewed.map(|job| (job, "renewed"))).await,
    }
}

/// Makes a new private link and shows it this once; this browser goes on with it.
async fn new_link(it: Acting) -> Result<Response, PageError> {
    let token = it.tenant.edit_links().reissue(it.poster.job, Actor::Poster).await?;
    let cookie = poster_cookie(&it.visitor.root, it.poster.job, &token, &it.state.config);
    let told = Told { new_link: Some(it.tenant.edit_url(&token)), ..Told::default() };
    let mut response = it.again(StatusCode::OK, told).await?;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((CookieJar::new().add(cookie), response).into_response())
}

/// Ends the private link for good, for a poster who is done, or whose link somebody else has.
async fn end_link(it: Acting) -> Result<Response, PageError> {
    it.tenant.edit_links().revoke(it.poster.job, Actor::Poster).await?;
    page(&it.state, &it.visitor, "pages/link_ended.html", LinkEnded { frame: frame(&it.state, &it.visitor) })
}

/// What the form is shown with.
#[derive(Default)]
struct Shown {
    errors: FieldErrors,
    preview: Option<JobContent>,
    more_places: usize,
    /// Too many changes were sent; the seconds to wait.
    wait: Option<u64>,
    /// The offer can't be changed any more.
    over: bool,
    /// Nothing was sent: the token was stale.
    unsent: bool,
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
        let form = job_form::view(&speech, tenant, value, &self.errors, self.more_places, FilledInBy::Poster);
        let view = MyEdit {
            frame: frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            my_url: my_url(visitor, job),
            is_live: matches!(job.state, JobState::Published | JobState::Approved),
            reason: job.reason.clone(),
            problem: match self.wait {
                Some(wait) => speech.say_with("my-edit-wait", &[("seconds", wait.to_string())]),
                None if self.over => speech.say("my-changed"),
                None => None,
            },
            form: if self.unsent { form_view::unsent(form, &speech) } else { form },
            preview: self.preview.map(|content| private_body(&content, tenant, &speech)),
        };
        let mut response = page(state, visitor, "pages/my_edit.html", view)?;
        if self.unsent {
            *response.status_mut() = StatusCode::FORBIDDEN;
        } else if wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        if self.over {
            *response.status_mut() = StatusCode::CONFLICT;
        }
        if let Some(wait) = self.wait {
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        Ok(response)
    }
}
