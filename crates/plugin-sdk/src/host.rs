//! What the host offers a plugin while a call runs.

use crate::bindings::tablon::plugin as imports;
pub use crate::bindings::tablon::plugin::http::Error as HttpError;
use crate::{Answer, Request};

/// How grave a log line is.
pub use crate::bindings::tablon::plugin::log::Level;
/// What a plugin may mail.
pub use crate::bindings::tablon::plugin::mail::{Error as MailError, Message as MailMessage};

/// The capabilities of a call. The sandbox gives the real ones, a test gives its own.
pub trait Host {
    /// Sends a request to one of the hosts that the manifest names and the operator granted.
    fn send(&self, request: Request) -> Result<Answer, HttpError>;

    /// Signs `message` with a secret that the plugin can only name.
    fn sign_hmac_sha256(&self, secret: &str, message: &[u8]) -> Result<Vec<u8>, HttpError>;

    /// Mails to an audience the host knows; answers with the message's id.
    fn mail(&self, audience: &str, message: &MailMessage) -> Result<String, MailError>;

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

    fn mail(&self, audience: &str, message: &MailMessage) -> Result<String, MailError> {
        imports::mail::send(audience, message)
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        imports::log::write(level, message, &fields);
    }
}
