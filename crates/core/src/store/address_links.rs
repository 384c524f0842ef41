//! Links that prove an address: of an account that gets another one, or that was made without a proof.
//!
//! A link is mailed to the address that it proves, and is used by the account that asked for it, logged in: the mailbox
//! and the password together. So neither a scanner that presses buttons nor a stranger whose mailbox was typed by mistake
//! can change an account.

use chrono::{DateTime, Duration, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter,
};
use uuid::Uuid;

use super::audit::{NOTHING_CHANGED, of_account};
use super::{Store, User, Users, notices, users};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::email_key::EmailKey;
use crate::entity::{address_links, password_links};
use crate::error::{Conflict, Error, Result};
use crate::form::{FieldErrors, FieldProblem};
use crate::keyring::token_hash;

/// The hours a link is good for.
pub const ADDRESS_LINK_HOURS: i64 = 24;

/// A link that works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressLink {
    /// The account that asked for it.
    pub user_id: Uuid,
    /// The address that it proves, in lower case.
    pub email: String,
    /// When it can't be used any more.
    pub expires_at: DateTime<Utc>,
}

/// The links.
#[derive(Debug)]
pub struct AddressLinks<'a>(&'a Store);

impl Store {
    /// The links that prove an address.
    pub fn address_links(&self) -> AddressLinks<'_> {
        AddressLinks(self)
    }
}

impl AddressLinks<'_> {
    /// Mails a link to an address that somebody wants for their account, instead of the one they asked for before. What is
    /// stored and answered is the same if another account has the address: its owner is told that somebody tried, and no
    /// mail has the link.
    ///
    /// # Errors
    /// `Invalid` with `/new_email` when it is no address, or the account's own and proved; with `/password` when that
    /// isn't the account's password.
    pub async fn ask(&self, user_id: Uuid, email: &EmailKey, password: &str) -> Result<()> {
        users::check_address("/new_email", email)?;
        let hash = self.0.users().verified_hash("/password", user_id, password).await?;
        self.send(user_id, Some(email), Some(&hash)).await
    }

    /// Mails a link to the address that an account has, if nobody has proved it yet.
    pub async fn ask_for_present(&self, user_id: Uuid) -> Result<()> {
        self.send(user_id, None, None).await
    }

    /// `new`: the address; the present one if `None`. `hash`: what the account's password was compared with.
    async fn send(&self, user_id: Uuid, new: Option<&EmailKey>, hash: Option<&str>) -> Result<()> {
        let id = Uuid::now_v7();
        let token = token_of(self.0, id)?;
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        let user = users::locked(&tx, user_id).await?;
        if hash.is_some_and(|hash| user.password_hash != hash) {
            return Err(FieldErrors::one("/password", FieldProblem::WrongPassword).into());
        }
        let email = new.map_or(user.email.as_str(), EmailKey::as_str).to_owned();
        if user.email == email && user.address_confirmed_at.is_some() {
            return match new {
                Some(_) => Err(FieldErrors::one("/new_email", FieldProblem::SameAddress).into()),
                None => tx.commit(NOTHING_CHANGED).await,
            };
        }
        address_links::Entity::delete_by_id(user_id).exec(&*tx).await?;
        let row = address_links::ActiveModel {
            user_id: Set(user_id),
            token_hash: Set(token_hash(&token)),
            email: Set(email.clone()),
            expires_at: Set(self.0.now() + Duration::hours(ADDRESS_LINK_HOURS)),
        };
        row.insert(&*tx).await?;
        if user.email != email && users::has_account(&tx, &email).await? {
            notices::enqueue::tell_address_taken(&tx, self.0, &email).await?;
        } else {
            notices::enqueue::tell_address(&tx, self.0, &email, id).await?;
        }
        let events = of_account(&tx, AuditAction::UserAddressLink, user_id).await?;
        tx.commit(events).await
    }

    /// The link that an account waits for.
    pub async fn waiting(&self, user_id: Uuid) -> Result<Option<AddressLink>> {
        let row = address_links::Entity::find_by_id(user_id).one(self.0.db()).await?;
        Ok(row.and_then(|row| self.working(row)))
    }

    /// The link with this token, if it works.
    pub async fn find(&self, token: &str) -> Result<Option<AddressLink>> {
        let row = address_links::Entity::find().filter(address_links::Column::TokenHash.eq(token_hash(token)));
        Ok(row.one(self.0.db()).await?.and_then(|row| self.working(row)))
    }

    fn working(&self, row: address_links::Model) -> Option<AddressLink> {
        let link = AddressLink { user_id: row.user_id, email: row.email, expires_at: row.expires_at };
        (link.expires_at > self.0.now()).then_some(link)
    }

    /// Uses a link up: its address is the account's, and proved. `user_id` is whoever is logged in.
    ///
    /// # Errors
    /// `NotFound` when it doesn't work (any more), or is another account's; [`Conflict::EmailTaken`] when another account
    /// has got the address meanwhile.
    pub async fn redeem(&self, token: &str, user_id: Uuid) -> Result<User> {
        let link = self.find(token).await?.filter(|link| link.user_id == user_id).ok_or(Error::NotFound)?;
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        // Of two requests with one link, one deletes the row.
        let used = address_links::Entity::delete_many()
            .filter(address_links::Column::UserId.eq(user_id))
            .filter(address_links::Column::TokenHash.eq(token_hash(token)));
        if used.exec(&*tx).await?.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        let (user, changed) = write_address(&tx, self.0, user_id, &link.email).await?;
        let action = if changed { AuditAction::UserChangeAddress } else { AuditAction::UserConfirmAddress };
        let events = of_account(&tx, action, user_id).await?;
        tx.commit(events).await?;
        Ok(user)
    }
}

