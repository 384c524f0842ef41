//! Sends jobs to a program of one's own, by [Standard Webhooks](https://www.standardwebhooks.com).

mod event;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tablon_plugin::{
    Answer, Api, Attempt, Channel, Context, Description, Error, Features, Field, Form, Handle, Host, Lane, LastSent,
    Locales, Method, Posting, Preview, Publisher, Receipt, Refusal, Repeat, Repeatable, Request, RetractMode, Target,
    Verified, unanswered, unix_seconds,
};

use crate::event::Event;

/// The plugin's languages.
const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// The longest message, in bytes. Standard Webhooks wants 20 kB as a rule; a description of a board's greatest length,
/// escaped, is more.
const LIMIT: usize = 256 * 1024;

/// The plugin.
#[derive(Debug, Default)]
pub struct Webhook;

#[derive(Deserialize)]
struct Settings {
    url: String,
}

/// Which job the receiver was told of, and what it was told last.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    job: String,
    #[serde(flatten)]
    sent: LastSent,
}

impl Handle for Told {
    const VERSION: u32 = 1;
}

impl Publisher for Webhook {
    fn describe(&self) -> Description {
        let form = Form::new(&LOCALES)
            .field(Field::url("url").required())
            .field(Field::secret("signing_secret").required().pattern("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$"));
        Description {
            name: "Webhook".to_owned(),
            settings_schema: form.to_json(),
            // The documented JSON is all there is: a program reads it.
            default_template: String::new(),
            features: Features::UPDATE | Features::RETRACT,
            extra: Vec::new(),
        }
    }

    /// A receiver knows a repetition by its `webhook-id`.
    fn repeats(&self, _: &Target) -> Repeat {
        Repeat::Always
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let content = Event::published(posting, target).to_json();
        Ok(vec![Preview {
            format: "json".to_owned(),
            length: u32::try_from(content.len()).unwrap_or(u32::MAX),
            content,
            limit: LIMIT as u32,
            unit: "bytes".to_owned(),
            warnings: Vec::new(),
            extra: Vec::new(),
        }])
    }

    /// Looks at the address with GET, which changes nothing there, and signs a word that is sent to nobody.
    fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
        let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
        let words = &channel.words;
        host.sign_hmac_sha256("signing_secret", b"verify").map_err(|error| unanswered(error, Repeatable::Yes))?;
        let looked = Request::new(Method::Get, channel.settings.url.as_str());
        let answer = Api::new(host, words).address_setting("/url").send(looked, Repeatable::Yes)?;
        let unclear = || words.say_with("warning-unclear", &[("status", &answer.status.to_string())]);
        let verified = Verified::new(origin(&channel.settings.url));
        match answer.status {
            // An address that only takes what is posted, or only what is signed, says so in one of these ways.
            200..=299 | 400 | 405 | 415 | 422 => Ok(verified),
            300..=399 | 410 => Err(refused(&answer, &channel)),
            _ => Ok(verified.warning(unclear())),
        }
    }

    fn publish(
        &self,
        host: &dyn Host,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let event = Event::published(posting, target);
        deliver(host, &event, target, attempt)?;
        Ok(told(posting, LastSent::offer(&event)))
    }

    fn update(
        &self,
        host: &dyn Host,
        _: &Receipt,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Receipt, Error> {
        let event = Event::updated(posting, target, attempt);
        deliver(host, &event, target, attempt)?;
        Ok(told(posting, LastSent::offer(&event)))
    }

    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        attempt: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        match mode {
            RetractMode::MarkClosed(ending) => {
                let event = Event::closed(posting, ending, target, attempt);
                deliver(host, &event, target, attempt)?;
                Ok(Some(told(posting, LastSent::closed(ending, &event))))
            }
            RetractMode::Delete => {
                let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
                let told: Told = receipt.read(&channel.words)?;
                deliver(host, &Event::removed(&told.job, target, attempt), target, attempt)?;
                Ok(None)
            }
        }
    }
}

fn told(posting: &Posting, sent: LastSent) -> Receipt {
    Receipt::write(&Told { job: posting.id.clone(), sent }, None)
}

/// Signs the event and posts it. Every try of one operation has the same `webhook-id` and the same body; the
/// `webhook-timestamp` is this try's, because receivers refuse an old one.
fn deliver(host: &dyn Host, event: &Event<'_>, target: &Target, attempt: &Attempt) -> Result<(), Error> {
    let channel: Channel<Settings> = Channel::read(target, &LOCALES)?;
    let (id, body) = (&attempt.key, event.to_json());
    if body.len() > LIMIT {
        let over = (body.len() - LIMIT).to_string();
        return Err(Error::Rejected(channel.words.say_with("error-too-long", &[("over", &over)])));
    }
    let timestamp = unix_seconds(&attempt.now).ok_or_else(|| Error::Transient(channel.words.say("error-clock")))?;
    let signature = host
        .sign_hmac_sha256("signing_secret", format!("{id}.{timestamp}.{body}").as_bytes())
        .map_err(|error| unanswered(error, Repeatable::Yes))?;
    let request = Request::new(Method::Post, channel.settings.url.as_str())
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp.to_string())
        .header("webhook-signature", format!("v1,{}", STANDARD.encode(signature)))
        .body(body);
    let answer = Api::new(host, &channel.words).address_setting("/url").send(request, Repeatable::Yes)?;
    if answer.is_success() { Ok(()) } else { Err(refused(&answer, &channel)) }
}

/// What a status other than 2xx means. A message may always be repeated, so nothing is ever uncertain. Standard Webhooks
/// wants every message sent again that wasn't taken; only what can't become better by that is not.
fn refused(answer: &Answer, channel: &Channel<Settings>) -> Error {
    let refusal = Refusal::of(answer, Lane::Destination, Repeatable::Yes);
    let words = &channel.words;
    let setting = |name: &str| Error::invalid_setting("/url", words.told(&words.say(name), &refusal.said));
    match refusal.status {
        300..=399 => setting("error-moved"),
        403 => setting("error-forbidden"),
        404 => setting("error-not-found"),
        410 => setting("error-switched-off"),
        401 | 408 | 409 | 413 | 422 | 425 | 429 => refusal.meaning(words),
        400..=499 => {
            let sentence = words.say_with("error-not-taken", &[("status", &refusal.status.to_string())]);
            Error::Transient(words.told(&sentence, &refusal.said))
        }
        _ => refusal.meaning(words),
    }
}

/// Scheme and host of an address: its path may be all that protects it.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(start..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| start + at);
    url.get(..end).unwrap_or(url)
}

tablon_plugin::export!(Webhook);

#[cfg(test)]
mod tests {
    use tablon_plugin::Ending;

    use super::*;

    #[test]
    fn an_address_is_shown_without_its_path() {
        assert_eq!(origin("https://e.org:8443/hooks/s3cret?a"), "https://e.org:8443");
        assert_eq!(origin("https://e.org?a=b"), "https://e.org");
        assert_eq!(origin("https://e.org"), "https://e.org");
    }

    #[test]
    fn a_receipt_remembers_how_the_job_ended() {
        let receipt = told(&tablon_plugin::testing::posting(), LastSent::closed(Ending::Filled, &"x"));
        let words = LOCALES.get("en");
        let read = receipt.read::<Told>(&words).map(|told| (told.job, told.sent.ending()));
        assert_eq!(read, Ok(("01900000-0000-7000-8000-000000000001".to_owned(), Some(Ending::Filled))));
    }
}
