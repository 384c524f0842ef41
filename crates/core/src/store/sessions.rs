//! Who is signed in.

use chrono::{DateTime, Days, Duration, Utc};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::audit::{NOTHING_CHANGED, of_account};
use super::{Store, User};
use crate::actor::Actor;
use crate::audit::AuditAction;
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
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        sessions::Entity::delete_many().filter(sessions::Column::ExpiresAt.lt(now)).exec(&*tx).await?;
        let row = sessions::ActiveModel {
            token_hash: Set(token_hash(&token)),
            user_id: Set(user_id),
            created_at: Set(now),
            expires_at: Set(now + Days::new(SESSION_DAYS)),
        };
        row.insert(&*tx).await?;
        let events = of_account(&tx, AuditAction::UserLogIn, user_id).await?;
        tx.commit(events).await?;
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
        let Some(row) = sessions::Entity::find_by_id(token_hash(token)).one(self.0.db()).await? else { return Ok(()) };
        let tx = self.0.write_as(Actor::User(row.user_id)).await?;
        let gone = sessions::Entity::delete_by_id(row.token_hash).exec(&*tx).await?;
        if gone.rows_affected == 0 {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let events = of_account(&tx, AuditAction::UserLogOut, row.user_id).await?;
        tx.commit(events).await
    }
}

/// How often a wrong password for the same account is told: a stranger who keeps trying must not fill the database.
const FAILURES_APART: Duration = Duration::hours(1);

/// Tells in the log that somebody tried a wrong password for an account that exists. Nobody waits for it: an answer that
/// takes longer than that for an unknown address would tell that there is an account.
pub(super) fn note_failure(store: &Store, user_id: Uuid) {
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = record_failure(&store, user_id).await {
            tracing::warn!(user = %user_id, %error, "a failed log-in couldn't be recorded");
        }
    });
}

async fn record_failure(store: &Store, user_id: Uuid) -> Result<()> {
    let since = store.now() - FAILURES_APART;
    let log = store.installation_log();
    // Asked before the write lock is taken: mostly it was told already.
    if log.says(AuditAction::UserLogInFailed, &user_id.to_string(), since).await? {
        return Ok(());
    }
    let tx = store.write_as(Actor::Visitor).await?;
    let events = of_account(&tx, AuditAction::UserLogInFailed, user_id).await?;
    tx.commit(events).await
}
