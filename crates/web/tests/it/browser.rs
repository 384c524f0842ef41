//! A person at a browser: links followed, forms sent, cookies kept, no script.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use tablon_core::Role;

use crate::board::{Answer, Board, PASSWORD, request};

/// Somebody's browser.
pub(crate) struct Browser<'a> {
    pub(crate) board: &'a Board,
    pub(crate) host: Option<&'static str>,
    /// Where it connects from, and what proxies on the way add to its requests.
    pub(crate) peer: Option<&'static str>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The last page, whose form token the next form carries.
    pub(crate) page: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(board: &'a Board) -> Self {
        Self { board, host: None, peer: None, headers: Vec::new(), cookies: BTreeMap::new(), page: String::new() }
    }

    pub(crate) async fn go(&mut self, method: &str, path: &str, body: String) -> Answer {
        let mut request = request(method, path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(host) = self.host {
            let headers = request.headers_mut().expect("headers");
            headers.insert(HOST, host.parse().expect("a host"));
        }
        if let Some(peer) = self.peer {
            let peer: SocketAddr = format!("{peer}:40000").parse().expect("an address");
            request = request.extension(ConnectInfo(peer));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        let answer = self.board.send(request.body(Body::from(body)).expect("a request")).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        self.page.clone_from(&answer.text);
        answer
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.go("GET", path, String::new()).await
    }

    /// Sends a form of the last page.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let token = token.unwrap_or_else(|| panic!("no form on the page before {path}")).to_owned();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &token).extend_pairs(fields);
        self.go("POST", path, body.finish()).await
    }

    /// Sends the last page's form that goes to `path`, with what its hidden fields hold and with `fields`.
    pub(crate) async fn send_whole(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(self.hidden(path)).extend_pairs(fields);
        self.go("POST", path, body.finish()).await
    }

    /// The hidden fields of the last page's form that goes to `path`.
    pub(crate) fn hidden(&self, path: &str) -> Vec<(String, String)> {
        let attribute = |tag: &str, name: &str| {
            let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
            Some(unescape(value))
        };
        let forms = self.page.split("<form").skip(1);
        let mut wanted = forms
            .filter(|form| attribute(form.split('>').next().unwrap_or_default(), "action").as_deref() == Some(path));
        let form = wanted.next().unwrap_or_else(|| panic!("no form goes to {path}: {}", self.page));
        let inputs = form.split("</form>").next().unwrap_or_default().split("<input type=\"hidden\"").skip(1);
        inputs.map(|tag| (attribute(tag, "name").expect("a name"), attribute(tag, "value").expect("a value"))).collect()
    }

    /// Follows the redirect of a form that was taken.
    pub(crate) async fn follow(&mut self, answer: Answer) -> Answer {
        let to = answer.expect(303).headers[LOCATION].to_str().expect("text").to_owned();
        self.get(to.split('#').next().unwrap_or_default()).await.expect(200)
    }

    pub(crate) async fn log_in(&mut self, role: Role) {
        let email = format!("{role}@acme.example");
        self.board.person(&email, role).await;
        self.get("/login").await.expect(200);
        let answer = self.send("/login", &[("email", &email), ("password", PASSWORD), ("next", "")]).await;
        answer.expect(303);
    }
}

fn unescape(text: &str) -> String {
    let entities = [
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// What a poster types.
pub(crate) fn typed(title: &str) -> Vec<(&'static str, &str)> {
    vec![
        ("title", title),
        ("organization.name", "Acme & Co"),
        ("description", "We build **things**."),
        ("workplace", "hybrid"),
        ("locations.0.city", "Sevilla"),
        ("locations.0.country", "ES"),
        ("salary.min", "42.000"),
        ("salary.currency", "EUR"),
        ("salary.period", "YEAR"),
        ("tags", "rust, back end"),
        ("apply_url", "https://acme.example/1"),
        ("contact_email", "hr@acme.example"),
        ("action", "submit"),
    ]
}
