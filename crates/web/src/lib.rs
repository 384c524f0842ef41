//! The pages and the API of Tablón.
//!
//! A request passes, from the outside in: compression, a number and security headers ([`edge`]), the
//! form token ([`auth`]), the host ([`tenancy`]), the routing ([`router`]), the board's look-up, and
//! then either a page ([`pages`], rendered by [`theme`]) or an endpoint of the API ([`api`]).

mod admitted;
pub mod api;
pub mod auth;
mod board_cache;
pub mod board_gate;
mod board_mail;
pub mod channel_setup;
pub mod channel_template;
pub mod channel_test;
pub mod client_address;
pub mod config;
mod crawlers;
mod edge;
mod encoding;
pub mod error;
mod feeds;
mod figures;
mod health;
mod kept_form;
pub mod language;
mod link;
mod listing_filter;
mod notices;
pub mod observe;
pub mod page_cache;
pub mod pages;
pub mod placement_answer;
pub mod previews;
pub mod problem;
mod reset_mail;
mod router;
pub mod sample_posting;
mod serve;
pub mod state;
mod suppressing;
pub mod tenancy;
pub mod theme;
pub mod throttle;
mod time_zones;
mod validator;
pub mod visitor;
mod xml;

pub use api::openapi;
pub use auth::mint_api_token;
pub use config::{ConnectionLimits, WebConfig};
pub use notices::NoticeTask;
pub use router::{app, front};
pub use serve::serve;
pub use state::AppState;
