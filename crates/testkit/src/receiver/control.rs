//! The control surface under `/_fake/`: a test in another process reads and changes the receiver with it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::delivery::Job;
use super::world::Receiver;
use crate::control::recorded;

/// The routes of every platform ([`recorded`]), and
///
/// | path | |
/// |---|---|
/// | `GET events` | the payloads of handled events |
/// | `GET jobs` | the jobs by id, as the events describe them |
/// | `POST secret` | `{"secret"}`: the new secret; with `"refuses_with": 400`, the status for a bad signature |
pub(super) fn router() -> Router<Receiver> {
    recorded().route("/events", get(events)).route("/jobs", get(jobs)).route("/secret", post(rotate))
}

async fn events(State(receiver): State<Receiver>) -> Json<Vec<Value>> {
    Json(receiver.events())
}

async fn jobs(State(receiver): State<Receiver>) -> Json<BTreeMap<String, Job>> {
    Json(receiver.jobs())
}

#[derive(Deserialize)]
struct Rotation {
    secret: String,
    /// The new status for a bad signature.
    refuses_with: Option<u16>,
}

async fn rotate(State(receiver): State<Receiver>, Json(rotation): Json<Rotation>) {
    receiver.rotate(&rotation.secret);
    if let Some(status) = rotation.refuses_with {
        receiver.refuse_signatures_with(status);
    }
}
