//! The board itself.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use tablon_core::TenantScope;
use tablon_core::form::FieldProblem;
use tablon_core::store::TenantUpdate;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForStaff};
use super::body::{Body, Fields};
use crate::auth::{AsAdmin, AsModerator, Bearer};
use crate::problem::Problem;
use crate::state::AppState;

/// A board.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Board)]
pub(crate) struct TenantOut {
    id: Uuid,
    /// Its short name in addresses.
    #[schema(example = "acme")]
    slug: String,
    name: String,
    /// Where it is.
    url: String,
    /// Its language, BCP 47.
    #[schema(example = "es")]
    locale: String,
    /// Its time zone (IANA).
    #[schema(example = "Europe/Madrid")]
    time_zone: String,
    /// Its accent colour.
    #[schema(example = "#0f766e")]
    accent: String,
    /// A sentence about it.
    description: Option<String>,
    /// The host names it answers at, beside the base address.
    hosts: Vec<String>,
}

impl From<&TenantScope> for TenantOut {
    fn from(tenant: &TenantScope) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug.to_string(),
            name: tenant.name.clone(),
            url: tenant.public_url(),
            locale: tenant.locale.clone(),
            time_zone: tenant.time_zone.name().to_owned(),
            accent: tenant.accent.clone(),
            description: tenant.description.clone(),
            hosts: tenant.hosts.clone(),
        }
    }
}

/// Read the board.
#[utoipa::path(
    get, path = "/tenant", operation_id = "get_board", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The board.", body = TenantOut), ForStaff)
)]
pub(crate) async fn read(caller: Bearer<AsModerator>) -> Json<TenantOut> {
    Json(TenantOut::from(&caller.tenant))
}

/// What can be changed about a board; what is left out stays as it is.
#[derive(ToSchema)]
#[schema(as = BoardPatch)]
#[expect(dead_code, reason = "describes a body that is read field by field")]
pub(crate) struct TenantPatch {
    name: Option<String>,
    /// BCP 47.
    locale: Option<String>,
    /// IANA.
    time_zone: Option<String>,
    /// `#rrggbb`.
    accent: Option<String>,
    /// `null` or blank takes it away.
    description: Option<String>,
}

/// Change the board.
///
/// Takes a JSON merge patch; needs the role admin.
#[utoipa::path(
    patch, path = "/tenant", operation_id = "update_board", tag = "board", security(("token" = [])), request_body = TenantPatch,
    responses((status = 200, description = "The board as it is now.", body = TenantOut), ForStaff, ForBodies)
)]
pub(crate) async fn update(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Body(body): Body,
) -> Result<Json<TenantOut>, Problem> {
    let mut fields = Fields::of(body)?;
    let update = TenantUpdate {
        name: fields.has("name").then(|| fields.text("name", 100)),
        locale: fields.has("locale").then(|| fields.text("locale", 35)),
        time_zone: fields.has("time_zone").then(|| zone(&mut fields)).flatten(),
        accent: fields.has("accent").then(|| fields.text("accent", 7)),
        description: fields.has("description").then(|| fields.optional_text("description", 300).unwrap_or_default()),
    };
    fields.finish()?;
    let tenant = state.store.tenants().update(&caller.tenant, update).await?;
    state.tenants.forget();
    Ok(Json(TenantOut::from(&tenant)))
}

fn zone(fields: &mut Fields) -> Option<chrono_tz::Tz> {
    match fields.value("time_zone").as_ref().and_then(Value::as_str).map(str::parse) {
        Some(Ok(zone)) => Some(zone),
        _ => {
            fields.wrong("time_zone", FieldProblem::NotTimeZone);
            None
        }
    }
}
