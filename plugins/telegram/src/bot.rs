//! Calls of the Bot API.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tablon_plugin::{Answer, Error, Host, Method, Repeatable, Request, unanswered};

use crate::refusal::Refusal;
use crate::settings::Settings;

/// The bot of a channel: the host puts its token into each request.
pub(crate) struct Bot<'a> {
    host: &'a dyn Host,
    pub(crate) settings: &'a Settings,
}

/// Why a call has no result.
pub(crate) enum Failure {
    /// Telegram answered that it didn't do it.
    Refused(Refusal),
    /// Anything else: no answer, or none of Telegram.
    Other(Error),
}

#[derive(Deserialize)]
struct Envelope<T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl<'a> Bot<'a> {
    pub(crate) fn new(host: &'a dyn Host, settings: &'a Settings) -> Self {
        Self { host, settings }
    }

    /// Calls a method with its parameters as a JSON object.
    pub(crate) fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        parameters: &impl Serialize,
        repeatable: Repeatable,
    ) -> Result<T, Failure> {
        let request = Request::new(Method::Post, format!("{}/bot", self.settings.api))
            .secret("bot_token")
            .text(format!("/{method}"))
            .json(parameters);
        let answer = self.host.send(request).map_err(|error| Failure::Other(unanswered(error, repeatable)))?;
        self.read(&answer, repeatable)
    }

    fn read<T: DeserializeOwned>(&self, answer: &Answer, repeatable: Repeatable) -> Result<T, Failure> {
        match answer.json::<Envelope<T>>() {
            Some(Envelope { ok: true, result: Some(result), .. }) => Ok(result),
            Some(Envelope { ok: false, error_code, description, parameters, .. }) => Err(Failure::Refused(Refusal {
                code: error_code.unwrap_or(answer.status),
                description,
                retry_after: parameters.as_ref().and_then(|p| p.retry_after),
                migrate_to: parameters.as_ref().and_then(|p| p.migrate_to_chat_id),
            })),
            _ => Err(Failure::Other(self.foreign(answer, repeatable))),
        }
    }

    /// An answer that no Bot API server gives: a proxy's page, another server, a body cut short.
    fn foreign(&self, answer: &Answer, repeatable: Repeatable) -> Error {
        let words = &self.settings.words;
        let status = answer.status.to_string();
        let message = words.say_with("error-not-telegram", &[("status", &status)]);
        match (answer.status, repeatable) {
            // What refuses in its own words has not reached Telegram: a wrong address, mostly.
            (300..=407 | 410..=428 | 430..=499, _) => Error::invalid_setting("/api_base_url", message),
            (408 | 409 | 429, _) | (_, Repeatable::Yes) => Error::Transient(message),
            (_, Repeatable::No) => Error::Uncertain(message),
        }
    }
}
