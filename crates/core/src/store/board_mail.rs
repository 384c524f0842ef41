//! A board's own mail server, by which its notices to posters and staff go.
//!
//! Its address is sealed whole, because it contains the password. If the server is set, nothing of the board goes by the
//! operator's server instead, whether it can be used or not; mail about accounts always does.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter,
};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::audit::NOTHING_CHANGED;
use super::write::Bookkeeping;
use super::{Notices, TenantScope};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::board_mail_servers::{ActiveModel, Column, Entity, Model};
use crate::entity::notices;
use crate::error::{Error, Result};
use crate::form::{FieldErrors, FieldProblem};
use crate::notice::{Audience, NoticeKind, NoticeState};

/// A board's own mail server, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardMailServer {
    /// Its address without user and password (`smtps://mail.example.org:465`).
    pub server: String,
    /// The sender (`Acme jobs <jobs@example.org>`).
    pub sender: String,
    /// Why it couldn't be used the last time, in its own words; none if it could.
    pub problem: Option<String>,
    /// Since when.
    pub problem_since: Option<DateTime<Utc>>,
    /// How many mails are due, or wait for another try.
    pub waiting: u64,
}

/// What it takes to use a board's server; for the mailer and nobody else.
#[derive(Clone)]
pub struct BoardMailAccess {
    /// Its address with user and password.
    pub url: Zeroizing<String>,
    /// The sender.
    pub sender: String,
}

impl std::fmt::Debug for BoardMailAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoardMailAccess").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// A server that an admin has set; it was reached before.
#[derive(Clone, Copy)]
pub struct NewBoardMailServer<'a> {
    /// Its address with user and password; `None` keeps the stored one.
    pub url: Option<&'a str>,
    /// The same address without them.
    pub server: &'a str,
    /// The sender.
    pub sender: &'a str,
}

impl std::fmt::Debug for NewBoardMailServer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewBoardMailServer").field("server", &self.server).finish_non_exhaustive()
    }
}

/// The mail server of one board.
#[derive(Debug)]
pub struct BoardMail<'a>(&'a TenantScope);

impl TenantScope {
    /// Its own mail server.
    pub fn board_mail(&self) -> BoardMail<'_> {
        BoardMail(self)
    }

    /// Whether its posters and staff get mail: by its own server, or by the installation's.
    pub async fn sends_mail(&self) -> Result<bool> {
        Ok(self.store().sends_mail() || has_server(self.store().db(), self.id).await?)
    }
}

/// Whether a board has a mail server of its own.
pub(super) async fn has_server(db: &impl ConnectionTrait, board_id: Uuid) -> Result<bool> {
    Ok(Entity::find_by_id(board_id).one(db).await?.is_some())
}

