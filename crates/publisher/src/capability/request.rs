//! Builds a request from the pieces that a plugin names, and checks it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;
use zeroize::Zeroizing;

use super::vault::Vault;
use crate::bindings::http::{self, Piece};
use crate::origin::Origin;

/// The longest URL, in bytes.
const MAX_URL: usize = 8 * 1024;
/// The most headers.
const MAX_HEADERS: usize = 32;
/// The longest header value, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// Headers that the HTTP client sets itself. A plugin that could set them could smuggle a second request or address
/// another virtual host.
const CLIENTS_OWN: [&str; 12] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
    "proxy-connection",
    "via",
];

/// A request that has passed every check except that of the network.
pub(crate) struct Ready {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) origin: Origin,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether it may change something on the platform.
    pub(crate) acts: bool,
}

impl Ready {
    /// Builds the request.
    ///
    /// # Errors
    /// `denied` if the manifest, the grant or a secret's rule forbids it, `invalid-request` if it can't be a request.
    pub(crate) fn assemble(request: http::Request, vault: &Vault, max_body: usize) -> Result<Self, http::Error> {
        let mut carried = Vec::new();
        if request.url.iter().any(|piece| matches!(piece, Piece::Basic(_))) {
            return Err(invalid("credentials belong into a header, not into the URL"));
        }
        let url = join(&request.url, vault, &mut carried, MAX_URL, "the URL")?;
        // The URL parser drops tabs and line breaks silently; the checked URL must be the sent one.
        if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(invalid("the URL contains a space or a control character"));
        }
        let url = Url::parse(&url).map_err(|_| invalid("the URL is none"))?;
        let origin = Origin::of(&url)
            .ok_or_else(|| invalid("the URL must be http or https, without a user name or a password"))?;

        let mut headers = HeaderMap::new();
        if request.headers.len() > MAX_HEADERS {
            return Err(invalid(&format!("more than {MAX_HEADERS} headers")));
        }
        for (name, value) in &request.headers {
            let (name, value) = header(name, value, vault, &mut carried)?;
            headers.append(name, value);
        }
        vault.permit(&origin, &carried).map_err(http::Error::Denied)?;

        let body = body(request.body, &mut headers)?;
        if body.len() > max_body {
            return Err(invalid(&format!("the body is longer than {max_body} bytes")));
        }
        let acts = matches!(request.effect, http::Effect::Acts);
        Ok(Self { method: method(request.method), url, origin, headers, body, acts })
    }
}

fn method(method: http::Method) -> Method {
    match method {
        http::Method::Get => Method::GET,
        http::Method::Post => Method::POST,
        http::Method::Put => Method::PUT,
        http::Method::Patch => Method::PATCH,
        http::Method::Delete => Method::DELETE,
    }
}

fn join(
    pieces: &[Piece],
    vault: &Vault,
    carried: &mut Vec<String>,
    max: usize,
    what: &str,
) -> Result<String, http::Error> {
    let mut whole = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => whole.push_str(text),
            Piece::Secret(name) => {
                whole.push_str(vault.secret(name).map_err(http::Error::Denied)?);
                carried.push(name.clone());
            }
            Piece::Basic(http::Credentials { user, secret }) => {
                // RFC 7617: a colon ends the user's name.
                if user.contains(':') || user.chars().any(char::is_control) {
                    return Err(invalid("a user's name has no colon and no control character"));
                }
                let value = vault.secret(secret).map_err(http::Error::Denied)?;
                let pair = Zeroizing::new(format!("{user}:{value}"));
                whole.push_str(&Zeroizing::new(STANDARD.encode(pair.as_bytes())));
                carried.push(secret.clone());
            }
        }
        if whole.len() > max {
            return Err(invalid(&format!("{what} is longer than {max} bytes")));
        }
    }
    Ok(whole)
}

fn header(
    name: &str,
    value: &[Piece],
    vault: &Vault,
    carried: &mut Vec<String>,
) -> Result<(HeaderName, HeaderValue), http::Error> {
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("a header's name is none"))?;
    if CLIENTS_OWN.contains(&name.as_str()) {
        return Err(invalid(&format!("the header {name} is set by the host")));
    }
    let before = carried.len();
    let text = join(value, vault, carried, MAX_HEADER, &format!("the header {name}"))?;
    if text.chars().any(char::is_control) {
        return Err(invalid(&format!("the header {name} contains a control character")));
    }
    let mut value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| invalid(&format!("the value of the header {name} is none")))?;
    value.set_sensitive(carried.len() > before);
    Ok((name, value))
}

fn body(body: http::Body, headers: &mut HeaderMap) -> Result<Vec<u8>, http::Error> {
    match body {
        http::Body::Empty => Ok(Vec::new()),
        http::Body::Bytes(bytes) => Ok(bytes),
        http::Body::Multipart(parts) => multipart(&parts, headers),
    }
}

fn multipart(parts: &[http::Part], headers: &mut HeaderMap) -> Result<Vec<u8>, http::Error> {
    let boundary = format!("tablon-{}", uuid::Uuid::new_v4().simple());
    let mut body = Vec::new();
    for part in parts {
        body.extend_from_slice(format!("--{boundary}\r\nContent-Disposition: form-data").as_bytes());
        parameter(&mut body, "name", &part.name);
        if let Some(filename) = &part.filename {
            parameter(&mut body, "filename", filename);
        }
        if let Some(media_type) = &part.media_type {
            // Checked as a header's value, which has no line break that would begin another header.
            let value = HeaderValue::from_str(media_type).map_err(|_| invalid("a part's media type is none"))?;
            body.extend_from_slice(b"\r\nContent-Type: ");
            body.extend_from_slice(value.as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    let value = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}"))
        .map_err(|_| invalid("no boundary"))?;
    headers.insert(reqwest::header::CONTENT_TYPE, value);
    Ok(body)
}

/// As browsers do it (WHATWG HTML, multipart/form-data): quotes and line breaks are percent-encoded.
fn parameter(body: &mut Vec<u8>, key: &str, value: &str) {
    body.extend_from_slice(format!("; {key}=\"").as_bytes());
    for byte in value.bytes() {
        match byte {
            b'"' => body.extend_from_slice(b"%22"),
            0x00..=0x1f | 0x7f => body.extend_from_slice(format!("%{byte:02X}").as_bytes()),
            _ => body.push(byte),
        }
    }
    body.push(b'"');
}

fn invalid(message: &str) -> http::Error {
    http::Error::InvalidRequest(message.to_owned())
}
