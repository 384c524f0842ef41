//! Who works on a board, and as what.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use uuid::Uuid;

use super::audit::NOTHING_CHANGED;
use super::{Store, TenantScope, User};
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{memberships, users};
use crate::error::{Conflict, Error, Result};

/// Somebody and their role in a tenant.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// As what.
    pub role: Role,
}

/// A tenant's members.
#[derive(Debug)]
pub struct Members<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// Its staff and members.
    pub fn members(&self) -> Members<'_> {
        Members(self)
    }
}

impl Members<'_> {
    /// Everybody, by address.
    pub async fn list(&self) -> Result<Vec<Member>> {
        let rows = self.0.find::<memberships::Entity>().all(self.0.store().db()).await?;
        let ids: Vec<Uuid> = rows.iter().map(|r| r.user_id).collect();
        let people = users::Entity::find()
            .filter(users::Column::Id.is_in(ids))
            .order_by_asc(users::Column::Email)
            .all(self.0.store().db())
            .await?;
        people
            .into_iter()
            .filter_map(|user| rows.iter().find(|r| r.user_id == user.id).map(|row| (user, row)))
            .map(|(user, row)| Ok(Member { user: user.into(), role: row.role }))
            .collect()
    }

    /// Somebody's role. The operator of the instance is an owner everywhere.
    pub async fn role_of(&self, user: &User) -> Result<Option<Role>> {
        if user.operator {
            return Ok(Some(Role::Owner));
        }
        let membership = || self.0.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user.id));
        let mut row = membership().one(self.0.store().db()).await?;
        if row.is_none() && self.0.store().accept_invitations(user).await? {
            row = membership().one(self.0.store().db()).await?;
        }
        Ok(row.map(|row| row.role))
    }

    /// Gives somebody a role, instead of the one they had.
    pub async fn set(&self, user_id: Uuid, role: Role, by: Actor) -> Result<()> {
        let store = self.0.store();
        let tx = store.write_as(by).await?;
        self.refuse_to_lose_the_last_owner(&tx, user_id, Some(role)).await?;
        let before = self.0.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user_id));
        let before = before.one(&*tx).await?.map(|row| row.role);
        if before == Some(role) {
            return tx.commit(NOTHING_CHANGED).await;
        }
        self.0.delete::<memberships::Entity>().filter(memberships::Column::UserId.eq(user_id)).exec(&*tx).await?;
        insert(&tx, self.0.id, user_id, role, store.now()).await?;
        let event = self.0.event(AuditAction::MemberSet, (SubjectKind::User, user_id)).changed(["role"]);
        tx.commit([event.with("role", role).with("before", before)]).await
    }

    /// Takes somebody's role away. `NotFound` when they had none.
    pub async fn remove(&self, user_id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        self.refuse_to_lose_the_last_owner(&tx, user_id, None).await?;
        let before = self.0.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user_id));
        let before = before.one(&*tx).await?.ok_or(Error::NotFound)?.role;
        self.0.delete::<memberships::Entity>().filter(memberships::Column::UserId.eq(user_id)).exec(&*tx).await?;
        let event = self.0.event(AuditAction::MemberRemove, (SubjectKind::User, user_id));
        tx.commit([event.with("before", before)]).await
    }

    async fn refuse_to_lose_the_last_owner(
        &self,
        tx: &sea_orm::DatabaseTransaction,
        user_id: Uuid,
        role: Option<Role>,
    ) -> Result<()> {
        let owners = self.0.find::<memberships::Entity>().filter(memberships::Column::Role.eq(Role::Owner));
        let owners = owners.lock_exclusive().all(tx).await?;
        let last = owners.len() == 1 && owners[0].user_id == user_id;
        if last && role != Some(Role::Owner) { Err(Conflict::LastOwner.into()) } else { Ok(()) }
    }
}

/// What somebody may do on each board.
#[derive(Debug, Clone)]
pub enum Roles {
    /// Whatever an owner may, on every board.
    Operator,
    /// What their memberships say, by board.
    Member(HashMap<Uuid, Role>),
}

impl Roles {
    /// Their role on one board; `None`: they have nothing to do with it.
    pub fn in_board(&self, tenant_id: Uuid) -> Option<Role> {
        match self {
            Self::Operator => Some(Role::Owner),
            Self::Member(roles) => roles.get(&tenant_id).copied(),
        }
    }
}

impl Store {
    /// The boards somebody works on, with their role there; every board for the operator.
    pub async fn boards_of(&self, user: &User) -> Result<Vec<(TenantScope, Role)>> {
        let roles = self.roles_of(user).await?;
        let boards = self.tenants().list().await?;
        Ok(boards.into_iter().filter_map(|scope| roles.in_board(scope.id).map(|role| (scope, role))).collect())
    }

    /// What somebody may do on each board.
    pub async fn roles_of(&self, user: &User) -> Result<Roles> {
        self.accept_invitations(user).await?;
        if user.operator {
            return Ok(Roles::Operator);
        }
        let rows = memberships::Entity::find().filter(memberships::Column::UserId.eq(user.id)).all(self.db()).await?;
        Ok(Roles::Member(rows.into_iter().map(|row| (row.tenant_id, row.role)).collect()))
    }
}

/// Adds a membership within a transaction.
pub(super) async fn insert(
    tx: &sea_orm::DatabaseTransaction,
    tenant_id: Uuid,
    user_id: Uuid,
    role: Role,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = memberships::ActiveModel {
        tenant_id: Set(tenant_id),
        user_id: Set(user_id),
        role: Set(role),
        created_at: Set(now),
    };
    row.insert(tx).await?;
    Ok(())
}
