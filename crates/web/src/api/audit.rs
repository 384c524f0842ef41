//! What was done on the board, and by whom.

use axum::Json;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tablon_core::store::AuditEvent;
use tablon_core::{ActorKind, AuditAction, SubjectKind};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForQueries, ForStaff, List};
use super::query::{Paging, query_params};
use crate::auth::{AsAdmin, Bearer};
use crate::problem::Problem;

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub(crate) struct AuditOut {
    id: Uuid,
    at: DateTime<Utc>,
    actor: ActorOut,
    action: AuditAction,
    subject: SubjectOut,
    /// More about it: ids, numbers, and in `changed` the names of the fields that were changed. Never a value that
    /// somebody typed.
    #[schema(value_type = Object)]
    detail: Value,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor)]
pub(crate) struct ActorOut {
    kind: ActorKind,
    /// Which user or token.
    id: Option<Uuid>,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Subject)]
pub(crate) struct SubjectOut {
    kind: SubjectKind,
    id: Uuid,
}

impl From<AuditEvent> for AuditOut {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor: ActorOut { kind: event.actor_kind, id: event.actor_id },
            action: event.action,
            subject: SubjectOut { kind: event.subject_kind, id: event.subject_id },
            detail: event.detail,
        }
    }
}

query_params! {
    /// Which events.
    pub(crate) struct AuditQuery {
        /// Only what was done to the thing with this id.
        subject: Option<Uuid>,
        page: Paging,
    }
}

/// List what was done.
///
/// Newest first. Needs the role admin.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit_events", tag = "board", security(("token" = [])),
    params(AuditQuery),
    responses((status = 200, description = "The events.", body = List<AuditOut>), ForStaff, ForQueries)
)]
pub(crate) async fn list(
    caller: Bearer<AsAdmin>,
    AuditQuery { subject, page: Paging { cursor, limit } }: AuditQuery,
) -> Result<Json<List<AuditOut>>, Problem> {
    let page = caller.tenant.audit().list(subject, cursor.as_deref(), limit).await?;
    Ok(Json(page.map(AuditOut::from).into()))
}
