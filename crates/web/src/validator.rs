//! Documents for programs that come again: entity tags, dates, and 304 to who has the same already (RFC 9110, section 13).

use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use tablon_core::TenantScope;

/// A date is told only when the change is at least so old. Dates have whole seconds, and a transaction's time is older than
/// the moment when others see what it wrote: a second change could have the date of the first.
const SETTLED: TimeDelta = TimeDelta::seconds(5);

/// A document that was made whole.
#[derive(Debug)]
pub(crate) struct Document {
    media_type: &'static str,
    content: Bytes,
    tag: String,
    changed_at: Option<DateTime<Utc>>,
}

impl Document {
    /// Hashes the content, which takes a millisecond for each megabyte.
    pub(crate) fn new(media_type: &'static str, content: Vec<u8>) -> Self {
        // Weak: the same content, however it is compressed on the way.
        let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&content)[..12]));
        Self { media_type, content: content.into(), tag, changed_at: None }
    }

    /// Says since when the document has been as it is; see [`board_changed_at`].
    pub(crate) fn changed_at(self, changed_at: Option<DateTime<Utc>>) -> Self {
        Self { changed_at, ..self }
    }

    /// The document, or 304 where `asked` says that the client has it.
    pub(crate) fn answer(self, asked: &HeaderMap) -> Response {
        let mut response = Response::new(Body::from(self.content));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        // Anybody may cache it, but must ask each time whether it is still valid: a job that has ended is gone at once.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        let date = self.changed_at.map(|at| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
        for (name, value) in [(ETAG, Some(self.tag)), (LAST_MODIFIED, date)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        if is_current(asked, response.headers()) { not_modified(response) } else { response }
    }
}

/// Since when what a board shows has been as it is, if that is certain. What this process shows it may show since it
/// `started_at` only: the theme, the addresses and the program may be new.
///
/// Ask before the rows are read: a change that comes between only makes the date too old, and a client asks once more.
pub(crate) async fn board_changed_at(
    tenant: &TenantScope,
    started_at: DateTime<Utc>,
) -> tablon_core::Result<Option<DateTime<Utc>>> {
    let changed_at = tenant.changed_at().await?.map_or(started_at, |at| at.max(started_at));
    Ok((changed_at + SETTLED <= tenant.now()).then_some(changed_at))
}

/// Whether a client that sends the headers `asked` has the answer with these `headers` already.
pub(crate) fn is_current(asked: &HeaderMap, headers: &HeaderMap) -> bool {
    // Who names tags isn't answered by dates: they are coarser.
    if asked.contains_key(IF_NONE_MATCH) {
        return headers.get(ETAG).is_some_and(|tag| is_known(asked, tag));
    }
    match (date(asked, IF_MODIFIED_SINCE), date(headers, LAST_MODIFIED)) {
        (Some(seen), Some(changed)) => changed <= seen,
        _ => false,
    }
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<DateTime<Utc>> {
    let value = headers.get(name)?.to_str().ok()?;
    DateTime::parse_from_rfc2822(value).ok().map(|date| date.to_utc())
}

/// Whether a client that sends the headers `asked` names this entity tag.
pub(crate) fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let Ok(tag) = tag.to_str().map(opaque) else { return false };
    let listed = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    listed.flat_map(|list| list.split(',')).any(|known| known.trim() == "*" || opaque(known) == tag)
}

/// 304 in the place of an answer that the client has.
pub(crate) fn not_modified(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    for name in [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING] {
        response.headers_mut().remove(name);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().expect("a header"))).collect()
    }

    #[test]
    fn a_tag_is_known_in_a_list_and_when_a_proxy_has_weakened_it() {
        let known = |value: &str| is_current(&headers(&[(IF_NONE_MATCH, value)]), &headers(&[(ETAG, "\"abc-br\"")]));
        assert!(known("\"abc-br\"") && known("W/\"abc-br\"") && known("\"x\", \"abc-br\"") && known("*"));
        assert!(!known("\"abc\"") && !known(""));
    }

    #[test]
    fn a_date_counts_for_who_names_no_tag() {
        let answer = [(ETAG, "\"a\""), (LAST_MODIFIED, "Mon, 30 Nov 2026 10:00:05 GMT")];
        let current = |asked: &[(HeaderName, &str)]| is_current(&headers(asked), &headers(&answer));
        assert!(current(&[(IF_MODIFIED_SINCE, "Mon, 30 Nov 2026 10:00:05 GMT")]));
        assert!(current(&[(IF_MODIFIED_SINCE, "Tue, 01 Dec 2026 00:00:00 GMT")]));
        assert!(!current(&[(IF_MODIFIED_SINCE, "Mon, 30 Nov 2026 10:00:04 GMT")]));
        assert!(!current(&[(IF_MODIFIED_SINCE, "yesterday")]) && !current(&[]));
        assert!(!current(&[(IF_NONE_MATCH, "\"b\""), (IF_MODIFIED_SINCE, "Tue, 01 Dec 2026 00:00:00 GMT")]));
        assert!(!is_current(&headers(&[(IF_MODIFIED_SINCE, "Tue, 01 Dec 2026 00:00:00 GMT")]), &headers(&[])));
    }

    #[test]
    fn a_document_is_sent_to_who_lacks_it() {
        let document = || {
            let at = DateTime::parse_from_rfc3339("2026-11-30T10:00:05.750Z").expect("a time").to_utc();
            Document::new("text/plain", b"a".to_vec()).changed_at(Some(at))
        };
        let whole = document().answer(&HeaderMap::new());
        assert_eq!(whole.headers()[LAST_MODIFIED], "Mon, 30 Nov 2026 10:00:05 GMT");
        let date = whole.headers()[LAST_MODIFIED].to_str().expect("text");
        let short = document().answer(&headers(&[(IF_MODIFIED_SINCE, date)]));
        assert_eq!((whole.status(), short.status()), (StatusCode::OK, StatusCode::NOT_MODIFIED));
        assert_eq!(short.headers()[ETAG], whole.headers()[ETAG]);
        assert!(!short.headers().contains_key(CONTENT_TYPE));
    }
}
