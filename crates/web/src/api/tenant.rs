//! The board itself.

use axum::Json;
use axum::extract::State;
use chrono_tz::Tz;
use serde::Serialize;
use tablon_core::TenantScope;
use tablon_core::store::TenantUpdate;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForStaff};
use super::body::{Body, Color, Given, LanguageTag, Text, request_body};
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

request_body! {
    /// What can be changed about a board; what is left out stays as it is.
    pub(crate) struct TenantPatch as "BoardPatch" {
        name: Given<Text<100>>,
        /// BCP 47.
        #[example("es")]
        locale: Given<LanguageTag>,
        /// IANA.
        time_zone: Given<Tz>,
        /// `#rrggbb`.
        #[example("#0f766e")]
        accent: Given<Color>,
        /// `null` or blank takes it away.
        description: Given<Option<Text<300>>>,
    }
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
    let patch = TenantPatch::read(body)?;
    let update = TenantUpdate {
        name: patch.name.map(Text::into_string),
        locale: patch.locale.map(LanguageTag::into_string),
        time_zone: patch.time_zone.into_option(),
        accent: patch.accent.map(Color::into_string),
        description: patch.description.map(|text| text.map(Text::into_string).unwrap_or_default()),
    };
    let tenant = state.store.tenants().update(&caller.tenant, update, caller.audited()).await?;
    state.tenants.forget();
    Ok(Json(TenantOut::from(&tenant)))
}
