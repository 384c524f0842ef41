//! Every job of the board, by state.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use tablon_core::job::JobState;
use tablon_core::page::Page;
use tablon_core::{Error, JobQuery};

use crate::auth::{AsModerator, Staff};
use crate::error::PageError;
use crate::pages::form_view::{Speech, sentence};
use crate::pages::frame::{admin_root, frame, page, staff_view};
use crate::pages::job_view::card;
use crate::pages::params::{Params, with_query};
use crate::pages::views::{AdminJobs, StateTab};
use crate::state::AppState;
use crate::tenancy::CurrentTenant;
use crate::visitor::Visitor;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/admin/jobs", get(jobs))
}

async fn jobs(
    State(state): State<AppState>,
    visitor: Visitor,
    CurrentTenant(tenant): CurrentTenant,
    staff: Staff<AsModerator>,
    params: Params,
) -> Result<Response, PageError> {
    let admin = admin_root(&visitor);
    let current: Option<JobState> = params.text("state").parse().ok();
    let q = params.text("q").to_owned();
    let query = JobQuery {
        q: params.some("q").map(str::to_owned),
        states: current.into_iter().collect(),
        cursor: params.some("cursor").map(str::to_owned),
        ..JobQuery::default()
    };
    let speech = Speech::new(&state, &visitor);
    let (found, q_error) = match tenant.jobs().list(&query).await {
        Ok(found) => (found, None),
        Err(Error::Invalid(errors)) => {
            (Page { items: Vec::new(), next_cursor: None }, errors.0.first().map(|e| sentence(&speech, &e.problem)))
        }
        Err(error) => return Err(error.into()),
    };
    let mut states = Vec::new();
    for state in JobState::ALL {
        let count = tenant.jobs().count(&JobQuery { states: vec![state], ..JobQuery::default() }).await?;
        if count > 0 || Some(state) == current {
            states.push(StateTab { name: state.as_str(), count });
        }
    }
    let list = format!("{admin}/jobs");
    let name = current.map_or("", JobState::as_str);
    let next = |cursor: &str| with_query(&list, &[("state", name), ("q", &q), ("cursor", cursor)]);
    let view = AdminJobs {
        frame: frame(&state, &visitor),
        staff: staff_view(&visitor, &tenant, &staff, "jobs").await?,
        done: params.done(),
        current: current.map(JobState::as_str),
        states,
        jobs: found.items.iter().map(|job| card(job, format!("{list}/{}", job.id), visitor.locale)).collect(),
        next_url: found.next_cursor.as_deref().map(next),
        q: q.clone(),
        q_error,
    };
    page(&state, &visitor, "pages/admin/jobs.html", view)
}
