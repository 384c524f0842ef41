//! Copies of jobs as templates show them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tablon_core::TenantScope;
use tablon_core::job::JobState;
use tablon_core::store::{Attempt, Channel, Desired, Outcome, Placement, PlacementState, Presence};
use uuid::Uuid;

use super::form_view::Speech;
use super::views::{AttemptView, PlacementMay, PlacementView};
use crate::error::PageError;

/// Copies for their poster: where, and whether they are there.
pub(super) async fn brief(tenant: &TenantScope, placements: Vec<Placement>) -> Result<Vec<PlacementView>, PageError> {
    let (channels, now) = (channels(tenant).await?, tenant.now());
    let public_name = |placement: &Placement| channels.get(&placement.channel_id).map(Channel::shown_name);
    let view = |placement: Placement| PlacementView {
        channel: public_name(&placement).unwrap_or_default().to_owned(),
        problem: None,
        due_at: None,
        checked_at: None,
        drift: None,
        may: PlacementMay::default(),
        ..view(placement, &channels, Vec::new(), (false, now))
    };
    Ok(placements.into_iter().map(view).collect())
}

/// A job's copies for staff: with what was tried and what to do.
pub(super) async fn full(
    tenant: &TenantScope,
    placements: Vec<Placement>,
    job: JobState,
    speech: &Speech<'_>,
) -> Result<Vec<PlacementView>, PageError> {
    let (channels, now) = (channels(tenant).await?, tenant.now());
    let mut views = Vec::with_capacity(placements.len());
    for placement in placements {
        let attempts = tenant.placements().attempts(placement.id).await?;
        let attempts = attempts.into_iter().map(|attempt| attempt_view(attempt, speech)).collect();
        views.push(view(placement, &channels, attempts, (job == JobState::Published, now)));
    }
    Ok(views)
}

/// Copies for a list: with what to do, and the jobs they are of.
pub(super) async fn listed(
    tenant: &TenantScope,
    placements: Vec<Placement>,
    admin: &str,
) -> Result<Vec<PlacementView>, PageError> {
    let (channels, now) = (channels(tenant).await?, tenant.now());
    let mut views = Vec::with_capacity(placements.len());
    for placement in placements {
        let job = placement.job_id;
        let job_url = Some(format!("{admin}/jobs/{job}"));
        let job = tenant.jobs().get(job).await?;
        let on_board = job.as_ref().is_some_and(|job| job.state == JobState::Published);
        let job_title = job.map(|job| job.content.title);
        let view = view(placement, &channels, Vec::new(), (on_board, now));
        views.push(PlacementView { job_title, job_url, ..view });
    }
    Ok(views)
}

/// How many of a job's copies would follow a change.
pub(super) fn live(placements: &[Placement]) -> u64 {
    placements.iter().filter(|p| p.state == PlacementState::Published).count() as u64
}

async fn channels(tenant: &TenantScope) -> Result<HashMap<Uuid, Channel>, PageError> {
    Ok(tenant.channels().list().await?.into_iter().map(|channel| (channel.id, channel)).collect())
}

/// Whether an attempt came to what it was made for.
const fn went_well(outcome: Outcome) -> bool {
    use Outcome as O;
    matches!(
        outcome,
        O::Published
            | O::Updated
            | O::Unsupported
            | O::Closed
            | O::Retracted
            | O::Located
            | O::Sent
            | O::NotSent
            | O::Repeatable
            | O::Present
    )
}

pub(super) fn attempt_view(attempt: Attempt, speech: &Speech<'_>) -> AttemptView {
    let outcome = attempt.outcome.as_str();
    AttemptView {
        at: attempt.at,
        went_well: went_well(attempt.outcome),
        outcome: speech.say(&format!("outcome-{}", outcome.replace('_', "-"))).unwrap_or_else(|| outcome.to_owned()),
        operation: attempt.operation,
        status: attempt.status,
        duration_ms: attempt.duration_ms,
        message: attempt.message,
    }
}

