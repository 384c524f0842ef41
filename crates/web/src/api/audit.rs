//! What was done on the board, and by whom.

use axum::Json;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tablon_core::form::FieldProblem;
use tablon_core::store::AuditEvent;
use tablon_core::{ActorKind, AuditAction, SubjectKind};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::{ForQueries, ForStaff, List};
use super::query::Query;
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

/// List what was done.
///
/// Newest first. Needs the role admin.
#[utoipa::path(
    get, path = "/audit", operation_id = "list_audit_events", tag = "board", security(("token" = [])),
    params(
        ("subject" = Option<Uuid>, Query, description = "Only what was done to the thing with this id."),
        ("cursor" = Option<String>, Query, description = "The last page's `next_cursor`."),
        ("limit" = Option<u64>, Query, description = "How many items, 20 unless said, 100 at most."),
    ),
    responses((status = 200, description = "The events.", body = List<AuditOut>), ForStaff, ForQueries)
)]
pub(crate) async fn list(caller: Bearer<AsAdmin>, mut query: Query) -> Result<Json<List<AuditOut>>, Problem> {
    let limit = query.limit();
    let subject = query.text("subject").map(|text| text.parse::<Uuid>());
    let (cursor, subject) = match subject.transpose() {
        Ok(subject) => (query.text("cursor"), subject),
        Err(_) => return Err(Problem::field("/subject", FieldProblem::Said("subject must be an id".into()))),
    };
    query.finish()?;
    let page = caller.tenant.audit().list(subject, cursor.as_deref(), limit).await?;
    Ok(Json(page.map(AuditOut::from).into()))
}
