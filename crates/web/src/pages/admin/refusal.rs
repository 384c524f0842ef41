//! What a moderator sent and what wasn't done: the page again, with why, and with what was typed.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use tablon_core::form::{FieldErrors, FieldProblem};
use tablon_core::{ActorKind, Error, TenantScope};
use uuid::Uuid;

use super::{job, placement};
use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::form_view::{Speech, sentence};
use crate::pages::views::Trouble;
use crate::state::AppState;
use crate::visitor::Visitor;

/// Who sent which form of which job's page, and what was typed into it.
pub(super) struct Sent<'a> {
    pub(super) state: &'a AppState,
    pub(super) visitor: &'a Visitor,
    pub(super) tenant: &'a TenantScope,
    pub(super) staff: &'a Staff<AsModerator>,
    pub(super) job: Uuid,
    /// The page that the form stands on.
    pub(super) place: AnsweredFrom,
    /// The last part of the form's address.
    pub(super) what: &'static str,
    pub(super) typed: &'a str,
}

/// The page that is shown again.
#[derive(Debug, Clone, Copy)]
pub(super) enum AnsweredFrom {
    /// The job's, and the copy on it that it is about, if it isn't about the job.
    Job(Option<Uuid>),
    /// The copy's own.
    Placement(Uuid),
}

impl Sent<'_> {
    /// Onward when it was done. A mistake, and what isn't as the page showed it, lead back to the page; what else failed
    /// has a page of its own.
    pub(super) async fn answer<T>(
        &self,
        done: Result<T, Error>,
        onward: impl FnOnce(&T) -> Redirect,
    ) -> Result<Response, PageError> {
        let (status, key) = match done {
            Ok(done) => return Ok(onward(&done).into_response()),
            Err(Error::Invalid(errors)) => {
                return self.again(StatusCode::UNPROCESSABLE_ENTITY, self.why(&errors)).await;
            }
            Err(Error::Stale { .. }) => (StatusCode::CONFLICT, "review-stale"),
            Err(Error::WrongState { .. } | Error::Conflict(_)) => {
                (StatusCode::CONFLICT, self.what_came_between().await?)
            }
            Err(error) => return Err(error.into()),
        };
        self.again(status, Speech::new(self.state, self.visitor).say(key).unwrap_or_default()).await
    }

    /// Why something can't be done any more: by who has acted last.
    async fn what_came_between(&self) -> Result<&'static str, PageError> {
        let subject = match self.place {
            AnsweredFrom::Job(None) => self.job,
            AnsweredFrom::Job(Some(copy)) | AnsweredFrom::Placement(copy) => copy,
        };
        let last = self.tenant.audit().list(Some(subject), None, Some(1)).await?.items.pop();
        Ok(match last {
            Some(event) if event.actor_id == Some(self.staff.user.id) => "review-done-already",
            Some(event) if event.actor_kind != ActorKind::System => "review-decided",
            _ => "review-changed",
        })
    }

    fn why(&self, errors: &FieldErrors) -> String {
        let speech = Speech::new(self.state, self.visitor);
        let problem = errors.0.first().map(|error| &error.problem);
        // These forms have one field each, so that its name needn't be said.
        let own = match (problem, self.what) {
            (Some(FieldProblem::Required), "adopt" | "renew") => None,
            (Some(FieldProblem::PastDate), "approve" | "reschedule") => speech.say("review-last-day-over"),
            (Some(FieldProblem::NotDate), "renew") => None,
            (Some(FieldProblem::Required), _) => speech.say("review-reason-missing"),
            (Some(FieldProblem::NotDate), _) => speech.say("review-later-wrong"),
            _ => None,
        };
        own.or_else(|| problem.map(|problem| sentence(&speech, problem))).unwrap_or_default()
    }

    async fn again(&self, status: StatusCode, message: String) -> Result<Response, PageError> {
        let trouble = Trouble {
            what: self.what,
            message,
            typed: self.typed.to_owned(),
            invalid: status == StatusCode::UNPROCESSABLE_ENTITY,
            target: None,
        };
        let (state, visitor, tenant, staff) = (self.state, self.visitor, self.tenant, self.staff);
        let mut response = match self.place {
            AnsweredFrom::Job(copy) => {
                let told = job::Told { trouble: Some((trouble, copy)), ..job::Told::default() };
                job::page_of(state, visitor, tenant, staff, self.job, told).await?
            }
            AnsweredFrom::Placement(id) => {
                placement::page_of(state, visitor, tenant, staff, id, (None, Some(trouble))).await?
            }
        };
        *response.status_mut() = status;
        Ok(response)
    }
}
