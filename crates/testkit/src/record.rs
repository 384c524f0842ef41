//! The recorded requests, and the platform's clock.

use std::ops::Deref;
use std::time::{Duration, SystemTime};

use axum::http::{HeaderName, HeaderValue, header, request::Parts};
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

/// A request to a simulated platform. Derefs to the platform's reading of it.
#[derive(Debug, Clone, Serialize)]
pub struct Request<D> {
    /// Counted from 1.
    pub number: u64,
    /// When it came, by the platform's clock.
    pub at: DateTime<Utc>,
    /// `GET`, `POST`, `PATCH`, `DELETE`, …
    pub http_method: String,
    /// With `<token>` instead of a token.
    pub path: String,
    /// In the order they came; header names are in lower case, the token of `Authorization` is `<token>`.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; as text in JSON.
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// The platform's reading of it.
    #[serde(flatten)]
    pub details: D,
    /// The HTTP status of the answer; `None` while it runs, or if the connection was reset.
    pub status: Option<u16>,
    /// Why it was refused.
    pub refusal: Option<String>,
    /// Did it change or send something?
    pub acted: bool,
}

impl<D> Deref for Request<D> {
    type Target = D;

    fn deref(&self) -> &D {
        &self.details
    }
}

fn as_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}

/// A platform's reading of a request.
pub trait Details: Clone + std::fmt::Debug + Serialize + Send + 'static {
    /// The request's name on the platform, which faults use: a method, an operation, an event.
    fn call(&self) -> &str;
}

/// The requests so far, and the difference between the platform's clock and the machine's.
#[derive(Debug)]
pub struct Record<D> {
    pub(crate) requests: Vec<Request<D>>,
    pub(crate) ahead: Duration,
}

impl<D> Default for Record<D> {
    fn default() -> Self {
        Self { requests: Vec::new(), ahead: Duration::ZERO }
    }
}

impl<D> Record<D> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a platform has a clock of its own, which its tests move with `advance`"
    )]
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (SystemTime::now() + self.ahead).into()
    }

    /// Stores a request, and returns its number.
    pub(crate) fn keep(&mut self, parts: &Parts, path: String, body: &[u8], details: D) -> u64 {
        let number = self.requests.last().map_or(1, |last| last.number + 1);
        self.requests.push(Request {
            number,
            at: self.now(),
            http_method: parts.method.to_string(),
            path,
            headers: parts.headers.iter().map(|(name, value)| kept_header(name, value)).collect(),
            body: body.to_vec(),
            details,
            status: None,
            refusal: None,
            acted: false,
        });
        number
    }

    pub(crate) fn request_mut(&mut self, number: u64) -> Option<&mut Request<D>> {
        self.requests.iter_mut().rev().find(|request| request.number == number)
    }

    /// Records the answer to a request.
    pub(crate) fn answered(&mut self, number: u64, status: u16, refusal: Option<&str>) {
        if let Some(request) = self.request_mut(number) {
            request.status = Some(status);
            request.refusal = refusal.map(str::to_owned);
        }
    }

    /// Records that the request changed or sent something.
    pub(crate) fn acted(&mut self, number: u64) {
        if let Some(request) = self.request_mut(number) {
            request.acted = true;
        }
    }
}

fn kept_header(name: &HeaderName, value: &HeaderValue) -> (String, String) {
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let text = match text.split_once(' ') {
        Some((scheme, _)) if name == header::AUTHORIZATION => format!("{scheme} <token>"),
        _ => text,
    };
    (name.to_string(), text)
}