/// The sentence about how a copy stands: the last part of its message's key.
fn text(placement: &Placement, drift: Option<Presence>) -> &'static str {
    let up_to_date =
        placement.desired == Desired::Present && placement.actual_revision == Some(placement.desired_revision);
    match (placement.state, drift) {
        (_, Some(drift)) => drift.as_str(),
        (PlacementState::Published, None) if !up_to_date => "following",
        (PlacementState::Unverified, None) if placement.cause.is_some_and(is_fault) => "unverified-plugin",
        (PlacementState::Failed, None) => failure(placement.cause),
        (state, None) => state.as_str(),
    }
}

const fn is_fault(outcome: Outcome) -> bool {
    use Outcome as O;
    matches!(outcome, O::PluginTrapped | O::PluginTimeout | O::PluginOversized | O::PluginFault)
}

/// Who failed: not everything that went wrong is a platform's refusal.
const fn failure(cause: Option<Outcome>) -> &'static str {
    use Outcome as O;
    match cause {
        Some(O::Rejected | O::Gone) => "failed",
        Some(O::Transient | O::RateLimited | O::Uncertain) => "failed-unreachable",
        Some(O::InvalidSettings | O::Unauthorized) => "failed-channel",
        Some(O::Elsewhere) => "failed-elsewhere",
        Some(O::PluginTrapped) => "failed-plugin-trapped",
        Some(O::PluginTimeout) => "failed-plugin-timeout",
        Some(O::PluginOversized) => "failed-plugin-oversized",
        Some(O::PluginFault) => "failed-plugin-fault",
        _ => "failed-other",
    }
}

fn view(
    placement: Placement,
    channels: &HashMap<Uuid, Channel>,
    attempts: Vec<AttemptView>,
    (on_board, now): (bool, DateTime<Utc>),
) -> PlacementView {
    let channel = channels.get(&placement.channel_id);
    let state = placement.state;
    // Of copies that are there, a later attempt is an update or a retraction that has failed so far. What is
    // due now is on its way and needs nobody.
    let may_wait = matches!(state, PlacementState::Pending | PlacementState::Published | PlacementState::Closed);
    let waits = may_wait && placement.due_at.is_some_and(|due| due > now);
    let is_live = matches!(state, PlacementState::Published | PlacementState::Outdated);
    let is_there = is_live || matches!(state, PlacementState::Closed | PlacementState::Remains);
    let drift = placement.presence.filter(|presence| match presence {
        Presence::Altered => is_live,
        Presence::Absent => is_live || state == PlacementState::Failed,
        Presence::Present | Presence::Unknowable => false,
    });
    PlacementView {
        id: placement.id.to_string(),
        channel: channel.map(|c| c.name.clone()).unwrap_or_default(),
        channel_url: channel.and_then(|c| c.account_url.clone()),
        job_title: None,
        job_url: None,
        state,
        text: text(&placement, drift),
        drift,
        may: PlacementMay {
            answer: state == PlacementState::Unverified,
            adopt: (matches!(state, PlacementState::Failed | PlacementState::Blocked) || waits)
                && placement.url.is_none(),
            retry: match (state, drift) {
                (PlacementState::Outdated, Some(Presence::Altered)) => None,
                (_, Some(Presence::Altered)) => Some("restore"),
                (_, Some(_)) => Some("resend"),
                (PlacementState::Failed, _) => Some("retry"),
                (PlacementState::Retracted, _) => on_board.then_some("resend"),
                _ if waits => Some("now"),
                _ => None,
            },
            retract: is_there && placement.desired != Desired::Absent,
            check: is_live,
        },
        url: placement.url,
        problem: placement.problem,
        link_error: None,
        link_typed: String::new(),
        due_at: placement.due_at.filter(|_| waits),
        published_at: placement.published_at,
        checked_at: placement.checked_at,
        updated_at: placement.updated_at,
        attempts,
    }
}
