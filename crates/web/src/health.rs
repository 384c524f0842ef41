//! Monitoring: is the process alive, is it ready, and its metrics.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRef, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tablon_core::Store;

use crate::error::PageError;
use crate::figures::Figures;
use crate::observe::Metrics;

/// How long the database may take to answer before the instance counts as not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/healthz`, `/readyz`, `/metrics`.
pub(crate) fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Store: FromRef<S>,
    Arc<Metrics>: FromRef<S>,
{
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(figures))
}

/// The process answers. Nothing else is checked: a restart wouldn't bring a database back.
async fn healthz() -> &'static str {
    "ok\n"
}

async fn readyz(State(store): State<Store>) -> Response {
    match tokio::time::timeout(PATIENCE, store.ping()).await {
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

/// Only for scrapers in the same network: others needn't know how busy a board is. A request through a reverse proxy is
/// refused.
async fn figures(
    State(store): State<Store>,
    State(metrics): State<Arc<Metrics>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let nearby = peer.is_some_and(|Extension(ConnectInfo(peer))| is_nearby(peer.ip()));
    if !nearby || headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded") {
        return PageError::NotFound.into_response();
    }
    let mut text = String::new();
    metrics.write(&mut text);
    let is_up = matches!(tokio::time::timeout(PATIENCE, store.ping()).await, Ok(Ok(())));
    gauge(&mut text, "tablon_database_up", "Whether the database answered.", is_up.into());
    if is_up {
        match tokio::time::timeout(PATIENCE, Figures::count(&store)).await {
            Ok(Ok(figures)) => figures_of(&mut text, &figures),
            Ok(Err(error)) => tracing::warn!(%error, "the figures can't be read"),
            Err(_) => tracing::warn!("counting the figures takes too long"),
        }
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// Loopback, private (RFC 1918, RFC 4193), shared (RFC 6598) and link-local addresses.
fn is_nearby(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

fn figures_of(text: &mut String, figures: &Figures) {
    counts(text, "tablon_jobs", "Jobs of all boards by state.", "state", &figures.jobs);
    counts(text, "tablon_placements", "Copies of jobs on channels by state.", "state", &figures.placements);
    counts(text, "tablon_attempts", "Recorded calls of plugins by outcome.", "outcome", &figures.attempts);
}

fn counts<K: Display>(text: &mut String, name: &str, help: &str, label: &str, counts: &BTreeMap<K, u64>) {
    use std::fmt::Write as _;
    // Writing to a String can't fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (value, count) in counts {
        let _ = writeln!(text, "{name}{{{label}=\"{value}\"}} {count}");
    }
}

fn gauge(text: &mut String, name: &str, help: &str, value: u64) {
    use std::fmt::Write as _;
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_is_in_the_same_network() {
        for nearby in
            ["127.0.0.1", "::1", "10.0.3.4", "192.168.1.2", "172.31.0.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(is_nearby(nearby.parse().expect("an address")), "{nearby}");
        }
        for distant in ["203.0.113.7", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!is_nearby(distant.parse().expect("an address")), "{distant}");
        }
    }
}
