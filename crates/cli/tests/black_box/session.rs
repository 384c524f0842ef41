//! A signed-in person without a browser: pages by GET, forms by POST.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Method, StatusCode, redirect};

use crate::board::{Board, MODERATOR, PASSWORD};

/// A client that keeps cookies and follows what a form answers.
pub(crate) struct Session {
    client: Client,
    origin: String,
    cookies: BTreeMap<String, String>,
    /// The languages that it asks for.
    languages: Option<&'static str>,
    /// The last page.
    pub(crate) page: String,
}

impl Session {
    /// Somebody who isn't signed in.
    pub(crate) fn new(board: &Board) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test's client calls the board under test, not the world")]
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a client");
        Self { client, origin: board.url(""), cookies: BTreeMap::new(), languages: None, page: String::new() }
    }

    /// Somebody whose browser asks for these languages.
    pub(crate) fn accepting(board: &Board, languages: &'static str) -> Self {
        Self { languages: Some(languages), ..Self::new(board) }
    }

    /// The moderator, signed in.
    pub(crate) async fn of_moderator(board: &Board) -> Self {
        let mut session = Self::new(board);
        session.get("/login").await;
        let status = session.send("/login", &[("email", MODERATOR), ("password", PASSWORD)]).await;
        assert!(status.is_success(), "{status}: {}", session.page);
        session
    }

    /// Opens a page, following redirects.
    pub(crate) async fn get(&mut self, path: &str) -> StatusCode {
        self.ask(Method::GET, path, None).await
    }

    /// Sends a form with the token of the last page, and follows what it answers.
    pub(crate) async fn send(&mut self, path: &str, form: &[(&str, &str)]) -> StatusCode {
        let csrf = hidden(&self.page, "csrf");
        let pairs = form.iter().copied().chain([("csrf", csrf.as_str())]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn ask(&mut self, mut method: Method, path: &str, mut body: Option<String>) -> StatusCode {
        let mut path = path.to_owned();
        for _ in 0..5 {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let mut request = self.client.request(method.clone(), format!("{}{path}", self.origin));
            request = request.header(COOKIE, cookies.join("; ")).header("Origin", &self.origin);
            if let Some(languages) = self.languages {
                request = request.header("accept-language", languages);
            }
            if let Some(body) = body.take() {
                request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
            }
            let answer = request.send().await.expect("an answer");
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let cookie = cookie.to_str().expect("text");
                let (name, value) = cookie.split(';').next().and_then(|c| c.split_once('=')).expect("a cookie");
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
            let status = answer.status();
            let Some(next) = answer.headers().get(LOCATION).filter(|_| status.is_redirection()) else {
                self.page = answer.text().await.expect("a page");
                return status;
            };
            let next = next.to_str().expect("an address");
            path = next.strip_prefix(&self.origin).unwrap_or(next).to_owned();
            method = Method::GET;
        }
        panic!("too many redirects: {path}");
    }
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    page[at..].split('"').nth(3).expect("a value").to_owned()
}
