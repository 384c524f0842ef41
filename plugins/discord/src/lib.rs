//! Publishes jobs in a Discord channel, thread or forum, by a webhook or a bot.

mod copy;
mod find;
mod message;
mod refusals;
mod rest;
mod settings;
mod thread;

use serde::Deserialize;
use serde_json::{Value, json};
use tablon_plugin::{
    Attempt, Channel, Context, Description, Draft, EditableMessages, Ending, Error, Features, Locales, Located, Method,
    Posting, Presence, Preview, Repeat, Repeatable, Session, Shown, Target, Verified,
};

use crate::copy::Copy;
use crate::message::Content;
use crate::rest::{Rest, Sent};
use crate::settings::Settings;
use crate::thread::Thread;

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

type On<'a> = Session<'a, Settings>;

impl EditableMessages for Discord {
    type Settings = Settings;
    type Content = Content;
    type Copy = Copy;

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

    fn open(&self, target: &Target) -> Result<Channel<Settings>, Error> {
        settings::open(target)
    }

    fn offer(&self, draft: &Draft<'_, Settings>) -> Result<Content, Error> {
        message::open(draft).map(|(content, _)| content)
    }

    fn over(&self, draft: &Draft<'_, Settings>, ending: Ending) -> Result<Content, Error> {
        message::closed(draft, ending)
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let channel = settings::draft(target)?;
        let (content, message) = message::open(&Draft::new(posting, target, &channel))?;
        Ok(vec![content.preview(&body(&content, &channel.settings, None), &message, posting, &channel.words)])
    }

    /// Discord knows a bot's message again by its nonce. Webhooks and the first messages of threads have none.
    fn repeats(&self, target: &Target) -> Repeat {
        match settings::open(target) {
            Ok(channel) if channel.settings.bot && !channel.settings.new_thread => Repeat::WithinMs(NONCE_MS),
            _ => Repeat::Never,
        }
    }

    fn verify(&self, on: &On<'_>, _: &Context) -> Result<Verified, Error> {
        find::verify(&Rest::of(on))
    }

    fn send(&self, on: &On<'_>, content: &Content, attempt: &Attempt) -> Result<Shown<Copy>, Error> {
        /// The answer to a bot that opened a thread.
        #[derive(Deserialize)]
        struct Opened {
            message: Sent,
        }
        let rest = Rest::of(on);
        let thread = content.thread.as_ref();
        if let Some(tag) = thread.and_then(Thread::missing) {
            return Err(Error::invalid_setting("/tags", on.words.say_with("error-no-tag", &[("tag", tag)])));
        }
        // Asked first: what happens after the message is sent must not put its success in doubt.
        let guild = rest.guild()?;
        let request = rest.posting().json(&body(content, &on.settings, Some(&attempt.key)));
        let sent = match on.settings.bot && thread.is_some() {
            true => rest.call(request, Repeatable::No).map(|opened: Opened| opened.message),
            false => rest.call(request, Repeatable::No),
        };
        let sent = sent.map_err(|failure| rest.explain(failure))?;
        Ok(Copy::of(&sent, &rest, thread).shown(guild))
    }

    fn edit(&self, on: &On<'_>, copy: Copy, content: &Content, _: &Attempt) -> Result<Shown<Copy>, Error> {
        let rest = Rest::of(on);
        copy.act(&rest, Method::Patch, Some(content))?;
        Ok(copy.name_thread(&rest, content.thread.as_ref()))
    }

    fn delete(&self, on: &On<'_>, copy: &Copy, _: &Attempt) -> Result<(), Error> {
        let rest = Rest::of(on);
        if copy.has_its_own_thread() {
            copy.delete_thread(&rest)
        } else {
            copy.act(&rest, Method::Delete, None).map(drop)
        }
    }

    fn look(&self, on: &On<'_>, copy: &Copy, expected: Option<&Content>) -> Result<Presence, Error> {
        let found = copy.act(&Rest::of(on), Method::Get, None)?;
        match expected.is_some_and(|expected| !expected.is_shown_by(&found["embeds"])) {
            true => Ok(Presence::Altered(on.words.say("altered"))),
            false => Ok(Presence::Present),
        }
    }

    /// A webhook reads only messages whose ids it knows, and a forum's threads aren't listed by time.
    fn locate(&self, on: &On<'_>, content: &Content, attempt: &Attempt) -> Result<Located, Error> {
        match on.settings.bot && !on.settings.new_thread {
            true => find::locate(&Rest::of(on), content, &attempt.began),
            false => Ok(Located::Unknowable),
        }
    }

    fn adopt(&self, on: &On<'_>, reference: &str) -> Result<Shown<Copy>, Error> {
        find::adopt(&Rest::of(on), reference)
    }
}

/// What is sent. A preview has no key, and so no nonce.
fn body(content: &Content, settings: &Settings, key: Option<&str>) -> Value {
    let mut body = json!(content);
    match (&content.thread, settings.bot, key) {
        (Some(thread), true, _) => {
            let mut opening = json!({ "message": body });
            thread.add_to(&mut opening, "name");
            return opening;
        }
        (Some(thread), false, _) => thread.add_to(&mut body, "thread_name"),
        (None, true, Some(key)) => {
            body["nonce"] = json!(nonce(key));
            body["enforce_nonce"] = json!(true);
        }
        (None, _, _) => {}
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

tablon_plugin::export!(Discord);
