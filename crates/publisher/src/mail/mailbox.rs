//! One channel's mail, as used by a call of its plugin.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Weekday;
use tablon_core::TenantScope;
use tablon_core::store::{Channel, FragmentKind, HandOver, Handed, MailContent, MailState, NewFragment, OutboxMail};
use tokio::time::Instant;
use uuid::Uuid;

use super::audience::recipients;
use super::due;
use super::mailer::{MailRoute, Mailer, OutgoingMail, Sent};
use super::smtp::Failure;
use super::unsubscribed_words;
use crate::manifest::{Audience, RecipientKind};
use crate::traffic::Traffic;

/// The longest subject, in characters. Mail programs show some 70 of them.
const LONGEST_SUBJECT: usize = 250;
/// The longest part, in bytes. Gmail cuts off a mail after 102 KB; servers take some ten megabytes.
const LONGEST_PART: usize = 512 * 1024;

/// A message for an audience.
pub type Message = MailContent;

/// When a message is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// During the call.
    AtOnce,
    /// In a digest, every day at this hour in the board's time zone.
    Daily(u8),
    /// In a digest, once a week.
    Weekly(Weekday, u8),
}

/// A message that was handed over, and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// Its name for [`Mailbox::replace`] and [`Mailbox::cancel`].
    pub id: String,
    /// `Sending` is reported as `Unknown`.
    pub state: MailState,
}

/// Why a message wasn't handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Something has to be changed first: a grant, a password, a server.
    #[error("{0}")]
    Denied(String),
    /// The message or the address can't be used.
    #[error("{0}")]
    Invalid(String),
    /// The mail server refused it for good.
    #[error("{0}")]
    Refused(String),
    /// It certainly wasn't sent.
    #[error("{0}")]
    NotSent(String),
    /// It may have been sent.
    #[error("{0}")]
    NoAnswer(String),
}

/// What a call's mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MailContext {
    /// It retracts an offer: its part of a digest says that the job is over.
    pub closes: bool,
    /// It publishes, and no earlier try may have sent the same: a mail that isn't recorded as sent when the call begins
    /// certainly wasn't sent.
    pub unsent: bool,
    /// The call's copy.
    pub placement_id: Option<Uuid>,
}

/// A channel's mail. The host's implementation uses the outbox; a plugin's tests may use another.
#[async_trait]
pub trait Mailbox: Send + Sync + fmt::Debug {
    /// Hands a message over. A second call with the same key sends nothing twice.
    async fn send(
        &self,
        audience: &Audience,
        key: &str,
        message: Message,
        delivery: Delivery,
        by: Instant,
    ) -> Result<HandedOver, MailError>;
    /// Replaces a message that waits for its digest. `false`: it was sent.
    async fn replace(&self, id: &str, message: Message) -> Result<bool, MailError>;
    /// Takes a message out of its digest. `false`: it was sent.
    async fn cancel(&self, id: &str) -> Result<bool, MailError>;
    /// The state of a key.
    async fn find(&self, key: &str) -> Result<Option<HandedOver>, MailError>;
    /// Whether mail can be sent, and to whom.
    async fn probe(&self, audience: &Audience, by: Instant) -> Result<String, MailError>;
}

/// A channel's mail through the outbox in the database.
pub(crate) struct ChannelMailbox {
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) scope: TenantScope,
    pub(crate) channel: Channel,
    /// The channel's own mail server, if it has one, or why it can't be used.
    pub(crate) own_server: Result<Option<zeroize::Zeroizing<String>>, String>,
    pub(crate) mail_context: MailContext,
    pub(crate) recipient_kind: RecipientKind,
    /// The keys this call has handed over already.
    pub(crate) keys: Mutex<BTreeSet<String>>,
    pub(crate) traffic: Traffic,
}

impl fmt::Debug for ChannelMailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChannelMailbox({})", self.channel.id)
    }
}

