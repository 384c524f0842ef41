//! `tablon audit`: what was done on this instance, when, and by whom.

use std::collections::HashMap;

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;
use tablon_core::store::{AuditEvent, InstallationEvent};
use tablon_core::{ActorKind, AuditAction, Page, Store, SubjectKind, TenantScope};
use uuid::Uuid;

use crate::arguments::Audit;
use crate::config::Config;
use crate::instance;
use crate::output::{Output, table};

/// An event of either log.
#[derive(Serialize)]
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    /// The board's short name; none of an event of the installation.
    tenant: Option<String>,
    actor: Actor,
    action: AuditAction,
    subject: Subject,
    detail: Value,
}

#[derive(Serialize)]
struct Actor {
    kind: ActorKind,
    id: Option<Uuid>,
}

#[derive(Serialize)]
struct Subject {
    kind: SubjectKind,
    id: String,
}

impl Row {
    fn of_board(tenant: &TenantScope, event: AuditEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            tenant: Some(tenant.slug.clone()),
            actor: Actor { kind: event.actor_kind, id: event.actor_id },
            action: event.action,
            subject: Subject { kind: event.subject_kind, id: event.subject_id.to_string() },
            detail: event.detail,
        }
    }

    fn of_installation(event: InstallationEvent) -> Self {
        Self {
            id: event.id,
            at: event.at,
            tenant: None,
            actor: Actor { kind: event.actor_kind, id: event.actor_id },
            action: event.action,
            subject: Subject { kind: event.subject_kind, id: event.subject_id },
            detail: event.detail,
        }
    }

    /// The row of a table. The log holds ids; who they are is looked up now.
    fn cells(&self, people: &HashMap<Uuid, String>) -> Vec<String> {
        let person = |id: Uuid| people.get(&id).cloned();
        let who = self.actor.id.map(|id| person(id).unwrap_or_else(|| format!("{} {id}", self.actor.kind)));
        let of_user = (self.subject.kind == SubjectKind::User).then(|| self.subject.id.parse().ok().and_then(person));
        let subject = of_user.flatten().unwrap_or_else(|| format!("{} {}", self.subject.kind, self.subject.id));
        let changed = self.detail["changed"].as_array().map(Vec::as_slice).unwrap_or_default();
        vec![
            self.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            self.tenant.clone().unwrap_or_default(),
            who.unwrap_or_else(|| self.actor.kind.to_string()),
            self.action.to_string(),
            subject,
            changed.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        ]
    }
}

pub(super) async fn run(command: Audit, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    let limit = command.limit as usize;
    let (boards, mut rows) = match &command.tenant {
        Some(slug) => (vec![instance::board(&store, slug).await?], Vec::new()),
        None => (store.tenants().list().await?, of_installation(&store, limit).await?),
    };
    for board in &boards {
        rows.extend(of_board(board, limit).await?);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
    rows.truncate(limit);
    let people = store.users().list().await?.into_iter().map(|user| (user.id, user.email)).collect();
    output.print(&rows, |rows| {
        let cells: Vec<_> = rows.iter().map(|row| row.cells(&people)).collect();
        table(&["when", "board", "who", "what", "of", "changed"], &cells)
    })?;
    Ok(store.close().await?)
}

async fn of_installation(store: &Store, limit: usize) -> Result<Vec<Row>> {
    let log = store.installation_log();
    let events = newest(limit, async |cursor| log.list(cursor.as_deref(), Some(limit as u64)).await).await?;
    Ok(events.into_iter().map(Row::of_installation).collect())
}

async fn of_board(board: &TenantScope, limit: usize) -> Result<Vec<Row>> {
    let log = board.audit();
    let events = newest(limit, async |cursor| log.list(None, cursor.as_deref(), Some(limit as u64)).await).await?;
    Ok(events.into_iter().map(|event| Row::of_board(board, event)).collect())
}

/// The first items of a list that comes page by page.
async fn newest<T>(
    limit: usize,
    page: impl AsyncFn(Option<String>) -> tablon_core::Result<Page<T>>,
) -> tablon_core::Result<Vec<T>> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(cursor).await?;
        items.extend(next.items);
        cursor = next.next_cursor;
        if cursor.is_none() || items.len() >= limit {
            items.truncate(limit);
            return Ok(items);
        }
    }
}
