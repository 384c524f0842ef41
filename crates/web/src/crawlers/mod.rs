//! What search engines' crawlers are told: which pages there are, and which to leave alone.

mod robots;
mod sitemap;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Of one board, as seen from `/t/{tenant}`.
pub(crate) fn board_router() -> Router<AppState> {
    Router::new().route("/robots.txt", get(robots::of_board)).route("/sitemap.xml", get(sitemap::of_board))
}

/// Of the whole instance, at the base address.
pub(crate) fn root_router() -> Router<AppState> {
    Router::new().route("/robots.txt", get(robots::of_instance)).route("/sitemap.xml", get(sitemap::of_instance))
}
