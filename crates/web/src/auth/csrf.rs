//! Form tokens: a form is accepted only from the visitor it was shown to.
//!
//! The token is a MAC over a value of this browser: the session cookie or, for a visitor who isn't signed in, a nonce
//! cookie that is set when the first form is shown. No row is needed, and a page without a form sets no cookie, so that
//! caches can keep it.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, Request, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use rand::Rng as _;
use rand::rand_core::UnwrapErr;
use rand::rngs::SysRng;
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::keys::AuthKeys;
use super::session;
use crate::config::WebConfig;
use crate::error::PageError;

/// The hidden field's name.
pub(crate) const CSRF_FIELD: &str = "csrf";
/// The name of the button that shows a form again, filled in, before it is sent.
pub(crate) const AGAIN: &str = "again";

fn nonce_name(config: &WebConfig) -> &'static str {
    if config.is_https() { "__Host-tablon_form" } else { "tablon_form" }
}

/// The token for the forms of one answer: `<input type="hidden" name="csrf" value="…">`.
#[derive(Clone)]
pub struct CsrfToken(Arc<Inner>);

struct Inner {
    keys: Arc<AuthKeys>,
    /// The value of the session cookie or of the nonce cookie.
    binding: Option<String>,
    /// Created when a form is shown to a visitor without either.
    fresh: OnceLock<String>,
    token: OnceLock<String>,
}

impl CsrfToken {
    /// The token of this request's visitor.
    pub(crate) fn of_request(parts: &Parts, keys: &Arc<AuthKeys>) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::new(None, keys))
    }

    fn new(binding: Option<String>, keys: &Arc<AuthKeys>) -> Self {
        Self(Arc::new(Inner { keys: keys.clone(), binding, fresh: OnceLock::new(), token: OnceLock::new() }))
    }

    /// The token of a visitor who has just signed in, with the session's secret.
    pub(crate) fn of_session(secret: &str, keys: &Arc<AuthKeys>) -> Self {
        Self::new(Some(format!("session {secret}")), keys)
    }

    /// A secret that follows from this visitor's cookie: the same for the same `purpose` as long as the browser keeps
    /// its cookie. `None` for a visitor without one.
    pub(crate) fn secret_for(&self, purpose: &str) -> Option<[u8; 32]> {
        let binding = self.0.binding.as_ref()?;
        Some(self.0.keys.form_mac(&format!("{purpose} {binding}")))
    }

    fn of_cookies(headers: &HeaderMap, config: &WebConfig, keys: &Arc<AuthKeys>) -> Self {
        if !headers.contains_key(COOKIE) {
            return Self::new(None, keys);
        }
        let nonce = || CookieJar::from_headers(headers).get(nonce_name(config)).map(|c| c.value().to_owned());
        let binding = session::session_secret(headers, config).map(|s| format!("session {s}"));
        Self::new(binding.or_else(|| nonce().map(|n| format!("visitor {n}"))), keys)
    }

    /// The token's text. Asking for it sets the visitor's nonce cookie.
    ///
    /// It is masked with random bytes, so that it differs in each answer: answers are compressed, and with a constant
    /// token their size would tell an attacker whose guesses we echo how much of a guess is right (BREACH).
    pub fn token(&self) -> &str {
        let inner = &*self.0;
        inner.token.get_or_init(|| {
            let mac = match &inner.binding {
                Some(binding) => inner.keys.form_mac(binding),
                None => {
                    let nonce = inner.fresh.get_or_init(random_key);
                    inner.keys.form_mac(&format!("visitor {nonce}"))
                }
            };
            let mask = random::<32>();
            hex::encode([mask, xor(mask, mac)].concat())
        })
    }

    pub(super) fn accepts(&self, presented: &str) -> bool {
        // Without a binding, none of our forms can have been shown.
        let Some(binding) = &self.0.binding else { return false };
        let mut bytes = [0; 64];
        if hex::decode_to_slice(presented, &mut bytes).is_err() {
            return false;
        }
        let [mask, masked] = [0, 32].map(|at| std::array::from_fn(|n| bytes[at + n]));
        self.0.keys.form_mac(binding).ct_eq(&xor(mask, masked)).into()
    }
}

impl std::fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

impl serde::Serialize for CsrfToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.token())
    }
}

/// Bytes from the system. It panics if the system has none: then no form may be shown.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    UnwrapErr(SysRng).fill_bytes(&mut bytes);
    bytes
}

/// A key that nobody can guess, in hexadecimal digits.
pub(crate) fn random_key() -> String {
    hex::encode(random::<16>())
}

fn xor(a: [u8; 32], b: [u8; 32]) -> [u8; 32] {
    std::array::from_fn(|n| a[n] ^ b[n])
}

