//! The `mail` capability. This server has no outgoing mail, and says so.

use crate::bindings::mail;
use crate::sandbox::Sandbox;

const NO_MAIL: &str = "mail is not configured on this server";

impl mail::Host for Sandbox {
    async fn send(
        &mut self,
        _audience: String,
        _key: String,
        _message: mail::Message,
        _delivery: mail::Delivery,
    ) -> wasmtime::Result<Result<mail::HandedOver, mail::Error>> {
        self.impure("mail.send")?;
        Ok(Err(mail::Error::Denied(NO_MAIL.into())))
    }

    async fn replace(&mut self, _id: String, _message: mail::Message) -> wasmtime::Result<Result<bool, mail::Error>> {
        self.impure("mail.replace")?;
        Ok(Err(mail::Error::Denied(NO_MAIL.into())))
    }

    async fn cancel(&mut self, _id: String) -> wasmtime::Result<Result<bool, mail::Error>> {
        self.impure("mail.cancel")?;
        Ok(Err(mail::Error::Denied(NO_MAIL.into())))
    }

    async fn find(&mut self, _key: String) -> wasmtime::Result<Result<Option<mail::HandedOver>, mail::Error>> {
        self.impure("mail.find")?;
        Ok(Err(mail::Error::Denied(NO_MAIL.into())))
    }

    async fn probe(&mut self, _audience: String) -> wasmtime::Result<Result<String, mail::Error>> {
        self.impure("mail.probe")?;
        Ok(Err(mail::Error::Denied(NO_MAIL.into())))
    }
}
