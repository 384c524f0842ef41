//! Pages for staff, at the base address only.

mod channel;
mod channel_new;
mod channels;
mod decide;
mod job;
mod job_edit;
mod jobs;
mod placements;
mod queue;
mod refusal;

use axum::Router;

use crate::state::AppState;

pub(super) fn router() -> Router<AppState> {
    Router::new()
        .merge(queue::router())
        .merge(jobs::router())
        .merge(job::router())
        .merge(decide::router())
        .merge(job_edit::router())
        .merge(placements::router())
        .merge(channels::router())
        .merge(channel_new::router())
        .merge(channel::router())
}
