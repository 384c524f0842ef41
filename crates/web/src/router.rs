//! The routes of the web side.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};

use crate::auth::carry_token;
use crate::error::PageError;
use crate::kept_form::keep_form;
use crate::observe::observe;
use crate::page_cache::{Front, Shared};
use crate::problem::Problem;
use crate::state::AppState;
use crate::tenancy::{find_tenant, route_by_host};
use crate::{api, crawlers, edge, health, pages};

/// The largest body of a form or an API request. A description of 30,000 characters, each of them
/// three bytes and percent-encoded, is 270 KB.
const MAX_BODY: usize = 1024 * 1024;

/// All routes, as a router.
pub fn app(state: AppState) -> Router {
    Router::new().fallback_service(front(state))
}

/// All routes, with the page cache before them.
pub fn front(state: AppState) -> Front {
    let inside = inside(&state);
    // The host is handled before the routing, because it can rewrite the path.
    let router = Router::new()
        .fallback_service(inside)
        .layer(from_fn_with_state(state.clone(), route_by_host))
        .layer(from_fn_with_state(state.clone(), pages::render_errors))
        .layer(from_fn_with_state(state.clone(), carry_token))
        .layer(from_fn_with_state(state.config.clone(), edge::secure))
        .layer(from_fn(edge::number))
        .layer(
            CompressionLayer::new()
                .compress_when(DefaultPredicate::new().and(NotForContentType::const_new("font/")).and(is_for_one)),
        );
    Front::new(router, state.pages.clone(), state.config.clone(), state.metrics.clone())
}

/// Whether the answer isn't cached: cached answers are compressed in the cache.
fn is_for_one(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<Shared>().is_none()
}

fn inside(state: &AppState) -> Router {
    let (api, _) = api::router().split_for_parts();
    let api = api
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn(edge::contain_api));
    let board = pages::board_router(state)
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async || PageError::MethodNotAllowed)
        .layer(from_fn(edge::contain_page))
        .layer(from_fn_with_state(state.config.clone(), keep_form))
        .layer(from_fn_with_state(state.clone(), pages::render_errors))
        .nest("/api/v1", api)
        .layer(from_fn_with_state(state.clone(), find_tenant));
    pages::root_router(state)
        .merge(crawlers::root_router())
        .route("/api/v1/openapi.json", get(api::description))
        .fallback(async || PageError::NotFound)
        .method_not_allowed_fallback(async || PageError::MethodNotAllowed)
        .layer(from_fn(edge::contain_page))
        .layer(from_fn_with_state(state.config.clone(), keep_form))
        .nest("/t/{tenant}", board)
        .merge(health::router())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state.clone())
}
