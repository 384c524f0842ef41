//! The content of a message, and Discord's limits.

use serde_json::{Map, Value, json};
use url::Url;

use super::form::{Form, utf16_len};
use super::refusal::Refusal;

/// Characters of `content`.
pub const LONGEST_CONTENT: usize = 2000;
/// Characters of an embed's title, an author's name and a field's name.
pub const LONGEST_TITLE: usize = 256;
/// Characters of an embed's description.
pub const LONGEST_DESCRIPTION: usize = 4096;
/// Characters of a field's value.
pub const LONGEST_FIELD: usize = 1024;
/// Characters of an embed's footer.
pub const LONGEST_FOOTER: usize = 2048;
/// Characters of all texts of all embeds of a message.
pub const LONGEST_EMBEDS: usize = 6000;
/// Embeds of a message.
pub const MOST_EMBEDS: usize = 10;
/// Fields of an embed.
pub const MOST_FIELDS: usize = 25;
/// Characters of a thread's name.
pub const LONGEST_THREAD_NAME: usize = 100;
/// Characters of a nonce.
pub const LONGEST_NONCE: usize = 25;
const LONGEST_USERNAME: usize = 80;
const WHITE: i64 = 0x00ff_ffff;

/// The request that contains a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `execute_webhook`.
    Webhook,
    /// `create_message`.
    Bot,
    /// The first message of a thread.
    Starter,
    /// `update_webhook_message` and `update_message`.
    Edit,
}

/// A message that was read; in an edit, absent parts stay unchanged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    pub(crate) text: Option<String>,
    pub(crate) embeds: Option<Vec<Value>>,
    pub(crate) components: Option<Value>,
    pub(crate) allowed_mentions: Option<Value>,
    pub(crate) flags: i64,
    pub(crate) username: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) thread_name: Option<String>,
    pub(crate) tags: Vec<u64>,
    pub(crate) nonce: Option<Value>,
    pub(crate) enforce_nonce: bool,
}

impl Content {
    pub(crate) fn is_empty(&self) -> bool {
        let none = |list: Option<&Vec<Value>>| list.is_none_or(Vec::is_empty);
        self.text.as_deref().unwrap_or_default().is_empty()
            && none(self.embeds.as_ref())
            && none(self.components.as_ref().and_then(Value::as_array))
    }
}

/// Everything that Discord would refuse in the body of `execute_webhook`, each with its place: `embeds.0.title: Must be
/// 256 or fewer in length.`
#[must_use]
pub fn webhook_body_problems(body: &Value) -> Vec<String> {
    problems(body, Kind::Webhook)
}

/// Everything that Discord would refuse in the body of `create_message`.
#[must_use]
pub fn message_body_problems(body: &Value) -> Vec<String> {
    problems(body, Kind::Bot)
}

fn problems(body: &Value, kind: Kind) -> Vec<String> {
    let mut form = Form::default();
    let content = form.object(body).map(|body| read_message(&mut form, body, kind));
    let mut found = form.sentences();
    found.extend(form.ignored);
    if content.is_some_and(|content| content.is_empty()) {
        found.push(Refusal::empty_message().message);
    }
    found
}

/// Reads a message; the form records its errors.
pub(crate) fn read_message(form: &mut Form, body: &Map<String, Value>, kind: Kind) -> Content {
    let common = ["content", "embeds", "allowed_mentions", "components", "attachments", "flags"];
    let special: &[&str] = match kind {
        Kind::Webhook => &["username", "avatar_url", "tts", "thread_name", "applied_tags", "poll"],
        Kind::Bot => &["nonce", "enforce_nonce", "tts", "message_reference", "sticker_ids", "poll"],
        Kind::Starter => &["sticker_ids"],
        Kind::Edit => &[],
    };
    form.known(body, &[&common, special].concat());
    let mut content = Content {
        text: form.text(body, "content", LONGEST_CONTENT),
        embeds: read_embeds(form, body),
        components: body.get("components").filter(|components| !components.is_null()).cloned(),
        allowed_mentions: read_allowed_mentions(form, body),
        flags: form.integer(body, "flags", 0, i64::from(i32::MAX)).unwrap_or_default(),
        ..Content::default()
    };
    form.boolean(body, "tts");
    match kind {
        Kind::Webhook => {
            content.username = read_username(form, body);
            content.avatar_url = form.url(body, "avatar_url");
            content.thread_name = form.name(body, "thread_name", LONGEST_THREAD_NAME);
            content.tags = read_tags(form, body);
        }
        Kind::Bot => {
            content.nonce = read_nonce(form, body);
            content.enforce_nonce = form.boolean(body, "enforce_nonce");
        }
        Kind::Starter | Kind::Edit => {}
    }
    content
}

/// The tags of a post in a forum.
pub(crate) fn read_tags(form: &mut Form, body: &Map<String, Value>) -> Vec<u64> {
    let ids = form.list(body, "applied_tags", 5);
    ids.iter().filter_map(|id| id.as_str()?.parse().ok()).collect()
}

fn read_nonce(form: &mut Form, body: &Map<String, Value>) -> Option<Value> {
    let nonce = body.get("nonce").filter(|nonce| !nonce.is_null())?;
    form.within("nonce", |form| match nonce {
        Value::String(text) if utf16_len(text) > LONGEST_NONCE => {
            form.wrong("NONCE_TYPE_TOO_LONG", "Must be 25 or fewer characters long.");
        }
        Value::String(_) => {}
        Value::Number(number) if number.is_i64() => {}
        _ => form.wrong("NONCE_TYPE_INVALID_TYPE", "This field must be a string or integer."),
    });
    Some(nonce.clone())
}

