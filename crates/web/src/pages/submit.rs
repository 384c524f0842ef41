//! Handing in an offer, without an account.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::{Actor, Error, JobContent, TenantScope};

use super::form_data::{Pairs, text};
use super::form_view::Speech;
use super::frame::{frame, page};
use super::job_form::{self, Asked};
use super::job_view::private_body;
use super::views::Submit;
use crate::auth::CsrfForm;
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
use crate::visitor::Visitor;

/// The field that nobody sees. Its name is no word that form fillers know something for.
const POT: &str = "hollow";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/submit", get(blank).post(send))
}

async fn blank(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
) -> Result<Response, PageError> {
    Shown::default().page(&state, &visitor, &tenant, &job_form::blank(&tenant))
}

async fn send(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    from: ClientAddress,
    CsrfForm(pairs): CsrfForm<Pairs>,
) -> Result<Response, PageError> {
    let typed = job_form::typed(&tenant, &pairs);
    match Asked::of(&pairs) {
        Asked::Place => Shown { more_places: 1, ..Shown::default() }.page(&state, &visitor, &tenant, &typed),
        Asked::Preview => match tenant.jobs().parse(&typed) {
            Ok(content) => {
                prepare_descriptions([content.description.as_str()]).await;
                Shown { preview: Some(content), ..Shown::default() }.page(&state, &visitor, &tenant, &typed)
            }
            Err(errors) => Shown { errors, ..Shown::default() }.page(&state, &visitor, &tenant, &typed),
        },
        // A field nobody sees was filled in: a bot, or somebody's form filler. A person sends it again.
        Asked::Send if !text(&pairs, POT).is_empty() => {
            tracing::info!(tenant = %tenant.slug, "a submission fell into the honeypot");
            Shown { once_more: true, ..Shown::default() }.page(&state, &visitor, &tenant, &typed)
        }
        Asked::Send => submit(&state, &visitor, &tenant, &from, &typed).await,
    }
}

async fn submit(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    from: &ClientAddress,
    typed: &Value,
) -> Result<Response, PageError> {
    if let Err(errors) = tenant.jobs().parse(typed) {
        return Shown { errors, ..Shown::default() }.page(state, visitor, tenant, typed);
    }
    // Counted only when it would be stored: mistakes in a form cost nothing.
    if let Some(key) = from.throttle_key() {
        let admitted = state.throttles.submission_by_address.admit(&key, state.clock().now());
        admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    }
    match tenant.jobs().submit(typed, Actor::Poster).await {
        // To a page of its own, so that loading it again doesn't hand the offer in twice.
        Ok(submission) => {
            Ok(Redirect::to(&format!("{}/edit/{}/saved", visitor.root, submission.edit_token)).into_response())
        }
        Err(Error::Invalid(errors)) => Shown { errors, ..Shown::default() }.page(state, visitor, tenant, typed),
        Err(error) => Err(error.into()),
    }
}

/// What the form is shown with.
#[derive(Default)]
struct Shown {
    errors: FieldErrors,
    preview: Option<JobContent>,
    more_places: usize,
    /// Something was in the pot.
    once_more: bool,
}

impl Shown {
    fn page(
        self,
        state: &AppState,
        visitor: &Visitor,
        tenant: &TenantScope,
        value: &Value,
    ) -> Result<Response, PageError> {
        let speech = Speech::new(state, visitor);
        let wrong = self.once_more || !self.errors.0.is_empty();
        let view = Submit {
            frame: frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            form: job_form::view(&speech, tenant, value, &self.errors, self.more_places),
            preview: self.preview.map(|content| private_body(&content, tenant, &speech)),
            once_more: self.once_more,
        };
        let mut response = page(state, visitor, "pages/submit.html", view)?;
        if wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }
}
