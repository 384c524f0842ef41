//! The theme's files, and a board's colour.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::frame::accent_name;
use super::params::{Named, Params};
use crate::encoding::Encoding;
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::brand_css;
use crate::validator::is_known;

/// For names that change with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// For names that stay.
const FOR_AN_HOUR: &str = "public, max-age=3600";
/// For what isn't what its name says.
const ASK_EACH_TIME: &str = "no-cache";

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/assets/{*name}", get(asset)).route("/favicon.ico", get(icon))
}

pub(super) fn board_router() -> Router<AppState> {
    Router::new().route("/brand.css", get(brand)).route("/favicon.ico", get(icon))
}

async fn asset(State(state): State<AppState>, asked: HeaderMap, named: Named) -> Result<Response, PageError> {
    let (asset, hashed) = state.theme.assets().get(named.get("name")).ok_or(PageError::NotFound)?;
    let wanted = if asset.is_text() { Encoding::wanted(&asked) } else { Encoding::Identity };
    let (encoding, bytes) = asset.encoded.get(wanted);
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(if hashed { FOR_EVER } else { FOR_AN_HOUR }));
    if asset.is_text() {
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    }
    if let Ok(tag) = format!("\"{}{}\"", asset.hashed_name, encoding.suffix()).parse::<HeaderValue>() {
        let known = is_known(&asked, &tag);
        headers.insert(ETAG, tag);
        if known {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    if let Some(name) = encoding.header() {
        headers.insert(CONTENT_ENCODING, name);
    }
    Ok((headers, bytes).into_response())
}

async fn icon(State(state): State<AppState>) -> Result<Redirect, PageError> {
    state.theme.assets().url("icon.svg").map(|url| Redirect::permanent(&url)).ok_or(PageError::NotFound)
}

/// The accent, in a sheet of its own: the policy allows no style in a page.
///
/// Another server of ours may remember the old colour for a moment: what doesn't match its address isn't kept.
async fn brand(CurrentTenant(tenant): CurrentTenant, params: Params) -> Response {
    let cache = if params.text("c") == accent_name(&tenant) { FOR_EVER } else { ASK_EACH_TIME };
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, cache)], brand_css(&tenant.accent)).into_response()
}
