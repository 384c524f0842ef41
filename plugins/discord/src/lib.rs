//! Publishes jobs in a Discord channel, thread or forum, by a webhook or a bot.

mod find;
mod message;
mod rest;
mod settings;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::{
    Attempt, Channel, Context, Description, Ending, Error, Failure, Features, Handle, Host, LastSent, Locales, Located,
    Method, Posting, Presence, Preview, Publisher, Receipt, Refusal, Repeat, Repeatable, RetractMode, Target, Verified,
};

use crate::message::Content;
use crate::rest::{MISSING_PERMISSIONS, Place, Rest, Sent, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use crate::settings::Settings;

/// The plugin's languages.
const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// For how long Discord is relied on to know a nonce again, in milliseconds. It says "the past few minutes".
const NONCE_MS: u64 = 2 * 60 * 1000;

/// The plugin.
#[derive(Debug, Default)]
pub struct Discord;

/// Where a copy is, and what it shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Copy {
    channel_id: String,
    message_id: String,
    /// The channel is a thread, which a webhook has to be told.
    #[serde(default)]
    thread: bool,
    /// The thread was opened for this copy alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    own_thread: bool,
    /// The webhook that posted it: another one can't change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook_id: Option<String>,
    #[serde(flatten)]
    sent: LastSent,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Publisher for Discord {
    fn describe(&self) -> Description {
        let templates = message::templates();
        Description {
            name: "Discord".to_owned(),
            settings_schema: settings::form().to_json(),
            default_template: templates.default_template().to_owned(),
            features: Features::UPDATE | Features::RETRACT | Features::LOCATE | Features::CHECK | Features::ADOPT,
            extra: vec![templates.template_variables(&LOCALES)],
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let channel = settings::draft(target)?;
        let (content, message) = message::open(posting, target, &channel.words)?;
        let body = body(&content, posting, &channel.settings, None);
        Ok(vec![content.preview(&body, &message, posting, &channel.words)])
    }

    /// Discord knows a bot's message again by its nonce. Webhooks and the first messages of threads have none.
    fn repeats(&self, target: &Target) -> Repeat {
        match settings::open(target) {
            Ok(channel) if channel.settings.bot && !channel.settings.new_thread => Repeat::WithinMs(NONCE_MS),
            _ => Repeat::Never,
        }
    }

    fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
        find::verify(&Rest::new(host, &settings::open(target)?))
    }

    fn publish(&self, host: &dyn Host, posting: &Posting, target: &Target, try_: &Attempt) -> Result<Receipt, Error> {
        let channel = settings::open(target)?;
        let rest = Rest::new(host, &channel);
        let (content, _) = message::open(posting, target, &channel.words)?;
        let body = body(&content, posting, &channel.settings, Some(&try_.key));
        // Asked first: what happens after the message is sent must not put its success in doubt.
        let guild = rest.guild()?;
        let request = rest.posting().json(&body);
        let sent: Sent = if channel.settings.bot && channel.settings.new_thread {
            let opened = rest.call::<Opened>(request, Repeatable::No);
            opened.map_err(|failure| rest.explain(failure))?.message
        } else {
            rest.call(request, Repeatable::No).map_err(|failure| rest.explain(failure))?
        };
        Ok(Copy::of(&sent, &channel, LastSent::offer(&content)).into_receipt(guild))
    }

    fn update(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        _: &Attempt,
    ) -> Result<Receipt, Error> {
        let channel = settings::open(target)?;
        let copy: Copy = receipt.read(&channel.words)?;
        let (content, _) = message::open(posting, target, &channel.words)?;
        copy.edit(&Rest::new(host, &channel), &content)?;
        Ok(copy.showing(LastSent::offer(&content), receipt))
    }

    fn retract(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        mode: RetractMode,
        posting: &Posting,
        target: &Target,
        _: &Attempt,
    ) -> Result<Option<Receipt>, Error> {
        let channel = settings::open(target)?;
        let copy: Copy = receipt.read(&channel.words)?;
        let rest = Rest::new(host, &channel);
        let mark = |ending| {
            let content = copy.over(ending, posting, target, &channel)?;
            let closed = LastSent::closed(ending, &content);
            copy.edit(&rest, &content).map(|()| Some(copy.clone().showing(closed, receipt)))
        };
        let done = match mode {
            RetractMode::Delete if copy.has_its_own_thread() => match copy.delete_thread(&rest) {
                Ok(true) => Ok(None),
                Ok(false) => mark(Ending::Closed),
                Err(error) => Err(error),
            },
            RetractMode::Delete => copy.act(&rest, Method::Delete, None).map(|_| None),
            RetractMode::MarkClosed(ending) => mark(ending),
        };
        match done {
            Err(Error::Gone) => Ok(None),
            done => done,
        }
    }

    fn locate(&self, host: &dyn Host, posting: &Posting, target: &Target, _: &Attempt) -> Result<Located, Error> {
        let channel = settings::open(target)?;
        // A webhook reads only messages whose ids it knows, and a forum's threads aren't listed by time.
        if !channel.settings.bot || channel.settings.new_thread {
            return Ok(Located::Unknowable);
        }
        let (content, _) = message::open(posting, target, &channel.words)?;
        find::locate(&Rest::new(host, &channel), &content)
    }

    fn check(
        &self,
        host: &dyn Host,
        receipt: &Receipt,
        posting: &Posting,
        target: &Target,
        _: &Context,
    ) -> Result<Presence, Error> {
        let channel = settings::open(target)?;
        let copy: Copy = receipt.read(&channel.words)?;
        let expected = match copy.sent.ending() {
            Some(ending) => copy.over(ending, posting, target, &channel)?,
            None => message::open(posting, target, &channel.words)?.0,
        };
        match copy.act(&Rest::new(host, &channel), Method::Get, None) {
            // Where template or settings have changed since, only the copy's being there can be judged.
            Ok(found) if copy.sent.is(&expected) && !expected.is_shown_by(&found["embeds"]) => {
                Ok(Presence::Altered(channel.words.say("altered")))
            }
            Ok(_) => Ok(Presence::Present),
            Err(Error::Gone) => Ok(Presence::Absent),
            Err(error) => Err(error),
        }
    }

    fn adopt(
        &self,
        host: &dyn Host,
        reference: &str,
        posting: &Posting,
        target: &Target,
        _: &Context,
    ) -> Result<Receipt, Error> {
        let channel = settings::open(target)?;
        // What differs from what it should say is for a check to find.
        let shows = message::open(posting, target, &channel.words).map(|(content, _)| LastSent::offer(&content));
        find::adopt(&Rest::new(host, &channel), reference, shows.unwrap_or_default())
    }
}

/// The answer to a bot that opened a thread.
#[derive(Deserialize)]
struct Opened {
    message: Sent,
}

/// What is sent. A preview has no key, and so no nonce.
fn body(content: &Content, posting: &Posting, settings: &Settings, key: Option<&str>) -> Value {
    let mut body = json!(content);
    match (settings.bot, settings.new_thread) {
        (true, true) => return json!({ "name": message::thread_name(posting), "message": body }),
        (false, true) => body["thread_name"] = json!(message::thread_name(posting)),
        (true, false) => {
            if let Some(key) = key {
                body["nonce"] = json!(nonce(key));
                body["enforce_nonce"] = json!(true);
            }
        }
        (false, false) => {}
    }
    body
}

/// The attempt's 128 bits in the 25 characters that a nonce may have.
fn nonce(key: &str) -> String {
    let Ok(mut rest) = u128::from_str_radix(key, 16) else { return key.chars().take(25).collect() };
    let mut digits = Vec::new();
    while rest > 0 {
        digits.extend(char::from_digit((rest % 36) as u32, 36));
        rest /= 36;
    }
    digits.iter().rev().collect()
}

impl Copy {
    fn of(sent: &Sent, channel: &Channel<Settings>, shows: LastSent) -> Self {
        let settings = &channel.settings;
        Self {
            channel_id: sent.channel_id.clone(),
            message_id: sent.id.clone(),
            thread: settings.new_thread || settings.thread().is_some(),
            own_thread: settings.new_thread,
            webhook_id: sent.webhook_id.clone(),
            sent: shows,
        }
    }

    /// Its receipt, with the link that Discord's own menu gives.
    fn into_receipt(self, guild: Option<String>) -> Receipt {
        let link = |guild| format!("https://discord.com/channels/{guild}/{}/{}", self.channel_id, self.message_id);
        Receipt::write(&self, guild.filter(|_| !self.channel_id.is_empty()).map(link))
    }

    /// Its new receipt, once it shows something else.
    fn showing(self, sent: LastSent, receipt: &Receipt) -> Receipt {
        Receipt::write(&Self { sent, ..self }, receipt.url.clone())
    }

    fn over(
        &self,
        ending: Ending,
        posting: &Posting,
        target: &Target,
        on: &Channel<Settings>,
    ) -> Result<Content, Error> {
        message::closed(posting, ending, target, &on.words)
    }

    fn edit(&self, rest: &Rest<'_>, content: &Content) -> Result<(), Error> {
        self.act(rest, Method::Patch, Some(content)).map(drop)
    }

    /// Does something with the message. [`Error::Gone`]: it isn't there.
    fn act(&self, rest: &Rest<'_>, method: Method, content: Option<&Content>) -> Result<Value, Error> {
        let attempt = || {
            let request = rest.message(method, &self.channel_id, self.thread, &self.message_id);
            rest.call::<Value>(content.iter().fold(request, |request, content| request.json(content)), Repeatable::Yes)
        };
        let mut done = attempt();
        if let Err(Failure::Refused(refusal)) = &done
            && rest.open_again(&self.channel_id, refusal)
        {
            done = attempt();
        }
        match done {
            Err(Failure::Refused(refusal)) if self.is_unknown(&refusal) => Err(self.missing(rest)),
            done => done.map_err(|failure| rest.explain(failure)),
        }
    }

    /// Whether the thread lives and dies with the copy. Older receipts don't say so, but the first message of a forum's
    /// post has the thread's id.
    fn has_its_own_thread(&self) -> bool {
        self.own_thread || (self.thread && self.channel_id == self.message_id)
    }

    /// Deletes the thread with all that is in it: without its first message it would stay, empty and named after the
    /// job. False: a webhook can't, and a bot without the right to manage threads may not.
    fn delete_thread(&self, rest: &Rest<'_>) -> Result<bool, Error> {
        if !rest.channel.settings.bot {
            return Ok(false);
        }
        let request = rest.bot(Method::Delete, &format!("/channels/{}", self.channel_id));
        match rest.call::<Value>(request, Repeatable::Yes) {
            Ok(_) => Ok(true),
            Err(Failure::Refused(refusal)) if self.is_unknown(&refusal) => Ok(true),
            Err(Failure::Refused(refusal)) if refusal.code == Some(MISSING_PERMISSIONS) => Ok(false),
            Err(failure) => Err(rest.explain(failure)),
        }
    }

    /// Whether Discord says that there is no such message. It has a code for everything; a 404 without one is a proxy's,
    /// which knows nothing of the copy.
    fn is_unknown(&self, refusal: &Refusal) -> bool {
        match refusal.code {
            Some(UNKNOWN_MESSAGE) => true,
            Some(UNKNOWN_CHANNEL) => self.has_its_own_thread(),
            _ => false,
        }
    }

    /// To a webhook, another one's messages are as unknown as those that are gone.
    fn missing(&self, rest: &Rest<'_>) -> Error {
        match (&self.webhook_id, rest.channel.settings.bot) {
            (Some(webhook), false) => match rest.get::<Place>(rest.place()) {
                Ok(now) if now.id != *webhook => Error::Rejected(rest.channel.words.say("error-other-webhook")),
                Ok(_) => Error::Gone,
                Err(error) => error,
            },
            _ => Error::Gone,
        }
    }
}

tablon_plugin::export!(Discord);
