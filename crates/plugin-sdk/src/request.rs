//! Requests and answers: a builder in which a secret is a name and never a value.

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use crate::bindings::tablon::plugin::http::Method;
use crate::bindings::tablon::plugin::http::{self as wire, Body, Piece};
use crate::{Error, HttpError};

/// May a call be made again without harm when its answer was lost?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeatable {
    /// Reading, editing to a given state, deleting.
    Yes,
    /// Sending: twice done is two messages.
    No,
}

/// A request in the making.
///
/// Text and secrets never mix: a secret is a piece of its own, so nothing that a stranger wrote can
/// be taken for one.
///
/// ```
/// use tablon_plugin::{Method, Request};
/// let request = Request::new(Method::Post, "https://api.example.org/bot")
///     .secret("bot_token")
///     .text("/sendMessage")
///     .json(&serde_json::json!({ "text": "hello" }));
/// assert_eq!(request.url_shape(), "https://api.example.org/bot{bot_token}/sendMessage");
/// ```
#[derive(Debug, Clone)]
pub struct Request(wire::Request);

impl Request {
    /// Starts with the first text of the URL.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self(wire::Request {
            method,
            url: vec![Piece::Text(url.into())],
            headers: Vec::new(),
            body: Body::Empty,
            timeout_ms: None,
        })
    }

    /// Appends text to the URL.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.url.push(Piece::Text(text.into()));
        self
    }

    /// Appends a slash and one segment of a path, whatever is in it: all but letters, digits and `-._~` is
    /// percent-encoded.
    ///
    /// ```
    /// use tablon_plugin::{Method, Request};
    /// let request = Request::new(Method::Get, "https://matrix.example/rooms").segment("!jobs:matrix.example");
    /// assert_eq!(request.url_shape(), "https://matrix.example/rooms/%21jobs%3Amatrix.example");
    /// ```
    #[must_use]
    pub fn segment(self, segment: &str) -> Self {
        // A browser's URL parser would climb up the path.
        let encoded = match segment {
            "." => "%2E".to_owned(),
            ".." => "%2E%2E".to_owned(),
            _ => percent_encoded(segment),
        };
        self.text(format!("/{encoded}"))
    }

    /// Appends a parameter to the URL's query, whatever is in it.
    ///
    /// ```
    /// use tablon_plugin::{Method, Request};
    /// let request = Request::new(Method::Get, "https://e.org/posts").query("q", "c++ & more").query("limit", "5");
    /// assert_eq!(request.url_shape(), "https://e.org/posts?q=c%2B%2B%20%26%20more&limit=5");
    /// ```
    #[must_use]
    pub fn query(self, name: &str, value: &str) -> Self {
        let begun = self.0.url.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('?')));
        let sign = if begun { '&' } else { '?' };
        self.text(format!("{sign}{}={}", percent_encoded(name), percent_encoded(value)))
    }

    /// Appends a secret of the manifest to the URL.
    #[must_use]
    pub fn secret(mut self, name: &str) -> Self {
        self.0.url.push(Piece::Secret(name.to_owned()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.headers.push((name.to_owned(), vec![Piece::Text(value.into())]));
        self
    }

    /// Adds a header that holds a secret after a prefix: `Bearer `, `Bot `.
    #[must_use]
    pub fn secret_header(mut self, name: &str, prefix: &str, secret: &str) -> Self {
        let value = vec![Piece::Text(prefix.to_owned()), Piece::Secret(secret.to_owned())];
        self.0.headers.push((name.to_owned(), value));
        self
    }

    /// Sets a JSON body and its content type. A value that can't be JSON (a map with keys other than
    /// text) becomes `null`.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_else(|_| b"null".to_vec());
        self.0.body = Body::Bytes(bytes);
        self.header("content-type", "application/json")
    }

    /// Sets a form's fields as the body, `application/x-www-form-urlencoded`, in this order.
    ///
    /// ```
    /// use tablon_plugin::{Method, Request};
    /// let request = Request::new(Method::Post, "https://e.org/").form(&[("status", "1 + 1 = 2"), ("visibility", "public")]);
    /// assert_eq!(request.body_bytes(), b"status=1%20%2B%201%20%3D%202&visibility=public");
    /// ```
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let field = |(name, value): &(&str, &str)| format!("{}={}", percent_encoded(name), percent_encoded(value));
        let fields: Vec<_> = fields.iter().map(field).collect();
        self.body(fields.join("&")).header("content-type", "application/x-www-form-urlencoded")
    }

    /// Sets the body, whose content type is a header of its own.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.0.body = Body::Bytes(bytes.into());
        self
    }

    /// Limits the whole exchange, in milliseconds.
    #[must_use]
    pub fn timeout_ms(mut self, timeout: u32) -> Self {
        self.0.timeout_ms = Some(timeout);
        self
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.0.method
    }

    /// The URL with the names of secrets in braces, for tests and for people.
    pub fn url_shape(&self) -> String {
        shape(&self.0.url)
    }

    /// A header's value with the names of secrets in braces, by its name as it was given.
    pub fn header_shape(&self, name: &str) -> Option<String> {
        self.0.headers.iter().find(|(n, _)| n == name).map(|(_, pieces)| shape(pieces))
    }

    /// The bytes of the body; empty for none and for a multipart body, which the host composes.
    pub fn body_bytes(&self) -> &[u8] {
        match &self.0.body {
            Body::Bytes(bytes) => bytes,
            Body::Empty | Body::Multipart(_) => &[],
        }
    }

    pub(crate) fn into_wire(self) -> wire::Request {
        self.0
    }
}

