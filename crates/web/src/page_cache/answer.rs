//! A whole answer, ready in each encoding.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::Shared;
use crate::edge::REQUEST_ID;
use crate::encoding::{Effort, Encoded, Encoding, is_known};

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
    tag: String,
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
                let tag = hex::encode(&Sha256::digest(&body)[..8]);
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
    pub(super) fn to(&self, method: &Method, asked: &HeaderMap, request_id: HeaderValue) -> Response {
        let wanted = Encoding::wanted(asked);
        let (headers, bytes) = self.ready[wanted as usize].get_or_init(|| self.ready(wanted));
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = headers.clone();
        response.headers_mut().insert(REQUEST_ID, request_id);
        if headers.get(ETAG).is_some_and(|tag| is_known(asked, tag)) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
                response.headers_mut().remove(name);
            }
        } else if *method != Method::HEAD {
            *response.body_mut() = Body::from(bytes.clone());
        }
        response
    }

    fn ready(&self, wanted: Encoding) -> (HeaderMap, Bytes) {
        let (encoding, bytes) = self.body.encoded.get(wanted);
        let mut headers = self.headers.clone();
        if let Some(name) = encoding.header() {
            headers.insert(CONTENT_ENCODING, name);
        }
        headers.insert(CONTENT_LENGTH, bytes.len().into());
        if let Ok(tag) = format!("\"{}{}\"", self.body.tag, encoding.suffix()).parse() {
            headers.insert(ETAG, tag);
        }
        (headers, bytes)
    }
}
