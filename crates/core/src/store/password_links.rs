//! Links with which somebody sets a new password: good once, and for an hour.

use chrono::Duration;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::audit::of_account;
use super::{Store, User, notices, sessions, totp, users};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::email_key::EmailKey;
use crate::entity;
use crate::error::{Error, Result};
use crate::keyring::{random_token, token_hash};

/// The minutes a link is good for.
pub const PASSWORD_LINK_MINUTES: i64 = 60;

/// The links.
#[derive(Debug)]
pub struct PasswordLinks<'a>(&'a Store);

impl Store {
    /// The links for a new password.
    pub fn password_links(&self) -> PasswordLinks<'_> {
        PasswordLinks(self)
    }
}

impl PasswordLinks<'_> {
    /// Makes one, instead of those that its person had, and gives its token: for whoever runs the installation.
    pub async fn issue(&self, user_id: Uuid, by: Actor) -> Result<String> {
        let token = random_token();
        let tx = self.0.write_as(by).await?;
        entity::users::Entity::find_by_id(user_id).one(&*tx).await?.ok_or(Error::NotFound)?;
        delete_all(&tx, user_id).await?;
        self.insert(&tx, user_id, &token, false).await?;
        let events = of_account(&tx, AuditAction::UserResetLink, user_id).await?;
        tx.commit(events).await?;
        Ok(token)
    }

    /// Makes one and mails it to its person's address. Who uses it has proved that address. Links that were mailed before
    /// stay good: whoever asks for another one mustn't make them useless. Nothing happens if there is no such account, or
    /// if its mailbox has got too many mails within an hour.
    pub async fn mail(&self, address: &EmailKey, by: Actor) -> Result<()> {
        let account = || entity::users::Entity::find().filter(entity::users::Column::Email.eq(address.as_str()));
        // Asked before the write lock is taken: whoever types addresses must not make everybody wait for it.
        if account().one(self.0.db()).await?.is_none() {
            return Ok(());
        }
        let tx = self.0.write_as(by).await?;
        let Some(user) = account().one(&*tx).await? else { return Ok(()) };
        let id = Uuid::now_v7();
        if !notices::enqueue::tell_reset(&tx, self.0, &user, id).await? {
            return Ok(());
        }
        self.insert(&tx, user.id, &token_of(self.0, id)?, true).await?;
        let events = of_account(&tx, AuditAction::UserResetLink, user.id).await?;
        tx.commit(events).await
    }

    async fn insert(&self, tx: &DatabaseTransaction, user_id: Uuid, token: &str, mailed: bool) -> Result<()> {
        let row = entity::password_links::ActiveModel {
            token_hash: Set(token_hash(token)),
            user_id: Set(user_id),
            expires_at: Set(self.0.now() + Duration::minutes(PASSWORD_LINK_MINUTES)),
            proves_address: Set(mailed),
        };
        row.insert(tx).await?;
        Ok(())
    }

    /// Whether a link still works.
    pub async fn is_valid(&self, token: &str) -> Result<bool> {
        let row = entity::password_links::Entity::find_by_id(token_hash(token)).one(self.0.db()).await?;
        Ok(row.is_some_and(|row| row.expires_at > self.0.now()))
    }

    /// Sets the password, ends every session of its person, and uses the link up. `NotFound` when it doesn't work (any
    /// more); `Invalid` when the password is too weak, and the link stays good.
    ///
    /// If it is the first proof of the address, whoever made the account may be somebody else, so the second factor that
    /// they have set up goes as well.
    pub async fn redeem(&self, token: &str, password: &str) -> Result<User> {
        if !self.is_valid(token).await? {
            return Err(Error::NotFound);
        }
        let hash = users::hash_checked("/password", password).await?;
        let row = entity::password_links::Entity::find_by_id(token_hash(token)).one(self.0.db()).await?;
        let row = row.ok_or(Error::NotFound)?;
        let tx = self.0.write_as(Actor::User(row.user_id)).await?;
        // Of two requests with one link, one deletes the row.
        let used = entity::password_links::Entity::delete_by_id(row.token_hash).exec(&*tx).await?;
        if used.rows_affected == 0 {
            return Err(Error::NotFound);
        }
        delete_all(&tx, row.user_id).await?;
        users::write_password(&tx, row.user_id, hash).await?;
        sessions::end_all(&tx, row.user_id).await?;
        let mut events = of_account(&tx, AuditAction::UserSetPassword, row.user_id).await?;
        let user = users::locked(&tx, row.user_id).await?;
        let user = if row.proves_address && user.address_confirmed_at.is_none() {
            if totp::take_away(&tx, row.user_id).await? {
                events.extend(of_account(&tx, AuditAction::UserTotpOff, row.user_id).await?);
            }
            let mut user: entity::users::ActiveModel = user.into();
            user.address_confirmed_at = Set(Some(self.0.now()));
            user.update(&*tx).await?
        } else {
            user
        };
        tx.commit(events).await?;
        Ok(user.into())
    }
}

/// The token of a mailed link. It is derived, so that the mail with it can be written when it is sent, and only its hash is stored.
pub(super) fn token_of(store: &Store, id: Uuid) -> Result<String> {
    Ok(store.keyring()?.link_token("password", id))
}

async fn delete_all(tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    let theirs = entity::password_links::Column::UserId.eq(user_id);
    entity::password_links::Entity::delete_many().filter(theirs).exec(tx).await?;
    Ok(())
}