#[async_trait]
impl Mailbox for ChannelMailbox {
    async fn send(
        &self,
        audience: &Audience,
        key: &str,
        message: Message,
        delivery: Delivery,
        by: Instant,
    ) -> Result<HandedOver, MailError> {
        check(&message)?;
        if key.is_empty() || key.len() > 64 || !key.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(MailError::Invalid("a key is at most 64 letters and digits".to_owned()));
        }
        let zone = self.scope.time_zone;
        let due_at = match delivery {
            Delivery::AtOnce => return self.send_now(audience, key, message, by).await,
            Delivery::Daily(hour) => due::next(self.scope.now(), zone, None, hour),
            Delivery::Weekly(day, hour) => due::next(self.scope.now(), zone, Some(day), hour),
        };
        // Report wrong settings now, not when the digest is due.
        let recipients = self.recipients(audience)?;
        self.route()?;
        self.wanted(&recipients).await?;
        let kind = if self.mail_context.closes { FragmentKind::Over } else { FragmentKind::Open };
        let new = NewFragment {
            channel_id: self.channel.id,
            key: key.to_owned(),
            kind,
            audience: audience.to_string(),
            content: message,
            due_at,
            placement_id: self.mail_context.placement_id,
        };
        self.scope.mail().put_by(new).await.map(handed).map_err(stored)
    }

    async fn replace(&self, id: &str, message: Message) -> Result<bool, MailError> {
        check(&message)?;
        let Some(id) = fragment_id(id) else { return Ok(false) };
        self.scope.mail().replace(self.channel.id, id, message).await.map_err(stored)
    }

    async fn cancel(&self, id: &str) -> Result<bool, MailError> {
        let Some(id) = fragment_id(id) else { return Ok(false) };
        self.scope.mail().cancel(self.channel.id, id).await.map_err(stored)
    }

    async fn find(&self, key: &str) -> Result<Option<HandedOver>, MailError> {
        let found = self.scope.mail().find(self.channel.id, key).await.map_err(stored)?;
        Ok(found.map(handed))
    }

    async fn probe(&self, audience: &Audience, by: Instant) -> Result<String, MailError> {
        let recipients = self.recipients(audience)?;
        self.wanted(&recipients).await?;
        self.mailer.probe(&self.route()?, by).await.map_err(failed)?;
        Ok(recipients.join(", "))
    }
}

impl ChannelMailbox {
    async fn send_now(
        &self,
        audience: &Audience,
        key: &str,
        message: Message,
        by: Instant,
    ) -> Result<HandedOver, MailError> {
        let recipients = self.recipients(audience)?;
        let route = self.route()?;
        let (outbox, channel_id) = (self.scope.mail(), self.channel.id);
        // Only once for each key: a result of this call itself must not be reset.
        if self.keys.lock().unwrap_or_else(PoisonError::into_inner).insert(key.to_owned()) {
            match self.mail_context.unsent {
                true => outbox.settle_as_not_sent(channel_id, key).await.map_err(stored)?,
                false => outbox.forget_refusals(channel_id, key).await.map_err(stored)?,
            }
        }
        // An earlier try may have been for other addresses, before somebody corrected the setting.
        let ours = |mails: Vec<OutboxMail>| -> Vec<OutboxMail> {
            let meant = |mail: &OutboxMail| mail.recipient.as_ref().is_some_and(|to| recipients.contains(to));
            mails.into_iter().filter(meant).collect()
        };
        let new = HandOver {
            channel_id,
            key,
            recipients: &recipients,
            subject: &message.subject,
            placement_id: self.mail_context.placement_id,
        };
        let mails = ours(outbox.hand_over(&new).await.map_err(stored)?);
        let mut worst: Option<Failure> = None;
        for mail in mails.iter().filter(|mail| mail.state == MailState::Queued) {
            let sent = self.mailer.send(OutgoingMail {
                scope: &self.scope,
                channel: &self.channel,
                mail,
                content: &message,
                recipient_kind: self.recipient_kind,
                route: &route,
                deadline: by,
                traffic: &self.traffic,
                again: None,
            });
            match sent.await.map_err(stored)? {
                Sent::Yes | Sent::Taken | Sent::Suppressed => {}
                Sent::No(failure) => worst = Some(failure),
            }
        }
        let found = ours(outbox.of_key(channel_id, key).await.map_err(stored)?);
        match (Handed::of(&found), worst) {
            // All recipients have unsubscribed.
            (Some(Handed { state: MailState::Suppressed, .. }), _) => Err(self.unsubscribed(&recipients)),
            // Some of several recipients have it: the others are tried again, or were refused for good.
            (Some(Handed { state: MailState::Queued | MailState::Refused, .. }), Some(failure)) => Err(failed(failure)),
            (Some(Handed { state: MailState::Unknown, .. }), Some(failure)) => {
                Err(MailError::NoAnswer(failure.words().to_owned()))
            }
            (Some(found), _) => Ok(handed(found)),
            (None, _) => Err(MailError::NotSent("the mail is gone from the outbox".to_owned())),
        }
    }

    fn route(&self) -> Result<MailRoute, MailError> {
        let own = self.own_server.as_ref().map_err(|words| MailError::Denied(words.clone()))?;
        self.mailer.route(&self.scope, own.as_ref().map(|url| url.as_str())).map_err(failed)
    }

    fn recipients(&self, audience: &Audience) -> Result<Vec<String>, MailError> {
        recipients(&self.channel.settings, audience)
    }

    /// # Errors
    /// If all of them have unsubscribed.
    async fn wanted(&self, recipients: &[String]) -> Result<(), MailError> {
        let unsubscribed = self.scope.mail().unsubscribed(self.channel.id, recipients).await.map_err(stored)?;
        if unsubscribed.len() == recipients.len() { Err(self.unsubscribed(recipients)) } else { Ok(()) }
    }

    fn unsubscribed(&self, recipients: &[String]) -> MailError {
        MailError::Denied(unsubscribed_words(&self.scope.locale, recipients))
    }
}

