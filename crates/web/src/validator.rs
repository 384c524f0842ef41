//! Entity tags, and 304 for a client that has the content already.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

/// A weak entity tag: the same content, however it is compressed on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntityTag(String);

impl EntityTag {
    /// The tag of the content made of these parts.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        let digest = hash.finalize();
        Self(format!("W/\"{}\"", hex::encode(&digest[..12])))
    }

    /// Whether a client has this content already (RFC 9110, section 13.1.2).
    pub(crate) fn is_known(&self, headers: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let mut listed = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        listed.any(|list| list.trim() == "*" || list.split(',').any(|tag| opaque(tag) == opaque(&self.0)))
    }

    /// 304: nothing has changed.
    pub(crate) fn not_modified(&self) -> Response {
        self.mark(StatusCode::NOT_MODIFIED.into_response())
    }

    /// The content, for a client that doesn't have it.
    pub(crate) fn answer(&self, media_type: &'static str, content: impl Into<Body>) -> Response {
        self.mark(([(CONTENT_TYPE, media_type)], content.into()).into_response())
    }

    fn mark(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::from_str(&self.0) {
            headers.insert(ETAG, tag);
        }
        // Anybody may cache it, but must ask each time whether it is still valid: a job that has ended is gone at once.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        response
    }
}

/// A small finished document, or 304.
pub(crate) fn answer(headers: &HeaderMap, media_type: &'static str, content: Vec<u8>) -> Response {
    let tag = EntityTag::of(&[media_type.as_bytes(), &content]);
    if tag.is_known(headers) { tag.not_modified() } else { tag.answer(media_type, content) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_name_several_tags_and_lose_the_mark_of_weakness() {
        let tag = EntityTag::of(&[b"a"]);
        let known = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, value.parse().expect("a header"));
            tag.is_known(&headers)
        };
        assert!(known(&tag.0) && known("*") && known(&format!("\"x\", {}", tag.0.trim_start_matches("W/"))));
        assert!(!known("\"x\"") && !known(""));
        assert_ne!(tag, EntityTag::of(&[b"", b"a"]));
    }
}
