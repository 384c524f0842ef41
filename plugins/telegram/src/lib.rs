//! Publishes jobs in a Telegram channel, group or forum topic.

mod bot;
mod links;
mod rights;
mod settings;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tablon_plugin::{
    Attempt, Channel, Context, Description, Ending, Error, Failure, Features, Handle, Host, LastSent, Level, Locales,
    MessageWriter, Posting, Presence, Preview, Publisher, Receipt, Refusal, RetractMode, Target, TelegramHtml,
    Verified,
};

use crate::bot::{Bot, Call, Content, MISSING, NO_RIGHTS, NOT_DELETABLE, NOT_EDITABLE, UNCHANGED, migrated_to};
use crate::links::{MessageLink, message_url};
use crate::settings::{ChatId, Settings};

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

/// Where a copy is, and what it shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Copy {
    chat_id: ChatId,
    message_id: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thread: Option<i64>,
    #[serde(flatten)]
    sent: LastSent,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    message_thread_id: Option<i64>,
    chat: Option<MessageChat>,
}

#[derive(Deserialize)]
struct MessageChat {
    id: i64,
    username: Option<String>,
}

/// What an edit did.
enum Edit {
    Changed,
    Unchanged,
    Gone,
    Refused(Refusal),
}

impl Publisher for Telegram {
    // Telegram has no idempotency keys: a second send is a second message, so `repeats` keeps its default answer, never.
    // And a bot can't search a channel, so `locate` keeps its own, unknowable.
    fn describe(&self) -> Description {
        Description {
            name: "Telegram".to_owned(),
            settings_schema: settings::form().to_json(),
            default_template: MESSAGES.default_template().to_owned(),
            features: Features::UPDATE | Features::RETRACT | Features::CHECK | Features::ADOPT,
            extra: vec![MESSAGES.template_variables(&LOCALES)],
        }
    }

    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error> {
        let words = settings::open(target)?.words;
        Ok(vec![MESSAGES.open(posting, target, &words)?.preview(&words)])
    }

    fn verify(&self, host: &dyn Host, target: &Target, _: &Context) -> Result<Verified, Error> {
        rights::verify(host, target)
    }

    fn publish(&self, host: &dyn Host, posting: &Posting, target: &Target, _: &Attempt) -> Result<Receipt, Error> {
        let channel = settings::open(target)?;
        let settings = &channel.settings;
        let content = open(posting, target, &channel)?;
        let call = Call {
            message_thread_id: settings.thread(),
            content: Some(&content),
            disable_notification: settings.silent,
            ..Call::to(&settings.chat_id)
        };
        let bot = Bot::new(host, &channel);
        let sent: Message = bot.call("sendMessage", &call).map_err(|failure| bot.explain(failure))?;
        // A number stays when the chat gets another name.
        let chat_id = sent.chat.as_ref().map_or_else(|| settings.chat_id.clone(), |chat| ChatId::Number(chat.id));
        let username = sent.chat.and_then(|chat| chat.username).or_else(|| settings.chat_id.username());
        let url = message_url(&chat_id, username.as_deref(), sent.message_id);
        let thread = sent.message_thread_id.or(settings.thread());
        let sent = Copy { chat_id, message_id: sent.message_id, thread, sent: LastSent::offer(&content) };
        Ok(Receipt::write(&sent, url))
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
        let content = open(posting, target, &channel)?;
        let bot = Bot::new(host, &channel);
        match copy.edit(&bot, &content)? {
            Edit::Changed | Edit::Unchanged => Ok(copy.showing(LastSent::offer(&content), receipt)),
            Edit::Gone => Err(Error::Gone),
            Edit::Refused(refusal) => Err(copy.explain(&refusal, &bot)),
        }
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
        let bot = Bot::new(host, &channel);
        let ending = match mode {
            RetractMode::MarkClosed(ending) => ending,
            RetractMode::Delete => match bot.call::<Value>("deleteMessage", &copy.call()) {
                Ok(_) => return Ok(None),
                Err(Failure::Refused(refusal)) if refusal.says(MISSING) => return Ok(None),
                // Too old, or no right to: what stays is marked.
                Err(Failure::Refused(refusal)) if refusal.says(NOT_DELETABLE) || refusal.says(NO_RIGHTS) => {
                    copy.sent.ending().unwrap_or(Ending::Closed)
                }
                Err(Failure::Refused(refusal)) => return Err(copy.explain(&refusal, &bot)),
                Err(Failure::Other(error)) => return Err(error),
            },
        };
        let content = Content::closed(MESSAGES.closed(posting, ending, target, &channel.words)?);
        match copy.edit(&bot, &content)? {
            Edit::Changed | Edit::Unchanged => Ok(Some(copy.showing(LastSent::closed(ending, &content), receipt))),
            Edit::Gone => Ok(None),
            Edit::Refused(refusal) => Err(copy.explain(&refusal, &bot)),
        }
    }

