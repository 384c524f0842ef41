//! Invitations: links with which somebody joins a board, in a role that the link names.
//!
//! A link is good once and for a week. It is worth no more than its maker: when they lose the role that they needed to
//! make it, their open links are revoked, and joining asks again.

use chrono::{DateTime, Days, Duration, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::audit::{Event, NOTHING_CHANGED};
use super::{Store, TenantScope, authority, notices, users, waiting_roles};
use crate::EmailKey;
use crate::actor::{Actor, ActorKind, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity;
use crate::entity::invitations;
use crate::error::{Conflict, Error, Result};
use crate::keyring::token_hash;
use crate::wire::wire_enum;

/// The days an invitation is good for.
pub const INVITATION_DAYS: u64 = 7;
/// The most open invitations of one person, or one token, on a board.
pub const MOST_OPEN_INVITATIONS: u64 = 100;
/// The most invitations that one person, or one token, makes to a board within an hour: a whole team, and no mailing list.
pub const MOST_INVITATIONS_AN_HOUR: u64 = 50;
/// The most that a list shows.
const LISTED: u64 = 200;

wire_enum! {
    /// What became of an invitation.
    InvitationState {
        /// It can be accepted.
        Open = "open",
        /// Somebody joined with it.
        Used = "used",
        /// It was taken back.
        Revoked = "revoked",
        /// Its time is over.
        Expired = "expired",
    }
}

/// An invitation, without its link: that is shown when it is made, and kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// The role that it gives.
    pub role: Role,
    /// The only address whose account may accept it, in lower case; `None`: anybody's.
    pub email: Option<String>,
    /// What became of it.
    pub state: InvitationState,
    /// Who made it.
    pub maker: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it can't be accepted any more.
    pub expires_at: DateTime<Utc>,
}

impl Invitation {
    pub(super) fn of_row(row: invitations::Model, now: DateTime<Utc>) -> Self {
        let state = match (row.used_at, row.revoked_at) {
            (Some(_), _) => InvitationState::Used,
            (None, Some(_)) => InvitationState::Revoked,
            (None, None) if row.expires_at <= now => InvitationState::Expired,
            (None, None) => InvitationState::Open,
        };
        Self {
            id: row.id,
            role: row.role,
            email: row.email,
            state,
            maker: row.maker_id.filter(|_| row.made_by == ActorKind::User),
            created_at: row.created_at,
            expires_at: row.expires_at,
        }
    }
}

/// A board's invitations.
#[derive(Debug)]
pub struct Invitations<'a>(&'a TenantScope);

impl TenantScope {
    /// Its invitations.
    pub fn invitations(&self) -> Invitations<'_> {
        Invitations(self)
    }
}

impl Invitations<'_> {
    /// Makes one, with its token: the secret part of its link.
    ///
    /// # Errors
    /// [`Conflict::RoleTooSmall`] when the actor's role is less; `Invalid` when `email` is no address;
    /// [`Conflict::InvitationsOpen`] and [`Conflict::InvitationsMade`] when the actor has made too many.
    pub async fn create(&self, role: Role, email: Option<&EmailKey>, by: Actor) -> Result<(Invitation, String)> {
        if let Some(email) = email {
            users::check_address("/email", email)?;
        }
        let id = Uuid::now_v7();
        let token = token_of(self.0.store(), id)?;
        let now = self.0.now();
        let tx = self.0.store().write_as(by).await?;
        // A maker who is demoted at this moment must not leave a link behind that nobody revokes.
        authority::lock(&tx, self.0).await?;
        authority::of(&tx, self.0, by).await?.require(role)?;
        self.require_room(&tx, by).await?;
        let row = invitations::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(id),
            token_hash: Set(token_hash(&token)),
            role: Set(role),
            email: Set(email.map(|email| email.as_str().to_owned())),
            made_by: Set(by.kind()),
            maker_id: Set(by.id()),
            created_at: Set(now),
            expires_at: Set(now + Days::new(INVITATION_DAYS)),
            used_at: Set(None),
            used_by: Set(None),
            revoked_at: Set(None),
        };
        let row = row.insert(&*tx).await?;
        if let Some(email) = &row.email {
            notices::enqueue::tell_invited(&tx, self.0.store(), self.0.id, row.id, email).await?;
        }
        let event = self.0.event(AuditAction::InvitationCreate, (SubjectKind::Invitation, row.id));
        tx.commit([event.with("role", role).with("bound", email.is_some())]).await?;
        Ok((Invitation::of_row(row, now), token))
    }

    /// Refuses the next invitation of somebody who has made too many. Asked while the board's memberships are locked, so
    /// that two at the same moment are counted.
    async fn require_room(&self, tx: &DatabaseTransaction, by: Actor) -> Result<()> {
        use invitations::Column;
        let Some(maker_id) = by.id() else { return Ok(()) };
        let theirs = || {
            let theirs = self.0.find::<invitations::Entity>().filter(Column::MadeBy.eq(by.kind()));
            theirs.filter(Column::MakerId.eq(maker_id))
        };
        let now = self.0.now();
        let made = theirs().filter(Column::CreatedAt.gt(now - Duration::hours(1))).count(tx).await?;
        if made >= MOST_INVITATIONS_AN_HOUR {
            return Err(Conflict::InvitationsMade(made).into());
        }
        let open = theirs().filter(Column::UsedAt.is_null()).filter(Column::RevokedAt.is_null());
        let open = open.filter(Column::ExpiresAt.gt(now)).count(tx).await?;
        if open >= MOST_OPEN_INVITATIONS {
            return Err(Conflict::InvitationsOpen(open).into());
        }
        Ok(())
    }

    /// The newest, whatever became of them.
    pub async fn list(&self) -> Result<Vec<Invitation>> {
        let rows = self.0.find::<invitations::Entity>().order_by_desc(invitations::Column::Id).limit(LISTED);
        let rows = rows.all(self.0.store().db()).await?;
        Ok(rows.into_iter().map(|row| Invitation::of_row(row, self.0.now())).collect())
    }

    /// Those that can be accepted, newest first.
    pub async fn open(&self) -> Result<Vec<Invitation>> {
        let rows = self
            .0
            .find::<invitations::Entity>()
            .filter(invitations::Column::UsedAt.is_null())
            .filter(invitations::Column::RevokedAt.is_null())
            .filter(invitations::Column::ExpiresAt.gt(self.0.now()))
            .order_by_desc(invitations::Column::Id)
            .all(self.0.store().db())
            .await?;
        Ok(rows.into_iter().map(|row| Invitation::of_row(row, self.0.now())).collect())
    }

    /// One.
    pub async fn get(&self, id: Uuid) -> Result<Option<Invitation>> {
        let row = self.0.find::<invitations::Entity>().filter(invitations::Column::Id.eq(id));
        let row = row.one(self.0.store().db()).await?;
        Ok(row.map(|row| Invitation::of_row(row, self.0.now())))
    }

    /// Takes one back; nothing happens to one that was used, or revoked before.
    ///
    /// # Errors
    /// `NotFound`; [`Conflict::RoleTooSmall`] when its role is more than the actor's.
    pub async fn revoke(&self, id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        let row = self.0.find::<invitations::Entity>().filter(invitations::Column::Id.eq(id));
        let row = row.lock_exclusive().one(&*tx).await?.ok_or(Error::NotFound)?;
        authority::of(&tx, self.0, by).await?.require(row.role)?;
        if row.used_at.is_some() || row.revoked_at.is_some() {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let mut row = row.into_active_model();
        row.revoked_at = Set(Some(self.0.now()));
        row.update(&*tx).await?;
        let event = self.0.event(AuditAction::InvitationRevoke, (SubjectKind::Invitation, id));
        tx.commit([event]).await
    }

    /// What the maker of an invitation is called; `None` when no person made it.
    pub async fn maker_name(&self, invitation: &Invitation) -> Result<Option<String>> {
        let Some(id) = invitation.maker else { return Ok(None) };
        Ok(self.0.store().users().by_id(id).await?.map(|user| user.name))
    }
}

