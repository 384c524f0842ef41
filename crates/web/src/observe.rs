//! The record of each request: one log line and one count.
//!
//! Both name the route's template, never the requested address: addresses contain private links, one-time links and
//! people's searches.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::edge::REQUEST_ID;

/// The upper bounds of the duration histogram, in seconds.
const BOUNDS: [f64; 9] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

/// Requests that this process has answered.
#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(String, &'static str, u16), u64>>,
    durations: Mutex<Histogram>,
}

#[derive(Debug, Default, Clone)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    fn note(&self, route: &str, method: &'static str, status: u16, took: Duration) {
        *lock(&self.requests).entry((route.to_owned(), method, status)).or_default() += 1;
        let seconds = took.as_secs_f64();
        let mut durations = lock(&self.durations);
        for (bucket, bound) in durations.buckets.iter_mut().zip(BOUNDS) {
            *bucket += u64::from(seconds <= bound);
        }
        durations.count += 1;
        durations.sum += seconds;
    }

    /// Counts and logs an answered request.
    pub(crate) fn observed(
        &self,
        route: Option<&MatchedPath>,
        method: &Method,
        status: StatusCode,
        started: Instant,
        request_id: &HeaderValue,
    ) {
        let took = started.elapsed();
        let (method, route) = (label(method), route.map_or("unmatched", MatchedPath::as_str));
        self.note(route, method, status.as_u16(), took);
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let request_id = request_id.to_str().unwrap_or_default();
        if status.is_server_error() {
            tracing::warn!(request_id, method, route, status = status.as_u16(), took_ms, "request failed");
        } else {
            tracing::debug!(request_id, method, route, status = status.as_u16(), took_ms, "request answered");
        }
    }

    /// In the Prometheus text format.
    pub(crate) fn write(&self, text: &mut String) {
        use std::fmt::Write as _;
        // Writing to a String can't fail.
        let _ = writeln!(text, "# HELP tablon_http_requests_total Requests answered by this process.");
        let _ = writeln!(text, "# TYPE tablon_http_requests_total counter");
        for ((route, method, status), count) in &*lock(&self.requests) {
            let _ = writeln!(
                text,
                "tablon_http_requests_total{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}} {count}"
            );
        }
        let durations = lock(&self.durations).clone();
        let _ = writeln!(text, "# HELP tablon_http_request_duration_seconds Time to the answer's headers.");
        let _ = writeln!(text, "# TYPE tablon_http_request_duration_seconds histogram");
        for (bucket, bound) in durations.buckets.iter().zip(BOUNDS) {
            let _ = writeln!(text, "tablon_http_request_duration_seconds_bucket{{le=\"{bound}\"}} {bucket}");
        }
        let _ = writeln!(text, "tablon_http_request_duration_seconds_bucket{{le=\"+Inf\"}} {}", durations.count);
        let _ = writeln!(text, "tablon_http_request_duration_seconds_sum {}", durations.sum);
        let _ = writeln!(text, "tablon_http_request_duration_seconds_count {}", durations.count);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Methods as labels: a stranger could invent methods, and each would be a new label.
fn label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Layer inside the routing, so that the route's template is known.
pub async fn observe(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let request_id = request.headers().get(REQUEST_ID).cloned();
    let response = next.run(request).await;
    let request_id = request_id.unwrap_or_else(|| HeaderValue::from_static(""));
    metrics.observed(route.as_ref(), &method, response.status(), started, &request_id);
    response
}
