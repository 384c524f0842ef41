//! Who is signed in.

use chrono::{DateTime, Days, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Store, User};
use crate::entity::{sessions, users};
use crate::error::Result;
use crate::keyring::{random_token, token_hash};

/// The days a session lasts.
pub const SESSION_DAYS: u64 = 30;

/// A session that is valid now.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Sessions are rows with a hashed token, so that each can be ended.
#[derive(Debug)]
pub struct Sessions<'a>(pub(super) &'a Store);

impl Store {
    /// Who is signed in.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }
}

impl Sessions<'_> {
    /// Begins one; the token goes into a cookie and nowhere else.
    pub async fn create(&self, user_id: Uuid) -> Result<String> {
        let token = random_token();
        let now = self.0.now();
        let tx = self.0.write().await?;
        sessions::Entity::delete_many().filter(sessions::Column::ExpiresAt.lt(now)).exec(&*tx).await?;
        let row = sessions::ActiveModel {
            token_hash: Set(token_hash(&token)),
            user_id: Set(user_id),
            created_at: Set(now),
            expires_at: Set(now + Days::new(SESSION_DAYS)),
        };
        row.insert(&*tx).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// The session of a token, if it is valid.
    pub async fn find(&self, token: &str) -> Result<Option<Session>> {
        let Some(row) = sessions::Entity::find_by_id(token_hash(token)).one(self.0.db()).await? else {
            return Ok(None);
        };
        if row.expires_at <= self.0.now() {
            return Ok(None);
        }
        let user = users::Entity::find_by_id(row.user_id).one(self.0.db()).await?;
        Ok(user.map(|user| Session { user: user.into(), expires_at: row.expires_at }))
    }

    /// Ends one.
    pub async fn delete(&self, token: &str) -> Result<()> {
        let tx = self.0.write().await?;
        sessions::Entity::delete_by_id(token_hash(token)).exec(&*tx).await?;
        tx.commit().await
    }
}
