use std::ops::Deref;

use serde_json::{Value, json};
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Options};

/// A fake and a bot that uses it.
pub(crate) struct Asked {
    fake: FakeTelegram,
    http: reqwest::Client,
    pub(crate) token: String,
}

impl Deref for Asked {
    type Target = FakeTelegram;
    fn deref(&self) -> &FakeTelegram {
        &self.fake
    }
}

/// An answer: HTTP status and JSON.
pub(crate) type Answer = (u16, Value);

#[expect(clippy::disallowed_methods, reason = "a test asks its own fake on the loopback")]
pub(crate) fn client() -> reqwest::Client {
    // The fakes use no TLS, but the client needs a TLS provider to start.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Asked {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self { fake: FakeTelegram::start(options).await.unwrap(), http: client(), token: BOT_TOKEN.into() }
    }

    pub(crate) fn url(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.base_url(), self.token)
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) async fn try_call(&self, method: &str, params: Value) -> reqwest::Result<Answer> {
        let response = self.http.post(self.url(method)).json(&params).send().await?;
        let status = response.status().as_u16();
        Ok((status, response.json().await?))
    }

    pub(crate) async fn call(&self, method: &str, params: Value) -> Answer {
        self.try_call(method, params).await.unwrap()
    }

    /// The result of a call that must succeed.
    pub(crate) async fn ok(&self, method: &str, params: Value) -> Value {
        let (status, mut answer) = self.call(method, params).await;
        assert_eq!((status, &answer["ok"]), (200, &json!(true)), "{answer}");
        answer["result"].take()
    }

    /// Code and sentence of a call that must be refused.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> (u16, String) {
        let (status, answer) = self.call(method, params).await;
        assert_eq!(answer["ok"], json!(false), "{answer}");
        assert_eq!(answer["error_code"], json!(status), "{answer}");
        (status, answer["description"].as_str().unwrap().to_owned())
    }

    /// Sends a text to the channel and returns its id.
    pub(crate) async fn send(&self, text: &str) -> i64 {
        self.ok("sendMessage", json!({"chat_id": "@tablon_jobs", "text": text})).await["message_id"].as_i64().unwrap()
    }

    pub(crate) async fn get_text(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("{}{path}", self.base_url())).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

pub(crate) fn bad(what: &str) -> (u16, String) {
    (400, format!("Bad Request: {what}"))
}

pub(crate) fn forbidden(what: &str) -> (u16, String) {
    (403, format!("Forbidden: {what}"))
}
