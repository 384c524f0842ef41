//! The fields of a refused form, kept on the page that says why.
//!
//! A form with a stale token or an ended session, or one that met a throttle or a fault, isn't lost: the answer has its
//! fields, and a button sends them again with a fresh token. Nothing happens without that click, and the fields of a
//! form that another site's page sent are never kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::MethodRouter;

use crate::auth::{AGAIN, CSRF_FIELD, is_form, is_from_elsewhere};
use crate::config::WebConfig;
use crate::error::PageError;
use crate::tenancy::typed_address;

/// How long a form's body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(60);
/// The most fields that are kept: every country ticked, and the rest of the largest form.
const MOST_FIELDS: usize = 1_000;
/// The most bytes of all fields together. Descriptions and templates have some 30,000 characters.
const MOST_BYTES: usize = 400_000;

/// A refused form, without its token and without secrets.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptForm {
    /// Its address: path and query as the visitor typed them.
    pub(crate) action: String,
    /// Every pair, in order.
    pub(crate) pairs: Vec<(String, String)>,
    /// Whether a password or another secret was typed: it isn't sent back, and must be typed again.
    pub(crate) had_secret: bool,
    /// Whether the form's address can show the form again, filled in.
    pub(crate) has_page: bool,
}

impl KeptForm {
    /// The form in `body`, unless it is larger than any that a person fills in.
    fn read(action: String, body: &[u8], has_page: bool) -> Option<Self> {
        if body.len() > 3 * MOST_BYTES {
            return None;
        }
        let pairs = url::form_urlencoded::parse(body).into_owned();
        Self::of_pairs(action, pairs.take(MOST_FIELDS + 1).collect(), has_page)
    }

    /// The form with these pairs, unless it is larger than any that a person fills in.
    pub(crate) fn of_pairs(action: String, mut pairs: Vec<(String, String)>, has_page: bool) -> Option<Self> {
        let bytes: usize = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        if pairs.len() > MOST_FIELDS || bytes > MOST_BYTES {
            return None;
        }
        let had_secret = pairs.iter().any(|(name, value)| is_secret(name) && !value.is_empty());
        pairs.retain(|(name, _)| name != CSRF_FIELD && name != AGAIN && !is_secret(name));
        Some(Self { action, pairs, had_secret, has_page })
    }
}

/// Whether a field of this name holds a secret.
fn is_secret(name: &str) -> bool {
    matches!(name, "password" | "new_password" | "code") || name.starts_with("secrets.")
}

/// Layer inside [`crate::pages::render_errors`]: adds the refused form to its answer.
pub(crate) async fn keep_form(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if request.method() != Method::POST || !is_form(headers) || is_from_elsewhere(headers, &config) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let action = typed_address(&parts);
    let reading = Bytes::from_request(Request::from_parts(parts.clone(), body), &());
    let bytes = match tokio::time::timeout(BODY_WITHIN, reading).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return PageError::TooLarge.into_response();
        }
        _ => return PageError::BadRequest("The form did not arrive whole.".into()).into_response(),
    };
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes.clone()))).await;
    let refused = response.extensions().get::<PageError>();
    if refused.is_some_and(PageError::keeps_the_form) {
        let has_page = response.extensions().get::<ShowsItsForm>().is_some();
        if let Some(kept) = KeptForm::read(action, &bytes, has_page) {
            response.extensions_mut().insert(kept);
        }
    }
    response
}

/// Marks the answers of an address that shows its form again, filled in, if the form's token isn't valid.
#[derive(Debug, Clone, Copy)]
struct ShowsItsForm;

/// The routes of such an address: it takes a [`crate::auth::TypedForm`].
pub(crate) fn shows_its_form<S: Clone + Send + Sync + 'static>(routes: MethodRouter<S>) -> MethodRouter<S> {
    routes.layer(map_response(async |mut response: Response| {
        response.extensions_mut().insert(ShowsItsForm);
        response
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_tokens_are_never_carried_along() {
        let body = b"csrf=x&email=a%40b.c&password=hunter2&secrets.bot_token=123&again=1&settings.chat_id=%40acme";
        let kept = KeptForm::read("/t/acme/admin/channels/new".into(), body, true).expect("a small form");
        let names: Vec<_> = kept.pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["email", "settings.chat_id"]);
        assert!(kept.had_secret);
    }

    #[test]
    fn more_than_any_form_has_is_not_carried_along() {
        let many = "a=1&".repeat(MOST_FIELDS + 1);
        assert!(KeptForm::read("/".into(), many.as_bytes(), true).is_none());
        let long = format!("a={}", "x".repeat(MOST_BYTES + 1));
        assert!(KeptForm::read("/".into(), long.as_bytes(), true).is_none());
    }
}
