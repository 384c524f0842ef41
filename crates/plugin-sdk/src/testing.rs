//! A host for a plugin's own tests: answers from a script, remembers what was asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use crate::{Answer, HandedOver, Host, HttpError, Lane, Level, MailDelivery, MailError, MailMessage, Request};

/// Gives the answers of a script in order and keeps the requests. It panics when it is asked more
/// often than the script says: a plugin that makes a call too many is a finding.
#[derive(Default)]
pub struct ScriptedHost {
    script: RefCell<VecDeque<Result<Answer, HttpError>>>,
    requests: RefCell<Vec<Request>>,
    lines: RefCell<Vec<String>>,
    holds: RefCell<Vec<(Lane, u64)>>,
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

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.borrow().clone()
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

    fn sign_hmac_sha256(&self, secret: &str, _message: &[u8]) -> Result<Vec<u8>, HttpError> {
        Err(HttpError::Denied(format!("the script has no secret {secret}")))
    }

    fn send_mail(
        &self,
        audience: &str,
        _key: &str,
        _message: &MailMessage,
        _delivery: MailDelivery,
    ) -> Result<HandedOver, MailError> {
        Err(MailError::Denied(format!("the script has no audience {audience}")))
    }

    fn replace_mail(&self, id: &str, _message: &MailMessage) -> Result<bool, MailError> {
        Err(MailError::Denied(format!("the script has no mail {id}")))
    }

    fn cancel_mail(&self, id: &str) -> Result<bool, MailError> {
        Err(MailError::Denied(format!("the script has no mail {id}")))
    }

    fn find_mail(&self, _key: &str) -> Result<Option<HandedOver>, MailError> {
        Ok(None)
    }

    fn probe_mail(&self, audience: &str) -> Result<String, MailError> {
        Err(MailError::Denied(format!("the script has no audience {audience}")))
    }

    fn hold(&self, lane: Lane, milliseconds: u64) {
        self.holds.borrow_mut().push((lane, milliseconds));
    }

    fn log(&self, _level: Level, message: &str, _fields: &[(&str, &str)]) {
        self.lines.borrow_mut().push(message.to_owned());
    }
}
