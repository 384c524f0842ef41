//! The control surface under `/_fake/`: a test in another process reads and changes every simulated platform with it.

#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
mod recorded;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

use crate::fault::Fault;
use crate::simulation::{Simulation, World};

#[cfg(any(feature = "telegram", feature = "discord", feature = "receiver"))]
pub(crate) use recorded::recorded;

/// | path | |
/// |---|---|
/// | `GET violations` | mistakes that the platform accepts |
/// | `GET faults`, `POST faults`, `DELETE faults` | one [`Fault`] or a list of them |
pub(crate) fn scripted<W: World>() -> Router<Simulation<W>> {
    Router::new()
        .route("/violations", get(violations::<W>))
        .route("/faults", get(faults::<W>).post(add_faults::<W>).delete(clear_faults::<W>))
}

async fn violations<W: World>(State(platform): State<Simulation<W>>) -> Json<Vec<W::Violation>> {
    Json(platform.violations())
}

async fn faults<W: World>(State(platform): State<Simulation<W>>) -> Json<Vec<Fault<W::Action, W::Call>>> {
    Json(platform.faults())
}

#[derive(Deserialize)]
#[serde(untagged, bound(deserialize = "A: serde::de::DeserializeOwned, C: serde::de::DeserializeOwned"))]
enum OneOrMany<A, C> {
    Many(Vec<Fault<A, C>>),
    One(Fault<A, C>),
}

async fn add_faults<W: World>(
    State(platform): State<Simulation<W>>,
    Json(faults): Json<OneOrMany<W::Action, W::Call>>,
) -> StatusCode {
    let faults = match faults {
        OneOrMany::Many(faults) => faults,
        OneOrMany::One(fault) => vec![fault],
    };
    for fault in faults {
        platform.fault(fault);
    }
    StatusCode::CREATED
}

async fn clear_faults<W: World>(State(platform): State<Simulation<W>>) {
    platform.clear_faults();
}

/// 404 with this message, unless `so`.
#[cfg(any(feature = "telegram", feature = "discord"))]
pub(crate) fn found(so: bool, what: &str) -> Result<(), (StatusCode, String)> {
    if so { Ok(()) } else { Err((StatusCode::NOT_FOUND, format!("there is no such {what}"))) }
}
