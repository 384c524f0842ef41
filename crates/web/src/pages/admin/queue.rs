//! What waits for a moderator, and what else needs somebody.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::store::{ChannelState, PlacementState};
use tablon_core::{Role, TenantScope};

use super::channels::problem;
use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::frame::{admin_root, changed, frame, page, staff_view, submitted};
use crate::pages::job_view::card;
use crate::pages::params::{Params, with_query};
use crate::pages::views::{Attention, FirstStep, JobCard, Queue};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin", get(queue))
}

async fn queue(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    params: Params,
) -> Result<Response, PageError> {
    let admin = admin_root(&visitor);
    let cursor = params.some("cursor").map(str::to_owned);
    let first_page = cursor.is_none();
    let found = tenant.jobs().list(&tablon_core::JobQuery { cursor, ..submitted() }).await?;
    let review = |job: &tablon_core::Job| card(job, format!("{admin}/jobs/{}", job.id), visitor.locale);
    let mut jobs: Vec<JobCard> = Vec::new();
    if first_page {
        // Changes first: their old text is what people read meanwhile.
        jobs.extend(tenant.jobs().list(&changed()).await?.items.iter().map(review));
    }
    jobs.extend(found.items.iter().map(review));
    let view = Queue {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "queue").await?,
        done: params.done(),
        attention: attention(&state, &visitor, &tenant, &admin).await?,
        first_steps: first_steps(&tenant, &staff, &admin).await?,
        jobs,
        next_url: found.next_cursor.as_deref().map(|cursor| with_query(&admin, &[("cursor", cursor)])),
        has_channels: !tenant.channels().list().await?.is_empty(),
        submit_url: format!("{}/submit", tenant.public_url()),
    };
    page(&state, &visitor, "pages/admin/queue.html", view)
}

/// The first steps of a new board, for those who can take them.
async fn first_steps(
    tenant: &TenantScope,
    staff: &Staff<AsModerator>,
    admin: &str,
) -> Result<Vec<FirstStep>, PageError> {
    if !staff.may(Role::Admin) {
        return Ok(Vec::new());
    }
    let Some(steps) = tenant.first_steps().await? else { return Ok(Vec::new()) };
    let step = |name, done, url| FirstStep { name, done, url };
    Ok(vec![
        step("describe", steps.described, format!("{admin}/settings#f-description")),
        step("settings", steps.settings, format!("{admin}/settings")),
        step("channel", steps.channel, format!("{admin}/channels/new")),
        step("team", steps.team, format!("{admin}/members")),
        step("offer", steps.offer, format!("{}/submit", tenant.public_url())),
    ])
}

async fn attention(
    state: &AppState,
    visitor: &Visitor,
    tenant: &TenantScope,
    admin: &str,
) -> Result<Vec<Attention>, PageError> {
    let mut attention = Vec::new();
    // A channel that a person paused needs nobody; one that was paused for them does.
    let asking = tenant.mail().asking().await?;
    for channel in tenant.channels().list().await? {
        if let Some((_, count)) = asking.iter().find(|(id, _)| *id == channel.id) {
            attention.push(Attention {
                kind: "digests",
                name: channel.name.clone(),
                count: *count,
                problem: None,
                url: format!("{admin}/channels/{}/mail", channel.id),
            });
        }
        if channel.state == ChannelState::Paused && channel.problem.is_some() {
            attention.push(Attention {
                kind: "paused",
                problem: problem(state, visitor, &channel),
                name: channel.name,
                count: 1,
                url: format!("{admin}/channels/{}", channel.id),
            });
        }
    }
    let counts = tenant.placements().counts_on(None).await?;
    let of = |state| counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count);
    let altered = tenant.placements().altered_on(None).await?;
    let kinds =
        [("unverified", of(PlacementState::Unverified)), ("failed", of(PlacementState::Failed)), ("drifted", altered)];
    for (kind, count) in kinds.into_iter().filter(|(_, count)| *count > 0) {
        let url = format!("{admin}/placements");
        attention.push(Attention { kind, name: String::new(), count, problem: None, url });
    }
    Ok(attention)
}
