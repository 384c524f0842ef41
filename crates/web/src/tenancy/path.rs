//! The board in the path.

use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Redirect, Response};
use tablon_core::TenantScope;

use super::directory::TenantDirectory;
use super::entrance::typed_uri;
use crate::error::PageError;

/// The tenant of the path `/t/{tenant}`.
#[derive(Clone)]
pub(crate) enum TenantInPath {
    Known(TenantScope),
    Unknown,
    Unavailable,
    /// The path isn't UTF-8 once it is decoded: nothing has such an address.
    Unreadable,
}

/// Layer below `/t/{tenant}`: looks the board up once, for every extractor after it.
pub async fn find_tenant(
    State(tenants): State<Arc<TenantDirectory>>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    mut request: Request,
    next: Next,
) -> Response {
    let found = match params {
        Ok(params) => {
            let slug = params.iter().find(|(name, _)| *name == "tenant").map_or("", |(_, slug)| slug);
            match look_up(&tenants, slug).await {
                TenantInPath::Unknown => {
                    let typed = typed_uri(&request);
                    match moved_to(&tenants, slug, &typed).await {
                        Some(response) => return response,
                        None => TenantInPath::Unknown,
                    }
                }
                found => found,
            }
        }
        Err(_) => TenantInPath::Unreadable,
    };
    request.extensions_mut().insert(found);
    next.run(request).await
}

/// The way to a board that has left this address. No browser may keep it, because the board can return.
async fn moved_to(tenants: &TenantDirectory, slug: &str, typed: &str) -> Option<Response> {
    let moved =
        tenants.by_former_slug(slug).await.inspect_err(|error| tracing::warn!(%error, "a board can't be looked up"));
    let moved = moved.ok().flatten()?;
    let rest = typed.strip_prefix("/t/")?.trim_start_matches(|c: char| !matches!(c, '/' | '?'));
    let to = format!("/t/{}{rest}", moved.slug);
    Some(([(CACHE_CONTROL, HeaderValue::from_static("no-cache"))], Redirect::permanent(&to)).into_response())
}

async fn look_up(tenants: &TenantDirectory, slug: &str) -> TenantInPath {
    match tenants.by_slug(slug).await {
        Ok(Some(tenant)) => TenantInPath::Known(tenant),
        Ok(None) => TenantInPath::Unknown,
        Err(error @ tablon_core::Error::Unavailable(_)) => {
            tracing::warn!(%error, "a board can't be looked up");
            TenantInPath::Unavailable
        }
        Err(error) => {
            tracing::error!(%error, "a board can't be looked up");
            TenantInPath::Unavailable
        }
    }
}

/// The board that the request is for. If it is unknown, the page is "not found".
pub struct CurrentTenant(pub TenantScope);

impl<S: Sync> FromRequestParts<S> for CurrentTenant {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, PageError> {
        match parts.extensions.get::<TenantInPath>() {
            Some(TenantInPath::Known(tenant)) => Ok(Self(tenant.clone())),
            Some(TenantInPath::Unavailable) => Err(PageError::Unavailable),
            Some(TenantInPath::Unknown | TenantInPath::Unreadable) | None => Err(PageError::NotFound),
        }
    }
}
