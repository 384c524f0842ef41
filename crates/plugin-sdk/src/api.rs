//! Calls of a platform's HTTP API, with the meanings that most platforms share.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Answer, Error, Host, Lane, Refusal, Repeatable, Request, Words, unanswered};

/// A platform's HTTP API during a call.
///
/// ```
/// use serde::Deserialize;
/// use tablon_plugin::{Api, Error, Failure, Host, Method, Repeatable, Request, Words};
///
/// #[derive(Deserialize)]
/// struct Sent {
///     id: String,
/// }
///
/// fn send(host: &dyn Host, words: &Words, text: &str) -> Result<String, Error> {
///     let request = Request::new(Method::Post, "https://chatter.example/api/messages")
///         .secret_header("authorization", "Bearer ", "token")
///         .json(&serde_json::json!({ "text": text }));
///     match Api::new(host, words).call::<Sent>(request, Repeatable::No) {
///         Ok(sent) => Ok(sent.id),
///         Err(Failure::Refused(refusal)) if refusal.says(&["no such room"]) => {
///             Err(Error::invalid_setting("/room", refusal.said))
///         }
///         Err(failure) => Err(failure.meaning(words)),
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Api<'a> {
    host: &'a dyn Host,
    words: &'a Words,
    lane: Lane,
    address_setting: &'static str,
    refuses: fn(&Value) -> bool,
    speaks: fn(&Value) -> bool,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The platform said no.
    Refused(Refusal),
    /// Anything else: no answer, or one that isn't the platform's.
    Other(Error),
}

impl Failure {
    /// What the host has to do about it.
    pub fn meaning(self, words: &Words) -> Error {
        match self {
            Self::Refused(refusal) => refusal.meaning(words),
            Self::Other(error) => error,
        }
    }
}

impl<'a> Api<'a> {
    /// An API whose rate limits hold for the destination.
    pub fn new(host: &'a dyn Host, words: &'a Words) -> Self {
        Self { host, words, lane: Lane::Destination, address_setting: "", refuses: |_| false, speaks: |_| true }
    }

