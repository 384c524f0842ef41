//! Publishes jobs in a Telegram channel, group or forum topic.

mod bot;
mod links;
mod rights;
mod settings;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tablon_plugin::telegram_html::is_linkable;
use tablon_plugin::{
    Attempt, Channel, Context, Description, Draft, EditableMessages, Ending, Error, Failure, Features, Handle, Level,
    Locales, Message, MessageWriter, Posting, Presence, Preview, Session, Shown, Target, TelegramHtml, Verified,
};

use crate::bot::{Bot, NO_RIGHTS, NOT_DELETABLE, NOT_EDITABLE, UNCHANGED};
use crate::links::{MessageLink, message_url};
use crate::settings::{ChatId, LinkPreview, Settings};

/// The plugin's languages.
const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

const MESSAGES: MessageWriter<TelegramHtml> = MessageWriter::new(
    include_str!("../templates/message.html.j2"),
    include_str!("../templates/closed.html.j2"),
    TelegramHtml::LIMIT,
);

/// The plugin.
#[derive(Debug, Default)]
pub struct Telegram;

/// Where a copy is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copy {
    chat_id: ChatId,
    message_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<i64>,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Copy {
    fn place(&self) -> Value {
        json!({ "chat_id": self.chat_id, "message_id": self.message_id })
    }
}

type On<'a> = Session<'a, Settings>;

// Telegram has no idempotency keys: a second send is a second message, so `repeats` keeps its default answer, never.
// And a bot can't search a channel, so `locate` keeps its own, unknowable.
impl EditableMessages for Telegram {
    type Settings = Settings;
    type Content = Value;
    type Copy = Copy;

    fn describe(&self) -> Description {
        Description {
            name: "Telegram".to_owned(),
            settings_schema: settings::form().to_json(),
            default_template: MESSAGES.default_template().to_owned(),
            features: Features::UPDATE | Features::RETRACT | Features::CHECK | Features::ADOPT,
            extra: vec![MESSAGES.template_variables(&LOCALES)],
        }
    }

    fn open(&self, target: &Target) -> Result<Channel<Settings>, Error> {
        settings::open(target)
    }

    fn offer(&self, draft: &Draft<'_, Settings>) -> Result<Value, Error> {
        let message = MESSAGES.open(draft.posting, draft.target, &draft.words)?;
        Ok(content(message, draft.settings.link_preview, &draft.posting.url))
    }

    fn over(&self, draft: &Draft<'_, Settings>, ending: Ending) -> Result<Value, Error> {
        Ok(content(MESSAGES.closed(draft.posting, ending, draft.target, &draft.words)?, LinkPreview::None, ""))
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let words = settings::open(target)?.words;
        Ok(vec![MESSAGES.open(posting, target, &words)?.preview(&words)])
    }

    fn verify(&self, on: &On<'_>, _: &Context) -> Result<Verified, Error> {
        rights::verify(&Bot::of(on))
    }

    fn send(&self, on: &On<'_>, content: &Value, _: &Attempt) -> Result<Shown<Copy>, Error> {
        #[derive(Deserialize)]
        struct Sent {
            message_id: i64,
            message_thread_id: Option<i64>,
            chat: Option<Chat>,
        }
        #[derive(Deserialize)]
        struct Chat {
            id: i64,
            username: Option<String>,
        }
        let (bot, settings) = (Bot::of(on), &on.settings);
        let place = json!({
            "chat_id": settings.chat_id,
            "message_thread_id": settings.thread(),
            "disable_notification": settings.silent.then_some(true),
        });
        let sent: Sent = bot.act("sendMessage", place, content).map_err(|failure| bot.explain(failure))?;
        // A number stays when the chat gets another name.
        let chat_id = sent.chat.as_ref().map_or_else(|| settings.chat_id.clone(), |chat| ChatId::Number(chat.id));
        let username = sent.chat.and_then(|chat| chat.username).or_else(|| settings.chat_id.username());
        let url = message_url(&chat_id, username.as_deref(), sent.message_id);
        let thread = sent.message_thread_id.or(settings.thread());
        Ok(Shown::at(Copy { chat_id, message_id: sent.message_id, thread }).linked(url))
    }

