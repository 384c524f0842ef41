//! Bearer tokens: who calls the API.
//!
//! A token is a JWT that names a row and its tenant. The row decides: the token contains no role, and revoking the row
//! ends the token at once. The signature keeps strangers from making the database look up invented ids, and binds the
//! token to its purpose.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use tablon_core::{Keyring, Role, TenantScope};
use uuid::Uuid;

use super::keys::AuthKeys;
use super::role::{AsModerator, AtLeast};
use crate::problem::Problem;
use crate::tenancy::TenantInPath;

/// The token's purpose; a link token signed with the same secret isn't valid here.
const PURPOSE: &str = "api";

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// The row.
    jti: Uuid,
    /// The tenant.
    tid: Uuid,
    purpose: String,
    /// Seconds since 1970. There is no `exp`: the token is valid as long as its row.
    iat: i64,
}

/// Signs the bearer token for the row `token` of the tenant. Shown once, stored nowhere.
///
/// # Errors
/// If signing fails, which HS256 over these claims doesn't.
pub fn mint_api_token(
    keyring: &Keyring,
    tenant: Uuid,
    token: Uuid,
    at: DateTime<Utc>,
) -> Result<String, jsonwebtoken::errors::Error> {
    AuthKeys::derive(keyring).mint(tenant, token, at)
}

impl AuthKeys {
    /// Signs the bearer token for the row `token` of the tenant.
    pub(crate) fn mint(
        &self,
        tenant: Uuid,
        token: Uuid,
        at: DateTime<Utc>,
    ) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims { jti: token, tid: tenant, purpose: PURPOSE.to_owned(), iat: at.timestamp() };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.api_token))
    }

    /// The row and the tenant that a token names, if it was signed here and for this purpose.
    fn read(&self, token: &str) -> Option<(Uuid, Uuid)> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let key = DecodingKey::from_secret(&self.api_token);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).ok()?.claims;
        (claims.purpose == PURPOSE).then_some((claims.jti, claims.tid))
    }
}

/// Who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiActor {
    /// Somebody without a token.
    Anonymous,
    /// The holder of a token.
    Token {
        /// The token's row.
        id: Uuid,
        /// Its role.
        role: Role,
    },
}

/// A caller of a board's API, with or without a token. An invalid token is refused even if none is needed: its sender
/// expects to be authenticated.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The board.
    pub tenant: TenantScope,
    /// Who is calling.
    pub actor: ApiActor,
}

impl Caller {
    /// Whether the caller may see what isn't public.
    pub fn is_staff(&self) -> bool {
        matches!(self.actor, ApiActor::Token { role, .. } if role >= Role::Moderator)
    }

    /// 401 without a token, 403 with one whose role is too small.
    pub fn require(&self, least: Role) -> Result<(Uuid, Role), Problem> {
        match self.actor {
            ApiActor::Anonymous => Err(Problem::unauthorized("Send the header “Authorization: Bearer …”.")),
            ApiActor::Token { id, role } if role >= least => Ok((id, role)),
            ApiActor::Token { role, .. } => {
                Err(Problem::forbidden(format!("This needs the role {least}; the token's is {role}.")))
            }
        }
    }

    /// The actor for the audit log.
    pub fn audited(&self) -> tablon_core::Actor {
        match self.actor {
            ApiActor::Anonymous => tablon_core::Actor::Poster,
            ApiActor::Token { id, .. } => tablon_core::Actor::Token(id),
        }
    }
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let tenant = match parts.extensions.get::<TenantInPath>() {
            Some(TenantInPath::Known(tenant)) => tenant.clone(),
            Some(TenantInPath::Unavailable) => return Err(Problem::unavailable()),
            Some(TenantInPath::Unreadable) => return Err(Problem::not_found()),
            Some(TenantInPath::Unknown) | None => {
                return Err(Problem::not_found().detail("There is no such board."));
            }
        };
        let Some(presented) = parts.headers.get(AUTHORIZATION) else {
            return Ok(Self { tenant, actor: ApiActor::Anonymous });
        };
        let no_good = || Problem::unauthorized("The token is malformed, revoked, or not for this board.");
        let (scheme, token) = presented.to_str().ok().and_then(|v| v.split_once(' ')).ok_or_else(no_good)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(no_good());
        }
        let (id, of_tenant) = Arc::<AuthKeys>::from_ref(state).read(token.trim()).ok_or_else(no_good)?;
        if of_tenant != tenant.id {
            return Err(no_good());
        }
        let row = tenant.tokens().find_valid(id).await?.ok_or_else(no_good)?;
        Ok(Self { tenant, actor: ApiActor::Token { id, role: row.role } })
    }
}

/// The holder of a token with at least the role `M`: 401 without, 403 with a smaller one.
#[derive(Debug, Clone)]
pub struct Bearer<M: AtLeast = AsModerator> {
    /// The board.
    pub tenant: TenantScope,
    /// The token's row.
    pub id: Uuid,
    /// Its role.
    pub role: Role,
    least: PhantomData<M>,
}

impl<M: AtLeast> Bearer<M> {
    /// The actor for the audit log.
    pub fn audited(&self) -> tablon_core::Actor {
        tablon_core::Actor::Token(self.id)
    }
}

impl<S, M> FromRequestParts<S> for Bearer<M>
where
    S: Send + Sync,
    M: AtLeast,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let (id, role) = caller.require(M::ROLE)?;
        Ok(Self { tenant: caller.tenant, id, role, least: PhantomData })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: u8) -> AuthKeys {
        AuthKeys::derive(&Keyring::from_secret(&[secret; 32]).expect("a long enough secret"))
    }

    fn noon() -> DateTime<Utc> {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    #[test]
    fn a_token_names_its_row_and_its_tenant() {
        let (tenant, row) = (Uuid::now_v7(), Uuid::now_v7());
        let token = keys(1).mint(tenant, row, noon()).expect("a token");
        assert_eq!(keys(1).read(&token), Some((row, tenant)));
    }

    #[test]
    fn a_token_signed_elsewhere_or_for_something_else_is_worth_nothing() {
        let token = keys(1).mint(Uuid::now_v7(), Uuid::now_v7(), noon()).expect("a token");
        assert_eq!(keys(2).read(&token), None);
        assert_eq!(keys(1).read("not.a.token"), None);
        let other = Claims { jti: Uuid::now_v7(), tid: Uuid::now_v7(), purpose: "unsubscribe".into(), iat: 0 };
        let key = EncodingKey::from_secret(&keys(1).api_token);
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &other, &key).expect("a token");
        assert_eq!(keys(1).read(&token), None);
        let stronger = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &other, &key).expect("a token");
        assert_eq!(keys(1).read(&stronger), None);
    }
}
