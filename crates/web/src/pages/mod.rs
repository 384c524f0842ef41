//! The pages that people see: thin handlers that ask the domain and render the theme.
//!
//! Everything works without scripts: a form is sent, an answer redirects or shows the form again with
//! what was typed and what is wrong with it.

mod account;
mod admin;
mod assets;
mod boards;
mod edit_link;
mod errors;
mod forgot;
mod form_data;
mod form_view;
mod frame;
mod job;
mod job_form;
mod job_view;
mod join;
mod json_ld;
mod listing;
mod login;
mod login_code;
mod my;
mod notification_stop;
mod params;
mod placement_view;
mod plugins;
mod preview_view;
mod register;
mod resend;
mod reset;
mod setup;
mod submit;
mod unsubscribe;
pub(crate) mod views;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::auth::recognise;
use crate::page_cache::remember;
use crate::state::AppState;
use crate::{crawlers, feeds};

pub use errors::render_errors;

/// The pages of one board, as seen from `/t/{tenant}` (the list is `/`).
pub fn board_router(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(shared_router().route_layer(from_fn(remember)))
        .merge(submit::router())
        .merge(edit_link::router())
        .merge(my::router())
        .merge(unsubscribe::router())
        .merge(notification_stop::router())
        .merge(register::router())
        .merge(assets::board_router())
        .merge(admin::router().route_layer(from_fn_with_state(state.clone(), recognise)))
}

/// What every visitor of a board is shown alike. Whole answers are remembered (see [`crate::page_cache`]): nothing here
/// may depend on who asks, beyond their language.
fn shared_router() -> Router<AppState> {
    Router::new().merge(listing::router()).merge(job::router()).merge(feeds::router()).merge(crawlers::board_router())
}

/// The pages at the root of the base address: the boards, log-in and accounts, set-up, plugins, assets.
pub fn root_router(state: &AppState) -> Router<AppState> {
    Router::new()
        .merge(boards::router())
        .merge(login::router())
        .merge(login_code::router())
        .merge(join::router())
        .merge(forgot::router())
        .merge(reset::router())
        .merge(account::router().route_layer(from_fn_with_state(state.clone(), recognise)))
        .merge(setup::router())
        .merge(plugins::router())
        .merge(assets::router())
}
