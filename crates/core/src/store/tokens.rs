//! API tokens: what a bearer token names, so that it can be revoked.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::Serialize;
use uuid::Uuid;

use super::{TenantScope, invitations};
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::api_tokens;
use crate::error::{Error, Result};

/// A token's row. The token itself is signed by the web crate, which puts this id into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiToken {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl From<api_tokens::Model> for ApiToken {
    fn from(row: api_tokens::Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// A tenant's API tokens.
#[derive(Debug)]
pub struct Tokens<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// Its API tokens.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens(self)
    }
}

impl Tokens<'_> {
    /// Adds one.
    pub async fn create(
        &self,
        name: &str,
        role: Role,
        expires_at: Option<DateTime<Utc>>,
        by: Actor,
    ) -> Result<ApiToken> {
        let name = super::names::checked(name)?;
        let tx = self.0.store().write_as(by).await?;
        let row = api_tokens::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(Uuid::now_v7()),
            name: Set(name),
            role: Set(role),
            created_at: Set(self.0.now()),
            expires_at: Set(expires_at),
            revoked_at: Set(None),
        };
        let row = row.insert(&*tx).await?;
        let event = self.0.event(AuditAction::TokenCreate, (SubjectKind::Token, row.id));
        tx.commit([event.with("role", role)]).await?;
        Ok(row.into())
    }

    /// Every token, newest first, revoked ones too.
    pub async fn list(&self) -> Result<Vec<ApiToken>> {
        let rows = self.0.find::<api_tokens::Entity>().order_by_desc(api_tokens::Column::Id);
        rows.all(self.0.store().db()).await?.into_iter().map(|row| Ok(row.into())).collect()
    }

    /// A token that works now.
    pub async fn find_valid(&self, id: Uuid) -> Result<Option<ApiToken>> {
        let row = self.0.find::<api_tokens::Entity>().filter(api_tokens::Column::Id.eq(id));
        let token = row.one(self.0.store().db()).await?.map(ApiToken::from);
        let now = self.0.now();
        Ok(token.filter(|t| t.revoked_at.is_none() && t.expires_at.is_none_or(|at| at > now)))
    }

    /// Revokes a token. `NotFound` when there is no such token.
    pub async fn revoke(&self, id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        let row = self.0.find::<api_tokens::Entity>().filter(api_tokens::Column::Id.eq(id)).one(&*tx).await?;
        let row = row.ok_or(Error::NotFound)?;
        let mut events = Vec::new();
        if row.revoked_at.is_none() {
            let mut row = row.into_active_model();
            row.revoked_at = Set(Some(self.0.now()));
            row.update(&*tx).await?;
            events.push(self.0.event(AuditAction::TokenRevoke, (SubjectKind::Token, id)));
            events.extend(invitations::revoke_those_of(&tx, self.0, Actor::Token(id), None).await?);
        }
        tx.commit(events).await
    }
}
