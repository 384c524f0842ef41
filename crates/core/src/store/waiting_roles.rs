//! Roles that wait for their person.
//!
//! Whoever appoints somebody by address must not learn whether the address has an account here: the role waits either
//! way, and becomes a membership when its person comes to a page next. An account whose address nobody has proved gets
//! none: anybody could have made it with somebody else's address.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::audit::Event;
use super::members::insert;
use super::{Member, Members, Store, User, authority};
use crate::EmailKey;
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{memberships, waiting_roles};
use crate::error::{Conflict, Result};
use crate::form::{Field, FieldKind, Form};

/// A role that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingRole {
    /// Its id.
    pub id: Uuid,
    /// For whom, in lower case.
    pub email: String,
    /// As what.
    pub role: Role,
}

/// Somebody who was given a role.
#[derive(Debug, Clone)]
pub enum Appointed {
    /// They work on the board already.
    Member(Member),
    /// The role waits for them.
    Waiting(WaitingRole),
}

impl Members<'_> {
    /// Gives whoever has this address a role: a member at once, anybody else when they come here next.
    ///
    /// # Errors
    /// `Invalid` when it is no e-mail address; [`Conflict::LastOwner`]; [`Conflict::AddressUnconfirmed`] when a member has
    /// this address and hasn't proved it.
    pub async fn appoint(&self, email: &EmailKey, role: Role, by: Actor) -> Result<Appointed> {
        let form = Form { fields: vec![Field::required("email", FieldKind::Email)] };
        form.validate(&json!({ "email": email.as_str() }), chrono::NaiveDate::MIN)?;
        let email = email.as_str().to_owned();
        if let Some(member) = self.list().await?.into_iter().find(|member| member.user.email == email) {
            if !member.user.address_confirmed {
                return Err(Conflict::AddressUnconfirmed.into());
            }
            self.set(member.user.id, role, by).await?;
            return Ok(Appointed::Member(Member { role, ..member }));
        }
        let waiting = WaitingRole { id: Uuid::now_v7(), email, role };
        let tx = self.0.store().write_as(by).await?;
        let earlier = self.0.delete::<waiting_roles::Entity>().filter(waiting_roles::Column::Email.eq(&waiting.email));
        earlier.exec(&*tx).await?;
        let row = waiting_roles::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(waiting.id),
            email: Set(waiting.email.clone()),
            role: Set(role),
            created_at: Set(self.0.now()),
        };
        row.insert(&*tx).await?;
        let event = self.0.event(AuditAction::MemberInvite, (SubjectKind::Invitation, waiting.id));
        tx.commit([event.with("role", role)]).await?;
        Ok(Appointed::Waiting(waiting))
    }

    /// The roles that wait, by address.
    pub async fn waiting(&self) -> Result<Vec<WaitingRole>> {
        let rows = self.0.find::<waiting_roles::Entity>().order_by_asc(waiting_roles::Column::Email);
        let rows = rows.all(self.0.store().db()).await?;
        rows.into_iter().map(|row| Ok(WaitingRole { id: row.id, email: row.email, role: row.role })).collect()
    }

    /// Takes a waiting role back, which can't be more than the actor's own; whether there was one with this id.
    pub async fn uninvite(&self, id: Uuid, by: Actor) -> Result<bool> {
        let tx = self.0.store().write_as(by).await?;
        let row = self.0.find::<waiting_roles::Entity>().filter(waiting_roles::Column::Id.eq(id));
        let Some(row) = row.one(&*tx).await? else { return Ok(false) };
        authority::of(&tx, self.0, by).await?.require(row.role)?;
        self.0.delete::<waiting_roles::Entity>().filter(waiting_roles::Column::Id.eq(id)).exec(&*tx).await?;
        tx.commit([self.0.event(AuditAction::MemberUninvite, (SubjectKind::Invitation, id))]).await?;
        Ok(true)
    }
}

impl Store {
    /// Makes the roles that wait for somebody memberships; whether there were any.
    pub(super) async fn take_waiting_roles(&self, user: &User) -> Result<bool> {
        if !user.address_confirmed {
            return Ok(false);
        }
        let waiting = || waiting_roles::Entity::find().filter(waiting_roles::Column::Email.eq(&user.email));
        if waiting().one(self.db()).await?.is_none() {
            return Ok(false);
        }
        let tx = self.write_as(Actor::User(user.id)).await?;
        let mut events = Vec::new();
        for row in waiting().all(&*tx).await? {
            let known = memberships::Entity::find()
                .filter(memberships::Column::TenantId.eq(row.tenant_id))
                .filter(memberships::Column::UserId.eq(user.id));
            if known.one(&*tx).await?.is_none() {
                insert(&tx, row.tenant_id, user.id, row.role, self.now()).await?;
                let event = Event::of_board(row.tenant_id, AuditAction::MemberJoin, (SubjectKind::User, user.id));
                events.push(event.with("role", row.role).with("invitation", row.id));
            }
        }
        waiting_roles::Entity::delete_many().filter(waiting_roles::Column::Email.eq(&user.email)).exec(&*tx).await?;
        tx.commit(events).await?;
        Ok(true)
    }
}
