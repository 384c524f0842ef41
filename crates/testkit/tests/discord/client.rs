use std::ops::Deref;

use serde_json::{Value, json};
use tablon_testkit::discord::{BOT_TOKEN, CHANNEL, FORUM_WEBHOOK, FakeDiscord, Options, WEBHOOK, WEBHOOK_TOKEN};

/// A fake and its client.
pub(crate) struct Asked {
    fake: FakeDiscord,
    http: reqwest::Client,
    pub(crate) token: String,
}

impl Deref for Asked {
    type Target = FakeDiscord;
    fn deref(&self) -> &FakeDiscord {
        &self.fake
    }
}

/// An answer: HTTP status and JSON; null if there is no body.
pub(crate) type Answer = (u16, Value);

#[expect(clippy::disallowed_methods, reason = "a test asks its own fake on the loopback")]
pub(crate) fn client() -> reqwest::Client {
    // The fakes use no TLS, but the client needs a TLS provider to start.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Below `/api/v10`.
pub(crate) fn webhook(rest: &str) -> String {
    format!("/webhooks/{WEBHOOK}/{WEBHOOK_TOKEN}{rest}")
}

pub(crate) fn forum_webhook(rest: &str) -> String {
    format!("/webhooks/{FORUM_WEBHOOK}/{WEBHOOK_TOKEN}{rest}")
}

pub(crate) fn messages(rest: &str) -> String {
    format!("/channels/{CHANNEL}/messages{rest}")
}

impl Asked {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self { fake: FakeDiscord::start(options).await.unwrap(), http: client(), token: BOT_TOKEN.into() }
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// A request as the bot; for a webhook's path the token is ignored.
    pub(crate) fn request(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v10{path}", self.base_url());
        let request = self.http.request(method.parse().unwrap(), url);
        let request = request.header("authorization", format!("Bot {}", self.token));
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }

    pub(crate) async fn try_call(&self, method: &str, path: &str, body: Option<Value>) -> reqwest::Result<Answer> {
        let response = self.request(method, path, body).send().await?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.try_call(method, path, Some(body)).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_call("GET", path, None).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.try_call("DELETE", path, None).await.unwrap()
    }

    /// The answer to a call that must succeed.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert!((200..300).contains(&status), "{status} {answer}");
        answer
    }

    /// Posts by the webhook and returns the message.
    pub(crate) async fn post(&self, body: Value) -> Value {
        self.ok("POST", &webhook("?wait=true"), body).await
    }

    /// Sends as the bot and returns the message.
    pub(crate) async fn send(&self, body: Value) -> Value {
        self.ok("POST", &messages(""), body).await
    }

    pub(crate) async fn page(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("{}{path}", self.base_url())).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

/// A refusal with a code of Discord's.
pub(crate) fn refusal(status: u16, code: u32, message: &str) -> Answer {
    (status, json!({"message": message, "code": code}))
}

/// The only problem that a form may have.
pub(crate) fn invalid(path: &str, code: &str, message: &str) -> Answer {
    let mut errors = json!({"_errors": [{"code": code, "message": message}]});
    for name in path.split('.').rev() {
        errors = json!({ name: errors });
    }
    (400, json!({"message": "Invalid Form Body", "code": 50035, "errors": errors}))
}

pub(crate) fn id(message: &Value) -> String {
    message["id"].as_str().unwrap().to_owned()
}