/// All but letters, digits and `-._~` is encoded: what any part of a URL and a form may hold.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn shape(pieces: &[Piece]) -> String {
    let shown = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Secret(name) => format!("{{{name}}}"),
    };
    pieces.iter().map(shown).collect()
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, cut by the host if it was too long.
    pub body: Vec<u8>,
    /// Whether the body was cut.
    pub truncated: bool,
}

impl Answer {
    /// An answer with a JSON body, for tests.
    pub fn of_json(status: u16, body: &serde_json::Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, headers: Vec::new(), body, truncated: false }
    }

    /// Whether the platform said yes: 2xx.
    pub fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// The body as JSON, if it is that.
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        if self.truncated {
            return None;
        }
        serde_json::from_slice(&self.body).ok()
    }

    /// A header's value by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The start of the body as text, for an error message.
    pub fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        line.chars().take(200).collect()
    }

    pub(crate) fn from_wire(response: wire::Response) -> Self {
        Self { status: response.status, headers: response.headers, body: response.body, truncated: response.truncated }
    }
}

/// What a request that got no answer means for the operation.
pub fn unanswered(error: HttpError, repeatable: Repeatable) -> Error {
    match error {
        HttpError::Denied(why) | HttpError::InvalidRequest(why) => Error::invalid_setting("", why),
        HttpError::NotSent(why) => Error::Transient(why),
        HttpError::NoAnswer(why) => match repeatable {
            Repeatable::Yes => Error::Transient(why),
            Repeatable::No => Error::Uncertain(why),
        },
        HttpError::BudgetExhausted => Error::Transient("the call has used up its requests".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_twice_is_repeated_and_what_can_not_is_uncertain() {
        let lost = || HttpError::NoAnswer("reset".into());
        assert_eq!(unanswered(lost(), Repeatable::Yes), Error::Transient("reset".into()));
        assert_eq!(unanswered(lost(), Repeatable::No), Error::Uncertain("reset".into()));
        let never = HttpError::NotSent("no route".into());
        assert_eq!(unanswered(never, Repeatable::No), Error::Transient("no route".into()));
    }

    #[test]
    fn a_secret_is_a_piece_of_its_own_in_urls_and_headers() {
        let request = Request::new(Method::Get, "https://e.org/{token}/")
            .secret("token")
            .secret_header("authorization", "Bearer ", "key")
            .into_wire();
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(request.url, [text("https://e.org/{token}/"), Piece::Secret("token".into())]);
        let header = vec![text("Bearer "), Piece::Secret("key".into())];
        assert_eq!(request.headers, [("authorization".to_owned(), header)]);
    }

    #[test]
    fn a_query_goes_on_where_one_has_begun_and_holds_whatever_is_in_it() {
        let request = Request::new(Method::Get, "https://e.org/?key=").secret("key").query("a&b", "ü #1?");
        assert_eq!(request.url_shape(), "https://e.org/?key={key}&a%26b=%C3%BC%20%231%3F");
        let bare = Request::new(Method::Get, "https://e.org").segment("..").segment("a?b").query("c", "");
        assert_eq!(bare.url_shape(), "https://e.org/%2E%2E/a%3Fb?c=");
    }

    #[test]
    fn a_form_says_what_it_is() {
        let request = Request::new(Method::Post, "https://e.org").form(&[("a", "b&c=d"), ("e", "é")]);
        assert_eq!(request.body_bytes(), b"a=b%26c%3Dd&e=%C3%A9");
        assert_eq!(request.header_shape("content-type").as_deref(), Some("application/x-www-form-urlencoded"));
    }

    #[test]
    fn a_body_that_was_cut_is_no_json() {
        let answer = Answer { truncated: true, ..Answer::of_json(200, &serde_json::json!({})) };
        assert_eq!(answer.json::<serde_json::Value>(), None);
    }
}