    /// The same API, whose rate limits hold for this lane.
    #[must_use]
    pub fn lane(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// The same API, whose address is a setting: a pointer into the settings, `/base_url`. Answers that aren't the
    /// platform's are put down to it.
    #[must_use]
    pub fn address_setting(self, pointer: &'static str) -> Self {
        Self { address_setting: pointer, ..self }
    }

    /// The same API, which says no with a status of 200 and in its JSON: this tells such an answer. [`call`](Self::call)
    /// makes a refusal of it.
    ///
    /// ```
    /// use tablon_plugin::{Api, Host, Words};
    ///
    /// fn slack<'a>(host: &'a dyn Host, words: &'a Words) -> Api<'a> {
    ///     Api::new(host, words).refuses_when(|body| body["ok"] == false)
    /// }
    /// ```
    #[must_use]
    pub fn refuses_when(self, refuses: fn(&Value) -> bool) -> Self {
        Self { refuses, ..self }
    }

    /// The same API, whose every answer can be told from that of a proxy or of another server: by this.
    /// [`call`](Self::call) makes no refusal of what isn't the platform's.
    ///
    /// ```
    /// use tablon_plugin::{Api, Host, Words};
    ///
    /// fn telegram<'a>(host: &'a dyn Host, words: &'a Words) -> Api<'a> {
    ///     Api::new(host, words).speaks(|body| body["ok"].is_boolean())
    /// }
    /// ```
    #[must_use]
    pub fn speaks(self, speaks: fn(&Value) -> bool) -> Self {
        Self { speaks, ..self }
    }

    /// Sends a request; any status is an answer. Where a good answer to a request that acts says that nothing more may be
    /// sent for a while, the lane is held: platforms count reading apart. A request that only reads is always repeatable,
    /// whatever is said here.
    ///
    /// # Errors
    /// What an answer that didn't come means.
    pub fn send(&self, request: Request, repeatable: Repeatable) -> Result<Answer, Error> {
        let (reading, repeatable) = (request.reads_only(), repeatable.of(&request));
        let answer = self.host.send(request).map_err(|error| unanswered(error, repeatable))?;
        if answer.is_success()
            && !reading
            && let Some(wait) = answer.exhausted_for_ms()
        {
            self.host.hold(self.lane, wait);
        }
        Ok(answer)
    }

    /// Sends a request and reads the JSON of a 2xx. For an answer without a body, ask for a [`serde_json::Value`].
    ///
    /// # Errors
    /// The platform's refusal, or what else came between.
    pub fn call<T: DeserializeOwned>(&self, request: Request, repeatable: Repeatable) -> Result<T, Failure> {
        let (reading, repeatable) = (request.reads_only(), repeatable.of(&request));
        let answer = self.send(request, repeatable).map_err(Failure::Other)?;
        let refused = || Failure::Refused(Refusal { reading, ..Refusal::of(&answer, self.lane, repeatable) });
        let foreign = || Failure::Other(self.foreign(&answer, repeatable));
        let body = if answer.body.is_empty() { Some(Value::Null) } else { answer.json() };
        if !(self.speaks)(body.as_ref().unwrap_or(&Value::Null)) {
            return Err(foreign());
        }
        if !answer.is_success() {
            return Err(refused());
        }
        let body = body.ok_or_else(foreign)?;
        if (self.refuses)(&body) {
            return Err(refused());
        }
        serde_json::from_value(body).map_err(|_| foreign())
    }

    /// What an answer means that the platform never gives: a proxy's page, another server, a body cut short.
    pub fn foreign(&self, answer: &Answer, repeatable: Repeatable) -> Error {
        let message = self.words.say_with("error-foreign", &[("status", &answer.status.to_string())]);
        match (answer.status, repeatable) {
            // What refuses in its own words has not reached the platform: a wrong address, mostly.
            (300..=407 | 410..=428 | 430..=499, _) => Error::invalid_setting(self.address_setting, message),
            (408 | 409 | 429, _) | (_, Repeatable::Yes) => Error::Transient(message),
            (_, Repeatable::No) => Error::Uncertain(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::ScriptedHost;
    use crate::{HttpError, Locales, Method};

    fn call(host: &ScriptedHost, repeatable: Repeatable) -> Result<Value, Failure> {
        let words = Locales::new(&[("en", "-platform = Chatter")]).get("en");
        Api::new(host, &words).call(Request::new(Method::Post, "https://chatter.example/"), repeatable)
    }

    #[test]
    fn a_good_answer_is_read_also_an_empty_one() {
        assert_eq!(call(&ScriptedHost::answering([(200, json!({ "id": 1 }))]), Repeatable::No), Ok(json!({ "id": 1 })));
        let empty = Answer { body: Vec::new(), ..Answer::of_json(204, &json!({})) };
        assert_eq!(call(&ScriptedHost::new([Ok(empty)]), Repeatable::No), Ok(Value::Null));
    }

    #[test]
    fn what_is_not_the_platforms_is_told_apart_from_its_refusals() {
        let page = || Answer { body: b"<html>".to_vec(), ..Answer::of_json(200, &json!({})) };
        let answered = |repeatable| call(&ScriptedHost::new([Ok(page())]), repeatable);
        assert!(matches!(answered(Repeatable::No), Err(Failure::Other(Error::Uncertain(_)))));
        assert!(matches!(answered(Repeatable::Yes), Err(Failure::Other(Error::Transient(_)))));
        let words = Locales::new(&[]).get("en");
        let host = ScriptedHost::default();
        let elsewhere = Answer { status: 405, ..page() };
        let meaning = Api::new(&host, &words).address_setting("/base_url").foreign(&elsewhere, Repeatable::No);
        assert!(matches!(meaning, Error::InvalidSettings(fields) if fields[0].pointer == "/base_url"));
        let lost = ScriptedHost::new([Err(HttpError::NoAnswer("reset".into()))]);
        assert_eq!(call(&lost, Repeatable::No), Err(Failure::Other(Error::Uncertain("reset".into()))));
        let refused = call(&ScriptedHost::answering([(403, json!({ "message": "no" }))]), Repeatable::No);
        assert!(matches!(refused, Err(Failure::Refused(refusal)) if refusal.said == "no"));
    }

    #[test]
    fn what_can_not_be_found_is_a_copy_to_an_edit_and_a_setting_to_a_question() {
        let words = Locales::new(&[]).get("en");
        let meaning = |method| {
            let host = ScriptedHost::answering([(404, json!({ "message": "not here" }))]);
            let request = Request::new(method, "https://chatter.example/");
            Api::new(&host, &words).call::<Value>(request, Repeatable::Yes).map_err(|failure| failure.meaning(&words))
        };
        assert_eq!(meaning(Method::Patch), Err(Error::Gone));
        assert!(matches!(meaning(Method::Get), Err(Error::InvalidSettings(_))));
    }

    #[test]
    fn a_question_may_be_asked_again_whatever_its_method_and_holds_no_lane() {
        let words = Locales::new(&[]).get("en");
        let lost = || Err(HttpError::NoAnswer("reset".into()));
        let mut last = Answer::of_json(200, &json!({}));
        last.headers =
            vec![("x-ratelimit-remaining".into(), "0".into()), ("x-ratelimit-reset-after".into(), "1".into())];
        let host = ScriptedHost::new([lost(), lost(), Ok(last), Ok(Answer::of_json(404, &json!({})))]);
        let ask = |request: Request| Api::new(&host, &words).call::<Value>(request, Repeatable::No);
        let search = || Request::new(Method::Post, "https://chatter.example/search");
        assert_eq!(ask(search()), Err(Failure::Other(Error::Uncertain("reset".into()))));
        assert_eq!(ask(search().reads()), Err(Failure::Other(Error::Transient("reset".into()))));
        assert!(ask(search().reads()).is_ok() && host.holds().is_empty());
        let missing = ask(search().reads()).map_err(|failure| failure.meaning(&words));
        assert!(matches!(missing, Err(Error::InvalidSettings(_))), "{missing:?}");
    }

    #[test]
    fn a_good_answer_that_was_the_last_one_holds_the_lane() {
        let mut answer = Answer::of_json(200, &json!({}));
        answer.headers =
            vec![("x-ratelimit-remaining".into(), "0".into()), ("x-ratelimit-reset-after".into(), "1.5".into())];
        let host = ScriptedHost::new([Ok(answer.clone()), Ok(answer)]);
        assert!(call(&host, Repeatable::No).is_ok());
        assert_eq!(host.holds(), [(Lane::Destination, 1500)]);
        let words = Locales::new(&[]).get("en");
        let look = Request::new(Method::Get, "https://chatter.example/");
        assert!(Api::new(&host, &words).call::<Value>(look, Repeatable::Yes).is_ok());
        assert_eq!(host.holds().len(), 1, "what may be read says nothing of what may be sent");
    }

    #[test]
    fn a_proxys_no_is_not_the_platforms() {
        let words = Locales::new(&[]).get("en");
        let call = |status, body: Value| {
            let host = ScriptedHost::answering([(status, body)]);
            let api = Api::new(&host, &words).address_setting("/base_url").speaks(|body| body["ok"].is_boolean());
            api.call::<Value>(Request::new(Method::Post, "https://chatter.example/"), Repeatable::No)
        };
        assert!(matches!(call(403, json!({ "ok": false })), Err(Failure::Refused(_))));
        let page = call(403, json!("<html>"));
        assert!(
            matches!(&page, Err(Failure::Other(Error::InvalidSettings(fields))) if fields[0].pointer == "/base_url"),
            "{page:?}"
        );
        assert!(matches!(call(200, json!({ "id": 7 })), Err(Failure::Other(Error::Uncertain(_)))));
    }

    #[test]
    fn a_platform_may_say_no_with_a_good_status() {
        let words = Locales::new(&[("en", "-platform = Chatter")]).get("en");
        let call = |body| {
            let host = ScriptedHost::answering([(200, body)]);
            let api = Api::new(&host, &words).refuses_when(|body| body["ok"] == false);
            api.call::<Value>(Request::new(Method::Post, "https://chatter.example/"), Repeatable::No)
        };
        assert_eq!(call(json!({ "ok": true })), Ok(json!({ "ok": true })));
        let Err(Failure::Refused(refusal)) = call(json!({ "ok": false, "error": "channel_not_found" })) else {
            panic!("no refusal")
        };
        assert_eq!((refusal.status, refusal.said.as_str()), (200, "channel_not_found"));
        assert!(matches!(refusal.meaning(&words), Error::Rejected(why) if why.contains("channel_not_found")));
    }
}
