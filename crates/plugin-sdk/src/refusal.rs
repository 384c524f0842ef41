//! A platform's refusal, and what the host should do about it.

use serde_json::Value;

use crate::{Answer, Error, Lane, Repeatable, Words};

/// A wait that a platform asks for without saying how long, in milliseconds.
const UNSPECIFIED_WAIT: u64 = 30_000;

/// An answer in which a platform says no.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The platform's own number for it, where its JSON has a `code`.
    pub code: Option<i64>,
    /// The platform's own words; may be empty.
    pub said: String,
    /// How long to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// The body, where it is JSON; `null` otherwise.
    pub body: Box<Value>,
    /// What a rate limit holds for.
    pub lane: Lane,
    /// May the call be made again?
    pub repeatable: Repeatable,
    /// Whether something was only asked for: then what isn't there is no copy, but what the settings name.
    pub reading: bool,
}

impl Refusal {
    /// Reads the refusal of an answer. Its words are looked for where platforms put them: `message`, `error`,
    /// `description`, `detail`, or the beginning of a body that isn't JSON; its wait in `retry_after` and the header.
    pub fn of(answer: &Answer, lane: Lane, repeatable: Repeatable) -> Self {
        let body: Box<Value> = answer.json().unwrap_or_default();
        let places =
            ["/message", "/error/message", "/error_description", "/error", "/description", "/detail", "/title"];
        let said = places.iter().find_map(|place| body.pointer(place)?.as_str()).map(one_line);
        let code = ["/code", "/error_code", "/error/code"].iter().find_map(|place| body.pointer(place)?.as_i64());
        let said = said.unwrap_or_else(|| if body.is_null() { answer.excerpt() } else { String::new() });
        let retry_after_ms = wait(&body).or_else(|| answer.retry_after_ms());
        Self { status: answer.status, code, said, retry_after_ms, body, lane, repeatable, reading: false }
    }

    /// Whether the platform's words contain one of these texts, which are in lower case.
    pub fn says(&self, texts: &[&str]) -> bool {
        let said = self.said.to_lowercase();
        texts.iter().any(|text| said.contains(text))
    }

    /// Whether what was asked about isn't there (any more): 404 and 410.
    pub fn is_gone(&self) -> bool {
        matches!(self.status, 404 | 410)
    }

    /// What the host has to do about it, told to the channel's admins in their language and the platform's own words.
    ///
    /// | status | |
    /// |---|---|
    /// | 401 | another credential |
    /// | 403 | another setting |
    /// | 404, 410 | the copy is gone; where something is sent or only asked for, another setting |
    /// | 429 | the lane is held for `retry-after`, or half a minute |
    /// | 408, 409, 425 | again later |
    /// | 5xx | again later; uncertain where it can't be repeated, because a gateway answers 502 and 504 also when the server behind it has done the work |
    /// | another | rejected, for good |
    pub fn meaning(&self, words: &Words) -> Error {
        let status = self.status.to_string();
        let tell = |name: &str| words.told(&words.say_with(name, &[("status", &status)]), &self.said);
        match (self.status, self.repeatable) {
            (401, _) => Error::Unauthorized(tell("error-unauthorized")),
            (403, _) => Error::invalid_setting("", tell("error-forbidden")),
            (404 | 410, Repeatable::Yes) if !self.reading => Error::Gone,
            (404 | 410, _) => Error::invalid_setting("", tell("error-not-found")),
            (429, _) => Error::RateLimited((self.lane, self.retry_after_ms.unwrap_or(UNSPECIFIED_WAIT))),
            (503, Repeatable::Yes) if self.retry_after_ms.is_some() => {
                Error::RateLimited((self.lane, self.retry_after_ms.unwrap_or(UNSPECIFIED_WAIT)))
            }
            (408 | 409 | 425, _) | (500..=599, Repeatable::Yes) => Error::Transient(tell("error-unavailable")),
            (500..=599, Repeatable::No) => Error::Uncertain(tell("error-unavailable")),
            // A platform that says no in its JSON.
            (200..=299, _) => Error::Rejected(tell("error-rejected")),
            (0..=399, _) => Error::invalid_setting("", tell("error-foreign")),
            _ => Error::Rejected(tell("error-rejected")),
        }
    }
}

