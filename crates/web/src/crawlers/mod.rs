//! Files for search engines' crawlers: `robots.txt` and `sitemap.xml`.

mod robots;
mod sitemap;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// The routes of one board, below `/t/{tenant}`.
pub(crate) fn board_router() -> Router<AppState> {
    Router::new().route("/robots.txt", get(robots::of_board)).route("/sitemap.xml", get(sitemap::of_board))
}

/// The routes of the whole instance, at the base address.
pub(crate) fn root_router() -> Router<AppState> {
    Router::new().route("/robots.txt", get(robots::of_instance)).route("/sitemap.xml", get(sitemap::of_instance))
}
