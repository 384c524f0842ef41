//! `Idempotency-Key`: a create that is sent twice happens once, and both get the same answer.

use std::future::Future;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tablon_core::TenantScope;
use tablon_core::store::{Replay, caller_key};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::auth::ApiActor;
use crate::client_address::ClientAddress;
use crate::problem::Problem;
use crate::state::AppState;

/// The header that [`once`] reads.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes a header, which `once` reads")]
pub(super) struct IdempotencyKey {
    /// Any text: a request of the same caller (token, or address) that is repeated with the same key is done once, and
    /// answered the same with `Idempotency-Replayed: true`. 409 for another request with that key.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        nullable = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$"
    )]
    key: String,
}

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The longest key.
const MAX_KEY: usize = 255;
/// More than any answer to a create.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Whose keys these are: a key that two callers happen to choose, or that a stranger has seen, leads nobody to another
/// one's answer, which may hold a private link.
pub(super) fn caller(actor: ApiActor, from: &ClientAddress) -> String {
    match actor {
        ApiActor::Token { id, .. } => token(id),
        ApiActor::Anonymous => format!("address {}", from.throttle_key().as_deref().unwrap_or("of this machine")),
    }
}

/// The same of the holder of a token.
pub(super) fn token(id: Uuid) -> String {
    format!("token {id}")
}

/// Does `work`, unless `caller` did it before under the same key: then gives that answer again.
///
/// `request` tells this request from others. The work goes on if the client hangs up, so that the key
/// isn't left claimed. Answers hold private links and tokens, of which the database otherwise has hashes
/// only: they are kept sealed.
pub(super) async fn once(
    state: &AppState,
    tenant: &TenantScope,
    (caller, headers): (&str, &HeaderMap),
    request: &str,
    work: impl Future<Output = Result<Response, Problem>> + Send + 'static,
) -> Result<Response, Problem> {
    let Some(key) = headers.get(KEY) else { return work.await };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= MAX_KEY);
    let key =
        key.ok_or_else(|| Problem::bad_request(format!("An Idempotency-Key has 1 to {MAX_KEY} characters of ASCII.")))?;
    let key = caller_key(caller, key);
    let context = format!("idempotency/{}/{key}", tenant.id);
    match tenant.idempotency().begin(&key, request).await? {
        Replay::New => {}
        Replay::Done { status, body } => return replay(state, status, &body, &context),
    }
    let (state, tenant) = (state.clone(), tenant.clone());
    let running = tokio::spawn(async move {
        let done = kept(&state, &tenant, &key, &context, work).await;
        if done.is_err()
            && let Err(error) = tenant.idempotency().forget(&key).await
        {
            tracing::warn!(%error, "an idempotency key couldn't be freed");
        }
        done
    });
    running.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a create broke off");
        Err(Problem::internal())
    })
}

async fn kept(
    state: &AppState,
    tenant: &TenantScope,
    key: &str,
    context: &str,
    work: impl Future<Output = Result<Response, Problem>>,
) -> Result<Response, Problem> {
    let (parts, body) = work.await?.into_parts();
    let bytes = to_bytes(body, MAX_ANSWER).await.map_err(|_| Problem::internal())?;
    let sealed = STANDARD_NO_PAD.encode(state.keys.keyring().seal(&bytes, context)?);
    if let Err(error) = tenant.idempotency().finish(key, parts.status.as_u16(), &sealed).await {
        // It has happened and can't be taken back: answer, rather than make the client try again.
        tracing::warn!(%error, "an answer couldn't be kept for a repeated request");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn replay(state: &AppState, status: u16, sealed: &str, context: &str) -> Result<Response, Problem> {
    let sealed = STANDARD_NO_PAD.decode(sealed).map_err(|_| Problem::internal())?;
    let body = state.keys.keyring().open(&sealed, context)?;
    let mut response = Response::new(Body::from(body.to_vec()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
