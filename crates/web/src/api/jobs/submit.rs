//! Handing an offer in.

use axum::extract::{FromRequestParts, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;

use super::SubmittedOut;
use super::described::JobIn;
use crate::api::answers::{ForAnybody, ForBodies, ForChanges, ForFloods, created_once};
use crate::api::body::Body;
use crate::api::idempotency::{self, IdempotencyKey, once};
use crate::auth::{ApiActor, Caller};
use crate::client_address::ClientAddress;
use crate::language::{WantedLanguages, offered};
use crate::problem::Problem;
use crate::state::AppState;

/// Anybody who may hand in an offer now. Without a token, the address is counted before the body is read.
pub(crate) struct Submitter {
    caller: Caller,
    from: ClientAddress,
}

impl FromRequestParts<AppState> for Submitter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Ok(from) = ClientAddress::from_request_parts(parts, state).await;
        if caller.actor == ApiActor::Anonymous
            && let Some(key) = from.throttle_key()
        {
            let admitted = state.throttles.submission_by_address.admit(&key, state.clock().now());
            admitted.map_err(|wait| Problem::too_many(wait.as_secs().max(1)))?;
        }
        Ok(Self { caller, from })
    }
}

/// Submit an offer.
///
/// No token is needed. A moderator reads it before it is published. The answer has the private link with
/// which the offer is edited: it is shown this once. Mail to the poster is in the language that the board offers and
/// `Accept-Language` asks for, else in the board's.
#[utoipa::path(
    post, path = "/jobs", operation_id = "submit_job", tag = "jobs", security((), ("token" = [])), request_body = JobIn,
    params(IdempotencyKey),
    responses(
        (status = 201, description = "It waits for a moderator.", body = SubmittedOut),
        ForAnybody, ForBodies, ForChanges, ForFloods,
    )
)]
pub(crate) async fn submit(
    State(state): State<AppState>,
    Submitter { caller, from }: Submitter,
    headers: HeaderMap,
    Body(body): Body,
) -> Result<Response, Problem> {
    let request = format!("POST /jobs {body}");
    let locale = WantedLanguages::of(&headers).among(&offered(&caller.tenant));
    let whose = idempotency::caller(caller.actor, &from);
    once(&state, &caller.tenant.clone(), (&whose, &headers), &request, async move {
        let submission = caller.tenant.jobs().submit_in(locale, &body, caller.audited()).await?;
        let edit_url = caller.tenant.edit_url(&submission.edit_token);
        Ok(created_once(SubmittedOut { id: submission.job.id, state: submission.job.state, edit_url }))
    })
    .await
}
