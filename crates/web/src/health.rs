//! For whoever watches over the instance: is it alive, can it work, how is it doing.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::figures::Figures;
use crate::state::AppState;

/// How long the database may take to answer before the instance counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers. Nothing else is asked: restarting it would not bring a database back.
async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(state): State<AppState>) -> Response {
    match tokio::time::timeout(PATIENCE, state.store.ping()).await {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database can't be reached");
            not_ready()
        }
        Err(_) => {
            tracing::warn!("not ready: the database doesn't answer");
            not_ready()
        }
    }
}

fn not_ready() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "the database can't be reached\n").into_response()
}

async fn metrics(State(state): State<AppState>) -> Response {
    let mut text = String::new();
    state.metrics.write(&mut text);
    let asked = tokio::time::timeout(PATIENCE, Figures::count(&state.store)).await;
    match asked {
        Ok(Ok(figures)) => {
            by_state(&mut text, "tablon_jobs", "Jobs of all boards by state.", &figures.jobs);
            by_state(&mut text, "tablon_placements", "Copies of jobs on channels by state.", &figures.placements);
            gauge(&mut text, "tablon_database_up", "Whether the database answered.", 1);
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the figures can't be read");
            gauge(&mut text, "tablon_database_up", "Whether the database answered.", 0);
        }
        Err(_) => gauge(&mut text, "tablon_database_up", "Whether the database answered.", 0),
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn by_state(text: &mut String, name: &str, help: &str, counts: &BTreeMap<&'static str, u64>) {
    use std::fmt::Write as _;
    // Writing to a String can't fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (state, count) in counts {
        let _ = writeln!(text, "{name}{{state=\"{state}\"}} {count}");
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    use std::fmt::Write as _;
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}
