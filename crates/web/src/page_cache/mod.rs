//! Whole answers of public pages, cached before the router.
//!
//! A layer around a route ([`remember`]) marks a page that is the same for many visitors. [`Front`] is before the
//! router: it caches the marked answer and sends it to every request for the same host, address and language, until the
//! board changes, and for [`REMEMBERED_FOR`] at most. Signed-in users neither get nor create such answers.

mod answer;
mod front;
mod question;
mod store;

use axum::extract::{MatchedPath, Request};
use axum::http::header::{AUTHORIZATION, COOKIE, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use uuid::Uuid;

pub use front::Front;
pub use store::PageCache;

use crate::tenancy::TenantInPath;

/// The mark of an answer that is the same for everybody who makes the same request.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    tenant: Uuid,
    /// The board's version before the answer was made: a later change makes the answer stale.
    version: u64,
    /// The route's template, for the metrics.
    route: MatchedPath,
}

/// Layer for routes below a board (`route_layer`): their answers are the same for all visitors of one language, contain
/// nothing about the visitor, and change only with the board's version or slowly (a job's age).
pub async fn remember(mut request: Request, next: Next) -> Response {
    let shared = shared(&request);
    if shared.is_some() {
        // The handler makes the whole answer, which can be remembered; `Front` says who has it already.
        for name in [IF_NONE_MATCH, IF_MODIFIED_SINCE] {
            request.headers_mut().remove(name);
        }
    }
    let mut response = next.run(request).await;
    if let Some(shared) = shared
        && response.status() == StatusCode::OK
    {
        response.extensions_mut().insert(shared);
    }
    response
}

fn shared(request: &Request) -> Option<Shared> {
    let headers = request.headers();
    if request.method() != Method::GET || headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION) {
        return None;
    }
    let Some(TenantInPath::Known(tenant)) = request.extensions().get() else { return None };
    let route = request.extensions().get::<MatchedPath>()?.clone();
    Some(Shared { tenant: tenant.id, version: tenant.store().board_version(tenant.id), route })
}
