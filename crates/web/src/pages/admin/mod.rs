//! Pages for staff, at the base address only.

mod channel;
mod channel_delivery;
mod channel_head;
mod channel_history;
mod channel_mail;
mod channel_new;
mod channel_remove;
mod channel_template;
mod channels;
mod decide;
mod delivery_form;
mod history;
mod job;
mod job_edit;
mod jobs;
mod mail;
mod mail_server;
mod members;
mod notifications;
mod placement;
mod placement_answers;
mod placements;
mod queue;
mod refusal;
mod settings;
mod settings_form;

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
        .merge(placement::router())
        .merge(placement_answers::router())
        .merge(channels::router())
        .merge(channel_new::router())
        .merge(channel::router())
        .merge(channel_template::router())
        .merge(channel_delivery::router())
        .merge(channel_mail::router())
        .merge(channel_remove::router())
        .merge(channel_history::router())
        .merge(mail::router())
        .merge(mail_server::router())
        .merge(notifications::router())
        .merge(settings::router())
        .merge(members::router())
}
