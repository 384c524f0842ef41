//! The `mail` capability: a plugin names an audience and a message; the host has the addresses, servers and signatures.

use std::time::Duration;

use chrono::Weekday;
use tablon_core::store::MailState;
use tokio::time::Instant;

use crate::bindings::mail;
use crate::mail::{Delivery, HandedOver, MailError, Mailbox, Message};
use crate::manifest::Audience;
use crate::sandbox::Sandbox;

/// The time that is left for the guest to process an answer before its deadline.
const LAST_WORDS: Duration = Duration::from_millis(500);

impl mail::Host for Sandbox {
    async fn send(
        &mut self,
        audience: String,
        key: String,
        message: mail::Message,
        delivery: mail::Delivery,
    ) -> wasmtime::Result<Result<mail::HandedOver, mail::Error>> {
        self.impure("mail.send")?;
        let sent = async {
            let (mailbox, by) = self.spend()?;
            let audience = self.audience(&audience)?;
            let sent = mailbox.send(&audience, &key, content(message), delivery_of(delivery)?, by).await;
            sent.map(handed).map_err(|error| self.explain_mail(error))
        };
        Ok(sent.await)
    }

    async fn replace(&mut self, id: String, message: mail::Message) -> wasmtime::Result<Result<bool, mail::Error>> {
        self.impure("mail.replace")?;
        let replaced = async {
            let (mailbox, _) = self.spend()?;
            mailbox.replace(&id, content(message)).await.map_err(|error| self.explain_mail(error))
        };
        Ok(replaced.await)
    }

    async fn cancel(&mut self, id: String) -> wasmtime::Result<Result<bool, mail::Error>> {
        self.impure("mail.cancel")?;
        let cancelled = async {
            let (mailbox, _) = self.spend()?;
            mailbox.cancel(&id).await.map_err(|error| self.explain_mail(error))
        };
        Ok(cancelled.await)
    }

    async fn find(&mut self, key: String) -> wasmtime::Result<Result<Option<mail::HandedOver>, mail::Error>> {
        self.impure("mail.find")?;
        let found = async {
            let (mailbox, _) = self.spend()?;
            let found = mailbox.find(&key).await.map_err(|error| self.explain_mail(error))?;
            Ok(found.map(handed))
        };
        Ok(found.await)
    }

    async fn probe(&mut self, audience: String) -> wasmtime::Result<Result<String, mail::Error>> {
        self.impure("mail.probe")?;
        let probed = async {
            let (mailbox, by) = self.spend()?;
            let audience = self.audience(&audience)?;
            mailbox.probe(&audience, by).await.map_err(|error| self.explain_mail(error))
        };
        Ok(probed.await)
    }
}

impl Sandbox {
    /// The mailbox, and the time by which a mail server must have answered. Counts against the call's budget.
    fn spend(&mut self) -> Result<(std::sync::Arc<dyn Mailbox>, Instant), mail::Error> {
        self.requests_asked += 1;
        let by = self.deadline.checked_sub(LAST_WORDS).filter(|by| *by > Instant::now());
        let (true, Some(by)) = (self.requests_asked <= self.limits.requests, by) else {
            return Err(mail::Error::BudgetExhausted);
        };
        match &self.mail {
            Some(mail) => Ok((std::sync::Arc::clone(&mail.mailbox), by)),
            None => Err(mail::Error::Denied("the manifest asks for no mail".to_owned())),
        }
    }

    /// An audience of the manifest that the operator granted.
    fn audience(&self, name: &str) -> Result<Audience, mail::Error> {
        let granted = self.mail.iter().flat_map(|mail| &mail.audiences).find(|granted| granted.to_string() == name);
        granted.cloned().ok_or_else(|| {
            let name = self.vault.scrubber.sentence(name, 80);
            mail::Error::Denied(format!("{name} is not among the audiences this plugin may mail"))
        })
    }

    fn explain_mail(&self, error: MailError) -> mail::Error {
        let clean = |words: String| self.vault.scrubber.sentence(&words, 300);
        match error {
            MailError::Denied(words) => mail::Error::Denied(clean(words)),
            MailError::Invalid(words) => mail::Error::Invalid(clean(words)),
            MailError::Refused(words) => mail::Error::Refused(clean(words)),
            MailError::NotSent(words) => mail::Error::NotSent(clean(words)),
            MailError::NoAnswer(words) => mail::Error::NoAnswer(clean(words)),
        }
    }
}

fn content(message: mail::Message) -> Message {
    Message { subject: message.subject, html: message.html, text: message.text }
}

fn delivery_of(delivery: mail::Delivery) -> Result<Delivery, mail::Error> {
    let hour_of = |hour: u8| match hour {
        0..=23 => Ok(hour),
        _ => Err(mail::Error::Invalid(format!("{hour} is no hour of a day"))),
    };
    Ok(match delivery {
        mail::Delivery::AtOnce => Delivery::AtOnce,
        mail::Delivery::Daily(hour) => Delivery::Daily(hour_of(hour)?),
        mail::Delivery::Weekly((day, hour)) => Delivery::Weekly(weekday(day), hour_of(hour)?),
    })
}

fn weekday(day: mail::Weekday) -> Weekday {
    match day {
        mail::Weekday::Monday => Weekday::Mon,
        mail::Weekday::Tuesday => Weekday::Tue,
        mail::Weekday::Wednesday => Weekday::Wed,
        mail::Weekday::Thursday => Weekday::Thu,
        mail::Weekday::Friday => Weekday::Fri,
        mail::Weekday::Saturday => Weekday::Sat,
        mail::Weekday::Sunday => Weekday::Sun,
    }
}

fn handed(handed: HandedOver) -> mail::HandedOver {
    let state = match handed.state {
        MailState::Queued => mail::State::Queued,
        MailState::Sent => mail::State::Sent,
        // The plugin only needs to know that it wasn't sent and won't be.
        MailState::Refused | MailState::GivenUp | MailState::Suppressed | MailState::Cancelled => mail::State::Refused,
        MailState::Sending | MailState::Unknown | MailState::Left => mail::State::Unknown,
    };
    mail::HandedOver { id: handed.id, state, extra: Vec::new() }
}
