//! A host for a plugin's own tests, and postings to try it with.

mod locales;
mod outbox;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, VecDeque};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use self::outbox::Outbox;
use crate::{
    Answer, HandedOver, Host, HttpError, Lane, Level, MailDelivery, MailError, MailMessage, MailState, Request,
};

pub use crate::fixtures::{attempt, context, posting, target};
pub use locales::{assert_form_is_translated, assert_words_agree};
pub use outbox::Mail;

/// Gives the answers of a script in order and keeps what it was asked. It panics when it is asked for more HTTP answers
/// than the script has: a plugin that makes a call too many is a finding.
///
/// Mail needs no script: the host remembers what it was given by key, sends at once what is to be sent at once, and
/// keeps the rest for its digest.
///
/// ```
/// use tablon_plugin::testing::ScriptedHost;
/// use tablon_plugin::{Host, Method, Request};
/// let host = ScriptedHost::answering([(201, serde_json::json!({ "id": 7 }))]);
/// let answer = host.send(Request::new(Method::Post, "https://chatter.example/messages").secret("token"));
/// assert!(answer.is_ok_and(|answer| answer.is_success()));
/// assert_eq!(host.requests()[0].url_shape(), "https://chatter.example/messages{token}");
/// ```
#[derive(Default)]
pub struct ScriptedHost {
    script: RefCell<VecDeque<Result<Answer, HttpError>>>,
    requests: RefCell<Vec<Request>>,
    lines: RefCell<Vec<String>>,
    holds: RefCell<Vec<(Lane, u64)>>,
    keys: BTreeMap<String, Vec<u8>>,
    outbox: RefCell<Outbox>,
}

impl ScriptedHost {
    /// Will answer with these in turn.
    pub fn new(script: impl IntoIterator<Item = Result<Answer, HttpError>>) -> Self {
        Self { script: RefCell::new(script.into_iter().collect()), ..Self::default() }
    }

    /// Will answer with these statuses and JSON bodies in turn.
    pub fn answering(script: impl IntoIterator<Item = (u16, serde_json::Value)>) -> Self {
        Self::new(script.into_iter().map(|(status, body)| Ok(Answer::of_json(status, &body))))
    }

    /// Knows the key of a secret, and signs with it.
    #[must_use]
    pub fn with_secret(mut self, name: &str, key: impl Into<Vec<u8>>) -> Self {
        self.keys.insert(name.to_owned(), key.into());
        self
    }

    /// Knows an audience of mail, by the name in the manifest and the one for people.
    #[must_use]
    pub fn with_audience(self, audience: &str, label: &str) -> Self {
        self.outbox.borrow_mut().know(audience, label);
        self
    }

    /// Will answer the next mail with this error; several are given in turn.
    #[must_use]
    pub fn failing_mail(self, error: MailError) -> Self {
        self.outbox.borrow_mut().fail_next(error);
        self
    }

    /// What has become of the mail with this key meanwhile: its digest went out, the server refused it.
    pub fn settle_mail(&self, key: &str, state: MailState) {
        self.outbox.borrow_mut().settle(key, state);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
    }

    /// The mail so far, in the order it was handed over; what was cancelled is gone.
    pub fn mails(&self) -> Ref<'_, [Mail]> {
        Ref::map(self.outbox.borrow(), Outbox::mails)
    }

    /// The lanes that were held so far, and for how many milliseconds.
    pub fn holds(&self) -> Vec<(Lane, u64)> {
        self.holds.borrow().clone()
    }

    /// The log lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.borrow().clone()
    }
}

impl Host for ScriptedHost {
    fn send(&self, request: Request) -> Result<Answer, HttpError> {
        self.requests.borrow_mut().push(request);
        let next = self.script.borrow_mut().pop_front();
        next.unwrap_or_else(|| panic!("the script has no answer left"))
    }