/// A webhook's name for one message.
fn read_username(form: &mut Form, body: &Map<String, Value>) -> Option<String> {
    let name = form.name(body, "username", LONGEST_USERNAME)?;
    let lower = name.to_lowercase();
    form.within("username", |form| {
        for word in ["discord", "clyde"] {
            if lower.contains(word) {
                form.wrong("USERNAME_INVALID_CONTAINS", format!("Username cannot contain \"{word}\""));
            }
        }
        if matches!(lower.as_str(), "everyone" | "here") {
            form.wrong("USERNAME_INVALID", format!("Username cannot be \"{lower}\""));
        }
    });
    Some(name)
}

fn read_allowed_mentions(form: &mut Form, body: &Map<String, Value>) -> Option<Value> {
    let mentions = form.member(body, "allowed_mentions")?;
    form.within("allowed_mentions", |form| {
        form.known(mentions, &["parse", "users", "roles", "replied_user"]);
        let parse = form.list(mentions, "parse", 3);
        form.within("parse", |form| {
            for (i, kind) in parse.iter().enumerate() {
                if !matches!(kind.as_str(), Some("users" | "roles" | "everyone")) {
                    form.within(i, |form| {
                        form.wrong("BASE_TYPE_CHOICES", "Value must be one of ('users', 'everyone', 'roles').");
                    });
                }
            }
        });
        for kind in ["users", "roles"] {
            let ids = form.list(mentions, kind, 100);
            if !ids.is_empty() && parse.iter().any(|parsed| parsed == kind) {
                let message = format!("parse:[\"{kind}\"] and {kind}: [ids...] are mutually exclusive.");
                form.wrong("MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message);
            }
        }
    });
    Some(Value::Object(mentions.clone()))
}

fn read_embeds(form: &mut Form, body: &Map<String, Value>) -> Option<Vec<Value>> {
    body.get("embeds").filter(|embeds| !embeds.is_null())?;
    let items = form.list(body, "embeds", MOST_EMBEDS);
    let mut total = 0;
    let mut embeds = Vec::new();
    form.within("embeds", |form| {
        for (i, item) in items.iter().enumerate() {
            form.within(i, |form| {
                if let Some(item) = form.object(item) {
                    let (embed, length) = read_embed(form, item);
                    total += length;
                    embeds.push(embed);
                }
            });
        }
        if total > LONGEST_EMBEDS {
            form.wrong("MAX_EMBED_SIZE_EXCEEDED", format!("Embed size exceeds maximum size of {LONGEST_EMBEDS}"));
        }
    });
    Some(embeds)
}

/// An address as Discord returns it, which can differ from the one that was sent: here as browsers write it.
fn normalised(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), String::from)
}

/// The embed as Discord returns it, and its part of the sum of characters.
fn read_embed(form: &mut Form, embed: &Map<String, Value>) -> (Value, usize) {
    form.known(
        embed,
        &[
            "type",
            "title",
            "description",
            "url",
            "timestamp",
            "color",
            "footer",
            "image",
            "thumbnail",
            "video",
            "provider",
            "author",
            "fields",
        ],
    );
    let mut shown = Map::new();
    let mut length = 0;
    shown.insert("type".into(), json!("rich"));
    let mut keep = |name: &str, text: Option<String>, counts: bool| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            length += if counts { utf16_len(&text) } else { 0 };
            shown.insert(name.into(), json!(text));
        }
    };
    keep("title", form.text(embed, "title", LONGEST_TITLE), true);
    keep("description", form.text(embed, "description", LONGEST_DESCRIPTION), true);
    keep("url", form.url(embed, "url").map(|url| normalised(&url)), false);
    keep("timestamp", form.timestamp(embed, "timestamp"), false);
    if let Some(color) = form.integer(embed, "color", 0, WHITE) {
        shown.insert("color".into(), json!(color));
    }
    for (name, text, longest) in [("footer", "text", LONGEST_FOOTER), ("author", "name", LONGEST_TITLE)] {
        let Some(part) = form.member(embed, name) else { continue };
        form.within(name, |form| {
            form.known(part, &[text, "url", "icon_url", "proxy_icon_url"]);
            let words = form.required(part, text, longest).unwrap_or_default();
            length += utf16_len(&words);
            let mut kept = json!({ text: words });
            for address in ["url", "icon_url"] {
                if let Some(url) = form.url(part, address) {
                    kept[address] = json!(url);
                }
            }
            shown.insert(name.into(), kept);
        });
    }
    for name in ["image", "thumbnail"] {
        let Some(part) = form.member(embed, name) else { continue };
        form.within(name, |form| {
            if let Some(url) = form.url(part, "url") {
                shown.insert(name.into(), json!({ "url": url }));
            }
        });
    }
    let fields = form.list(embed, "fields", MOST_FIELDS);
    let mut kept = Vec::new();
    form.within("fields", |form| {
        for (i, field) in fields.iter().enumerate() {
            form.within(i, |form| {
                let Some(field) = form.object(field) else { return };
                form.known(field, &["name", "value", "inline"]);
                let name = form.required(field, "name", LONGEST_TITLE).unwrap_or_default();
                let value = form.required(field, "value", LONGEST_FIELD).unwrap_or_default();
                length += utf16_len(&name) + utf16_len(&value);
                kept.push(json!({ "name": name, "value": value, "inline": form.boolean(field, "inline") }));
            });
        }
    });
    if !kept.is_empty() {
        shown.insert("fields".into(), json!(kept));
    }
    if shown.keys().all(|name| matches!(name.as_str(), "type" | "color" | "url" | "timestamp")) {
        form.wrong("BASE_TYPE_REQUIRED", "This field is required");
    }
    (Value::Object(shown), length)
}
