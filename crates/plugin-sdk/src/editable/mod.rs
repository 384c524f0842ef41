//! Platforms with messages that can be edited and taken away: what is the same for all of them.

#[cfg(test)]
mod chatter;
mod operations;
#[cfg(test)]
mod tests;

use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{
    Api, Attempt, Channel, Context, Description, Ending, Error, Handle, Host, LastSent, Located, Posting, Presence,
    Preview, Receipt, Repeat, Target, Verified,
};

/// A place where a job is one message, which can be edited and deleted. Whoever implements this is a
/// [`Publisher`](crate::Publisher): a plugin says how one message is sent, edited, deleted and looked at, and this is
/// made of it:
///
/// | | |
/// |---|---|
/// | publish | [`send`](Self::send) |
/// | update | [`edit`](Self::edit), to what the job says now |
/// | retract | [`delete`](Self::delete), or where the copy shall stay, [`edit`](Self::edit) to what remains of an offer that is over. Also where the platform refuses to delete |
/// | check | [`look`](Self::look), and only if the copy was made of the same content as would be sent now, whether it shows that |
/// | adopt | [`adopt`](Self::adopt); a later check tells where the copy differs |
///
/// Receipts hold the plugin's [`Copy`](Self::Copy) and a mark of what was sent ([`LastSent`]).
///
/// Everywhere, [`Error::Gone`] says that the copy isn't there: to take away what is gone is done, and a check finds it
/// absent. [`Refusal::meaning`](crate::Refusal::meaning) says so by itself where an edit or a delete is answered with
/// 404.
pub trait EditableMessages: Default {
    /// The channel's settings.
    type Settings: DeserializeOwned;
    /// What is sent, apart from where: the same for the same posting, channel and words.
    type Content: Serialize;
    /// Where a copy is. It holds its destination, because the settings may change while the copy stays.
    type Copy: Handle + Clone;

    /// What the plugin is and which settings it wants. Its features hold at least `UPDATE` and `RETRACT`.
    fn describe(&self) -> Description;

    /// The channel of a target, for a call that uses it: mostly [`Channel::read`], and what settings and secrets must
    /// have beside each other.
    fn open(&self, target: &Target) -> Result<Channel<Self::Settings>, Error>;

