//! What was done to a job, a channel or a copy, for people.

use tablon_core::{ActorKind, TenantScope};
use uuid::Uuid;

use crate::error::PageError;
use crate::pages::form_view::Speech;
use crate::pages::views::Event;

/// A page of the events of one thing, newest first, and the next page's cursor. An event of a newer version than
/// this theme has no words yet and is left out.
pub(super) async fn of(
    tenant: &TenantScope,
    id: Uuid,
    (cursor, limit): (Option<&str>, u64),
    speech: &Speech<'_>,
) -> Result<(Vec<Event>, Option<String>), PageError> {
    let page = tenant.audit().list(Some(id), cursor, Some(limit)).await?;
    let staff = tenant.members().list().await?;
    let named = page.items.into_iter().map(|event| {
        let member = event.actor_id.and_then(|id| staff.iter().find(|member| member.user.id == id));
        let who = member.map(|m| if m.user.name.is_empty() { m.user.email.clone() } else { m.user.name.clone() });
        let who = who.or_else(|| match event.actor_kind {
            ActorKind::System => Some("Tablón".to_owned()),
            ActorKind::CommandLine => speech.say("history-by-command-line"),
            ActorKind::Token => speech.say("history-by-token"),
            ActorKind::User | ActorKind::Poster | ActorKind::Visitor => None,
        });
        Event { at: event.at, what: event.action.as_str().replace('.', "-"), who }
    });
    let known = named.filter(|event| speech.say(&format!("audit-{}", event.what)).is_some());
    Ok((known.collect(), page.next_cursor))
}
