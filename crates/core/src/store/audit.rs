//! What was done, when, and by whom.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::TenantScope;
use crate::actor::Actor;
use crate::entity::audit_events;
use crate::error::Result;
use crate::page::{Cursor, Page, clamp_limit};

/// One thing that was done. Holds ids, never a person's data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditEvent {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// By what kind of actor: `user`, `token`, `poster`, `visitor` or `system`.
    pub actor_kind: String,
    /// Which user or token.
    pub actor_id: Option<Uuid>,
    /// What: `job.approve`, `channel.pause`, …
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which.
    pub subject_id: Uuid,
    /// More about it.
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

/// A tenant's audit log.
#[derive(Debug)]
pub struct AuditLog<'a>(pub(super) &'a TenantScope);

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

/// Notes what is done, in the transaction that does it.
pub(super) async fn record(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    by: Actor,
    action: &str,
    (subject_kind, subject_id): (&str, Uuid),
    detail: Value,
) -> Result<()> {
    row(scope, by, action, (subject_kind, subject_id), detail).insert(tx).await?;
    Ok(())
}

/// What is noted, for those who write many rows at once.
pub(super) fn row(
    scope: &TenantScope,
    by: Actor,
    action: &str,
    (subject_kind, subject_id): (&str, Uuid),
    detail: Value,
) -> audit_events::ActiveModel {
    audit_events::ActiveModel {
        tenant_id: Set(scope.id),
        id: Set(Uuid::now_v7()),
        at: Set(scope.now()),
        actor_kind: Set(by.kind().to_owned()),
        actor_id: Set(by.id()),
        action: Set(action.to_owned()),
        subject_kind: Set(subject_kind.to_owned()),
        subject_id: Set(subject_id),
        detail: Set(detail),
    }
}
