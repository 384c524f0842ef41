//! The life of a copy: sent, edited, struck through, deleted, looked after.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tablon_plugin::{Ending, Error, Host, Lane, Posting, Presence, Receipt, Repeatable, RetractMode, Target};

use crate::bot::{Bot, Failure};
use crate::message::{self, Content};
use crate::receipt::{Handle, message_url};
use crate::refusal::Refusal;
use crate::settings::{ChatId, Settings};

#[derive(Serialize)]
struct SendMessage<'a> {
    chat_id: &'a ChatId,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_thread_id: Option<i64>,
    #[serde(flatten)]
    content: &'a Content,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    disable_notification: bool,
}

#[derive(Serialize)]
struct EditMessageText<'a> {
    chat_id: &'a ChatId,
    message_id: i64,
    #[serde(flatten)]
    content: &'a Content,
}

/// Parameters of the methods that only name a message.
#[derive(Serialize)]
pub(crate) struct TheMessage<'a> {
    pub(crate) chat_id: &'a ChatId,
    pub(crate) message_id: i64,
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

pub(crate) fn publish(host: &dyn Host, posting: &Posting, target: &Target) -> Result<Receipt, Error> {
    let settings = Settings::of(target)?;
    let (content, _) = message::open(posting, target, &settings)?;
    let parameters = SendMessage {
        chat_id: &settings.chat,
        message_thread_id: settings.thread,
        content: &content,
        disable_notification: settings.silent,
    };
    let sent: Message = Bot::new(host, &settings).call("sendMessage", &parameters, Repeatable::No).map_err(
        |failure| match failure {
            Failure::Refused(refusal) => refusal.meaning(&settings, Lane::Destination, Repeatable::No),
            Failure::Other(error) => error,
        },
    )?;
    // A number stays when the chat gets another name.
    let chat = sent.chat.as_ref().map_or_else(|| settings.chat.clone(), |chat| ChatId::Number(chat.id));
    let username = sent.chat.and_then(|chat| chat.username).or_else(|| settings.chat.username());
    let url = message_url(&chat, username.as_deref(), sent.message_id);
    let thread = sent.message_thread_id.or(settings.thread);
    Ok(Handle::new(chat, sent.message_id, thread).now(None, content.mark()).into_receipt(url))
}

pub(crate) fn update(host: &dyn Host, receipt: &Receipt, posting: &Posting, target: &Target) -> Result<Receipt, Error> {
    let settings = Settings::of(target)?;
    let handle = Handle::of(receipt, &settings.words)?;
    let (content, _) = message::open(posting, target, &settings)?;
    match edit(host, &settings, &handle, &content)? {
        Edit::Changed | Edit::Unchanged => Ok(handle.now(None, content.mark()).into_receipt(receipt.url.clone())),
        Edit::Gone => Err(Error::Gone),
        Edit::Refused(refusal) => Err(about_the_copy(&refusal, &handle, &settings)),
    }
}

pub(crate) fn retract(
    host: &dyn Host,
    receipt: &Receipt,
    mode: RetractMode,
    posting: &Posting,
    target: &Target,
) -> Result<Option<Receipt>, Error> {
    let settings = Settings::of(target)?;
    let handle = Handle::of(receipt, &settings.words)?;
    let ending = match mode {
        RetractMode::MarkClosed(ending) => ending,
        RetractMode::Delete => {
            let message = TheMessage { chat_id: &handle.chat_id, message_id: handle.message_id };
            let deleted = Bot::new(host, &settings).call::<Value>("deleteMessage", &message, Repeatable::Yes);
            match deleted {
                Ok(_) => return Ok(None),
                Err(Failure::Refused(refusal)) if refusal.is_gone() => return Ok(None),
                Err(Failure::Refused(refusal)) if refusal.forbids_deletion() => {
                    handle.ending().unwrap_or(Ending::Closed)
                }
                Err(Failure::Refused(refusal)) => {
                    return Err(about_the_copy(&refusal, &handle, &settings));
                }
                Err(Failure::Other(error)) => return Err(error),
            }
        }
    };
    let content = message::closed(posting, ending, &settings)?;
    match edit(host, &settings, &handle, &content)? {
        Edit::Changed | Edit::Unchanged => {
            let handle = handle.now(Some(ending), content.mark());
            Ok(Some(handle.into_receipt(receipt.url.clone())))
        }
        Edit::Gone => Ok(None),
        Edit::Refused(refusal) => Err(about_the_copy(&refusal, &handle, &settings)),
    }
}

