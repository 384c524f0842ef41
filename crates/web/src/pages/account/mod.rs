//! A person's own account: what they are called, their address, how they log in, where they are logged in, and what they belong to.

mod address;
mod boards;
mod overview;
mod password;
mod profile;
mod sessions;
mod totp;
mod totp_off;

use axum::Router;

use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(overview::router())
        .merge(address::router())
        .merge(profile::router())
        .merge(password::router())
        .merge(sessions::router())
        .merge(boards::router())
        .merge(totp::router())
        .merge(totp_off::router())
}
