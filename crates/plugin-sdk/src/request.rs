//! Requests and answers: a builder in which a secret is a name and never a value.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::tablon::plugin::http::{self as wire, Body, Credentials, Piece};
pub use crate::bindings::tablon::plugin::http::{Effect, Method, Part};
use crate::{Error, Extra, HttpError};

/// May a call be made again without harm when its answer was lost?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeatable {
    /// Reading, editing to a given state, deleting.
    Yes,
    /// Sending: twice done is two messages.
    No,
}

impl Repeatable {
    /// What counts for this request: one that only reads leaves nothing behind, and may always be made again.
    #[must_use]
    pub fn of(self, request: &Request) -> Self {
        if request.reads_only() { Self::Yes } else { self }
    }
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
    /// Starts with the first text of the URL. A GET [reads](Self::reads), everything else acts.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        Self(wire::Request {
            method,
            url: vec![Piece::Text(url.into())],
            headers: Vec::new(),
            body: Body::Empty,
            effect: if method == Method::Get { Effect::Reads } else { Effect::Acts },
            timeout_ms: None,
            extra: Extra::default(),
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

    /// Adds an `authorization` header with a user's name and a secret (RFC 7617): `Basic ` and both in base64, which the
    /// host makes of them.
    ///
    /// ```
    /// use tablon_plugin::{Method, Request};
    /// let request = Request::new(Method::Post, "https://e.org/").basic_auth("jobs@e.org", "api_token");
    /// assert_eq!(request.header_shape("authorization").as_deref(), Some("Basic {jobs@e.org:api_token}"));
    /// ```
    #[must_use]
    pub fn basic_auth(mut self, user: impl Into<String>, secret: &str) -> Self {
        let credentials = Credentials { user: user.into(), secret: secret.to_owned() };
        let value = vec![Piece::Text("Basic ".to_owned()), Piece::Basic(credentials)];
        self.0.headers.push(("authorization".to_owned(), value));
        self
    }

    /// Says that this request only reads, whatever its method: nothing is left behind when its answer is lost. The host
    /// believes it.
    #[must_use]
    pub fn reads(mut self) -> Self {
        self.0.effect = Effect::Reads;
        self
    }

    /// Says that this request acts, whatever its method: a GET that posts something.
    #[must_use]
    pub fn acts(mut self) -> Self {
        self.0.effect = Effect::Acts;
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

    /// Sets a body of several parts, multipart/form-data; the host composes it and writes its content type.
    ///
    /// ```
    /// use tablon_plugin::{Method, Part, Request};
    /// let parts = [Part::field("caption", "Rust engineer"), Part::file("photo", "logo.png", "image/png", [0x89, 0x50])];
    /// let request = Request::new(Method::Post, "https://e.org/upload").multipart(parts);
    /// assert_eq!(request.parts()[1].media_type.as_deref(), Some("image/png"));
    /// ```
    #[must_use]
    pub fn multipart(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.0.body = Body::Multipart(parts.into_iter().collect());
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

    /// What is left behind when the answer is lost.
    pub fn effect(&self) -> Effect {
        self.0.effect
    }

    /// Whether nothing is left behind when the answer is lost.
    pub fn reads_only(&self) -> bool {
        self.0.effect == Effect::Reads
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

    /// The parts of a multipart body.
    pub fn parts(&self) -> &[Part] {
        match &self.0.body {
            Body::Multipart(parts) => parts,
            Body::Empty | Body::Bytes(_) => &[],
        }
    }

    pub(crate) fn into_wire(self) -> wire::Request {
        self.0
    }
}

impl Part {
    /// A plain field.
    pub fn field(name: &str, value: impl Into<String>) -> Self {
        Self { name: name.to_owned(), filename: None, media_type: None, content: value.into().into_bytes() }
    }

    /// A file: its name over there, its kind (`image/png`) and its bytes.
    pub fn file(name: &str, filename: impl Into<String>, media_type: &str, content: impl Into<Vec<u8>>) -> Self {
        let (filename, media_type) = (Some(filename.into()), Some(media_type.to_owned()));
        Self { name: name.to_owned(), filename, media_type, content: content.into() }
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
        Piece::Basic(credentials) => format!("{{{}:{}}}", credentials.user, credentials.secret),
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
    /// What a later host tells beside it.
    pub extra: Extra,
}

impl Answer {
    /// An answer with a JSON body, for tests.
    pub fn of_json(status: u16, body: &serde_json::Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { status, headers: Vec::new(), body, truncated: false, extra: Extra::default() }
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
        let wire::Response { status, headers, body, truncated, extra } = response;
        Self { status, headers, body, truncated, extra }
    }
}

/// What a request that got no answer means for the operation. One that only reads is [`Repeatable::Yes`], as
/// [`Repeatable::of`] says.
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
    fn what_is_left_behind_goes_by_the_method_until_it_is_said() {
        let effect = |method| Request::new(method, "https://e.org").effect();
        assert_eq!((effect(Method::Get), effect(Method::Post)), (Effect::Reads, Effect::Acts));
        assert_eq!((effect(Method::Put), effect(Method::Delete)), (Effect::Acts, Effect::Acts));
        let search = Request::new(Method::Post, "https://e.org").reads();
        assert_eq!((search.effect(), Repeatable::No.of(&search)), (Effect::Reads, Repeatable::Yes));
        let odd = Request::new(Method::Get, "https://e.org/send").acts();
        assert_eq!((odd.effect(), Repeatable::No.of(&odd)), (Effect::Acts, Repeatable::No));
    }

    #[test]
    fn a_name_and_a_secret_are_put_together_by_the_host() {
        let request = Request::new(Method::Get, "https://e.org").basic_auth("me", "password").into_wire();
        let both = Piece::Basic(Credentials { user: "me".into(), secret: "password".into() });
        assert_eq!(request.headers, [("authorization".to_owned(), vec![Piece::Text("Basic ".into()), both])]);
    }

    #[test]
    fn parts_are_composed_by_the_host() {
        let parts = [Part::field("text", "a\r\nb"), Part::file("photo", "a.png", "image/png", [0x89, 0x50])];
        let request = Request::new(Method::Post, "https://e.org").multipart(parts.clone());
        assert_eq!((request.parts(), request.body_bytes()), (parts.as_slice(), [].as_slice()));
        assert_eq!(request.header_shape("content-type"), None, "the boundary is the host's");
        assert_eq!((parts[0].media_type.as_deref(), parts[0].content.as_slice()), (None, b"a\r\nb".as_slice()));
    }

    #[test]
    fn a_body_that_was_cut_is_no_json() {
        let answer = Answer { truncated: true, ..Answer::of_json(200, &serde_json::json!({})) };
        assert_eq!(answer.json::<serde_json::Value>(), None);
    }
}
