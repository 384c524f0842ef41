//! `/api/v1`: what staff can do on pages, and handing an offer in, for programs. A poster's private link works on pages only.
//!
//! One endpoint group a file. A handler extracts, calls one domain function and gives its result the
//! shape of the wire. The OpenAPI description is collected from the handlers themselves.

mod answers;
mod audit;
mod body;
mod channels;
mod idempotency;
mod import;
mod jobs;
mod mails;
mod members;
mod path;
mod placements;
mod plugins;
mod query;
mod templates;
mod tenant;
mod tokens;

use std::sync::OnceLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tablón",
        description = "A job board's offers, channels and placements. Lists are `{\"items\":[…],\"next_cursor\":…}`; \
                       errors are RFC 9457 problems. A tenant's own host answers at `/api/v1` as well.",
        license(name = "MIT", identifier = "MIT")
    ),
    tags(
        (name = "jobs", description = "Offers, from submission to their end."),
        (name = "channels", description = "Where offers are published: each is a configured plugin."),
        (name = "placements", description = "One offer on one channel: what should be there, and what is."),
        (name = "plugins", description = "What this instance can publish to."),
        (name = "board", description = "The board itself, its people, its tokens and its history."),
    ),
    modifiers(&Addresses)
)]
struct Description;

struct Addresses;

impl Modify for Addresses {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let tenant = ServerVariableBuilder::new().default_value("acme").description(Some("The board's short name."));
        let server = ServerBuilder::new().url("/t/{tenant}/api/v1").parameter("tenant", tenant);
        openapi.servers = Some(vec![server.build()]);
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let bearer = bearer.description(Some("Made with `tablon token create` or `POST /tokens`, for one board."));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    }
}

/// The API below `/t/{tenant}/api/v1`.
pub(crate) fn router() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(jobs::router())
        .merge(channels::router())
        .merge(templates::router())
        .merge(placements::router())
        .merge(mails::router())
        .routes(routes!(plugins::list))
        .routes(routes!(tenant::read, tenant::update))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::remove))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(description))
}

/// The OpenAPI description as JSON, for `tablon openapi`.
pub fn openapi() -> String {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| {
        let (_, openapi) = router().split_for_parts();
        openapi.to_pretty_json().unwrap_or_else(|_| unreachable!("a description is plain JSON"))
    });
    text.clone()
}

/// Describe this API.
///
/// OpenAPI 3.1, the same for every board.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_description", tag = "board", security(()),
    responses((status = 200, description = "The description.", content_type = "application/json", body = Object))
)]
pub(crate) async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "public, max-age=300")], openapi())
}
