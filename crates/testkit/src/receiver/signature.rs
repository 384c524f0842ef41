//! The rules of Standard Webhooks about headers and signatures.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far a timestamp may be from the receiver's clock, in seconds: the tolerance of the reference libraries.
pub(super) const TOLERANCE: i64 = 5 * 60;

/// The valid values of the headers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) id: String,
    pub(super) timestamp: i64,
}

/// Why a message is refused: an HTTP status and a sentence.
pub(super) type Refused = (u16, String);

/// Checks id, age and signature, in this order. `now` is in seconds since 1970.
pub(super) fn check(headers: &HeaderMap, body: &[u8], secret: &str, now: i64) -> Result<Checked, Refused> {
    let id = only(headers, "webhook-id")?;
    if id.is_empty() || id.len() > 256 || id.contains('.') {
        return Err((400, "webhook-id must have 1 to 256 characters and no full stop".into()));
    }
    let timestamp = only(headers, "webhook-timestamp")?;
    let timestamp: i64 = timestamp
        .parse()
        .map_err(|_| (400, format!("webhook-timestamp must be whole seconds since 1970, not {timestamp}")))?;
    if (now - timestamp).abs() > TOLERANCE {
        return Err((400, format!("webhook-timestamp is {} seconds off", now - timestamp)));
    }
    let signatures = only(headers, "webhook-signature")?;
    let key = secret.strip_prefix("whsec_").and_then(|key| STANDARD.decode(key).ok());
    let mac = key.and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok());
    let Some(mut mac) = mac else { return Err((500, "the receiver's own secret is no whsec_ secret".into())) };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    let signed = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,")).any(|signature| {
        STANDARD.decode(signature).is_ok_and(|signature| mac.clone().verify_slice(&signature).is_ok())
    });
    if !signed {
        return Err((401, "no signature of webhook-signature matches".into()));
    }
    Ok(Checked { id: id.to_owned(), timestamp })
}

/// A header that must be there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|value| value.to_str()), values.next()) {
        (Some(Ok(value)), None) => Ok(value),
        (None, _) => Err((400, format!("the header {name} is missing"))),
        _ => Err((400, format!("the header {name} must be there once, as text"))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::SECRET;
    use super::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const NOW: i64 = 1_614_265_330;

    fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)] {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    fn status(headers: &HeaderMap, body: &[u8], now: i64) -> u16 {
        check(headers, body, SECRET, now).map_or_else(|(status, _)| status, |_| 200)
    }

    /// The vector that the reference libraries test with.
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_specifications_own_example_is_taken_also_beside_other_signatures() {
        assert_eq!(status(&headers(ID, "1614265330", SIGNATURE), BODY, NOW), 200);
        let several = format!("v1,AAAA v2,AAAA {SIGNATURE}");
        assert_eq!(status(&headers(ID, "1614265330", &several), BODY, NOW), 200);
    }

    #[test]
    fn whatever_was_changed_is_refused() {
        assert_eq!(status(&headers(ID, "1614265330", SIGNATURE), b"{}", NOW), 401);
        assert_eq!(status(&headers("msg_other", "1614265330", SIGNATURE), BODY, NOW), 401);
        assert_eq!(status(&headers(ID, "1614265331", SIGNATURE), BODY, NOW), 401);
        assert_eq!(status(&headers(ID, "1614265330", &SIGNATURE.replace("v1,", "v2,")), BODY, NOW), 401);
    }

    #[test]
    fn old_and_future_messages_and_missing_headers_are_refused() {
        assert_eq!(status(&headers(ID, "1614265330", SIGNATURE), BODY, NOW + TOLERANCE + 1), 400);
        assert_eq!(status(&headers(ID, "1614265330", SIGNATURE), BODY, NOW - TOLERANCE - 1), 400);
        assert_eq!(status(&headers(ID, "1614265330.5", SIGNATURE), BODY, NOW), 400);
        assert_eq!(status(&headers("a.b", "1614265330", SIGNATURE), BODY, NOW), 400);
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut missing = headers(ID, "1614265330", SIGNATURE);
            missing.remove(name);
            assert_eq!(status(&missing, BODY, NOW), 400, "{name}");
        }
    }
}
