//! The mail servers that have something to send: each is a lane, so that one that doesn't answer holds up nobody else's
//! mail.

use sea_orm::sea_query::{Condition, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::Notices;
use crate::entity::board_mail_servers;
use crate::entity::notices::{Column, Entity};
use crate::error::Result;
use crate::notice::{Audience, NoticeKind, NoticeState};

/// The mail server by which a notice goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailLane {
    /// The installation's: for accounts, and for boards without a server of their own.
    Installation,
    /// A board's own.
    Board {
        /// The board.
        id: Uuid,
        /// The version of its server's settings: a changed server is another lane.
        version: i64,
    },
}

impl MailLane {
    /// The notices that it sends.
    pub(super) fn sends(self) -> Condition {
        match self {
            Self::Installation => {
                let own = Column::BoardId.in_subquery(boards_with_server());
                let others = Condition::any().add(Column::BoardId.is_null()).add(own.not());
                Condition::any().add(others).add(Column::Kind.is_in(about_accounts()))
            }
            Self::Board { id, .. } => {
                Condition::all().add(Column::BoardId.eq(id)).add(Column::Kind.is_not_in(about_accounts()))
            }
        }
    }
}

impl Notices<'_> {
    /// The lanes in which something is due, the installation's first.
    pub async fn lanes(&self) -> Result<Vec<MailLane>> {
        let due = || {
            let queued = Entity::find().filter(Column::State.eq(NoticeState::Queued));
            queued.filter(Column::DueAt.lte(self.0.now()))
        };
        let mut lanes = Vec::new();
        // Without a server, what was queued while there was one stays where it is.
        if self.0.sends_mail() && due().filter(MailLane::Installation.sends()).one(self.0.db()).await?.is_some() {
            lanes.push(MailLane::Installation);
        }
        let servers: Vec<(Uuid, i64)> = board_mail_servers::Entity::find()
            .select_only()
            .columns([board_mail_servers::Column::TenantId, board_mail_servers::Column::Version])
            .filter(board_mail_servers::Column::TenantId.in_subquery(boards_with_due(self.0.now())))
            .into_tuple()
            .all(self.0.db())
            .await?;
        lanes.extend(servers.into_iter().map(|(id, version)| MailLane::Board { id, version }));
        Ok(lanes)
    }
}

/// The kinds that always go by the installation's sender.
fn about_accounts() -> Vec<NoticeKind> {
    NoticeKind::ALL.into_iter().filter(|kind| kind.audience() == Audience::Account).collect()
}

/// The boards that have a mail server of their own.
pub(super) fn boards_with_server() -> SelectStatement {
    Query::select().column(board_mail_servers::Column::TenantId).from(board_mail_servers::Entity).to_owned()
}

/// The boards that have something due for their own servers.
fn boards_with_due(now: chrono::DateTime<chrono::Utc>) -> SelectStatement {
    Query::select()
        .distinct()
        .column(Column::BoardId)
        .from(Entity)
        .and_where(Column::State.eq(NoticeState::Queued))
        .and_where(Column::DueAt.lte(now))
        .and_where(Column::BoardId.is_not_null())
        .and_where(Column::Kind.is_not_in(about_accounts()))
        .to_owned()
}