    /// The content of an offer. Pure.
    fn offer(&self, draft: &Draft<'_, Self::Settings>) -> Result<Self::Content, Error>;

    /// The content of what remains of an offer that is over. Pure.
    fn over(&self, draft: &Draft<'_, Self::Settings>, ending: Ending) -> Result<Self::Content, Error>;

    /// As [`Publisher::render`](crate::Publisher::render): what [`send`](Self::send) will send, byte for byte. Pure.
    fn render(&self, posting: &Posting, target: &Target) -> Result<Vec<Preview>, Error>;

    /// As [`Publisher::repeats`](crate::Publisher::repeats). Pure.
    fn repeats(&self, _target: &Target) -> Repeat {
        Repeat::Never
    }

    /// Checks credential, destination and rights without leaving a trace.
    fn verify(&self, on: &Session<'_, Self::Settings>, context: &Context) -> Result<Verified, Error>;

    /// Sends a message.
    fn send(
        &self,
        on: &Session<'_, Self::Settings>,
        content: &Self::Content,
        attempt: &Attempt,
    ) -> Result<Shown<Self::Copy>, Error>;

    /// Makes a message show this. Must be safe to repeat, also when it shows it already.
    fn edit(
        &self,
        on: &Session<'_, Self::Settings>,
        copy: Self::Copy,
        content: &Self::Content,
        attempt: &Attempt,
    ) -> Result<Shown<Self::Copy>, Error>;

    /// Takes a message away. Must be safe to repeat.
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the platform refuses, for its age or for lack of a right: then the copy is marked as
    /// over instead.
    fn delete(&self, on: &Session<'_, Self::Settings>, copy: &Self::Copy, attempt: &Attempt) -> Result<(), Error>;

    /// Is the message there, and does it show what was `expected`? None: template, settings or job have changed since it
    /// was sent, so that only its being there can be judged.
    fn look(
        &self,
        _on: &Session<'_, Self::Settings>,
        _copy: &Self::Copy,
        _expected: Option<&Self::Content>,
    ) -> Result<Presence, Error> {
        Ok(Presence::Unknowable)
    }

    /// Looks for the message of a send whose answer was lost: [`Shown::located`] makes the answer of what is found.
    fn locate(
        &self,
        _on: &Session<'_, Self::Settings>,
        _content: &Self::Content,
        _attempt: &Attempt,
    ) -> Result<Located, Error> {
        Ok(Located::Unknowable)
    }

    /// The message that a person points at.
    fn adopt(&self, _on: &Session<'_, Self::Settings>, _reference: &str) -> Result<Shown<Self::Copy>, Error> {
        Err(Error::Unsupported)
    }
}

/// A job that is to be written for a channel. Settings and words are at hand: `draft.settings`, `draft.words`.
pub struct Draft<'a, S> {
    /// The job.
    pub posting: &'a Posting,
    /// The channel as the host gave it.
    pub target: &'a Target,
    channel: &'a Channel<S>,
}

impl<'a, S> Draft<'a, S> {
    /// A job for an opened channel; [`EditableMessages::offer`] gets one.
    pub fn new(posting: &'a Posting, target: &'a Target, channel: &'a Channel<S>) -> Self {
        Self { posting, target, channel }
    }
}

impl<S> Deref for Draft<'_, S> {
    type Target = Channel<S>;

    fn deref(&self) -> &Channel<S> {
        self.channel
    }
}

/// A channel during a call that may use the host. Settings and words are at hand: `on.settings`, `on.words`.
pub struct Session<'a, S> {
    /// The capabilities of the call.
    pub host: &'a dyn Host,
    /// The channel as the host gave it.
    pub target: &'a Target,
    channel: Channel<S>,
}

impl<'a, S> Session<'a, S> {
    /// A session on an opened channel; the calls of [`EditableMessages`] get one.
    pub fn new(host: &'a dyn Host, target: &'a Target, channel: Channel<S>) -> Self {
        Self { host, target, channel }
    }

    /// The platform's HTTP API.
    pub fn api(&self) -> Api<'_> {
        Api::new(self.host, &self.channel.words)
    }
}

impl<S> Deref for Session<'_, S> {
    type Target = Channel<S>;

    fn deref(&self) -> &Channel<S> {
        &self.channel
    }
}

/// A copy as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<C> {
    copy: C,
    url: Option<String>,
    unfinished: Option<String>,
}

impl<C: Handle> Shown<C> {
    /// All is done.
    pub fn at(copy: C) -> Self {
        Self { copy, url: None, unfinished: None }
    }

    /// With the address where a person sees it, if it has one. An edit that doesn't say keeps the one that is known.
    #[must_use]
    pub fn linked(self, url: Option<String>) -> Self {
        Self { url, ..self }
    }

    /// A part is missing, and why, for the channel's admins: the host tries the rest later, by an
    /// [`edit`](EditableMessages::edit).
    #[must_use]
    pub fn unfinished(self, why: impl Into<String>) -> Self {
        Self { unfinished: Some(why.into()), ..self }
    }

    /// It was found where a publish had left it, with this content.
    pub fn located(self, content: &impl Serialize) -> Located {
        Located::Found(self.into_receipt(LastSent::offer(content), None))
    }

    fn into_receipt(self, sent: LastSent, known: Option<String>) -> Receipt {
        Receipt::write(&operations::Kept { copy: self.copy, sent }, self.url.or(known))
    }

    /// What an operation answers that has come to this.
    fn into_answer(mut self, sent: LastSent, known: Option<String>) -> Result<Receipt, Error> {
        let unfinished = self.unfinished.take();
        let receipt = self.into_receipt(sent, known);
        unfinished.map_or(Ok(receipt.clone()), |why| Err(Error::unfinished(receipt, why)))
    }
}