    /// A bot can't read a channel, but it can try an edit: Telegram says whether the message is there and whether it is
    /// as it should be. An altered one is put right by the same call.
    ///
    /// Where the content would differ because template or settings have changed since, or isn't known, only the
    /// message's buttons are "edited", of which it has none: that changes nothing in any case.
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
        let bot = Bot::new(host, &channel);
        let expected = match copy.sent.ending() {
            Some(ending) => Content::closed(MESSAGES.closed(posting, ending, target, &channel.words)?),
            None => open(posting, target, &channel)?,
        };
        let same = copy.sent.is(&expected);
        let edit = if same { copy.edit(&bot, &expected)? } else { edit(&bot, "editMessageReplyMarkup", &copy.call())? };
        match edit {
            Edit::Changed if same => Ok(Presence::Altered(channel.words.say("altered"))),
            Edit::Changed | Edit::Unchanged => Ok(Presence::Present),
            Edit::Gone => Ok(Presence::Absent),
            Edit::Refused(refusal) if refusal.says(NOT_EDITABLE) => Ok(Presence::Present),
            // A Bot API server of one's own may not know every method.
            Edit::Refused(refusal) if refusal.status == 404 && !same => Ok(Presence::Unknowable),
            Edit::Refused(refusal) => Err(copy.explain(&refusal, &bot)),
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
        let (settings, words) = (&channel.settings, &channel.words);
        let bot = Bot::new(host, &channel);
        let link = MessageLink::read(reference).ok_or_else(|| Error::Rejected(words.say("error-adopt-link")))?;
        let chat = bot.chat()?;
        let reject = |name: &str| Error::Rejected(words.say_with(name, &[("chat", &chat.shown(settings))]));
        if !chat.is(&link.chat) && !settings.chat_id.same_name(&link.chat) {
            return Err(reject("error-adopt-elsewhere"));
        }
        let thread = link.thread.or(settings.thread());
        // What it shows can't be read. It is taken for what it should say, so that a check puts right what differs.
        let sent = open(posting, target, &channel).map(|content| LastSent::offer(&content)).unwrap_or_default();
        let copy = Copy { chat_id: ChatId::Number(chat.id), message_id: link.message, thread, sent };
        // The bot's posts have no buttons, so this edit changes nothing and tells whose message it is.
        match edit(&bot, "editMessageReplyMarkup", &copy.call())? {
            Edit::Changed | Edit::Unchanged => {}
            Edit::Gone => return Err(reject("error-adopt-missing")),
            Edit::Refused(refusal) if refusal.says(NOT_EDITABLE) => return Err(reject("error-adopt-foreign")),
            Edit::Refused(refusal) if matches!(refusal.status, 400 | 404) => host.log(
                Level::Warn,
                "adopted a message on a person's word: Telegram didn't say whether it is there",
                &[("answer", refusal.said.as_str())],
            ),
            Edit::Refused(refusal) => return Err(bot.meaning(&refusal)),
        }
        let url = message_url(&copy.chat_id, chat.username.as_deref(), link.message);
        Ok(Receipt::write(&copy, url))
    }
}

/// What an open offer looks like on this channel.
fn open(posting: &Posting, target: &Target, channel: &Channel<Settings>) -> Result<Content, Error> {
    let message = MESSAGES.open(posting, target, &channel.words)?;
    Ok(Content::open(message, channel.settings.link_preview, &posting.url))
}

fn edit(bot: &Bot<'_>, method: &str, call: &Call<'_>) -> Result<Edit, Error> {
    match bot.call::<Value>(method, call) {
        Ok(_) => Ok(Edit::Changed),
        Err(Failure::Refused(refusal)) if refusal.says(UNCHANGED) => Ok(Edit::Unchanged),
        Err(Failure::Refused(refusal)) if refusal.says(MISSING) => Ok(Edit::Gone),
        Err(Failure::Refused(refusal)) => Ok(Edit::Refused(refusal)),
        Err(Failure::Other(error)) => Err(error),
    }
}

impl Copy {
    fn call(&self) -> Call<'_> {
        Call { message_id: Some(self.message_id), ..Call::to(&self.chat_id) }
    }

    fn edit(&self, bot: &Bot<'_>, content: &Content) -> Result<Edit, Error> {
        edit(bot, "editMessageText", &Call { content: Some(content), ..self.call() })
    }

    /// Its new receipt, once it shows something else.
    fn showing(self, sent: LastSent, receipt: &Receipt) -> Receipt {
        Receipt::write(&Self { sent, ..self }, receipt.url.clone())
    }

    /// What a refusal means for a copy that exists. Messages of a small group keep no number when it becomes a
    /// supergroup, so once the channel's settings have moved the copy is out of reach; asking to move again would go
    /// round in circles.
    fn explain(&self, refusal: &Refusal, bot: &Bot<'_>) -> Error {
        if migrated_to(refusal).is_some() && self.chat_id != bot.channel.settings.chat_id {
            return Error::Rejected(bot.channel.words.say("error-left-behind"));
        }
        bot.meaning(refusal)
    }
}

tablon_plugin::export!(Telegram);
