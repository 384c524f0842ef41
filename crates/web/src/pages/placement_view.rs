//! Copies of jobs as templates show them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use tablon_core::TenantScope;
use tablon_core::store::{Channel, Desired, Placement, PlacementState};
use uuid::Uuid;

use super::views::{AttemptView, PlacementMay, PlacementView};
use crate::error::PageError;

/// Copies for their poster: where, and whether they are there.
pub(super) async fn brief(tenant: &TenantScope, placements: Vec<Placement>) -> Result<Vec<PlacementView>, PageError> {
    let (channels, now) = (channels(tenant).await?, tenant.now());
    let view = |placement| PlacementView {
        problem: None,
        due_at: None,
        may: PlacementMay::default(),
        ..view(placement, &channels, Vec::new(), now)
    };
    Ok(placements.into_iter().map(view).collect())
}

/// Copies for staff: with what was tried and what to do.
pub(super) async fn full(tenant: &TenantScope, placements: Vec<Placement>) -> Result<Vec<PlacementView>, PageError> {
    let (channels, now) = (channels(tenant).await?, tenant.now());
    let mut views = Vec::with_capacity(placements.len());
    for placement in placements {
        let attempts = tenant.placements().attempts(placement.id).await?;
        let attempts = attempts.into_iter().map(|attempt| AttemptView {
            at: attempt.at,
            operation: attempt.operation,
            outcome: attempt.outcome,
            status: attempt.status,
            duration_ms: attempt.duration_ms,
            message: attempt.message,
        });
        views.push(view(placement, &channels, attempts.collect(), now));
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

fn view(
    placement: Placement,
    channels: &HashMap<Uuid, Channel>,
    attempts: Vec<AttemptView>,
    now: DateTime<Utc>,
) -> PlacementView {
    let channel = channels.get(&placement.channel_id);
    let state = placement.state;
    // Of copies that are there, a later attempt is an update or a retraction that has failed so far. What is
    // due now is on its way and needs nobody.
    let may_wait = matches!(state, PlacementState::Pending | PlacementState::Published | PlacementState::Closed);
    let waits = may_wait && placement.due_at.is_some_and(|due| due > now);
    PlacementView {
        id: placement.id.to_string(),
        channel: channel.map(|c| c.name.clone()).unwrap_or_default(),
        channel_url: channel.and_then(|c| c.account_url.clone()),
        job_title: None,
        job_url: None,
        state: state.as_str(),
        follows: state == PlacementState::Published
            && (placement.desired != Desired::Present || placement.actual_revision != Some(placement.desired_revision)),
        url: placement.url,
        problem: placement.problem,
        link_error: None,
        link_typed: String::new(),
        due_at: placement.due_at.filter(|_| waits),
        attempts,
        may: PlacementMay {
            answer: state == PlacementState::Unverified,
            retry: state == PlacementState::Failed || waits,
            retract: matches!(state, PlacementState::Published | PlacementState::Closed)
                && placement.desired != Desired::Absent,
        },
    }
}
