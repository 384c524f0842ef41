//! Postings, channels and Telegram's answers.

use std::path::Path;

use serde_json::{Value, json};
use tablon_plugin::testing::{self, ScriptedHost};
pub(crate) use tablon_plugin::testing::{attempt, context, posting};
use tablon_plugin::{Error, Posting, Preview, Publisher, Receipt, Request, Target};
use tablon_plugin_telegram::Telegram;

pub(crate) fn target() -> Target {
    target_with(json!({}))
}

/// A channel `@acme_jobs` with more settings.
pub(crate) fn target_with(more: Value) -> Target {
    let mut settings = json!({ "chat_id": "@acme_jobs", "api_base_url": "https://api.telegram.org" });
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    Target { secrets: vec!["bot_token".into()], ..testing::target(settings) }
}

pub(crate) fn render(posting: &Posting, target: &Target) -> Result<Preview, Error> {
    Telegram.render(posting, target).map(|mut previews| {
        assert_eq!(previews.len(), 1);
        previews.remove(0)
    })
}

/// The answer to a successful send or edit: a message in the public channel `@acme_jobs`.
pub(crate) fn sent(message_id: i64) -> (u16, Value) {
    (
        200,
        json!({ "ok": true, "result": {
            "message_id": message_id, "date": 1,
            "chat": { "id": -1001234567890_i64, "type": "channel", "title": "Acme jobs", "username": "acme_jobs" },
            "text": "…",
        }}),
    )
}

pub(crate) fn ok(result: Value) -> (u16, Value) {
    (200, json!({ "ok": true, "result": result }))
}

pub(crate) fn refused(code: u16, description: &str) -> (u16, Value) {
    (code, json!({ "ok": false, "error_code": code, "description": description }))
}

/// A copy that was published from [`posting`] to [`target`].
pub(crate) fn published() -> Receipt {
    let host = ScriptedHost::answering([sent(7)]);
    Telegram.publish(&host, &posting(), &target(), &attempt()).expect("a receipt")
}

/// The handle of a receipt, as JSON.
pub(crate) fn handle(receipt: &Receipt) -> Value {
    serde_json::from_slice(&receipt.handle).expect("JSON")
}

/// The method and parameters of each request; each is checked against the Bot API's description
/// where that stands beside the repository.
pub(crate) fn calls(host: &ScriptedHost) -> Vec<(String, Value)> {
    let calls: Vec<_> = host.requests().iter().map(call).collect();
    if let Some(specification) = specification() {
        for (method, parameters) in &calls {
            check(&specification, method, parameters);
        }
    }
    calls
}

fn call(request: &Request) -> (String, Value) {
    let url = request.url_shape();
    let method = url
        .strip_prefix("https://api.telegram.org/bot{bot_token}/")
        .unwrap_or_else(|| panic!("{url} is not a call of the Bot API"));
    (method.to_owned(), serde_json::from_slice(request.body_bytes()).expect("JSON"))
}

fn specification() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/telegram-bot-api.json");
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).expect("the specification is JSON"))
}

fn check(specification: &Value, method: &str, parameters: &Value) {
    let known = &specification["methods"][method];
    assert!(known.is_object(), "the Bot API has no method {method}");
    let fields = known["fields"].as_array().cloned().unwrap_or_default();
    let parameters = parameters.as_object().expect("an object");
    for (name, value) in parameters {
        let field = fields.iter().find(|f| f["name"] == name.as_str());
        let field = field.unwrap_or_else(|| panic!("{method} has no parameter {name}"));
        if value.is_object() {
            let kind = field["types"][0].as_str().expect("a type");
            let members = specification["types"][kind]["fields"].as_array().expect("fields");
            for member in value.as_object().expect("an object").keys() {
                assert!(members.iter().any(|m| m["name"] == member.as_str()), "{kind} has no {member}");
            }
        }
    }
    for field in fields.iter().filter(|f| f["required"] == true) {
        let name = field["name"].as_str().expect("a name");
        assert!(parameters.contains_key(name), "{method} demands {name}");
    }
}
