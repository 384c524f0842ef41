//! Channels and Discord's answers.

use serde_json::{Value, json};
use tablon_plugin::testing::{self, ScriptedHost};
use tablon_plugin::{Method, Posting, Preview, Publisher, Receipt, Target};
use tablon_plugin_discord::Discord;

/// A channel with a webhook and these settings.
pub(crate) fn webhook(settings: Value) -> Target {
    Target { secrets: vec!["webhook_url".into()], ..testing::target(settings) }
}

/// A channel with a bot in `55` and more settings.
pub(crate) fn bot(more: Value) -> Target {
    let mut settings = json!({ "channel_id": "55", "api_base_url": "https://discord.com" });
    if let (Some(settings), Value::Object(more)) = (settings.as_object_mut(), more) {
        settings.extend(more);
    }
    Target { secrets: vec!["bot_token".into()], ..testing::target(settings) }
}

/// What a webhook tells of itself.
pub(crate) fn hook() -> (u16, Value) {
    (200, json!({ "id": "8", "type": 1, "name": "Job board", "channel_id": "55", "guild_id": "1" }))
}

/// What a bot is told of its channel.
pub(crate) fn place(kind: u8) -> (u16, Value) {
    (200, json!({ "id": "55", "type": kind, "name": "jobs", "guild_id": "1", "last_message_id": "7" }))
}

pub(crate) fn me() -> (u16, Value) {
    (200, json!({ "id": "99", "username": "tablon" }))
}

/// A message in channel `55`, by the webhook `8` and as good as by the bot `99`.
pub(crate) fn message(id: &str, embeds: &Value) -> Value {
    json!({ "id": id, "channel_id": "55", "webhook_id": "8", "author": { "id": "99" }, "embeds": embeds })
}

pub(crate) fn sent(id: &str) -> (u16, Value) {
    (200, message(id, &json!([])))
}

pub(crate) fn refused(status: u16, code: u32, said: &str) -> (u16, Value) {
    (status, json!({ "message": said, "code": code }))
}

/// Method, address and body of each request.
pub(crate) type Calls = Vec<(&'static str, String, Value)>;

pub(crate) fn calls(host: &ScriptedHost) -> Calls {
    let call = |request: &tablon_plugin::Request| {
        let method = match request.method() {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        };
        let body = serde_json::from_slice(request.body_bytes()).unwrap_or_default();
        (method, request.url_shape(), body)
    };
    host.requests().iter().map(call).collect()
}

pub(crate) fn render(posting: &Posting, target: &Target) -> Preview {
    let mut previews = Discord.render(posting, target).expect("a preview");
    assert_eq!(previews.len(), 1);
    previews.remove(0)
}

pub(crate) fn body(preview: &Preview) -> Value {
    serde_json::from_str(&preview.content).expect("JSON")
}

/// An id that Discord gave out so many seconds after the [attempt](testing::attempt) began, the n-th of that second.
pub(crate) fn id_at(seconds: i64, n: u32) -> String {
    let began = tablon_plugin::unix_seconds(&testing::attempt().began).expect("a time");
    ((((began + seconds - 1_420_070_400) * 1000) << 22) + i64::from(n)).to_string()
}

/// A copy that this target published.
pub(crate) fn published(target: &Target) -> Receipt {
    let host = ScriptedHost::answering([hook(), sent("7")]);
    Discord.publish(&host, &testing::posting(), target, &testing::attempt()).expect("a receipt")
}
