//! A client of a board's API.

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Answer {
    /// The body, if the status is this one; else the test ends with what the server said.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }
}

/// The API under an address, with or without a token.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    token: Option<String>,
    /// The `If-Match` of its requests.
    if_match: Option<String>,
    /// Their `Accept-Language`.
    languages: Option<&'static str>,
}

impl Api {
    pub(crate) fn new(base: String) -> Self {
        // The client wants a TLS library even where no test uses TLS. A second installation is refused.
        rustls::crypto::ring::default_provider().install_default().ok();
        #[expect(clippy::disallowed_methods, reason = "a test's client calls the board under test, not the world")]
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { client, base, token: None, if_match: None, languages: None }
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same, which changes only what is still at this revision.
    pub(crate) fn if_match(&self, revision: u64) -> Self {
        Self { if_match: Some(format!("\"{revision}\"")), ..self.clone() }
    }

    /// The same, in these languages.
    pub(crate) fn accepting(&self, languages: &'static str) -> Self {
        Self { languages: Some(languages), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body.to_string())).await
    }

    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Answer {
        self.send(Method::POST, path, Some(body.to_owned())).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PUT, path, Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// The answer, or `None` when the server is away.
    pub(crate) async fn try_get(&self, path: &str) -> Option<Answer> {
        self.try_send(Method::GET, path, None).await.ok()
    }

    /// The answer, or `None` when the server went away meanwhile.
    pub(crate) async fn try_post(&self, path: &str, body: Value) -> Option<Answer> {
        self.try_send(Method::POST, path, Some(body.to_string())).await.ok()
    }

    async fn send(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        let shown = format!("{method} {path}");
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{shown}: {error}"))
    }

    async fn try_send(&self, method: Method, path: &str, body: Option<String>) -> reqwest::Result<Answer> {
        let merge_patch = method == Method::PATCH;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(tag) = &self.if_match {
            request = request.header("if-match", tag);
        }
        if let Some(languages) = self.languages {
            request = request.header("accept-language", languages);
        }
        if let Some(body) = body {
            let kind = if merge_patch { "application/merge-patch+json" } else { "application/json" };
            request = request.header("content-type", kind).body(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Answer { status, body })
    }
}
