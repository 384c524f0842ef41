//! Who works on a board, and as what.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use serde::Serialize;
use uuid::Uuid;

use super::audit::{Event, NOTHING_CHANGED};
use super::{Store, TenantScope, User, authority, invitations};
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
        if row.is_none() && self.0.store().take_waiting_roles(user).await? {
            row = membership().one(self.0.store().db()).await?;
        }
        Ok(row.map(|row| row.role))
    }

    /// Gives somebody a role, instead of the one they had. Nobody asks whether `by` may.
    pub async fn set(&self, user_id: Uuid, role: Role, by: Actor) -> Result<()> {
        let store = self.0.store();
        let tx = store.write_as(by).await?;
        let rows = authority::lock(&tx, self.0).await?;
        let before = role_in(&rows, user_id);
        let events = self.change(&tx, &rows, user_id, Some(role)).await?;
        if events.is_none() {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let event = self.0.event(AuditAction::MemberSet, (SubjectKind::User, user_id)).changed(["role"]);
        tx.commit(std::iter::once(event.with("role", role).with("before", before)).chain(events.into_iter().flatten()))
            .await
    }

    /// Gives a member another role.
    ///
    /// # Errors
    /// `NotFound` when they are no member; [`Conflict::RoleTooSmall`] when their role or the new one is more than the
    /// actor's; [`Conflict::LastOwner`].
    pub async fn change_role(&self, user_id: Uuid, role: Role, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        let rows = authority::lock(&tx, self.0).await?;
        let before = role_in(&rows, user_id).ok_or(Error::NotFound)?;
        authority::of(&tx, self.0, by).await?.require(before.max(role))?;
        let events = self.change(&tx, &rows, user_id, Some(role)).await?;
        if events.is_none() {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let event = self.0.event(AuditAction::MemberSet, (SubjectKind::User, user_id)).changed(["role"]);
        tx.commit(std::iter::once(event.with("role", role).with("before", before)).chain(events.into_iter().flatten()))
            .await
    }

    /// Takes somebody's role away; one's own: leaves.
    ///
    /// # Errors
    /// `NotFound` when they had none; [`Conflict::RoleTooSmall`] when it is more than the actor's;
    /// [`Conflict::LastOwner`].
    pub async fn remove(&self, user_id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        let rows = authority::lock(&tx, self.0).await?;
        let before = role_in(&rows, user_id).ok_or(Error::NotFound)?;
        if by != Actor::User(user_id) {
            authority::of(&tx, self.0, by).await?.require(before)?;
        }
        let events = self.change(&tx, &rows, user_id, None).await?;
        let event = self.0.event(AuditAction::MemberRemove, (SubjectKind::User, user_id));
        tx.commit(std::iter::once(event.with("before", before)).chain(events.into_iter().flatten())).await
    }

    /// Writes somebody's role, under the lock of [`authority::lock`], whose rows are `rows`. `None`: nothing changed; else
    /// what was done besides.
    async fn change(
        &self,
        tx: &DatabaseTransaction,
        rows: &[memberships::Model],
        user_id: Uuid,
        role: Option<Role>,
    ) -> Result<Option<Vec<Event>>> {
        if role_in(rows, user_id) == role {
            return Ok(None);
        }
        let mut owners = rows.iter().filter(|row| row.role == Role::Owner);
        let is_last = owners.next().is_some_and(|only| only.user_id == user_id) && owners.next().is_none();
        if is_last && role != Some(Role::Owner) {
            return Err(Conflict::LastOwner.into());
        }
        self.0.delete::<memberships::Entity>().filter(memberships::Column::UserId.eq(user_id)).exec(tx).await?;
        if let Some(role) = role {
            insert(tx, self.0.id, user_id, role, self.0.now()).await?;
        }
        invitations::revoke_those_of(tx, self.0, Actor::User(user_id), role).await.map(Some)
    }

    /// What those are called who can give somebody a role here: the owners and admins.
    pub async fn helpers(&self) -> Result<Vec<String>> {
        let members = self.list().await?;
        Ok(members.into_iter().filter(|member| member.role >= Role::Admin).map(|member| member.user.name).collect())
    }
}

fn role_in(rows: &[memberships::Model], user_id: Uuid) -> Option<Role> {
    rows.iter().find(|row| row.user_id == user_id).map(|row| row.role)
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
        self.take_waiting_roles(user).await?;
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
