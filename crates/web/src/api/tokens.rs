//! Tokens of the board's API.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tablon_core::Role;
use tablon_core::store::ApiToken;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForBodies, ForStaff, List, created_once};
use super::body::{Body, Text, request_body};
use super::path::Id;
use crate::auth::{AsAdmin, Bearer};
use crate::problem::Problem;
use crate::state::AppState;

/// A token, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenOut {
    id: Uuid,
    /// What it is for.
    name: String,
    role: Role,
    created_at: DateTime<Utc>,
    /// When it was revoked; it is refused since.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiToken> for TokenOut {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            role: token.role,
            created_at: token.created_at,
            revoked_at: token.revoked_at,
        }
    }
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewToken)]
pub(crate) struct NewTokenOut {
    #[serde(flatten)]
    token_row: TokenOut,
    /// The token's text: shown this once, kept nowhere.
    token: String,
}

request_body! {
    /// A token that is to be made.
    pub(crate) struct TokenIn as "TokenRequest" {
        /// What it is for.
        name: Text<100>,
        /// Not more than the caller's own.
        role: Role,
    }
}

/// List the tokens.
///
/// Without their texts; needs the role admin.
#[utoipa::path(
    get, path = "/tokens", operation_id = "list_tokens", tag = "board", security(("token" = [])),
    responses((status = 200, description = "The tokens.", body = List<TokenOut>), ForStaff)
)]
pub(crate) async fn list(caller: Bearer<AsAdmin>) -> Result<Json<List<TokenOut>>, Problem> {
    let tokens = caller.tenant.tokens().list().await?;
    Ok(Json(List::whole(tokens.into_iter().map(TokenOut::from).collect())))
}

/// Make a token.
///
/// Its role can't be more than the caller's own. Needs the role admin.
#[utoipa::path(
    post, path = "/tokens", operation_id = "create_token", tag = "board", security(("token" = [])), request_body = TokenIn,
    responses((status = 201, description = "The token; its text is shown this once.", body = NewTokenOut), ForStaff, ForBodies)
)]
pub(crate) async fn create(
    State(state): State<AppState>,
    caller: Bearer<AsAdmin>,
    Body(body): Body,
) -> Result<Response, Problem> {
    let TokenIn { name, role } = TokenIn::read(body)?;
    if role > caller.role {
        return Err(Problem::forbidden(format!("A token with the role {} can't make one with more.", caller.role)));
    }
    let row = caller.tenant.tokens().create(&name, role, None, caller.audited()).await?;
    let token = state.keys.mint(caller.tenant.id, row.id, state.clock().now()).map_err(|error| {
        tracing::error!(%error, "a token couldn't be signed");
        Problem::internal()
    })?;
    Ok(created_once(NewTokenOut { token_row: row.into(), token }))
}

/// Revoke a token.
///
/// It is refused from now on. Its role can't be more than the caller's own. Needs the role admin.
#[utoipa::path(
    delete, path = "/tokens/{id}", operation_id = "revoke_token", tag = "board", security(("token" = [])),
    params(("id" = Uuid, Path, description = "The token's id.")),
    responses((status = 204, description = "Revoked."), ForStaff)
)]
pub(crate) async fn revoke(caller: Bearer<AsAdmin>, Id(id): Id) -> Result<StatusCode, Problem> {
    let tokens = caller.tenant.tokens().list().await?;
    let token = tokens.into_iter().find(|token| token.id == id).ok_or_else(Problem::not_found)?;
    if token.role > caller.role {
        return Err(Problem::forbidden(format!("A token with the role {} can't revoke one with more.", caller.role)));
    }
    caller.tenant.tokens().revoke(id, caller.audited()).await?;
    Ok(StatusCode::NO_CONTENT)
}