/// Layer around all pages with forms: reads the binding, and sets the nonce cookie if a form needed one.
pub async fn carry_token(
    State(config): State<Arc<WebConfig>>,
    State(keys): State<Arc<AuthKeys>>,
    mut request: Request,
    next: Next,
) -> Response {
    let token = CsrfToken::of_cookies(request.headers(), &config, &keys);
    request.extensions_mut().insert(token.clone());
    let mut response = next.run(request).await;
    if let Some(nonce) = token.0.fresh.get() {
        let cookie = session::cookie(nonce_name(&config), nonce.clone(), &config);
        if let Ok(value) = cookie.to_string().parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

/// A submitted form whose token was checked: `CsrfForm<T>` with `T: Deserialize`, or `CsrfForm<Vec<(String, String)>>`
/// for every pair in order. The token itself is removed.
#[derive(Debug)]
pub struct CsrfForm<T>(pub T);

impl<S, T> FromRequest<S> for CsrfForm<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
    Arc<AuthKeys>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (mut parts, body) = request.into_parts();
        let token = CsrfToken::of_request(&parts, &FromRef::from_ref(state));
        let bytes = read(&parts, body, state).await?;
        let (presented, rest) = take_out(CSRF_FIELD, &bytes);
        if !presented.is_some_and(|presented| token.accepts(&presented)) {
            return Err(PageError::FormExpired);
        }
        parts.headers.remove(CONTENT_LENGTH);
        let checked = Request::from_parts(parts, Body::from(rest));
        let axum::Form(form) = axum::Form::<T>::from_request(checked, state)
            .await
            .map_err(|rejection| PageError::BadRequest(rejection.body_text()))?;
        Ok(Self(form))
    }
}

/// A submitted form that is shown again, filled in, if its token is missing or stale.
///
/// A handler must not act unless it is `confirmed`. A form that another site's page sent is refused, and nothing of it
/// is shown.
#[derive(Debug)]
pub struct TypedForm {
    /// Every pair in order, without the token.
    pub pairs: Vec<(String, String)>,
    /// Whether the token was valid and the person didn't only ask to see the form again.
    pub confirmed: bool,
}

impl<S> FromRequest<S> for TypedForm
where
    S: Send + Sync,
    Arc<AuthKeys>: FromRef<S>,
    Arc<WebConfig>: FromRef<S>,
{
    type Rejection = PageError;

    async fn from_request(request: Request, state: &S) -> Result<Self, PageError> {
        let (parts, body) = request.into_parts();
        let token = CsrfToken::of_request(&parts, &FromRef::from_ref(state));
        let from_elsewhere = is_from_elsewhere(&parts.headers, &Arc::<WebConfig>::from_ref(state));
        let bytes = read(&parts, body, state).await?;
        let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(&bytes).into_owned().collect();
        let presented = pairs.iter().position(|(name, _)| name == CSRF_FIELD).map(|at| pairs.remove(at).1);
        let good = presented.is_some_and(|presented| token.accepts(&presented));
        if !good && from_elsewhere {
            return Err(PageError::FormExpired);
        }
        let asked_for_the_form = pairs.iter().any(|(name, _)| name == AGAIN);
        pairs.retain(|(name, _)| name != CSRF_FIELD && name != AGAIN);
        Ok(Self { pairs, confirmed: good && !asked_for_the_form })
    }
}

/// The body of one of our forms, unless another site's page sent it.
async fn read<S: Send + Sync>(parts: &Parts, body: Body, state: &S) -> Result<Bytes, PageError> {
    // `Sec-Fetch-Site` says which site sent a form. It is only used to refuse other sites' pages: the token decides.
    if parts.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(PageError::FormExpired);
    }
    if !is_form(&parts.headers) {
        return Err(PageError::BadRequest("The form was not sent the way our forms send it.".into()));
    }
    let request = Request::from_parts(parts.clone(), body);
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        axum::http::StatusCode::PAYLOAD_TOO_LARGE => PageError::TooLarge,
        _ => PageError::BadRequest("The form did not arrive whole.".into()),
    })
}

/// Whether the content type is that of a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| {
        value.to_str().is_ok_and(|v| v.trim_start().starts_with("application/x-www-form-urlencoded"))
    })
}

/// Whether a page of another origin may have sent the form. Its content must not be shown: the visitor could take a
/// stranger's words above our button for ours, and press it.
///
/// `Sec-Fetch-Site` decides; for a browser too old for it, the origin does. A program sends neither.
pub(crate) fn is_from_elsewhere(headers: &HeaderMap, config: &WebConfig) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let Some(authority) = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, rest)| rest) else {
        return true;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host != Some(authority) && config.base_url.origin().ascii_serialization() != origin.to_str().unwrap_or_default()
}

/// The value of `field`, and the form without it.
fn take_out(field: &str, form: &[u8]) -> (Option<String>, String) {
    let mut value = None;
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    for (name, text) in url::form_urlencoded::parse(form) {
        if name == field {
            value = Some(text.into_owned());
        } else {
            rest.append_pair(&name, &text);
        }
    }
    (value, rest.finish())
}