impl BoardMail<'_> {
    /// The server, if one is set.
    pub async fn get(&self) -> Result<Option<BoardMailServer>> {
        let Some(row) = self.row(self.0.store().db()).await? else { return Ok(None) };
        let waiting = self.0.store().notices().waiting_on(self.0.id).await?;
        let Model { server, sender, problem, problem_since, .. } = row;
        Ok(Some(BoardMailServer { server, sender, problem, problem_since, waiting }))
    }

    /// What it takes to use the server, if one is set.
    ///
    /// # Errors
    /// `Internal` if it was sealed with another secret key, or there is none.
    pub async fn access(&self) -> Result<Option<BoardMailAccess>> {
        let Some(row) = self.row(self.0.store().db()).await? else { return Ok(None) };
        let url = self.open(&row)?;
        Ok(Some(BoardMailAccess { url, sender: row.sender }))
    }

    /// Sets the server, or changes it. Mail that waits for it is tried at once.
    ///
    /// # Errors
    /// `Invalid` with the pointer `/url` if there is no stored address to keep.
    pub async fn set(&self, new: NewBoardMailServer<'_>, by: Actor) -> Result<()> {
        let store = self.0.store();
        let tx = store.write_as(by).await?;
        let before = self.row(&*tx).await?;
        // What can't be opened any more is replaced, whatever it was.
        let known = before.as_ref().and_then(|row| self.open(row).ok());
        if new.url.is_none() && before.is_none() {
            return Err(FieldErrors::one("/url", FieldProblem::Required).into());
        }
        let mut changed = Vec::new();
        if new.url.is_some_and(|url| known.as_ref().is_none_or(|known| known.as_str() != url)) {
            changed.push("mail_server.url".to_owned());
        }
        if before.as_ref().is_none_or(|row| row.sender != new.sender) {
            changed.push("mail_server.sender".to_owned());
        }
        let sealed = new.url.map(|url| store.keyring()?.seal(url.as_bytes(), &self.seal_context())).transpose()?;
        let now = store.now();
        match (before, sealed) {
            (Some(row), sealed) => {
                let version = row.version + 1;
                let mut row = row.into_active_model();
                row.version = Set(version);
                if let Some(sealed) = sealed {
                    row.sealed = Set(sealed);
                    row.server = Set(new.server.to_owned());
                }
                row.sender = Set(new.sender.to_owned());
                row.problem = Set(None);
                row.problem_since = Set(None);
                row.updated_at = Set(now);
                row.update(&*tx).await?;
            }
            (None, Some(sealed)) => {
                let row = ActiveModel {
                    tenant_id: Set(self.0.id),
                    version: Set(1),
                    sealed: Set(sealed),
                    server: Set(new.server.to_owned()),
                    sender: Set(new.sender.to_owned()),
                    problem: Set(None),
                    problem_since: Set(None),
                    updated_at: Set(now),
                };
                row.insert(&*tx).await?;
            }
            (None, None) => return Err(Error::Internal("a mail server without an address".to_owned())),
        }
        self.waiting().col_expr(notices::Column::DueAt, Expr::value(now)).exec(&*tx).await?;
        tx.announce_notice();
        if changed.is_empty() {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let event = self.0.event(AuditAction::TenantUpdate, (SubjectKind::Tenant, self.0.id));
        tx.commit([event.changed(changed)]).await
    }

    /// Removes the server. Mail that waits for it goes by the installation's server; without one it is dropped, as if it
    /// had never been queued. `false`: there was none.
    pub async fn remove(&self, by: Actor) -> Result<bool> {
        let store = self.0.store();
        let tx = store.write_as(by).await?;
        if self.0.delete::<Entity>().exec(&*tx).await?.rows_affected == 0 {
            tx.commit(NOTHING_CHANGED).await?;
            return Ok(false);
        }
        if store.sends_mail() {
            self.waiting().col_expr(notices::Column::DueAt, Expr::value(store.now())).exec(&*tx).await?;
            tx.announce_notice();
        } else {
            let dropped = notices::Entity::update_many()
                .col_expr(notices::Column::State, Expr::value(NoticeState::Dropped))
                .col_expr(notices::Column::DueAt, Expr::value(Option::<DateTime<Utc>>::None))
                .col_expr(notices::Column::UpdatedAt, Expr::value(store.now()))
                .filter(of_board(self.0.id))
                .filter(notices::Column::State.eq(NoticeState::Queued));
            dropped.exec(&*tx).await?;
        }
        let event = self.0.event(AuditAction::TenantUpdate, (SubjectKind::Tenant, self.0.id));
        tx.commit([event.changed(["mail_server".to_owned()])]).await?;
        Ok(true)
    }

    /// The board's notices that were tried before and wait for another try.
    fn waiting(&self) -> sea_orm::UpdateMany<notices::Entity> {
        notices::Entity::update_many()
            .filter(of_board(self.0.id))
            .filter(notices::Column::State.eq(NoticeState::Queued))
            .filter(notices::Column::Problem.is_not_null())
    }

    async fn row(&self, db: &impl ConnectionTrait) -> Result<Option<Model>> {
        Ok(self.0.find::<Entity>().one(db).await?)
    }

    fn open(&self, row: &Model) -> Result<Zeroizing<String>> {
        let plain = self.0.store().keyring()?.open(&row.sealed, &self.seal_context())?;
        let text = std::str::from_utf8(&plain).map_err(|_| Error::Internal("a secret is no text".to_owned()))?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// A sealed address is worth nothing in another board.
    fn seal_context(&self) -> String {
        format!("board-mail-server/{}", self.0.id)
    }
}

impl Notices<'_> {
    /// Records whether the version of a board's server that was just used could be used; `None`: it could.
    pub async fn note_server(&self, board_id: Uuid, version: i64, problem: Option<&str>) -> Result<()> {
        let differs = match problem {
            Some(problem) => Condition::any().add(Column::Problem.is_null()).add(Column::Problem.ne(problem)),
            None => Condition::all().add(Column::Problem.is_not_null()),
        };
        let stale = || {
            let of_version = Entity::find().filter(Column::TenantId.eq(board_id)).filter(Column::Version.eq(version));
            of_version.filter(differs.clone())
        };
        let Some(row) = stale().one(self.0.db()).await? else { return Ok(()) };
        let now = self.0.now();
        let since = problem.map(|_| row.problem_since.unwrap_or(now));
        let tx = self.0.write_internal(Bookkeeping::Outbox).await?;
        Entity::update_many()
            .col_expr(Column::Problem, Expr::value(problem.map(str::to_owned)))
            .col_expr(Column::ProblemSince, Expr::value(since))
            .filter(Column::TenantId.eq(board_id))
            .filter(Column::Version.eq(version))
            .exec(&*tx)
            .await?;
        tx.commit().await
    }

    /// How many mails of a board are due, or wait after a try that failed.
    async fn waiting_on(&self, board_id: Uuid) -> Result<u64> {
        use sea_orm::PaginatorTrait as _;
        let waiting = notices::Entity::find().filter(of_board(board_id));
        let waiting = waiting.filter(notices::Column::State.eq(NoticeState::Queued));
        let held_up = notices::Column::Problem.is_not_null().or(notices::Column::DueAt.lte(self.0.now()));
        Ok(waiting.filter(held_up).count(self.0.db()).await?)
    }
}

/// The notices that a board's own server sends: what is about accounts goes by the installation's sender.
fn of_board(board_id: Uuid) -> Condition {
    let kinds = NoticeKind::ALL.into_iter().filter(|kind| kind.audience() != Audience::Account);
    Condition::all().add(notices::Column::BoardId.eq(board_id)).add(notices::Column::Kind.is_in(kinds))
}
