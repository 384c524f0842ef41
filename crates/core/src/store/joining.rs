//! Joining a board with an invitation's link: with an account, or by making one.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, QueryFilter};
use uuid::Uuid;

use super::audit::Event;
use super::{InvitationLink, InvitationState, NewUser, Store, TenantScope, User, authority, members, users};
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{invitations, memberships};
use crate::error::{Conflict, Error, Result};

/// What accepting an invitation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    /// They have the invitation's role now.
    Now,
    /// They had that role or more: the invitation stays open for somebody else.
    Before,
}

impl Store {
    /// Gives somebody who is signed in the role of an invitation.
    ///
    /// # Errors
    /// `NotFound` when it can't be accepted (any more); [`Conflict::InvitedAddress`] when it is for another address.
    pub async fn join(&self, link: &InvitationLink, user: &User) -> Result<Joined> {
        let board = &link.board;
        let tx = self.write_as(Actor::User(user.id)).await?;
        let role = still_open(&tx, link, &user.email).await?;
        let known = board.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user.id));
        let before = known.one(&*tx).await?.map(|row| row.role);
        if user.operator || before >= Some(role) {
            return Ok(Joined::Before);
        }
        use_up(&tx, link, user.id).await?;
        board.delete::<memberships::Entity>().filter(memberships::Column::UserId.eq(user.id)).exec(&*tx).await?;
        members::insert(&tx, board.id, user.id, role, self.now()).await?;
        tx.commit([joined(board, link, user.id, role).with("before", before)]).await?;
        Ok(Joined::Now)
    }

    /// Makes an account that has the invitation's role. Nobody has proved its address.
    ///
    /// # Errors
    /// `Invalid`; `NotFound` when it can't be accepted (any more); [`Conflict::EmailTaken`];
    /// [`Conflict::InvitedAddress`] when it is for another address.
    pub async fn join_as_new(&self, link: &InvitationLink, new: NewUser) -> Result<User> {
        let new = NewUser { operator: false, ..new };
        let prepared = users::prepare(new).await?.unproved();
        let tx = self.write_as(Actor::User(prepared.id)).await?;
        let role = still_open(&tx, link, &prepared.email).await?;
        let (user, made) = users::insert(&tx, self, prepared).await?;
        use_up(&tx, link, user.id).await?;
        members::insert(&tx, link.board.id, user.id, role, self.now()).await?;
        tx.commit([made, joined(&link.board, link, user.id, role)]).await?;
        Ok(user)
    }
}

/// The role of an invitation that can be accepted by the account with this address, now and under lock.
async fn still_open(tx: &DatabaseTransaction, link: &InvitationLink, email: &str) -> Result<Role> {
    let board = &link.board;
    authority::lock(tx, board).await?;
    let row = board.find::<invitations::Entity>().filter(invitations::Column::Id.eq(link.invitation.id));
    let row = row.one(tx).await?.ok_or(Error::NotFound)?;
    let maker = authority::maker(row.made_by, row.maker_id);
    let (role, bound) = (row.role, row.email.clone());
    let invitation = super::Invitation::of_row(row, board.now());
    if invitation.state != InvitationState::Open || !authority::of(tx, board, maker).await?.covers(role) {
        return Err(Error::NotFound);
    }
    if bound.is_some_and(|bound| bound != email) {
        return Err(Conflict::InvitedAddress.into());
    }
    Ok(role)
}

/// Marks the invitation as used, unless somebody did at the same moment.
async fn use_up(tx: &DatabaseTransaction, link: &InvitationLink, by: Uuid) -> Result<()> {
    let now = link.board.now();
    let used = link
        .board
        .update::<invitations::Entity>()
        .col_expr(invitations::Column::UsedAt, Expr::value(now))
        .col_expr(invitations::Column::UsedBy, Expr::value(by))
        .filter(invitations::Column::Id.eq(link.invitation.id))
        .filter(invitations::Column::UsedAt.is_null())
        .filter(invitations::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    if used.rows_affected == 1 { Ok(()) } else { Err(Error::NotFound) }
}

fn joined(board: &TenantScope, link: &InvitationLink, user_id: Uuid, role: Role) -> Event {
    let event = board.event(AuditAction::MemberJoin, (SubjectKind::User, user_id));
    event.with("role", role).with("invitation", link.invitation.id)
}