/// The wait that JSON asks for, in milliseconds: Discord and Telegram say seconds, Matrix says milliseconds.
fn wait(body: &Value) -> Option<u64> {
    if let Some(milliseconds) = body.pointer("/retry_after_ms").and_then(Value::as_u64) {
        return Some(milliseconds);
    }
    let seconds = ["/retry_after", "/parameters/retry_after"].iter().find_map(|place| body.pointer(place)?.as_f64())?;
    (seconds.is_finite() && seconds >= 0.0).then(|| (seconds * 1000.0).ceil() as u64)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Locales;

    fn meaning(status: u16, body: &Value, repeatable: Repeatable) -> Error {
        let words = Locales::new(&[("en", "-platform = Chatter")]).get("en");
        Refusal::of(&Answer::of_json(status, body), Lane::Destination, repeatable).meaning(&words)
    }

    #[test]
    fn the_platforms_words_are_found_and_passed_on() {
        for body in [json!({ "message": "no  such\nroom" }), json!({ "error": { "message": "no such room" } })] {
            let Error::Rejected(why) = meaning(422, &body, Repeatable::No) else { panic!("{body}") };
            assert_eq!(why, "Chatter refuses this message. Chatter says: “no such room”.");
        }
        let page = Answer { body: b"<html>\n  Not here".to_vec(), ..Answer::of_json(404, &json!({})) };
        assert_eq!(Refusal::of(&page, Lane::Destination, Repeatable::Yes).said, "<html> Not here");
        let coded = Answer::of_json(404, &json!({ "message": "Unknown Message", "code": 10008 }));
        let coded = Refusal::of(&coded, Lane::Destination, Repeatable::Yes);
        assert!(coded.code == Some(10008) && coded.says(&["unknown message"]) && coded.is_gone());
    }

    #[test]
    fn a_status_says_what_to_do() {
        let body = json!({ "message": "x" });
        assert!(matches!(meaning(401, &body, Repeatable::No), Error::Unauthorized(_)));
        assert!(matches!(meaning(403, &body, Repeatable::No), Error::InvalidSettings(_)));
        assert_eq!(meaning(404, &body, Repeatable::Yes), Error::Gone);
        assert!(matches!(meaning(404, &body, Repeatable::No), Error::InvalidSettings(_)));
        assert_eq!(meaning(429, &body, Repeatable::No), Error::RateLimited((Lane::Destination, 30_000)));
        assert!(matches!(meaning(502, &body, Repeatable::Yes), Error::Transient(_)));
        assert!(matches!(meaning(502, &body, Repeatable::No), Error::Uncertain(_)));
        assert!(matches!(meaning(302, &body, Repeatable::No), Error::InvalidSettings(_)));
        assert!(matches!(meaning(400, &body, Repeatable::No), Error::Rejected(_)));
    }

    #[test]
    fn a_wait_may_stand_in_the_json() {
        let wait = |body: Value| meaning(429, &body, Repeatable::No);
        let limited = |ms| Error::RateLimited((Lane::Destination, ms));
        assert_eq!(wait(json!({ "retry_after": 0.6432 })), limited(644));
        assert_eq!(wait(json!({ "retry_after_ms": 2000 })), limited(2000));
        assert_eq!(wait(json!({ "parameters": { "retry_after": 17 } })), limited(17_000));
        assert_eq!(wait(json!({ "retry_after": "soon" })), limited(30_000));
    }

    #[test]
    fn a_lane_is_held_as_long_as_the_platform_says() {
        let mut answer = Answer::of_json(503, &json!({}));
        answer.headers = vec![("retry-after".into(), "2".into())];
        let words = Locales::new(&[]).get("en");
        let meaning = |repeatable| Refusal::of(&answer, Lane::Credential, repeatable).meaning(&words);
        assert_eq!(meaning(Repeatable::Yes), Error::RateLimited((Lane::Credential, 2000)));
        assert!(matches!(meaning(Repeatable::No), Error::Uncertain(_)));
    }
}