    fn sign_hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, HttpError> {
        let denied = || HttpError::Denied(format!("the script has no secret {secret}"));
        let key = self.keys.get(secret).ok_or_else(denied)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| denied())?;
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }

    fn send_mail(
        &self,
        audience: &str,
        key: &str,
        message: &MailMessage,
        delivery: MailDelivery,
    ) -> Result<HandedOver, MailError> {
        self.outbox.borrow_mut().send(audience, key, message, delivery)
    }

    fn replace_mail(&self, id: &str, message: &MailMessage) -> Result<bool, MailError> {
        Ok(self.outbox.borrow_mut().replace(id, message))
    }

    fn cancel_mail(&self, id: &str) -> Result<bool, MailError> {
        Ok(self.outbox.borrow_mut().cancel(id))
    }

    fn find_mail(&self, key: &str) -> Result<Option<HandedOver>, MailError> {
        Ok(self.outbox.borrow().find(key))
    }

    fn probe_mail(&self, audience: &str) -> Result<String, MailError> {
        self.outbox.borrow_mut().probe(audience)
    }

    fn hold(&self, lane: Lane, milliseconds: u64) {
        self.holds.borrow_mut().push((lane, milliseconds));
    }

    fn log(&self, _level: Level, message: &str, _fields: &[(&str, &str)]) {
        self.lines.borrow_mut().push(message.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str) -> MailMessage {
        MailMessage { subject: subject.into(), html: String::new(), text: String::new(), extra: vec![] }
    }

    #[test]
    fn a_signature_is_the_real_one() {
        // RFC 4231, test case 2.
        let host = ScriptedHost::default().with_secret("key", "Jefe");
        let signed = host.sign_hmac_sha256("key", b"what do ya want for nothing?").expect("a signature");
        assert_eq!(signed[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert!(matches!(host.sign_hmac_sha256("other", b""), Err(HttpError::Denied(_))));
    }

    #[test]
    fn the_same_key_sends_one_mail() {
        let host = ScriptedHost::default().with_audience("setting:to", "jobs@acme.example");
        let send = |key, subject| host.send_mail("setting:to", key, &message(subject), MailDelivery::AtOnce);
        let first = send("k", "one").expect("sent");
        assert_eq!(first.state, MailState::Sent);
        assert_eq!(send("k", "two"), Ok(first.clone()));
        assert_eq!(host.find_mail("k"), Ok(Some(first)));
        assert_eq!(host.mails().iter().map(|mail| mail.message.subject.clone()).collect::<Vec<_>>(), ["one"]);
        assert_eq!(host.probe_mail("setting:to").as_deref(), Ok("jobs@acme.example"));
        assert!(matches!(host.probe_mail("setting:cc"), Err(MailError::Denied(_))));
    }

    #[test]
    fn a_digest_can_be_changed_until_it_has_gone_out() {
        let host = ScriptedHost::default().with_audience("setting:to", "jobs@acme.example");
        let waiting = host.send_mail("setting:to", "k", &message("one"), MailDelivery::Daily(9)).expect("queued");
        assert_eq!(waiting.state, MailState::Queued);
        assert_eq!(host.replace_mail(&waiting.id, &message("two")), Ok(true));
        host.settle_mail("k", MailState::Sent);
        assert_eq!(host.replace_mail(&waiting.id, &message("three")), Ok(false));
        assert_eq!(host.cancel_mail(&waiting.id), Ok(false));
        assert_eq!(host.mails()[0].message.subject, "two");
    }

    #[test]
    fn a_mail_that_fails_is_not_there_unless_its_answer_was_lost() {
        let lost = MailError::NoAnswer("reset".into());
        let host = ScriptedHost::default()
            .with_audience("setting:to", "jobs@acme.example")
            .failing_mail(MailError::NotSent("busy".into()))
            .failing_mail(lost.clone());
        let send = |key| host.send_mail("setting:to", key, &message("one"), MailDelivery::AtOnce);
        assert!(matches!(send("a"), Err(MailError::NotSent(_))));
        assert_eq!(host.find_mail("a"), Ok(None));
        assert_eq!(send("b"), Err(lost));
        assert_eq!(host.find_mail("b").ok().flatten().map(|mail| mail.state), Some(MailState::Unknown));
    }
}
