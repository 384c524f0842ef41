//! What was done, when, and by whom: in the log of each board, and in that of the installation.

mod event;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Store, TenantScope};
use crate::actor::ActorKind;
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{audit_events, installation_events};
use crate::error::Result;
use crate::page::{Cursor, Page, clamp_limit};

pub(crate) use event::{Event, NOTHING_CHANGED, of_account, write};

/// One thing that was done. Holds ids and the names of fields, never a person's data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// By what kind of actor.
    pub actor_kind: ActorKind,
    /// Which user or token.
    pub actor_id: Option<Uuid>,
    /// What.
    pub action: AuditAction,
    /// To what kind of thing.
    pub subject_kind: SubjectKind,
    /// To which.
    pub subject_id: Uuid,
    /// More about it; `changed` names the fields that were changed, as the API calls them.
    pub detail: Value,
}

impl From<audit_events::Model> for AuditEvent {
    fn from(row: audit_events::Model) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            detail: row.detail,
        }
    }
}

/// One thing that was done to the installation: to its plugins, its people or its boards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InstallationEvent {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// By what kind of actor.
    pub actor_kind: ActorKind,
    /// Which user.
    pub actor_id: Option<Uuid>,
    /// What.
    pub action: AuditAction,
    /// To what kind of thing.
    pub subject_kind: SubjectKind,
    /// To which: a plugin's id, or the UUID of anything else.
    pub subject_id: String,
    /// More about it.
    pub detail: Value,
}

impl From<installation_events::Model> for InstallationEvent {
    fn from(row: installation_events::Model) -> Self {
        Self {
            id: row.id,
            at: row.at,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id,
            detail: row.detail,
        }
    }
}

/// A tenant's audit log.
#[derive(Debug)]
pub struct AuditLog<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// What was done, and by whom.
    pub fn audit(&self) -> AuditLog<'_> {
        AuditLog(self)
    }
}

impl AuditLog<'_> {
    /// The events of one subject, or of all, newest first.
    pub async fn list(
        &self,
        subject_id: Option<Uuid>,
        cursor: Option<&str>,
        limit: Option<u64>,
    ) -> Result<Page<AuditEvent>> {
        let limit = clamp_limit(limit);
        let mut query = self.0.find::<audit_events::Entity>();
        if let Some(id) = subject_id {
            query = query.filter(audit_events::Column::SubjectId.eq(id));
        }
        if let Some(cursor) = cursor.and_then(Cursor::decode) {
            query = query.filter(audit_events::Column::Id.lt(cursor.id));
        }
        let rows = query.order_by_desc(audit_events::Column::Id).limit(limit + 1).all(self.0.store().db()).await?;
        let page = Page::cut(rows, limit, |row| Cursor { at: row.at, id: row.id });
        Ok(page.map(AuditEvent::from))
    }
}

/// The installation's audit log: plugins, people and boards. Its operator reads it, and nobody else.
#[derive(Debug)]
pub struct InstallationLog<'a>(pub(super) &'a Store);

impl Store {
    /// What was done to the installation, and by whom.
    pub fn installation_log(&self) -> InstallationLog<'_> {
        InstallationLog(self)
    }
}

impl InstallationLog<'_> {
    /// Every event, newest first.
    pub async fn list(&self, cursor: Option<&str>, limit: Option<u64>) -> Result<Page<InstallationEvent>> {
        use installation_events::{Column, Entity};
        let limit = clamp_limit(limit);
        let mut query = Entity::find();
        if let Some(cursor) = cursor.and_then(Cursor::decode) {
            query = query.filter(Column::Id.lt(cursor.id));
        }
        let rows = query.order_by_desc(Column::Id).limit(limit + 1).all(self.0.db()).await?;
        let page = Page::cut(rows, limit, |row| Cursor { at: row.at, id: row.id });
        Ok(page.map(InstallationEvent::from))
    }

    /// Whether something was done to something since then.
    pub(super) async fn says(&self, action: AuditAction, subject_id: &str, since: DateTime<Utc>) -> Result<bool> {
        use installation_events::{Column, Entity};
        let found = Entity::find().filter(Column::SubjectId.eq(subject_id)).filter(Column::At.gt(since));
        Ok(found.filter(Column::Action.eq(action)).one(self.0.db()).await?.is_some())
    }
}
