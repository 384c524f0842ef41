//! A copy at Discord: where it is, and what can be done with it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tablon_plugin::{Error, Failure, Handle, Method, Refusal, Repeatable, Shown};

use crate::message::Content;
use crate::refusals::{MISSING_PERMISSIONS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE};
use crate::rest::{Place, Rest, Sent};
use crate::thread::Thread;

/// Where a copy is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Copy {
    pub(crate) channel_id: String,
    pub(crate) message_id: String,
    /// The channel is a thread, which a webhook has to be told.
    #[serde(default)]
    pub(crate) thread: bool,
    /// The thread was opened for this copy alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) own_thread: bool,
    /// What that thread was called and tagged with last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) named: Option<String>,
    /// The webhook that posted it: another one can't change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) webhook_id: Option<String>,
}

impl Handle for Copy {
    const VERSION: u32 = 1;
}

impl Copy {
    /// A message that was sent to where the channel's settings say, in this thread of its own if it has one.
    pub(crate) fn of(sent: &Sent, rest: &Rest<'_>, thread: Option<&Thread>) -> Self {
        let settings = &rest.on.settings;
        Self {
            channel_id: sent.channel_id.clone(),
            message_id: sent.id.clone(),
            thread: settings.new_thread || settings.thread().is_some(),
            own_thread: settings.new_thread,
            named: thread.map(Thread::mark),
            webhook_id: sent.webhook_id.clone(),
        }
    }

    /// With the link that Discord's own menu gives.
    pub(crate) fn shown(self, guild: Option<String>) -> Shown<Self> {
        let guild = guild.filter(|_| !self.channel_id.is_empty());
        let url =
            guild.map(|guild| format!("https://discord.com/channels/{guild}/{}/{}", self.channel_id, self.message_id));
        Shown::at(self).linked(url)
    }

    /// Does something with the message. [`Error::Gone`]: it isn't there.
    pub(crate) fn act(&self, rest: &Rest<'_>, method: Method, content: Option<&Content>) -> Result<Value, Error> {
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

    /// Gives the thread of this copy alone its name and tags, after the message has changed. Discord takes few such
    /// changes in ten minutes; what waits for one is told and tried again.
    pub(crate) fn name_thread(mut self, rest: &Rest<'_>, thread: Option<&Thread>) -> Shown<Self> {
        let wanted = thread.map(|thread| (thread.change(), thread.mark()));
        let Some((change, mark)) = wanted.filter(|(_, mark)| self.named.as_ref().is_some_and(|named| named != mark))
        else {
            return Shown::at(self);
        };
        // A webhook can't.
        if !rest.on.settings.bot {
            return Shown::at(self);
        }
        let request = rest.bot(Method::Patch, &format!("/channels/{}", self.channel_id)).json(&change);
        match rest.call::<Value>(request, Repeatable::Yes) {
            // Who lacks the right to today is not asked again until there is another name.
            Err(Failure::Refused(refusal)) if refusal.code != Some(MISSING_PERMISSIONS) => {
                let why = rest.on.words.told(&rest.on.words.say("unfinished-thread"), &refusal.said);
                Shown::at(self).unfinished(why)
            }
            Err(Failure::Other(_)) => Shown::at(self).unfinished(rest.on.words.say("unfinished-thread")),
            _ => {
                self.named = Some(mark);
                Shown::at(self)
            }
        }
    }

    /// Whether the thread lives and dies with the copy. Older receipts don't say so, but the first message of a forum's
    /// post has the thread's id.
    pub(crate) fn has_its_own_thread(&self) -> bool {
        self.own_thread || (self.thread && self.channel_id == self.message_id)
    }

    /// Deletes the thread with all that is in it: without its first message it would stay, empty and named after the
    /// job.
    ///
    /// # Errors
    /// [`Error::Unsupported`]: a webhook can't, and a bot without the right to manage threads may not.
    pub(crate) fn delete_thread(&self, rest: &Rest<'_>) -> Result<(), Error> {
        if !rest.on.settings.bot {
            return Err(Error::Unsupported);
        }
        let request = rest.bot(Method::Delete, &format!("/channels/{}", self.channel_id));
        match rest.call::<Value>(request, Repeatable::Yes) {
            Err(Failure::Refused(refusal)) if self.is_unknown(&refusal) => Ok(()),
            Err(Failure::Refused(refusal)) if refusal.code == Some(MISSING_PERMISSIONS) => Err(Error::Unsupported),
            done => done.map(drop).map_err(|failure| rest.explain(failure)),
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
        match (&self.webhook_id, rest.on.settings.bot) {
            (Some(webhook), false) => match rest.get::<Place>(rest.place()) {
                Ok(now) if now.id != *webhook => Error::Rejected(rest.on.words.say("error-other-webhook")),
                Ok(_) => Error::Gone,
                Err(error) => error,
            },
            _ => Error::Gone,
        }
    }
}
