//! Who is signed in.

use chrono::{DateTime, Days, Duration, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::audit::{NOTHING_CHANGED, of_account};
use super::write::Bookkeeping;
use super::{Store, User};
use crate::actor::Actor;
use crate::audit::AuditAction;
use crate::entity::{sessions, users};
use crate::error::{Error, Result};
use crate::keyring::{random_token, token_hash};

/// The days a session lasts.
pub const SESSION_DAYS: u64 = 30;

/// How long a session may have been in use since its row last said so: one write an hour, however busy somebody is.
const NOTED_EVERY: Duration = Duration::hours(1);
/// The digits by which a person tells their sessions apart.
const HANDLE: usize = 16;

/// A session that is valid now.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose it is.
    pub user: User,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A session as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// By which they name it when they end it. It isn't a secret.
    pub handle: String,
    /// When they logged in.
    pub created_at: DateTime<Utc>,
    /// When it was last used, to the hour.
    pub last_used_at: DateTime<Utc>,
    /// The browser and the system, as the browser named them.
    pub browser: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
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
    /// Begins one; the token goes into a cookie and nowhere else. `browser` names the browser for its person.
    pub async fn create(&self, user_id: Uuid, browser: Option<&str>) -> Result<String> {
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        let token = begin(&tx, self.0, user_id, browser).await?;
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
        if row.last_used_at.unwrap_or(row.created_at) + NOTED_EVERY <= self.0.now() {
            note_use(self.0, row.token_hash);
        }
        let user = users::Entity::find_by_id(row.user_id).one(self.0.db()).await?;
        Ok(user.map(|user| Session { user: user.into(), expires_at: row.expires_at }))
    }

    /// Somebody's sessions, the last used first; `token` is that of the one that asks.
    pub async fn list(&self, user_id: Uuid, token: &str) -> Result<Vec<OpenSession>> {
        let current = token_hash(token);
        let rows = sessions::Entity::find()
            .filter(sessions::Column::UserId.eq(user_id))
            .filter(sessions::Column::ExpiresAt.gt(self.0.now()))
            .all(self.0.db())
            .await?;
        let mut open: Vec<OpenSession> = rows
            .into_iter()
            .map(|row| OpenSession {
                handle: handle(&row.token_hash),
                created_at: row.created_at,
                last_used_at: row.last_used_at.unwrap_or(row.created_at),
                browser: row.browser,
                current: row.token_hash == current,
            })
            .collect();
        open.sort_by_key(|session| (!session.current, std::cmp::Reverse(session.last_used_at)));
        Ok(open)
    }

    /// Ends one of somebody's sessions. `NotFound`: they have none with this handle.
    pub async fn end(&self, user_id: Uuid, named: &str) -> Result<()> {
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        let rows = sessions::Entity::find().filter(sessions::Column::UserId.eq(user_id)).all(&*tx).await?;
        let row = rows.into_iter().find(|row| handle(&row.token_hash) == named).ok_or(Error::NotFound)?;
        sessions::Entity::delete_by_id(row.token_hash).exec(&*tx).await?;
        let events = of_account(&tx, AuditAction::UserEndSessions, user_id).await?;
        tx.commit(events).await
    }

    /// Ends all of somebody's sessions but the one of `token`.
    pub async fn end_others(&self, user_id: Uuid, token: &str) -> Result<()> {
        let tx = self.0.write_as(Actor::User(user_id)).await?;
        end_others(&tx, user_id, token).await?;
        let events = of_account(&tx, AuditAction::UserEndSessions, user_id).await?;
        tx.commit(events).await
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

/// Begins a session within a transaction, and gives its token.
pub(super) async fn begin(
    tx: &DatabaseTransaction,
    store: &Store,
    user_id: Uuid,
    browser: Option<&str>,
) -> Result<String> {
    let token = random_token();
    let now = store.now();
    sessions::Entity::delete_many().filter(sessions::Column::ExpiresAt.lt(now)).exec(tx).await?;
    let row = sessions::ActiveModel {
        token_hash: Set(token_hash(&token)),
        user_id: Set(user_id),
        created_at: Set(now),
        expires_at: Set(now + Days::new(SESSION_DAYS)),
        last_used_at: Set(None),
        browser: Set(browser.map(str::to_owned)),
    };
    row.insert(tx).await?;
    Ok(token)
}

/// Ends all sessions of somebody.
pub(super) async fn end_all(tx: &DatabaseTransaction, user_id: Uuid) -> Result<()> {
    sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user_id)).exec(tx).await?;
    Ok(())
}

/// Ends all sessions of somebody but the one of `token`.
pub(super) async fn end_others(tx: &DatabaseTransaction, user_id: Uuid, token: &str) -> Result<()> {
    let theirs = sessions::Entity::delete_many().filter(sessions::Column::UserId.eq(user_id));
    theirs.filter(sessions::Column::TokenHash.ne(token_hash(token))).exec(tx).await?;
    Ok(())
}

fn handle(token_hash: &str) -> String {
    // A hash of the hash: what is shown on a page tells nothing of the stored one.
    let mut digits = crate::keyring::token_hash(token_hash);
    digits.truncate(HANDLE);
    digits
}

/// Writes that a session is in use. Nobody waits for it: it is told to its person and decides nothing.
fn note_use(store: &Store, token_hash: String) {
    let store = store.clone();
    tokio::spawn(async move {
        if let Err(error) = record_use(&store, token_hash).await {
            tracing::warn!(%error, "the use of a session couldn't be noted");
        }
    });
}

async fn record_use(store: &Store, token_hash: String) -> Result<()> {
    let tx = store.write_internal(Bookkeeping::Sessions).await?;
    sessions::Entity::update_many()
        .col_expr(sessions::Column::LastUsedAt, Expr::value(store.now()))
        .filter(sessions::Column::TokenHash.eq(token_hash))
        .exec(&*tx)
        .await?;
    tx.commit().await
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
