//! Roles that wait for their person.
//!
//! Whoever appoints somebody by address must not learn whether the address has an account here: the role waits either
//! way, and becomes a membership when its person comes to a page next. An account whose address nobody has proved gets
//! none: anybody could have made it with somebody else's address.
//!
//! A role waits for a month, and is worth no more than its maker, like an invitation.

use chrono::{DateTime, Days, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde::Serialize;
use uuid::Uuid;

use super::audit::Event;
use super::members::insert;
use super::{Member, Members, Store, TenantScope, User, authority, users};
use crate::EmailKey;
use crate::actor::{Actor, ActorKind, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{memberships, waiting_roles};
use crate::error::{Conflict, Result};

/// The days a role waits.
pub const WAITING_ROLE_DAYS: u64 = 30;

/// A role that waits for its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingRole {
    /// Its id.
    pub id: Uuid,
    /// For whom, in lower case.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Who gave it; `None`: no person.
    pub maker: Option<Uuid>,
    /// When it waits no longer.
    pub expires_at: DateTime<Utc>,
}

impl From<waiting_roles::Model> for WaitingRole {
    fn from(row: waiting_roles::Model) -> Self {
        let maker = row.maker_id.filter(|_| row.made_by == ActorKind::User);
        let expires_at = row.created_at + Days::new(WAITING_ROLE_DAYS);
        Self { id: row.id, email: row.email, role: row.role, maker, expires_at }
    }
}

/// The roles that were given before this time wait no longer.
pub(super) fn over_before(now: DateTime<Utc>) -> DateTime<Utc> {
    now - Days::new(WAITING_ROLE_DAYS)
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
        users::check_address("/email", email)?;
        let email = email.as_str().to_owned();
        if let Some(member) = self.list().await?.into_iter().find(|member| member.user.email == email) {
            if !member.user.address_confirmed {
                return Err(Conflict::AddressUnconfirmed.into());
            }
            self.set(member.user.id, role, by).await?;
            return Ok(Appointed::Member(Member { role, ..member }));
        }
        let tx = self.0.store().write_as(by).await?;
        let earlier = waiting_roles::Column::Email.eq(&email);
        let over = waiting_roles::Column::CreatedAt.lte(over_before(self.0.now()));
        self.0.delete::<waiting_roles::Entity>().filter(Condition::any().add(earlier).add(over)).exec(&*tx).await?;
        let row = waiting_roles::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(Uuid::now_v7()),
            email: Set(email),
            role: Set(role),
            created_at: Set(self.0.now()),
            made_by: Set(by.kind()),
            maker_id: Set(by.id()),
        };
        let waiting: WaitingRole = row.insert(&*tx).await?.into();
        let event = self.0.event(AuditAction::MemberInvite, (SubjectKind::Invitation, waiting.id));
        tx.commit([event.with("role", role)]).await?;
        Ok(Appointed::Waiting(waiting))
    }

    /// The roles that wait, by address.
    pub async fn waiting(&self) -> Result<Vec<WaitingRole>> {
        let rows = self.0.find::<waiting_roles::Entity>().order_by_asc(waiting_roles::Column::Email);
        let rows = rows.filter(waiting_roles::Column::CreatedAt.gt(over_before(self.0.now())));
        Ok(rows.all(self.0.store().db()).await?.into_iter().map(WaitingRole::from).collect())
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
        let since = over_before(self.now());
        let waiting = || {
            let theirs = waiting_roles::Entity::find().filter(waiting_roles::Column::Email.eq(&user.email));
            // In one order, so that two who come at the same moment lock boards in the same one.
            theirs.filter(waiting_roles::Column::CreatedAt.gt(since)).order_by_asc(waiting_roles::Column::TenantId)
        };
        let rows = waiting().all(self.db()).await?;
        if rows.is_empty() {
            return Ok(false);
        }
        // Read before the transaction, which must not wait for a second connection.
        let boards = self.tenants().by_ids(rows.iter().map(|row| row.tenant_id)).await?;
        let tx = self.write_as(Actor::User(user.id)).await?;
        let mut events = Vec::new();
        for row in waiting().all(&*tx).await? {
            // One that was given at this moment is taken at the next page.
            let Some(board) = boards.get(&row.tenant_id) else { continue };
            authority::lock(&tx, board).await?;
            let maker = authority::maker(row.made_by, row.maker_id);
            let known = board.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user.id));
            let is_new = known.one(&*tx).await?.is_none();
            if is_new && authority::of(&tx, board, maker).await?.covers(row.role) {
                insert(&tx, row.tenant_id, user.id, row.role, self.now()).await?;
                let event = Event::of_board(row.tenant_id, AuditAction::MemberJoin, (SubjectKind::User, user.id));
                events.push(event.with("role", row.role).with("invitation", row.id));
            }
            board.delete::<waiting_roles::Entity>().filter(waiting_roles::Column::Id.eq(row.id)).exec(&*tx).await?;
        }
        tx.commit(events).await?;
        Ok(true)
    }
}

/// Takes back the roles that somebody gave and that are more than what they may give from now on.
///
/// `keeps` is the role they have left, if any.
pub(super) async fn take_back_those_of(
    tx: &DatabaseTransaction,
    board: &TenantScope,
    (maker, maker_id): (Actor, Uuid),
    keeps: Option<Role>,
) -> Result<Vec<Event>> {
    use waiting_roles::Column;
    let theirs = board.find::<waiting_roles::Entity>().filter(Column::MadeBy.eq(maker.kind()));
    let rows = theirs.filter(Column::MakerId.eq(maker_id)).all(tx).await?;
    let lost: Vec<Uuid> =
        rows.into_iter().filter(|row| keeps < Some(row.role.max(Role::Admin))).map(|row| row.id).collect();
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    board.delete::<waiting_roles::Entity>().filter(Column::Id.is_in(lost.clone())).exec(tx).await?;
    let taken = |id| board.event(AuditAction::MemberUninvite, (SubjectKind::Invitation, id)).with("maker_left", true);
    Ok(lost.into_iter().map(taken).collect())
}
