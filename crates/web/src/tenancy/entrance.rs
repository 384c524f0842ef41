//! The entrance of a request (base address or a board's own host), and the path that follows from it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{Extensions, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use super::directory::TenantDirectory;
use super::hosts::{NamedHosts, entrance};
use crate::config::WebConfig;
use crate::error::PageError;
use crate::problem::Problem;

/// The origin that a request was sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entrance {
    /// The base address, with log-in and administration.
    Base,
    /// A board's own host: public pages and the API of that board, nothing else.
    Tenant {
        /// The board's slug.
        slug: String,
    },
}

/// The request's address before the tenant's host was turned into a path.
#[derive(Debug, Clone)]
pub(crate) struct TypedUri(pub(crate) Uri);

/// The address that the visitor typed, before any rewriting and nesting.
pub(crate) fn typed_address(parts: &Parts) -> String {
    typed(&parts.extensions, &parts.uri)
}

/// The same, of a request.
pub(super) fn typed_uri(request: &Request) -> String {
    typed(request.extensions(), request.uri())
}

fn typed(extensions: &Extensions, uri: &Uri) -> String {
    let uri = extensions.get::<TypedUri>().map_or(uri, |TypedUri(typed)| typed);
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// Paths that are the same at every host.
const AT_EVERY_HOST: &[&str] = &["/assets/", "/healthz", "/readyz"];

/// Outermost layer: turns a board's own host into its path, and refuses unknown hosts.
pub async fn route_by_host(
    State(config): State<Arc<WebConfig>>,
    State(tenants): State<Arc<TenantDirectory>>,
    mut request: Request,
    next: Next,
) -> Response {
    let typed = request.uri().clone();
    let path = typed.path();
    if AT_EVERY_HOST.iter().any(|prefix| path.starts_with(prefix)) || path == "/metrics" {
        // Probes and scrapers use an IP address, with any host name.
        request.extensions_mut().insert(Entrance::Base);
        return next.run(request).await;
    }
    let entrance = match entrance(&config, &tenants, NamedHosts::of(&config, &request)).await {
        Ok(Some(entrance)) => entrance,
        Ok(None) => return unknown_host(),
        Err(error) if path.starts_with("/api/") => return Problem::from(error).into_response(),
        Err(error) => return PageError::from(error).into_response(),
    };
    let rewritten = match &entrance {
        Entrance::Base => base_path(&typed),
        Entrance::Tenant { slug } => tenant_path(slug, &typed),
    };
    match rewritten {
        Ok(Some(uri)) => *request.uri_mut() = uri,
        Ok(None) => {}
        Err(instead) => return instead.into_response(),
    }
    request.extensions_mut().insert(TypedUri(typed));
    request.extensions_mut().insert(entrance);
    next.run(request).await
}

/// The answer if the request isn't passed on.
enum Instead {
    NotFound,
    Redirect(String),
}

impl Instead {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => PageError::NotFound.into_response(),
            Self::Redirect(path) => Redirect::permanent(&path).into_response(),
        }
    }
}

/// A board's list is `/t/<slug>/`; a router nested at `/t/{tenant}` only matches it without the last slash.
fn base_path(typed: &Uri) -> Result<Option<Uri>, Instead> {
    let Some(rest) = typed.path().strip_prefix("/t/") else { return Ok(None) };
    match rest.find('/') {
        Some(slash) if slash + 1 == rest.len() => with_path(typed, &format!("/t/{}", &rest[..slash])).map(Some),
        Some(_) => Ok(None),
        None => {
            let query = typed.query().map(|q| format!("?{q}")).unwrap_or_default();
            Err(Instead::Redirect(format!("/t/{rest}/{query}")))
        }
    }
}

fn tenant_path(slug: &str, typed: &Uri) -> Result<Option<Uri>, Instead> {
    let path = typed.path();
    if path == "/admin" || path.starts_with("/admin/") {
        return Err(Instead::NotFound);
    }
    with_path(typed, &format!("/t/{slug}{}", if path == "/" { "" } else { path })).map(Some)
}

fn with_path(uri: &Uri, path: &str) -> Result<Uri, Instead> {
    let target = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let target: PathAndQuery = target.parse().map_err(|_| Instead::NotFound)?;
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target);
    Uri::from_parts(parts).map_err(|_| Instead::NotFound)
}

/// Deliberately plain: the answer for an unknown host has no board's look, language or name.
fn unknown_host() -> Response {
    (StatusCode::NOT_FOUND, "There is no board at this address.\n").into_response()
}