impl Users<'_> {
    /// Gives somebody another address, which counts as proved: for whoever runs the installation.
    ///
    /// # Errors
    /// `Invalid` with `/email` when it is no address; [`Conflict::EmailTaken`].
    pub async fn set_address(&self, id: Uuid, email: &EmailKey, by: Actor) -> Result<User> {
        users::check_address("/email", email)?;
        let tx = self.0.write_as(by).await?;
        let before = users::locked(&tx, id).await?;
        if before.email == email.as_str() && before.address_confirmed_at.is_some() {
            tx.commit(NOTHING_CHANGED).await?;
            return Ok(before.into());
        }
        let (user, changed) = write_address(&tx, self.0, id, email.as_str()).await?;
        let action = if changed { AuditAction::UserChangeAddress } else { AuditAction::UserConfirmAddress };
        let events = of_account(&tx, action, id).await?;
        tx.commit(events).await?;
        Ok(user)
    }
}

/// Writes an address as proved, and tells the one before. Whether it is another one.
///
/// Whatever was mailed to the old address opens the account no longer, and what waits for it goes to the new one.
async fn write_address(tx: &DatabaseTransaction, store: &Store, id: Uuid, email: &str) -> Result<(User, bool)> {
    let row = users::locked(tx, id).await?;
    let before = row.email.clone();
    let changed = before != email;
    if changed && users::has_account(tx, email).await? {
        return Err(Conflict::EmailTaken.into());
    }
    let mut row = row.into_active_model();
    row.email = Set(email.to_owned());
    row.address_confirmed_at = Set(Some(store.now()));
    let user: User = row.update(tx).await?.into();
    end_of(tx, id).await?;
    if changed {
        password_links::Entity::delete_many().filter(password_links::Column::UserId.eq(id)).exec(tx).await?;
        notices::enqueue::follow(tx, id, email).await?;
        notices::enqueue::tell_address_changed(tx, store, id, &before).await?;
    }
    Ok((user, changed))
}

/// Ends the link that an account waits for.
pub(super) async fn end_of(tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    address_links::Entity::delete_by_id(user_id).exec(tx).await?;
    Ok(())
}

/// The token of a link. It is derived, so that the mail with it can be written when it is sent, and only its hash is
/// stored.
pub(super) fn token_of(store: &Store, id: Uuid) -> Result<String> {
    Ok(store.keyring()?.link_token("address", id))
}
