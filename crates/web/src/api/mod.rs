//! `/api/v1`: what staff can do on pages, and handing an offer in, for programs. A poster's private link works on pages only.
//!
//! One endpoint group a file. A handler extracts, calls one domain function and gives its result the
//! shape of the wire. The OpenAPI description is collected from the handlers themselves.

mod answers;
mod audit;
mod body;
mod channels;
mod description;
mod idempotency;
mod if_match;
mod import;
mod invitations;
mod jobs;
mod mail_server;
mod mails;
mod members;
mod path;
mod placements;
mod plugins;
mod problems;
mod query;
mod templates;
mod tenant;
mod tokens;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::server::{ServerBuilder, ServerVariableBuilder};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::{Problem, ProblemField};
use crate::state::AppState;

pub use description::openapi;
pub(crate) use description::read as description;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tablón",
        description = "A job board's offers, channels and placements. Lists are `{\"items\":[…],\"next_cursor\":…}`; \
                       errors are RFC 9457 problems. A tenant's own host answers at `/api/v1` as well. Parameters of the \
                       query that an operation doesn't name are ignored; members of a body that it doesn't name are an \
                       error. A method that a path doesn't have is 405 with `Allow`. Every answer has an `X-Request-Id`, \
                       which the server's log repeats.",
        license(name = "MIT", identifier = "MIT")
    ),
    tags(
        (name = "jobs", description = "Offers, from submission to their end."),
        (name = "channels", description = "Where offers are published: each is a configured plugin."),
        (name = "placements", description = "One offer on one channel: what should be there, and what is."),
        (name = "plugins", description = "What this instance can publish to."),
        (name = "board", description = "The board itself, its people, its tokens and its history."),
    ),
    components(schemas(Problem, ProblemField)),
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
    let mut router = OpenApiRouter::with_openapi(Description::openapi())
        .merge(jobs::router())
        .merge(channels::router())
        .merge(templates::router())
        .merge(placements::router())
        .merge(mails::router())
        .routes(routes!(plugins::list))
        .routes(routes!(tenant::read, tenant::update))
        .routes(routes!(mail_server::read, mail_server::set, mail_server::remove))
        .routes(routes!(members::list, members::add))
        .routes(routes!(members::update, members::remove))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::read, invitations::revoke))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(description::read));
    problems::describe(router.get_openapi_mut().components.get_or_insert_default());
    router
}
