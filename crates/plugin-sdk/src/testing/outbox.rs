//! Mail as the host keeps it, without a mail server.

use std::collections::{BTreeMap, VecDeque};

use crate::{HandedOver, MailDelivery, MailError, MailMessage, MailState};

/// A mail that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// What the host calls it.
    pub id: String,
    /// The operation it belongs to.
    pub key: String,
    /// Whom it goes to, by the name in the manifest.
    pub audience: String,
    /// What it says.
    pub message: MailMessage,
    /// When it was to go out.
    pub delivery: MailDelivery,
    /// What has become of it.
    pub state: MailState,
}

#[derive(Default)]
pub(super) struct Outbox {
    audiences: BTreeMap<String, String>,
    failures: VecDeque<MailError>,
    mails: Vec<Mail>,
    handed_over: u32,
}

impl Outbox {
    pub(super) fn know(&mut self, audience: &str, label: &str) {
        self.audiences.insert(audience.to_owned(), label.to_owned());
    }

    pub(super) fn fail_next(&mut self, error: MailError) {
        self.failures.push_back(error);
    }

    pub(super) fn mails(&self) -> &[Mail] {
        &self.mails
    }

    pub(super) fn settle(&mut self, key: &str, state: MailState) {
        for mail in self.mails.iter_mut().filter(|mail| mail.key == key) {
            mail.state = state;
        }
    }

    pub(super) fn send(
        &mut self,
        audience: &str,
        key: &str,
        message: &MailMessage,
        delivery: MailDelivery,
    ) -> Result<HandedOver, MailError> {
        self.label(audience)?;
        if let Some(known) = self.find(key) {
            return Ok(known);
        }
        let failure = self.failures.pop_front();
        if let Some(error) = failure.as_ref().filter(|error| !matches!(error, MailError::NoAnswer(_))) {
            return Err(error.clone());
        }
        let state = match (&failure, delivery) {
            (Some(_), _) => MailState::Unknown,
            (None, MailDelivery::AtOnce) => MailState::Sent,
            (None, _) => MailState::Queued,
        };
        self.handed_over += 1;
        let mail = Mail {
            id: format!("mail-{}", self.handed_over),
            key: key.to_owned(),
            audience: audience.to_owned(),
            message: message.clone(),
            delivery,
            state,
        };
        let answer = HandedOver { id: mail.id.clone(), state, extra: vec![] };
        self.mails.push(mail);
        failure.map_or(Ok(answer), Err)
    }

    pub(super) fn replace(&mut self, id: &str, message: &MailMessage) -> bool {
        let waiting = self.mails.iter_mut().find(|mail| mail.id == id && mail.state == MailState::Queued);
        waiting.map(|mail| mail.message = message.clone()).is_some()
    }

    pub(super) fn cancel(&mut self, id: &str) -> bool {
        let before = self.mails.len();
        self.mails.retain(|mail| mail.id != id || mail.state != MailState::Queued);
        self.mails.len() < before
    }

    pub(super) fn find(&self, key: &str) -> Option<HandedOver> {
        let mail = self.mails.iter().find(|mail| mail.key == key)?;
        Some(HandedOver { id: mail.id.clone(), state: mail.state, extra: vec![] })
    }

    pub(super) fn probe(&mut self, audience: &str) -> Result<String, MailError> {
        let label = self.label(audience)?;
        self.failures.pop_front().map_or(Ok(label), Err)
    }

    fn label(&self, audience: &str) -> Result<String, MailError> {
        let unknown = || MailError::Denied(format!("the script has no audience {audience}"));
        self.audiences.get(audience).cloned().ok_or_else(unknown)
    }
}
