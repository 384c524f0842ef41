//! The control surface under `/_fake/`: what a test in another process sees and changes.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

use super::delivery::{Delivery, Job};
use super::fault::Fault;
use super::world::Receiver;

/// | path | |
/// |---|---|
/// | `GET deliveries`, `DELETE deliveries` | what came over the wire |
/// | `GET events` | the payloads that were acted on |
/// | `GET jobs` | the jobs by id, as the events tell them |
/// | `GET violations` | what would have led a receiver astray |
/// | `GET faults`, `POST faults`, `DELETE faults` | one [`Fault`] or a list of them |
/// | `POST secret` | `{"secret"}`: another one from now on; with `"refuses_with": 400`, what a bad signature is answered |
/// | `POST advance` | `{"seconds"}`: the receiver's clock |
pub(super) fn router() -> Router<Receiver> {
    Router::new()
        .route("/deliveries", get(deliveries).delete(forget))
        .route("/events", get(events))
        .route("/jobs", get(jobs))
        .route("/violations", get(violations))
        .route("/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/secret", post(rotate))
        .route("/advance", post(advance))
}

async fn deliveries(State(receiver): State<Receiver>) -> Json<Vec<Delivery>> {
    Json(receiver.deliveries())
}

async fn forget(State(receiver): State<Receiver>) {
    receiver.forget_deliveries();
}

async fn events(State(receiver): State<Receiver>) -> Json<Vec<Value>> {
    Json(receiver.events())
}

async fn jobs(State(receiver): State<Receiver>) -> Json<BTreeMap<String, Job>> {
    Json(receiver.jobs())
}

async fn violations(State(receiver): State<Receiver>) -> Json<Vec<String>> {
    Json(receiver.violations())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

async fn faults(State(receiver): State<Receiver>) -> Json<Vec<Fault>> {
    Json(receiver.lock().script.list())
}

async fn add_faults(State(receiver): State<Receiver>, Json(faults): Json<OneOrMany>) -> StatusCode {
    let faults = match faults {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    for fault in faults {
        receiver.fault(fault);
    }
    StatusCode::CREATED
}

async fn clear_faults(State(receiver): State<Receiver>) {
    receiver.clear_faults();
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

#[derive(Deserialize)]
struct Advance {
    seconds: u64,
}

async fn advance(State(receiver): State<Receiver>, Json(advance): Json<Advance>) {
    receiver.advance(Duration::from_secs(advance.seconds));
}
