//! A board's own mail server for its notices, as its admins typed it in.

use lettre::message::Mailbox;

use super::mailer::Sender;
use super::server::{SmtpServer, SmtpUrlError};

/// A mail server and the sender of its mail. Its `Debug` shows no password.
#[derive(Debug, Clone)]
pub struct OwnServer {
    pub(super) server: SmtpServer,
    pub(super) from: Mailbox,
}

/// Why a board's server can't be used as it was typed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnServerError {
    /// The address names no mail server; never repeats the address, which may contain a password.
    #[error("{0}")]
    Url(#[from] SmtpUrlError),
    /// The sender is no mail address.
    #[error("the sender is no mail address")]
    Sender,
    /// No sender was typed, and the address names none.
    #[error("no sender is named")]
    NoSender,
}

impl OwnServer {
    /// The server at this address. An empty sender means the one that the address names: `?from=`, or its user.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn parse(url: &str, sender: &str) -> Result<Self, OwnServerError> {
        let server: SmtpServer = url.parse()?;
        let from = match sender.trim() {
            "" => Mailbox::new(None, server.sender().ok_or(OwnServerError::NoSender)?),
            typed => typed.parse::<Sender>().map_err(|()| OwnServerError::Sender)?.0,
        };
        Ok(Self { server, from })
    }

    /// Whether this is a sender of mail: `jobs@example.org`, or `Acme jobs <jobs@example.org>`.
    pub fn is_sender(typed: &str) -> bool {
        typed.parse::<Sender>().is_ok()
    }

    /// Its address without user and password (`smtps://mail.example.org:465`).
    pub fn address(&self) -> String {
        self.server.to_string()
    }

    /// The sender, as mail shows it.
    pub fn sender(&self) -> String {
        self.from.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_what_was_typed_or_what_the_address_names() {
        let of = |url: &str, sender: &str| OwnServer::parse(url, sender).map(|own| own.sender());
        let url = "smtps://me%40acme.example:pass-word@mail.example.org";
        assert_eq!(of(url, "").unwrap(), "me@acme.example");
        assert_eq!(of(&format!("{url}?from=jobs@acme.example"), " ").unwrap(), "jobs@acme.example");
        assert_eq!(of(url, "Acme jobs <jobs@acme.example>").unwrap(), "Acme jobs <jobs@acme.example>");
        assert_eq!(of("smtp://user:pass-word@mail.example.org", ""), Err(OwnServerError::NoSender));
        assert_eq!(of(url, "nobody"), Err(OwnServerError::Sender));
        assert!(matches!(of("https://mail.example.org", "a@b.example"), Err(OwnServerError::Url(_))));
    }

    #[test]
    fn neither_the_password_nor_the_user_shows() {
        let own = OwnServer::parse("smtps://me%40acme.example:pass-word@mail.example.org", "").unwrap();
        let shown = format!("{own:?} {}", own.address());
        assert!(!shown.contains("pass-word"), "{shown}");
        assert_eq!(own.address(), "smtps://mail.example.org:465");
    }
}
