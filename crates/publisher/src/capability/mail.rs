//! The `mail` capability. This server has no outgoing mail, and says so.

use crate::bindings::mail;
use crate::sandbox::Sandbox;

impl mail::Host for Sandbox {
    async fn send(
        &mut self,
        _audience: String,
        _message: mail::Message,
    ) -> wasmtime::Result<Result<String, mail::Error>> {
        self.impure("mail.send")?;
        Ok(Err(mail::Error::Denied("mail is not configured on this server".into())))
    }
}
