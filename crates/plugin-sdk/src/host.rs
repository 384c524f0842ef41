//! What the host offers a plugin while a call runs.

use crate::bindings::tablon::plugin as imports;
pub use crate::bindings::tablon::plugin::http::Error as HttpError;
use crate::{Answer, Lane, Request};

/// How grave a log line is.
pub use crate::bindings::tablon::plugin::log::Level;
/// What a plugin may mail.
pub use crate::bindings::tablon::plugin::mail::{
    Delivery as MailDelivery, Error as MailError, HandedOver, Message as MailMessage, State as MailState, Weekday,
};

/// The capabilities of a call. The sandbox gives the real ones, a test gives its own.
pub trait Host {
    /// Sends a request to one of the hosts that the manifest names and the operator granted.
    fn send(&self, request: Request) -> Result<Answer, HttpError>;

    /// Signs `message` with a secret that the plugin can only name.
    fn sign_hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, HttpError>;

    /// Hands a message to an audience of the manifest over. The same `key` again sends nothing twice.
    fn send_mail(
        &self,
        audience: &str,
        key: &str,
        message: &MailMessage,
        delivery: MailDelivery,
    ) -> Result<HandedOver, MailError>;

    /// Puts another message in the place of one that still waits for its digest. `false`: it has gone out.
    fn replace_mail(&self, id: &str, message: &MailMessage) -> Result<bool, MailError>;

    /// Takes a message that still waits for its digest out of it. `false`: it has gone out.
    fn cancel_mail(&self, id: &str) -> Result<bool, MailError>;

    /// What became of the message with this key.
    fn find_mail(&self, key: &str) -> Result<Option<HandedOver>, MailError>;

    /// Whether mail can be sent to this audience. The answer names the audience.
    fn probe_mail(&self, audience: &str) -> Result<String, MailError>;

    /// Holds a lane for so many milliseconds: for a platform that says with a good answer that it has had enough.
    fn hold(&self, lane: Lane, milliseconds: u64);

    /// Writes a line into the host's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);
}

/// The imports of the component.
pub(crate) struct SandboxHost;

impl Host for SandboxHost {
    fn send(&self, request: Request) -> Result<Answer, HttpError> {
        imports::http::send(&request.into_wire()).map(Answer::from_wire)
    }

    fn sign_hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, HttpError> {
        imports::http::sign_hmac_sha256(secret, message)
    }

    fn send_mail(
        &self,
        audience: &str,
        key: &str,
        message: &MailMessage,
        delivery: MailDelivery,
    ) -> Result<HandedOver, MailError> {
        imports::mail::send(audience, key, message, delivery)
    }

    fn replace_mail(&self, id: &str, message: &MailMessage) -> Result<bool, MailError> {
        imports::mail::replace(id, message)
    }

    fn cancel_mail(&self, id: &str) -> Result<bool, MailError> {
        imports::mail::cancel(id)
    }

    fn find_mail(&self, key: &str) -> Result<Option<HandedOver>, MailError> {
        imports::mail::find(key)
    }

    fn probe_mail(&self, audience: &str) -> Result<String, MailError> {
        imports::mail::probe(audience)
    }

    fn hold(&self, lane: Lane, milliseconds: u64) {
        imports::pacing::hold(lane, milliseconds);
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        imports::log::write(level, message, &fields);
    }
}
