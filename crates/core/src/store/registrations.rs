//! People who register by themselves as members of a board that allows it: with a link that is mailed to them, or, with an
//! account, by a button.

use chrono::Duration;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::audit::Event;
use super::write::Bookkeeping;
use super::{Joined, NewUser, Store, TenantScope, User, members, notices, users};
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::email_key::EmailKey;
use crate::entity::{memberships, registrations, tenants};
use crate::error::{Conflict, Error, Result};
use crate::keyring::token_hash;

/// The hours a link is good for.
pub const REGISTRATION_HOURS: i64 = 24;

/// A link that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The address that it was mailed to, in lower case.
    pub email: String,
}

/// A board's registrations.
#[derive(Debug)]
pub struct Registrations<'a>(&'a TenantScope);

impl TenantScope {
    /// Its registrations.
    pub fn registrations(&self) -> Registrations<'_> {
        Registrations(self)
    }

    /// Whether strangers can register now: the board allows it, and there is a mail server that proves their address.
    pub fn offers_registration(&self) -> bool {
        self.registration && self.store().sends_mail()
    }
}

impl Registrations<'_> {
    /// `Invalid` with `/email` unless it is an address.
    pub fn check(&self, email: &EmailKey) -> Result<()> {
        users::check_address("/email", email)
    }

    /// Mails a link to an address, or, if it has an account, that it has one. Nothing happens if the board allows no
    /// registration, or if the mailbox has got too many mails within an hour. Links that were mailed before stay good:
    /// whoever asks for another one mustn't make them useless.
    pub async fn ask(&self, email: &EmailKey) -> Result<()> {
        self.check(email)?;
        if !self.0.offers_registration() {
            return Ok(());
        }
        let store = self.0.store();
        let id = Uuid::now_v7();
        let token = token_of(store, id)?;
        let tx = store.write_internal(Bookkeeping::Registrations).await?;
        if users::has_account(&tx, email.as_str()).await? {
            notices::enqueue::tell_registered_before(&tx, store, self.0.id, email).await?;
            return tx.commit().await;
        }
        if !notices::enqueue::tell_registration(&tx, store, self.0.id, email, id).await? {
            return Ok(());
        }
        let over = registrations::Column::ExpiresAt.lte(self.0.now());
        self.0.delete::<registrations::Entity>().filter(over).exec(&*tx).await?;
        let row = registrations::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(id),
            token_hash: Set(token_hash(&token)),
            email: Set(email.as_str().to_owned()),
            expires_at: Set(self.0.now() + Duration::hours(REGISTRATION_HOURS)),
        };
        row.insert(&*tx).await?;
        tx.commit().await
    }

    /// The registration of a link that works on this board.
    pub async fn find(&self, token: &str) -> Result<Option<Registration>> {
        let row = self.0.find::<registrations::Entity>();
        let row = row.filter(registrations::Column::TokenHash.eq(token_hash(token))).one(self.0.store().db()).await?;
        let row = row.filter(|row| row.expires_at > self.0.now());
        Ok(row.map(|row| Registration { email: row.email }))
    }

    /// Makes the account of a registration: a member of the board, whose address is proved.
    ///
    /// # Errors
    /// `NotFound` when the link doesn't work (any more), or the board allows it no longer; `Invalid` when the password is
    /// too weak, and the link stays good; [`Conflict::EmailTaken`] when the address has got an account meanwhile.
    pub async fn redeem(&self, token: &str, name: &str, password: &str) -> Result<User> {
        let found = self.find(token).await?.ok_or(Error::NotFound)?;
        let new = NewUser {
            email: found.email.clone(),
            name: name.to_owned(),
            password: password.to_owned(),
            operator: false,
        };
        let prepared = users::prepare(new).await?;
        let store = self.0.store();
        let tx = store.write_as(Actor::User(prepared.id)).await?;
        require_open(&tx, self.0).await?;
        // Of two requests with one link, one deletes the row.
        let used = self.0.delete::<registrations::Entity>();
        let used = used.filter(registrations::Column::TokenHash.eq(token_hash(token))).exec(&*tx).await?;
        if used.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        let (user, made) = users::insert(&tx, store, prepared).await?;
        let others = registrations::Column::Email.eq(&found.email);
        self.0.delete::<registrations::Entity>().filter(others).exec(&*tx).await?;
        members::insert(&tx, self.0.id, user.id, Role::Member, self.0.now()).await?;
        tx.commit([made, registered(self.0, user.id)]).await?;
        Ok(user)
    }

    /// Makes somebody who is logged in a member, unless they have a role here already.
    ///
    /// # Errors
    /// `NotFound` when the board allows no registration; [`Conflict::OwnAddressUnconfirmed`] when nobody has proved their
    /// address.
    pub async fn join(&self, user: &User) -> Result<Joined> {
        let store = self.0.store();
        let tx = store.write_as(Actor::User(user.id)).await?;
        require_open(&tx, self.0).await?;
        let known = self.0.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(user.id));
        if user.operator || known.one(&*tx).await?.is_some() {
            return Ok(Joined::Before);
        }
        if users::locked(&tx, user.id).await?.address_confirmed_at.is_none() {
            return Err(Conflict::OwnAddressUnconfirmed.into());
        }
        members::insert(&tx, self.0.id, user.id, Role::Member, self.0.now()).await?;
        tx.commit([registered(self.0, user.id)]).await?;
        Ok(Joined::Now)
    }
}

/// `NotFound` unless the board allows registration at this moment.
async fn require_open(tx: &DatabaseTransaction, board: &TenantScope) -> Result<()> {
    let row = tenants::Entity::find_by_id(board.id).one(tx).await?;
    if row.is_some_and(|row| row.registration) { Ok(()) } else { Err(Error::NotFound) }
}

fn registered(board: &TenantScope, user_id: Uuid) -> Event {
    let event = board.event(AuditAction::MemberJoin, (SubjectKind::User, user_id));
    event.with("role", Role::Member).with("registered", true)
}

/// The token of a link. It is derived, so that the mail with it can be written when it is sent, and only its hash is
/// stored.
pub(super) fn token_of(store: &Store, id: Uuid) -> Result<String> {
    Ok(store.keyring()?.link_token("registration", id))
}
