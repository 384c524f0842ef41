//! Roles that wait for their person.
//!
//! Whoever appoints somebody by address must not learn whether the address has an account here: the role waits either
//! way, and becomes a membership when its person comes to a page next.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::audit::Event;
use super::members::insert;
use super::{Member, Members, Store, User};
use crate::EmailKey;
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{invitations, memberships};
use crate::error::Result;
use crate::form::{Field, FieldKind, Form};

/// A role that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
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
    Invited(Invitation),
}

impl Members<'_> {
    /// Gives whoever has this address a role: a member at once, anybody else when they come here next.
    ///
    /// # Errors
    /// `Invalid` when it is no e-mail address; [`Conflict::LastOwner`](crate::Conflict::LastOwner).
    pub async fn appoint(&self, email: &EmailKey, role: Role, by: Actor) -> Result<Appointed> {
        let form = Form { fields: vec![Field::required("email", FieldKind::Email)] };
        form.validate(&json!({ "email": email.as_str() }), chrono::NaiveDate::MIN)?;
        let email = email.as_str().to_owned();
        if let Some(member) = self.list().await?.into_iter().find(|member| member.user.email == email) {
            self.set(member.user.id, role, by).await?;
            return Ok(Appointed::Member(Member { role, ..member }));
        }
        let invitation = Invitation { id: Uuid::now_v7(), email, role };
        let tx = self.0.store().write_as(by).await?;
        let earlier = self.0.delete::<invitations::Entity>().filter(invitations::Column::Email.eq(&invitation.email));
        earlier.exec(&*tx).await?;
        let row = invitations::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(invitation.id),
            email: Set(invitation.email.clone()),
            role: Set(role),
            created_at: Set(self.0.now()),
        };
        row.insert(&*tx).await?;
        let event = self.0.event(AuditAction::MemberInvite, (SubjectKind::Invitation, invitation.id));
        tx.commit([event.with("role", role)]).await?;
        Ok(Appointed::Invited(invitation))
    }

    /// The roles that wait, by address.
    pub async fn invitations(&self) -> Result<Vec<Invitation>> {
        let rows = self.0.find::<invitations::Entity>().order_by_asc(invitations::Column::Email);
        let rows = rows.all(self.0.store().db()).await?;
        rows.into_iter().map(|row| Ok(Invitation { id: row.id, email: row.email, role: row.role })).collect()
    }

    /// Takes an invitation back; whether there was one with this id.
    pub async fn uninvite(&self, id: Uuid, by: Actor) -> Result<bool> {
        let tx = self.0.store().write_as(by).await?;
        let found = self.0.delete::<invitations::Entity>().filter(invitations::Column::Id.eq(id)).exec(&*tx).await?;
        if found.rows_affected == 0 {
            return Ok(false);
        }
        tx.commit([self.0.event(AuditAction::MemberUninvite, (SubjectKind::Invitation, id))]).await?;
        Ok(true)
    }
}

impl Store {
    /// Makes the roles that wait for somebody memberships; whether there were any.
    pub(super) async fn accept_invitations(&self, user: &User) -> Result<bool> {
        let waiting = || invitations::Entity::find().filter(invitations::Column::Email.eq(&user.email));
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
        invitations::Entity::delete_many().filter(invitations::Column::Email.eq(&user.email)).exec(&*tx).await?;
        tx.commit(events).await?;
        Ok(true)
    }
}
