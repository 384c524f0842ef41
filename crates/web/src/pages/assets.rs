//! The theme's files, and a board's colour.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::frame::accent_name;
use super::params::{Named, Params};
use crate::encoding::Told;
use crate::error::PageError;
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::theme::brand_css;

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
    let told = Told {
        tag: &asset.hashed_name,
        content_type: asset.content_type,
        cache_control: if hashed { FOR_EVER } else { FOR_AN_HOUR },
        compressed: asset.is_text(),
    };
    Ok(asset.encoded.answer(&asked, &told))
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