/// A bot can't read a channel, but it can try an edit: Telegram says whether the message is there and
/// whether it is as it should be. An altered one is put right by the same call.
///
/// Where the content would differ because template or settings have changed since, or isn't known,
/// only the message's buttons are "edited", of which it has none: that changes nothing in any case.
pub(crate) fn check(host: &dyn Host, receipt: &Receipt, posting: &Posting, target: &Target) -> Result<Presence, Error> {
    let settings = Settings::of(target)?;
    let handle = Handle::of(receipt, &settings.words)?;
    let expected = match handle.ending() {
        Some(ending) => message::closed(posting, ending, &settings)?,
        None => message::open(posting, target, &settings)?.0,
    };
    let same = handle.mark.as_deref() == Some(expected.mark().as_str());
    let edit = if same { edit(host, &settings, &handle, &expected)? } else { probe(host, &settings, &handle)? };
    match edit {
        Edit::Changed if same => Ok(Presence::Altered),
        Edit::Changed | Edit::Unchanged => Ok(Presence::Present),
        Edit::Gone => Ok(Presence::Absent),
        Edit::Refused(refusal) if refusal.is_not_editable() => Ok(Presence::Present),
        // A Bot API server of one's own may not know every method.
        Edit::Refused(refusal) if refusal.code == 404 && !same => Ok(Presence::Unknowable),
        Edit::Refused(refusal) => Err(about_the_copy(&refusal, &handle, &settings)),
    }
}

fn edit(host: &dyn Host, settings: &Settings, handle: &Handle, content: &Content) -> Result<Edit, Error> {
    let parameters = EditMessageText { chat_id: &handle.chat_id, message_id: handle.message_id, content };
    attempt_edit(&Bot::new(host, settings), "editMessageText", &parameters)
}

fn probe(host: &dyn Host, settings: &Settings, handle: &Handle) -> Result<Edit, Error> {
    let message = TheMessage { chat_id: &handle.chat_id, message_id: handle.message_id };
    attempt_edit(&Bot::new(host, settings), "editMessageReplyMarkup", &message)
}

fn attempt_edit(bot: &Bot<'_>, method: &str, parameters: &impl Serialize) -> Result<Edit, Error> {
    match bot.call::<Value>(method, parameters, Repeatable::Yes) {
        Ok(_) => Ok(Edit::Changed),
        Err(Failure::Refused(refusal)) if refusal.is_unchanged() => Ok(Edit::Unchanged),
        Err(Failure::Refused(refusal)) if refusal.is_gone() => Ok(Edit::Gone),
        Err(Failure::Refused(refusal)) => Ok(Edit::Refused(refusal)),
        Err(Failure::Other(error)) => Err(error),
    }
}

/// What a refusal means for a copy that exists. Messages of a small group keep no number when it
/// becomes a supergroup, so once the channel's settings have moved the copy is out of reach; asking to
/// move again would go round in circles.
fn about_the_copy(refusal: &Refusal, handle: &Handle, settings: &Settings) -> Error {
    if refusal.migrate_to.is_some() && handle.chat_id != settings.chat {
        return Error::Rejected(settings.words.say("error-left-behind"));
    }
    refusal.meaning(settings, Lane::Destination, Repeatable::Yes)
}
