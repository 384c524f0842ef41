//! Forms of visitors who aren't signed in, counted before they are parsed.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use tablon_core::Store;

use crate::client_address::ClientAddress;
use crate::config::WebConfig;
use crate::error::PageError;
use crate::throttle::Throttles;

/// A form from an address that hasn't sent too many lately. Handlers take it before the form, so that a flood costs no
/// parsing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admitted;

impl<S> FromRequestParts<S> for Admitted
where
    S: Send + Sync,
    Store: FromRef<S>,
    Arc<Throttles>: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        let Ok(from) = ClientAddress::from_request_parts(parts, state).await;
        if let Some(key) = from.throttle_key() {
            let now = Store::from_ref(state).clock().now();
            let admitted = Arc::<Throttles>::from_ref(state).forms_by_address.admit(&key, now);
            admitted.map_err(|wait| PageError::TooMany { retry_after: wait.as_secs().max(1) })?;
        }
        Ok(Self)
    }
}
