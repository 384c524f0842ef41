//! Handing in an offer, without an account.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tablon_core::form::FieldErrors;
use tablon_core::store::{SubmissionOnce, SubmittedOffer};
use tablon_core::{Actor, Error, JobContent, TenantScope};

use super::form_data::{Pairs, text};
use super::form_view::{self, Speech};
use super::frame::{frame, page};
use super::job_form::{self, FilledInBy, FormButton};
use super::job_view::private_body;
use super::views::Submit;
use crate::admitted::Admitted;
use crate::auth::{TypedForm, opened_link, random_key};
use crate::client_address::ClientAddress;
use crate::error::PageError;
use crate::kept_form::shows_its_form;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::prepare_descriptions;
use crate::visitor::Visitor;

/// The field that nobody sees. Its name is no word that form fillers know something for.
const HONEYPOT_FIELD: &str = "hollow";
/// The hidden field that tells a form which is sent twice from two forms.
const KEY: &str = "submission";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/submit", shows_its_form(get(blank).post(send)))
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
    headers: HeaderMap,
    _: Admitted,
    TypedForm { pairs, confirmed }: TypedForm,
) -> Result<Response, PageError> {
    let typed = job_form::typed(&tenant, &pairs, FilledInBy::Poster);
    let key = submission_key(&pairs);
    let shown = Shown { key: key.clone(), ..Shown::default() };
    if !confirmed {
        return Shown { unsent: true, ..shown }.page(&state, &visitor, &tenant, &typed);
    }
    match FormButton::of(&pairs) {
        FormButton::AddPlace => Shown { more_places: 1, ..shown }.page(&state, &visitor, &tenant, &typed),
        FormButton::Preview => match tenant.jobs().parse_submission(&typed) {
            Ok(SubmittedOffer { content, .. }) => {
                prepare_descriptions([content.description.as_str()]).await;
                Shown { preview: Some(content), ..shown }.page(&state, &visitor, &tenant, &typed)
            }
            Err(errors) => Shown { errors, ..shown }.page(&state, &visitor, &tenant, &typed),
        },
        // A field nobody sees was filled in: a bot, or somebody's form filler. A person sends it again.
        FormButton::Send if !text(&pairs, HONEYPOT_FIELD).is_empty() => {
            tracing::info!(tenant = %tenant.slug, "a submission fell into the honeypot");
            Shown { once_more: true, ..shown }.page(&state, &visitor, &tenant, &typed)
        }
        FormButton::Send => {
            let once = key
                .as_deref()
                .and_then(|key| submission_once(&visitor, key, &typed, opened_link(&headers, &state.config)));
            submit(&state, &visitor, &tenant, &from, (&typed, key, once)).await
        }
    }
}

/// The key that this showing of the form was given; one that was sent twice has the same.
fn submission_key(pairs: &Pairs) -> Option<String> {
    let key = text(pairs, KEY);
    (key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit())).then(|| key.to_owned())
}

/// Tells a sending that comes twice: the same form, with the same answers. The private link follows from it and from
/// the browser's cookie, so that only the browser that sent the form first is led to it again.
fn submission_once(visitor: &Visitor, key: &str, typed: &Value, opened_link: Option<String>) -> Option<SubmissionOnce> {
    let digest = Sha256::digest(format!("{key} {typed}"));
    let secret = visitor.csrf.secret_for(&format!("submission {}", hex::encode(digest)))?;
    Some(SubmissionOnce { digest: hex::encode(digest), edit_token: URL_SAFE_NO_PAD.encode(secret), opened_link })
}

async fn submit(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    from: &ClientAddress,
    (typed, key, once): (&Value, Option<String>, Option<SubmissionOnce>),
) -> Result<Response, PageError> {
    if let Err(errors) = tenant.jobs().parse_submission(typed) {
        return Shown { errors, key, ..Shown::default() }.page(state, visitor, tenant, typed);
    }
    // Counted only when it would be stored: mistakes in a form cost nothing.
    if let Some(key) = from.throttle_key() {
        let admitted = state.throttles.submission_by_address.admit(&key, state.clock().now());
        admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
    }
    // Mail about the offer is written in the language of the form.
    let locale = Some(visitor.locale);
    let submitted = match once {
        Some(once) => tenant.jobs().submit_once(locale, typed, Actor::Poster, &once).await,
        None => {
            let submitted = tenant.jobs().submit_in(locale, typed, Actor::Poster).await;
            submitted.map(|submission| Some(submission.edit_token))
        }
    };
    match submitted {
        // To a page of its own, so that loading it again doesn't hand the offer in twice.
        Ok(Some(token)) => Ok(Redirect::to(&format!("{}/edit/{token}/saved", visitor.root)).into_response()),
        Ok(None) => Err(PageError::SentBefore),
        Err(Error::Invalid(errors)) => Shown { errors, key, ..Shown::default() }.page(state, visitor, tenant, typed),
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
    /// Nothing was sent: the token was stale.
    unsent: bool,
    /// The key of the form that is shown again; a new one if there is none.
    key: Option<String>,
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
        let form = job_form::view(&speech, tenant, value, &self.errors, self.more_places, FilledInBy::Poster);
        let view = Submit {
            frame: frame(state, visitor),
            csrf: visitor.csrf.token().to_owned(),
            submission: self.key.unwrap_or_else(random_key),
            form: if self.unsent { form_view::unsent(form, &speech) } else { form },
            preview: self.preview.map(|content| private_body(&content, tenant, &speech)),
            once_more: self.once_more,
        };
        let mut response = page(state, visitor, "pages/submit.html", view)?;
        if self.unsent {
            *response.status_mut() = StatusCode::FORBIDDEN;
        } else if wrong {
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        }
        Ok(response)
    }
}
