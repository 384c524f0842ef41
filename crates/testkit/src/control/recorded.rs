//! The control surface of a platform with an HTTP API: its requests and its clock.

use std::time::Duration;

use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::scripted;
use crate::fake::Served;
use crate::record::Request;
use crate::simulation::Simulation;

/// The routes of [`scripted`], and
///
/// | path | |
/// |---|---|
/// | `GET requests?of=`, `DELETE requests` | the recorded requests; only those of one method, operation or event |
/// | `POST advance` | `{"seconds"}`: the platform's clock |
pub(crate) fn recorded<W: Served>() -> Router<Simulation<W>> {
    scripted().route("/requests", get(requests::<W>).delete(forget::<W>)).route("/advance", post(advance::<W>))
}

#[derive(Deserialize)]
struct Wanted {
    of: Option<String>,
}

async fn requests<W: Served>(
    State(platform): State<Simulation<W>>,
    Query(wanted): Query<Wanted>,
) -> Json<Vec<Request<W::Details>>> {
    Json(match wanted.of {
        Some(call) => platform.requests_of(&call),
        None => platform.requests(),
    })
}

async fn forget<W: Served>(State(platform): State<Simulation<W>>) {
    platform.forget_requests();
}

#[derive(Deserialize)]
struct Advance {
    seconds: u64,
}

async fn advance<W: Served>(State(platform): State<Simulation<W>>, Json(advance): Json<Advance>) {
    platform.advance(Duration::from_secs(advance.seconds));
}
