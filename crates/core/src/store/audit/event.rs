//! What a transaction has done, as it says when it is committed.

use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::super::TenantScope;
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{audit_events, installation_events, memberships};
use crate::error::Result;

/// How many rows one statement writes; SQLite takes 32,766 values in a statement.
const ROWS: usize = 500;

/// The member of the detail that says that an import did it.
const BY_IMPORT: &str = "by_import";
/// The member of the detail that names the board's rule that did it.
const BY_RULE: &str = "by_rule";

/// Said at a commit when everything was as it should be already.
pub(crate) const NOTHING_CHANGED: [Event; 0] = [];

/// One thing that was done. It holds ids and the names of fields, never a value or a person's data: the log is kept when
/// a person is erased.
#[derive(Debug, Clone)]
#[must_use = "an event is written by the commit that it is given to"]
pub(crate) struct Event {
    action: AuditAction,
    kind: SubjectKind,
    subject: Subject,
    detail: Map<String, Value>,
    by_itself: bool,
}

/// To what, and in which log that stands.
#[derive(Debug, Clone)]
enum Subject {
    OfBoard { tenant_id: Uuid, id: Uuid },
    OfInstallation { id: String },
}

impl TenantScope {
    /// An event of this board's log.
    pub(crate) fn event(&self, action: AuditAction, subject: (SubjectKind, Uuid)) -> Event {
        Event::of_board(self.id, action, subject)
    }
}

impl Event {
    /// An event of a board's log.
    pub(crate) fn of_board(tenant_id: Uuid, action: AuditAction, (kind, id): (SubjectKind, Uuid)) -> Self {
        Self { action, kind, subject: Subject::OfBoard { tenant_id, id }, detail: Map::new(), by_itself: false }
    }

    /// An event of the installation's log.
    pub(crate) fn of_installation(action: AuditAction, kind: SubjectKind, id: impl ToString) -> Self {
        Self {
            action,
            kind,
            subject: Subject::OfInstallation { id: id.to_string() },
            detail: Map::new(),
            by_itself: false,
        }
    }

    /// What was done.
    pub(crate) fn action(&self) -> AuditAction {
        self.action
    }

    /// The board and the subject, if it is in a board's log.
    pub(crate) fn of_this_board(&self) -> Option<(Uuid, Uuid)> {
        match self.subject {
            Subject::OfBoard { tenant_id, id } => Some((tenant_id, id)),
            Subject::OfInstallation { .. } => None,
        }
    }

    /// The person, if it is in the installation's log and about an account.
    pub(crate) fn of_an_account(&self) -> Option<Uuid> {
        match &self.subject {
            Subject::OfInstallation { id } if self.kind == SubjectKind::User => id.parse().ok(),
            _ => None,
        }
    }

    /// Marks what Tablón did by a rule of the board, in the transaction of somebody else's action.
    pub(crate) fn by_rule(mut self, rule: &str) -> Self {
        self.by_itself = true;
        self.with(BY_RULE, rule)
    }

    /// Whether a rule of the board did it.
    pub(crate) fn is_by_rule(&self) -> bool {
        self.by_itself
    }

    /// Marks what an import did: nobody is told about each of its offers.
    pub(crate) fn by_import(self) -> Self {
        self.with(BY_IMPORT, true)
    }

    /// Whether an import did it.
    pub(crate) fn is_of_import(&self) -> bool {
        self.detail.contains_key(BY_IMPORT)
    }

    /// With the names of the fields that were changed, as the API calls them.
    pub(crate) fn changed<S: Into<String>>(self, fields: impl IntoIterator<Item = S>) -> Self {
        let fields: Vec<String> = fields.into_iter().map(Into::into).collect();
        self.with("changed", fields)
    }

    /// With more about it: an id, a number, or a value of a set; nothing that a person typed.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.detail.insert(name.to_owned(), json!(value));
        self
    }
}

/// An event about somebody's account: in the installation's log, and in that of each board where they are staff. When a
/// member without powers comes and goes is nothing that a board's admins read.
pub(crate) async fn of_account(tx: &DatabaseTransaction, action: AuditAction, user_id: Uuid) -> Result<Vec<Event>> {
    let boards: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::TenantId)
        .filter(memberships::Column::UserId.eq(user_id))
        .filter(memberships::Column::Role.ne(Role::Member))
        .into_tuple()
        .all(tx)
        .await?;
    let theirs = boards.into_iter().map(|board| Event::of_board(board, action, (SubjectKind::User, user_id)));
    Ok(std::iter::once(Event::of_installation(action, SubjectKind::User, user_id)).chain(theirs).collect())
}

/// Writes events in the transaction that did what they tell: one statement for each log, and none for no events.
pub(crate) async fn write(
    tx: &DatabaseTransaction,
    by: Actor,
    at: DateTime<Utc>,
    events: impl IntoIterator<Item = Event>,
) -> Result<()> {
    let (mut of_boards, mut of_installation) = (Vec::new(), Vec::new());
    for Event { action, kind, subject, detail, by_itself } in events {
        let by = if by_itself { Actor::System } else { by };
        match subject {
            Subject::OfBoard { tenant_id, id } => of_boards.push(audit_events::ActiveModel {
                tenant_id: Set(tenant_id),
                id: Set(Uuid::now_v7()),
                at: Set(at),
                actor_kind: Set(by.kind()),
                actor_id: Set(by.id()),
                action: Set(action),
                subject_kind: Set(kind),
                subject_id: Set(id),
                detail: Set(Value::Object(detail)),
            }),
            Subject::OfInstallation { id } => of_installation.push(installation_events::ActiveModel {
                id: Set(Uuid::now_v7()),
                at: Set(at),
                actor_kind: Set(by.kind()),
                actor_id: Set(by.id()),
                action: Set(action),
                subject_kind: Set(kind),
                subject_id: Set(id),
                detail: Set(Value::Object(detail)),
            }),
        }
    }
    for rows in of_boards.chunks(ROWS) {
        audit_events::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    for rows in of_installation.chunks(ROWS) {
        installation_events::Entity::insert_many(rows.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}
