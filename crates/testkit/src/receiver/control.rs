//! The control surface under `/_fake/`: what a test in another process sees and changes.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::delivery::Job;
use super::world::Receiver;
use crate::control::recorded;

/// What every platform has ([`recorded`]), and
///
/// | path | |
/// |---|---|
/// | `GET events` | the payloads that were acted on |
/// | `GET jobs` | the jobs by id, as the events tell them |
/// | `POST secret` | `{"secret"}`: another one from now on; with `"refuses_with": 400`, what a bad signature is answered |
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
    /// What a bad signature is answered with from now on.
    refuses_with: Option<u16>,
}

async fn rotate(State(receiver): State<Receiver>, Json(rotation): Json<Rotation>) {
    receiver.rotate(&rotation.secret);
    if let Some(status) = rotation.refuses_with {
        receiver.refuse_signatures_with(status);
    }
}
