//! What stands in an address: the query, and ids in the path.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use uuid::Uuid;

use crate::error::PageError;
pub(super) use crate::link::with_query;

/// The query's pairs. Anything is taken: an address that somebody mistyped still leads to the page.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// The last value of `name`, trimmed; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }

    /// The last value of `name` that isn't empty.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// The notice that a form which was just sent asks to show.
    pub(super) fn done(&self) -> Option<&'static str> {
        let asked = self.text("done");
        DONE.iter().find(|known| **known == asked).copied()
    }
}

/// The messages `done-…` of the locales.
const DONE: &[&str] = &[
    "account-saved",
    "address-asked",
    "address-changed",
    "address-confirmed",
    "adopted",
    "approved",
    "back-in-queue",
    "changes-requested",
    "board-mail-saved",
    "mail-server-removed",
    "mail-server-saved",
    "channel-abandoned",
    "channel-created",
    "channel-created-paused",
    "channel-paused",
    "channel-removed",
    "channel-resumed",
    "channel-saved",
    "channel-saved-paused",
    "checking",
    "closed",
    "delivery-saved",
    "edited",
    "filled",
    "invitation-revoked",
    "joined",
    "left",
    "link-ended",
    "link-over",
    "mail-left",
    "mail-lifted",
    "mail-sent-again",
    "mail-suppressed",
    "notifications-saved",
    "member-changed",
    "member-removed",
    "password-changed",
    "password-reset",
    "plugin-disabled",
    "plugin-discarded",
    "plugin-enabled",
    "plugin-installed",
    "plugin-removed",
    "plugin-rolled-back",
    "my-edited",
    "my-unchanged",
    "proposed",
    "rejected",
    "renewed",
    "reopened",
    "resent",
    "retracted",
    "retried",
    "revision-approved",
    "revision-discarded",
    "scheduled",
    "settings-saved",
    "sessions-ended",
    "spam",
    "submitted",
    "template-default",
    "template-saved",
    "totp-off",
    "withdrawn",
];

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
    }
}

/// The `{id}` of the path. What is no id is "not found".
#[derive(Debug, Clone, Copy)]
pub(super) struct Id(pub(super) Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        Named::from_request_parts(parts, state).await?.get("id").parse().map(Self).map_err(|_| PageError::NotFound)
    }
}

/// Every named part of the path; handlers below `/t/{tenant}` need only some of them.
#[derive(Debug)]
pub(super) struct Named(Vec<(String, String)>);

impl Named {
    /// The part `name`; empty if the route has none.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NotFound)?;
        Ok(Self(raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_notices_are_shown() {
        let params = |text: &str| Params(vec![("done".into(), text.into())]);
        assert_eq!(params("approved").done(), Some("approved"));
        assert_eq!(params("<b>").done(), None);
    }
}
