//! The outermost layers of every answer: an id, security headers, time-outs and caught panics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use uuid::Uuid;

use crate::config::WebConfig;
use crate::error::PageError;
use crate::problem::Problem;

/// How long a handler may take: the longest call of a plugin and a little more.
const DEADLINE: Duration = Duration::from_secs(60);

/// Scripts and styles only from us, none inline; pictures may come from an employer's site.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// For a page with a mail in a frame: the frame has the policy of its page, and a mail's styles are attributes of its
/// elements. The pages themselves have no such attributes, and sanitisers remove them from strangers' text.
const POLICY_WITH_MAIL: &str = "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; \
     img-src 'self' https: data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Allows a page to show a mail with its styles.
pub(crate) fn allow_style_attributes(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY_WITH_MAIL));
}

/// A year of https only. We can't decide this for other hosts of the same domain.
const HTTPS_ONLY: &str = "max-age=31536000";

/// The header with a request's id, in the request and in its answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// An id for a request.
pub(crate) fn fresh_id() -> HeaderValue {
    let mut digits = [0; uuid::fmt::Simple::LENGTH];
    let digits = Uuid::now_v7().simple().encode_lower(&mut digits);
    HeaderValue::from_str(digits).unwrap_or_else(|_| unreachable!("hexadecimal digits"))
}

/// Layer: gives the request an id. An id from outside is replaced, because the id is logged.
pub(crate) async fn number(mut request: Request, next: Next) -> Response {
    let value = fresh_id();
    request.headers_mut().insert(REQUEST_ID, value.clone());
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, value);
    response
}

/// Layer: security headers. A header that a handler has set stays.
pub(crate) async fn secure(State(config): State<Arc<WebConfig>>, request: Request, next: Next) -> Response {
    let referrer = referrer_policy(request.uri().path());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    set(headers, CONTENT_SECURITY_POLICY, POLICY);
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, X_FRAME_OPTIONS, "DENY");
    set(headers, REFERRER_POLICY, referrer);
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    if config.is_https() {
        set(headers, STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    set(headers, CACHE_CONTROL, "private, no-cache");
    response
}

/// Addresses with a private or one-time link must not be sent anywhere. With `no-referrer` browsers send the forms of such a
/// page with the origin `null`, as those of another site; so where there are forms, the origin is sent, and no path.
fn referrer_policy(path: &str) -> &'static str {
    let forms = ["/setup/", "/join/", "/reset/", "/register/", "/account/address/"];
    if path.contains("/edit/") {
        "no-referrer"
    } else if forms.iter().any(|part| path.contains(part)) {
        "strict-origin"
    } else {
        "strict-origin-when-cross-origin"
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

/// Layer for pages: a panic or a time-out becomes an error page, and the process continues.
pub(crate) async fn contain_page(request: Request, next: Next) -> Response {
    contained(request, next).await.unwrap_or_else(|fault| match fault {
        Fault::Panicked => PageError::Internal.into_response(),
        Fault::Overlong => PageError::Unavailable.into_response(),
    })
}

/// Layer for the API: a panic or a time-out becomes a problem answer, and the process continues.
pub(crate) async fn contain_api(request: Request, next: Next) -> Response {
    let mut response = contained(request, next).await.unwrap_or_else(|fault| match fault {
        Fault::Panicked => Problem::internal().into_response(),
        Fault::Overlong => Problem::unavailable().into_response(),
    });
    set(response.headers_mut(), CACHE_CONTROL, "private, no-store");
    response
}

enum Fault {
    Panicked,
    Overlong,
}

async fn contained(request: Request, next: Next) -> Result<Response, Fault> {
    match tokio::time::timeout(DEADLINE, AssertUnwindSafe(next.run(request)).catch_unwind()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(panic)) => {
            tracing::error!(panic = words(panic.as_ref()), "a handler panicked");
            Err(Fault::Panicked)
        }
        Err(_) => {
            tracing::warn!(seconds = DEADLINE.as_secs(), "a handler took too long and was stopped");
            Err(Fault::Overlong)
        }
    }
}

fn words(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(without words)")
}