/// The token of an invitation's link. It is derived, so that the mail with it can be written when it is sent, and only its
/// hash is stored.
pub(super) fn token_of(store: &Store, id: Uuid) -> Result<String> {
    Ok(store.keyring()?.link_token("invitation", id))
}

/// Revokes the open invitations of a maker that are more than what they may give from now on, and takes back the roles
/// that wait because of them.
///
/// `keeps` is the role they have left, if any.
pub(super) async fn revoke_those_of(
    tx: &DatabaseTransaction,
    board: &TenantScope,
    maker: Actor,
    keeps: Option<Role>,
) -> Result<Vec<Event>> {
    let Some(maker_id) = maker.id() else { return Ok(Vec::new()) };
    let is_operator = match maker {
        Actor::User(id) => entity::users::Entity::find_by_id(id).one(tx).await?.is_some_and(|user| user.operator),
        _ => false,
    };
    if is_operator {
        return Ok(Vec::new());
    }
    let rows = board
        .find::<invitations::Entity>()
        .filter(invitations::Column::MadeBy.eq(maker.kind()))
        .filter(invitations::Column::MakerId.eq(maker_id))
        .filter(invitations::Column::UsedAt.is_null())
        .filter(invitations::Column::RevokedAt.is_null())
        .all(tx)
        .await?;
    let mut events = waiting_roles::take_back_those_of(tx, board, (maker, maker_id), keeps).await?;
    let lost: Vec<Uuid> =
        rows.into_iter().filter(|row| keeps < Some(row.role.max(Role::Admin))).map(|row| row.id).collect();
    if lost.is_empty() {
        return Ok(events);
    }
    board
        .update::<invitations::Entity>()
        .col_expr(invitations::Column::RevokedAt, Expr::value(board.now()))
        .filter(invitations::Column::Id.is_in(lost.clone()))
        .exec(tx)
        .await?;
    let revoked =
        |id| board.event(AuditAction::InvitationRevoke, (SubjectKind::Invitation, id)).with("maker_left", true);
    events.extend(lost.into_iter().map(revoked));
    Ok(events)
}

/// The board and the invitation that a link names, whatever became of it.
#[derive(Debug, Clone)]
pub struct InvitationLink {
    /// The board.
    pub board: TenantScope,
    /// The invitation.
    pub invitation: Invitation,
}

impl Store {
    /// The invitation of a link; `None` when there never was one.
    pub async fn invitation_link(&self, token: &str) -> Result<Option<InvitationLink>> {
        let row = invitations::Entity::find().filter(invitations::Column::TokenHash.eq(token_hash(token)));
        let Some(row) = row.one(self.db()).await? else { return Ok(None) };
        let Some(board) = self.tenants().by_id(row.tenant_id).await? else { return Ok(None) };
        Ok(Some(InvitationLink { board, invitation: Invitation::of_row(row, self.now()) }))
    }
}