fn check(message: &Message) -> Result<(), MailError> {
    let wrong = |what: String| Err(MailError::Invalid(what));
    if message.subject.trim().is_empty() || message.subject.chars().any(char::is_control) {
        return wrong("the subject must be one line with something in it".to_owned());
    }
    if message.subject.chars().count() > LONGEST_SUBJECT {
        return wrong(format!("the subject is longer than {LONGEST_SUBJECT} characters"));
    }
    for (name, part) in [("html", &message.html), ("text", &message.text)] {
        if part.trim().is_empty() || part.len() > LONGEST_PART || part.contains('\0') {
            return wrong(format!("{name} must hold something, and at most {} KiB", LONGEST_PART / 1024));
        }
    }
    Ok(())
}

fn fragment_id(id: &str) -> Option<Uuid> {
    id.parse().ok()
}

fn handed(handed: Handed) -> HandedOver {
    HandedOver { id: handed.id.to_string(), state: handed.state }
}

fn failed(failure: Failure) -> MailError {
    match failure {
        Failure::Denied(words) => MailError::Denied(words),
        Failure::Invalid(words) => MailError::Invalid(words),
        Failure::NotSent(words) => MailError::NotSent(words),
        Failure::Refused(words) => MailError::Refused(words),
        Failure::Unknown(words) => MailError::NoAnswer(words),
    }
}

/// The outbox can't be reached. The record of the traffic says what a server may have by then.
fn stored(error: tablon_core::Error) -> MailError {
    tracing::warn!(%error, "the outbox can't be reached");
    MailError::NotSent("the outbox can't be reached".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tablon_core::clock::ManualClock;
    use tablon_core::store::{NewChannel, NewTenant};
    use tablon_core::{Actor, Keyring, Secrets, Store, StoreOptions};
    use tablon_testkit::database::{Backend, TestDatabase};
    use tablon_testkit::smtp::{Action, FakeSmtp, Fault, Options, Stage};

    use super::*;
    use crate::capability::egress::Egress;
    use crate::limits::Limits;
    use crate::mail::{MailOptions, UnsubscribeKey};

    #[tokio::test]
    async fn a_call_that_lost_an_answer_cant_send_the_same_again() {
        let smtp = FakeSmtp::start(Options::default()).await.unwrap();
        let database = TestDatabase::new(Backend::Sqlite).await.unwrap();
        let clock = ManualClock::new("2026-06-15T10:00:00Z".parse().unwrap());
        Store::migrate(database.url(), &clock).await.unwrap();
        let options = StoreOptions {
            database_url: database.url().to_owned(),
            clock: Arc::new(clock.clone()),
            keyring: Some(Keyring::from_secret(&[1; 32]).unwrap()),
            base_url: "https://board.example".parse().unwrap(),
            max_connections: 2,
        };
        let store = Store::open(options).await.unwrap();
        let scope =
            store.tenants().create(NewTenant::new("acme".parse().unwrap(), "Acme"), Actor::System).await.unwrap();
        let new = NewChannel {
            plugin: "email".to_owned(),
            name: "list".to_owned(),
            settings: serde_json::json!({ "to": "list@example.org" }),
            secrets: Secrets::default(),
            lanes: Vec::new(),
        };
        let channel = scope.channels().create(new, Actor::System).await.unwrap();
        let options = MailOptions {
            server: Some(smtp.url().parse().unwrap()),
            from: Some("jobs@board.example".parse().unwrap()),
            ..MailOptions::none(UnsubscribeKey::new([5; 32]))
        };
        let egress = Egress::new(&[], Duration::from_secs(5)).unwrap();
        let mailer = Arc::new(Mailer::new(options, egress, &Limits::default()));
        let call = |unsent: bool| ChannelMailbox {
            mailer: Arc::clone(&mailer),
            scope: scope.clone(),
            channel: channel.clone(),
            own_server: Ok(None),
            mail_context: MailContext { unsent, ..MailContext::default() },
            recipient_kind: RecipientKind::Person,
            keys: Mutex::default(),
            traffic: Traffic::default(),
        };
        let audience = Audience::parse("setting:to").unwrap();
        let message = Message { subject: "Job".into(), html: "<p>Job</p>".into(), text: "Job".into() };
        let send = async |mailbox: &ChannelMailbox| {
            let by = Instant::now() + Duration::from_secs(10);
            mailbox.send(&audience, "k1", message.clone(), Delivery::AtOnce, by).await
        };
        smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer));
        let publish = call(true);
        assert!(matches!(send(&publish).await, Err(MailError::NoAnswer(_))));
        assert_eq!(send(&publish).await.unwrap().state, MailState::Unknown);
        // An update doesn't send it again either, because nobody has settled it.
        assert_eq!(send(&call(false)).await.unwrap().state, MailState::Unknown);
        assert_eq!(smtp.mails().len(), 1);
        // A person said that it wasn't sent, so it is published again.
        assert_eq!(send(&call(true)).await.unwrap().state, MailState::Sent);
        assert_eq!(smtp.mails().len(), 2);
    }
}
