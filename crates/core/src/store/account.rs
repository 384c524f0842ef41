//! What people change of their own account.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::audit::{NOTHING_CHANGED, of_account};
use super::{Users, sessions, users};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::entity;
use crate::error::{Error, Result};
use crate::form::{FieldErrors, FieldProblem};

impl Users<'_> {
    /// Changes what somebody is called, and the language of their pages (BCP 47); `None`: the browser's.
    pub async fn update(&self, id: Uuid, name: &str, locale: Option<&str>) -> Result<()> {
        if name.trim().is_empty() {
            return Err(FieldErrors::one("/name", FieldProblem::Required).into());
        }
        let tx = self.0.write_as(Actor::User(id)).await?;
        let row = entity::users::Entity::find_by_id(id).one(&*tx).await?.ok_or(Error::NotFound)?;
        let name = users::name_or_address(name, &row.email);
        let mut changed = Vec::new();
        if row.name != name {
            changed.push("name");
        }
        if row.locale.as_deref() != locale {
            changed.push("locale");
        }
        if changed.is_empty() {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let mut row = row.into_active_model();
        row.name = Set(name);
        row.locale = Set(locale.map(str::to_owned));
        row.update(&*tx).await?;
        let events = of_account(&tx, AuditAction::UserUpdate, id).await?;
        tx.commit(events.into_iter().map(|event| event.changed(changed.iter().copied()))).await
    }

    /// Whether this is somebody's password.
    pub async fn has_password(&self, id: Uuid, password: &str) -> Result<bool> {
        let row = entity::users::Entity::find_by_id(id).one(self.0.db()).await?.ok_or(Error::NotFound)?;
        users::matches(row.password_hash, password).await
    }

    /// The stored hash of somebody's password, if `password` is that. Whoever changes something by it compares it again in
    /// their transaction: the password may have been changed since.
    ///
    /// # Errors
    /// `Invalid` with `pointer` when it isn't.
    pub(super) async fn verified_hash(&self, pointer: &str, id: Uuid, password: &str) -> Result<String> {
        let row = entity::users::Entity::find_by_id(id).one(self.0.db()).await?.ok_or(Error::NotFound)?;
        if users::matches(row.password_hash.clone(), password).await? {
            return Ok(row.password_hash);
        }
        Err(FieldErrors::one(pointer, FieldProblem::WrongPassword).into())
    }

    /// Replaces somebody's password, and ends all their sessions but the one of `token`.
    ///
    /// # Errors
    /// `Invalid` with `/password` when that isn't their password, with `/new_password` when the new one is too weak.
    pub async fn change_password(&self, id: Uuid, current: &str, new: &str, token: &str) -> Result<()> {
        let before = self.verified_hash("/password", id, current).await?;
        let hash = users::hash_checked("/new_password", new).await?;
        let tx = self.0.write_as(Actor::User(id)).await?;
        // Of two who change it from the same password at the same moment, one does.
        if users::locked(&tx, id).await?.password_hash != before {
            return Err(FieldErrors::one("/password", FieldProblem::WrongPassword).into());
        }
        users::write_password(&tx, id, hash).await?;
        sessions::end_others(&tx, id, token).await?;
        let events = of_account(&tx, AuditAction::UserSetPassword, id).await?;
        tx.commit(events).await
    }
}
