//! Discord's refusals.

use serde_json::{Map, Value, json};

/// An answer that isn't a success.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Discord's own code; 0 if it has none.
    pub(crate) code: u32,
    pub(crate) message: String,
    /// `errors` of code 50035, `retry_after` and `global` of a 429.
    pub(crate) more: Map<String, Value>,
    /// How long to wait, and for which limit.
    pub(crate) wait: Option<Wait>,
}

/// The wait of a 429.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Wait {
    pub(crate) seconds: f64,
    pub(crate) scope: super::fault::Scope,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), more: Map::new(), wait: None }
    }

    /// A refusal without a code of its own: `401: Unauthorized`.
    pub(crate) fn of_status(status: u16, reason: &str) -> Self {
        Self::new(status, 0, format!("{status}: {reason}"))
    }

    pub(crate) fn unauthorized() -> Self {
        Self::of_status(401, "Unauthorized")
    }

    pub(crate) fn not_found() -> Self {
        Self::of_status(404, "Not Found")
    }

    pub(crate) fn unknown_channel() -> Self {
        Self::new(404, 10_003, "Unknown Channel")
    }

    pub(crate) fn unknown_message() -> Self {
        Self::new(404, 10_008, "Unknown Message")
    }

    pub(crate) fn unknown_webhook() -> Self {
        Self::new(404, 10_015, "Unknown Webhook")
    }

    pub(crate) fn invalid_webhook_token() -> Self {
        Self::new(401, 50_027, "Invalid Webhook Token")
    }

    pub(crate) fn tag_required() -> Self {
        Self::new(400, 40_067, "A tag is required to create a forum post in this channel")
    }

    pub(crate) fn unknown_tag() -> Self {
        Self::new(404, 10_087, "Unknown tag")
    }

    pub(crate) fn missing_access() -> Self {
        Self::new(403, 50_001, "Missing Access")
    }

    pub(crate) fn missing_permissions() -> Self {
        Self::new(403, 50_013, "Missing Permissions")
    }

    pub(crate) fn foreign_message() -> Self {
        Self::new(403, 50_005, "Cannot edit a message authored by another user")
    }

    pub(crate) fn empty_message() -> Self {
        Self::new(400, 50_006, "Cannot send an empty message")
    }

    pub(crate) fn not_a_text_channel() -> Self {
        Self::new(400, 50_008, "Cannot send messages in a non-text channel")
    }

    pub(crate) fn invalid_json() -> Self {
        Self::new(400, 50_109, "The request body contains invalid JSON.")
    }

    pub(crate) fn archived() -> Self {
        Self::new(400, 50_083, "Thread is archived")
    }

    pub(crate) fn locked() -> Self {
        Self::new(400, 160_005, "Thread is locked")
    }

    pub(crate) fn forum_needs_a_thread() -> Self {
        Self::new(400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id")
    }

    pub(crate) fn forum_wants_one_thread() -> Self {
        Self::new(400, 220_002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id")
    }

    pub(crate) fn threads_only_in_forums() -> Self {
        Self::new(400, 220_003, "Webhooks can only create threads in forum channels")
    }

    /// 50035 with the tree of errors.
    pub(crate) fn invalid_form(errors: Value) -> Self {
        let mut refusal = Self::new(400, 50_035, "Invalid Form Body");
        refusal.more.insert("errors".into(), errors);
        refusal
    }

    /// 429. A shared limit is that of the resource, for all its users.
    pub(crate) fn rate_limited(wait: Wait) -> Self {
        use super::fault::Scope;
        let message = match wait.scope {
            Scope::Shared => "The resource is being rate limited.",
            Scope::User | Scope::Global => "You are being rate limited.",
        };
        let mut refusal = Self::new(429, 0, message);
        refusal.more.insert("retry_after".into(), json!(wait.seconds));
        refusal.more.insert("global".into(), json!(wait.scope == Scope::Global));
        refusal.wait = Some(wait);
        refusal
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut body = self.more.clone();
        body.insert("message".into(), json!(self.message));
        // Only some limits have a code in their 429.
        if self.wait.is_none() {
            body.insert("code".into(), json!(self.code));
        }
        Value::Object(body)
    }
}
