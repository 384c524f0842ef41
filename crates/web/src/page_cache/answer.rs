//! A whole answer, ready in each encoding.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, ETAG, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::Shared;
use crate::edge::REQUEST_ID;
use crate::encoding::{Effort, Encoded, Encoding};
use crate::validator::{is_current, not_modified};

/// Longer answers than this are compressed off the threads that answer requests: it takes some milliseconds.
const LONG: usize = 128 * 1024;

/// The request headers that the answer depends on.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("accept-encoding, accept-language");

/// A cached answer, sent many times.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) shared: Shared,
    /// The headers that all encodings have in common.
    headers: HeaderMap,
    body: Arc<Named>,
    ready: [OnceLock<(HeaderMap, Bytes)>; 3],
}

/// The bytes of one encoding and their entity tag.
#[derive(Debug)]
struct Named {
    encoded: Encoded,
    /// Without quotation marks and encoding. `None`: the answer came with a tag of its own.
    tag: Option<String>,
}

impl Answer {
    /// The answer with these headers and this body. If the body is that of `before`, its compressed forms are reused: a
    /// page is rendered again every few seconds, and seldom changes.
    pub(super) fn new(shared: Shared, mut headers: HeaderMap, body: Bytes, before: Option<&Self>) -> Self {
        headers.remove(REQUEST_ID);
        headers.remove(CONTENT_LENGTH);
        headers.insert(VARY, DEPENDS_ON);
        let body = match before.filter(|before| *before.body.encoded.plain() == body) {
            Some(before) => before.body.clone(),
            None => {
                let tag = (!headers.contains_key(ETAG)).then(|| hex::encode(&Sha256::digest(&body)[..8]));
                Arc::new(Named { encoded: Encoded::new(body, Effort::Page), tag })
            }
        };
        Self { shared, headers, body, ready: Default::default() }
    }

    /// Whether the response may be cached.
    pub(super) fn may_be_kept(status: StatusCode, headers: &HeaderMap) -> bool {
        status == StatusCode::OK && !headers.contains_key(SET_COOKIE)
    }

    /// Its approximate size in bytes, compressed forms included.
    pub(super) fn weight(&self) -> usize {
        2 * self.body.encoded.plain().len() + 2048
    }

    /// The answer to a request with these headers.
    pub(super) async fn to(self: &Arc<Self>, method: &Method, asked: &HeaderMap, request_id: HeaderValue) -> Response {
        // A tag of its own is weak and the same in every encoding, of which none has to be made then.
        if self.body.tag.is_none() && is_current(asked, &self.headers) {
            return not_modified(with_id(&self.headers, request_id));
        }
        let wanted = Encoding::wanted(asked);
        if self.ready[wanted as usize].get().is_none() && self.body.encoded.plain().len() > LONG {
            let answer = Arc::clone(self);
            let compressing = tokio::task::spawn_blocking(move || {
                answer.encoded(wanted);
            });
            // Should the thread be gone, it is made below.
            drop(compressing.await);
        }
        let (headers, bytes) = self.encoded(wanted);
        let mut response = with_id(headers, request_id);
        if is_current(asked, headers) {
            return not_modified(response);
        }
        if *method != Method::HEAD {
            *response.body_mut() = Body::from(bytes.clone());
        }
        response
    }

    fn encoded(&self, wanted: Encoding) -> &(HeaderMap, Bytes) {
        self.ready[wanted as usize].get_or_init(|| self.ready(wanted))
    }

    fn ready(&self, wanted: Encoding) -> (HeaderMap, Bytes) {
        let (encoding, bytes) = self.body.encoded.get(wanted);
        let mut headers = self.headers.clone();
        if let Some(name) = encoding.header() {
            headers.insert(CONTENT_ENCODING, name);
        }
        headers.insert(CONTENT_LENGTH, bytes.len().into());
        let tag = self.body.tag.as_ref().map(|tag| format!("\"{tag}{}\"", encoding.suffix()));
        if let Some(tag) = tag.and_then(|tag| tag.parse().ok()) {
            headers.insert(ETAG, tag);
        }
        (headers, bytes)
    }
}

fn with_id(headers: &HeaderMap, request_id: HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = headers.clone();
    response.headers_mut().insert(REQUEST_ID, request_id);
    response
}
