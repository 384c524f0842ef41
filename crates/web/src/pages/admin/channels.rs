//! The board's channels.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::{Channel, ProblemKind};
use tablon_publisher::Plugin;

use crate::auth::{AsAdmin, Staff};
use crate::error::PageError;
use crate::pages::form_view::Speech;
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::plugin_name;
use crate::pages::params::Params;
use crate::pages::views::{ChannelCard, ChannelProblem, Channels, ProblemWords};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/channels", get(channels))
}

async fn channels(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsAdmin>,
    params: Params,
) -> Result<Response, PageError> {
    let channels = tenant.channels().list().await?;
    let view = Channels {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "channels").await?,
        done: params.done(),
        channels: channels.iter().map(|channel| card(&state, &visitor, channel)).collect(),
    };
    page(&state, &visitor, "pages/admin/channels.html", view)
}

/// A channel as it stands in lists and at the head of its page.
pub(super) fn card(state: &AppState, visitor: &Visitor, channel: &Channel) -> ChannelCard {
    ChannelCard {
        name: channel.name.clone(),
        url: format!("{}/channels/{}", admin_root(visitor), channel.id),
        plugin_name: plugin_name(state, visitor.locale, channel),
        state: channel.state.as_str(),
        problem: problem(state, visitor, channel),
        warnings: channel.findings.warnings.clone(),
        warnings_lang: foreign(visitor, channel),
        account: channel.account_label.clone(),
        account_url: channel.account_url.clone(),
    }
}

/// Why a channel is paused, field by field where that is known.
pub(super) fn problem(state: &AppState, visitor: &Visitor, channel: &Channel) -> Option<ChannelProblem> {
    let (findings, plugin) = (&channel.findings, state.host.plugin(&channel.plugin));
    if channel.problem.is_none() && findings.kind.is_none() {
        return None;
    }
    let speech = Speech::new(state, visitor);
    let words = if findings.fields.is_empty() {
        let words = channel.problem.iter().filter(|_| !findings.kind.is_some_and(says_it_all));
        words.map(|words| ProblemWords { field: None, words: words.clone() }).collect()
    } else {
        let words = findings.fields.iter().map(|one| ProblemWords {
            field: plugin.as_deref().and_then(|plugin| label(&speech, plugin, &one.pointer)),
            words: one.message.clone(),
        });
        words.collect()
    };
    let kind = findings.kind.map(ProblemKind::as_str);
    Some(ChannelProblem { kind, words, lang: foreign(visitor, channel) })
}

/// Whether the sentence about the kind leaves nothing to add: of a platform that didn't answer there are no words.
fn says_it_all(kind: ProblemKind) -> bool {
    match kind {
        ProblemKind::NoAnswer | ProblemKind::Busy | ProblemKind::NotGranted | ProblemKind::Unsubscribed => true,
        ProblemKind::Settings
        | ProblemKind::Credential
        | ProblemKind::Platform
        | ProblemKind::Plugin
        | ProblemKind::Secrets
        | ProblemKind::MailServer => false,
    }
}

/// The label of the field that a pointer leads to: `/settings/chat_id`, `/secrets/bot_token`.
fn label(speech: &Speech<'_>, plugin: &Plugin, pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix("/settings/").or_else(|| pointer.strip_prefix("/secrets/"))?;
    let field = plugin.description().settings_schema.fields.iter().find(|field| field.name == name)?;
    Some(speech.label(field))
}

/// The language of what was found, if it isn't the page's.
fn foreign(visitor: &Visitor, channel: &Channel) -> Option<String> {
    channel.findings.locale.clone().filter(|locale| locale != visitor.locale)
}
