//! What Discord's refusals mean.

use serde_json::Value;
use tablon_plugin::{Error, Failure, Lane, Refusal, Repeatable};

use crate::rest::Rest;

/// Discord's codes.
pub(crate) const UNKNOWN_CHANNEL: i64 = 10_003;
pub(crate) const UNKNOWN_MESSAGE: i64 = 10_008;
const UNKNOWN_WEBHOOK: i64 = 10_015;
const UNKNOWN_TAG: i64 = 10_087;
const TAG_REQUIRED: i64 = 40_067;
const MISSING_ACCESS: i64 = 50_001;
const FOREIGN: i64 = 50_005;
const NOT_A_TEXT_CHANNEL: i64 = 50_008;
pub(crate) const MISSING_PERMISSIONS: i64 = 50_013;
const WRONG_CHANNEL_TYPE: i64 = 50_024;
const INVALID_WEBHOOK_TOKEN: i64 = 50_027;
const INVALID_FORM: i64 = 50_035;
pub(crate) const ARCHIVED: i64 = 50_083;
const LOCKED: i64 = 160_005;
const FORUM_NEEDS_A_THREAD: i64 = 220_001;
const ONLY_FORUMS_OPEN_THREADS: i64 = 220_003;

impl Rest<'_> {
    /// What the host has to do about it. A 401, 403 or 404 is never asked twice: Discord bans an address that doesn't
    /// learn.
    pub(crate) fn explain(&self, failure: Failure) -> Error {
        let refusal = match failure {
            Failure::Refused(refusal) => refusal,
            Failure::Other(error) => return error,
        };
        let (settings, words) = (&self.on.settings, &self.on.words);
        let told = |word: &str| words.told(&words.say(word), &refusal.said);
        let setting = |pointer: &str, word: &str| Error::invalid_setting(pointer, told(word));
        let here = if settings.thread().is_some() { "/thread_id" } else { "/channel_id" };
        match (refusal.status, refusal.code.unwrap_or_default()) {
            (404 | 410, _) if refusal.code.is_none() => self.foreign(&refusal),
            (429, _) => self.wait(&refusal),
            (_, UNKNOWN_WEBHOOK | INVALID_WEBHOOK_TOKEN) => Error::Unauthorized(told("error-webhook-gone")),
            (_, UNKNOWN_MESSAGE) => Error::Gone,
            (_, UNKNOWN_CHANNEL) if settings.thread().is_some() => setting(here, "error-no-thread"),
            (_, UNKNOWN_CHANNEL) => setting(here, "error-no-channel"),
            (_, MISSING_ACCESS) => setting(here, "error-no-access"),
            (_, MISSING_PERMISSIONS) => setting(here, "error-no-rights"),
            (_, FOREIGN) => Error::Rejected(told("error-foreign-copy")),
            (_, FORUM_NEEDS_A_THREAD | NOT_A_TEXT_CHANNEL) => setting("/new_thread", "error-forum"),
            (_, TAG_REQUIRED) => setting("/tags", "error-tag-required"),
            (_, UNKNOWN_TAG) => setting("/tags", "error-tag-gone"),
            (_, ONLY_FORUMS_OPEN_THREADS | WRONG_CHANNEL_TYPE) => setting("/new_thread", "error-no-forum"),
            (_, ARCHIVED | LOCKED) if settings.thread().is_some() => setting(here, "error-archived"),
            (_, ARCHIVED | LOCKED) => Error::Rejected(told("error-archived")),
            (400, INVALID_FORM) => Error::Rejected(words.told(&words.say("error-rejected"), &problem(&refusal))),
            (401 | 404, _) if !settings.bot => Error::Unauthorized(told("error-webhook-gone")),
            (404, _) => setting("/api_base_url", "error-not-found"),
            _ => refusal.meaning(words),
        }
    }

    /// Discord has a code for all that it doesn't know. Without one something between here and there has answered, and
    /// whether Discord was reached isn't known.
    fn foreign(&self, refusal: &Refusal) -> Error {
        let message = self.on.words.say_with("error-foreign", &[("status", &refusal.status.to_string())]);
        match refusal.repeatable {
            Repeatable::Yes => Error::Transient(message),
            Repeatable::No => Error::Uncertain(message),
        }
    }

    /// A rate limit over everything that the bot does, or the one of this channel. The body is exact to the
    /// millisecond, the header is whole seconds.
    fn wait(&self, refusal: &Refusal) -> Error {
        let exact = refusal.body["retry_after"].as_f64().filter(|seconds| (0.0..86_400.0).contains(seconds));
        let milliseconds = exact.map(|seconds| (seconds * 1000.0).ceil() as u64).or(refusal.retry_after_ms);
        // What isn't JSON comes from the proxy that bans addresses.
        let global = refusal.body["global"] == true || refusal.body.is_null();
        let lane = if global && self.on.settings.bot { Lane::Credential } else { Lane::Destination };
        match milliseconds {
            Some(milliseconds) => Error::RateLimited((lane, milliseconds)),
            None => Refusal { lane, ..refusal.clone() }.meaning(&self.on.words),
        }
    }
}

/// The first of what is wrong with a message, with its place: `embeds.0.title: Must be 256 or fewer in length.`
fn problem(refusal: &Refusal) -> String {
    let mut node = &refusal.body["errors"];
    let mut path = Vec::new();
    while let Some((name, inner)) = node.as_object().and_then(|object| object.iter().next()) {
        if name == "_errors" {
            let said = inner.pointer("/0/message").and_then(Value::as_str).unwrap_or(&refusal.said);
            return format!("{}: {said}", path.join("."));
        }
        path.push(name.as_str());
        node = inner;
    }
    refusal.said.clone()
}