    fn edit(&self, on: &On<'_>, copy: Copy, content: &Value, _: &Attempt) -> Result<Shown<Copy>, Error> {
        let bot = Bot::of(on);
        match bot.act::<Value>("editMessageText", copy.place(), content) {
            Err(Failure::Refused(refusal)) if refusal.says(UNCHANGED) => Ok(Shown::at(copy)),
            done => done.map(|_| Shown::at(copy.clone())).map_err(|failure| bot.explain_for(&copy, failure)),
        }
    }

    fn delete(&self, on: &On<'_>, copy: &Copy, _: &Attempt) -> Result<(), Error> {
        let bot = Bot::of(on);
        match bot.act::<Value>("deleteMessage", copy.place(), &Value::Null) {
            // Too old, or no right to.
            Err(Failure::Refused(refusal)) if refusal.says(NOT_DELETABLE) || refusal.says(NO_RIGHTS) => {
                Err(Error::Unsupported)
            }
            done => done.map(drop).map_err(|failure| bot.explain_for(copy, failure)),
        }
    }

    /// A bot can't read a channel, but it can try an edit: Telegram says whether the message is there and whether it is
    /// as it should be. An altered one is put right by the same call.
    ///
    /// Where the content isn't known, only the message's buttons are "edited", of which it has none: that changes nothing
    /// in any case.
    fn look(&self, on: &On<'_>, copy: &Copy, expected: Option<&Value>) -> Result<Presence, Error> {
        let bot = Bot::of(on);
        let done = match expected {
            Some(content) => bot.act::<Value>("editMessageText", copy.place(), content),
            None => bot.touch(copy),
        };
        match done {
            Ok(_) if expected.is_some() => Ok(Presence::Altered(on.words.say("altered"))),
            Ok(_) => Ok(Presence::Present),
            Err(Failure::Refused(refusal)) if refusal.says(UNCHANGED) || refusal.says(NOT_EDITABLE) => {
                Ok(Presence::Present)
            }
            // A Bot API server of one's own may not know every method.
            Err(Failure::Refused(refusal)) if refusal.status == 404 && expected.is_none() => Ok(Presence::Unknowable),
            Err(failure) => Err(bot.explain_for(copy, failure)),
        }
    }

    fn adopt(&self, on: &On<'_>, reference: &str) -> Result<Shown<Copy>, Error> {
        let (bot, settings) = (Bot::of(on), &on.settings);
        let link = MessageLink::read(reference).ok_or_else(|| Error::Rejected(on.words.say("error-adopt-link")))?;
        let chat = bot.chat()?;
        let reject = |name: &str| Err(Error::Rejected(on.words.say_with(name, &[("chat", &chat.shown(settings))])));
        if !chat.is(&link.chat) && !settings.chat_id.same_name(&link.chat) {
            return reject("error-adopt-elsewhere");
        }
        let thread = link.thread.or(settings.thread());
        let copy = Copy { chat_id: ChatId::Number(chat.id), message_id: link.message, thread };
        match bot.touch(&copy) {
            Ok(_) => {}
            Err(Failure::Refused(refusal)) if refusal.says(UNCHANGED) => {}
            Err(Failure::Refused(refusal)) if refusal.says(NOT_EDITABLE) => return reject("error-adopt-foreign"),
            Err(failure) => match (bot.explain(failure.clone()), failure) {
                (Error::Gone, _) => return reject("error-adopt-missing"),
                (_, Failure::Refused(refusal)) if matches!(refusal.status, 400 | 404) => on.host.log(
                    Level::Warn,
                    "adopted a message on a person's word: Telegram didn't say whether it is there",
                    &[("answer", refusal.said.as_str())],
                ),
                (error, _) => return Err(error),
            },
        }
        let url = message_url(&copy.chat_id, chat.username.as_deref(), link.message);
        Ok(Shown::at(copy).linked(url))
    }
}

/// What is sent, apart from where. A picture's size is ignored unless the address stands beside it; an address that
/// Telegram can't reach must not.
fn content(message: Message, preview: LinkPreview, url: &str) -> Value {
    let look = match preview {
        LinkPreview::Small if is_linkable(url) => json!({ "url": url, "prefer_small_media": true }),
        LinkPreview::Large if is_linkable(url) => json!({ "url": url, "prefer_large_media": true }),
        _ => json!({ "is_disabled": true }),
    };
    json!({ "text": message.text, "parse_mode": "HTML", "link_preview_options": look })
}

tablon_plugin::export!(Telegram);
