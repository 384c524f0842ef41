//! The `http` capability: one request, one answer, and each is recorded.

use std::error::Error as StdError;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::Response;
use sha2::Sha256;
use tokio::time::Instant;

use super::egress::Forbidden;
use super::request::Ready;
use crate::bindings::http;
use crate::sandbox::Sandbox;
use crate::traffic::Departure;

/// The time that is left for the guest to process an answer before its deadline.
const LAST_WORDS: Duration = Duration::from_millis(250);
/// How long one exchange may take after connecting, if the plugin sets no time.
const USUAL_TIMEOUT: Duration = Duration::from_secs(15);
/// The most headers of an answer that a plugin gets to see, and the longest of them, in bytes.
const MAX_ANSWER_HEADERS: usize = 64;
const MAX_ANSWER_HEADER: usize = 4 * 1024;
/// The longest sentence about an error, in characters.
const MAX_SENTENCE: usize = 300;

impl http::Host for Sandbox {
    async fn send(&mut self, request: http::Request) -> wasmtime::Result<Result<http::Response, http::Error>> {
        self.impure("http.send")?;
        let answer = self.exchange(request).await;
        if matches!(answer, Err(http::Error::Denied(_))) {
            self.traffic.denies();
        }
        Ok(answer)
    }

    async fn sign_hmac_sha256(
        &mut self,
        secret: String,
        message: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, http::Error>> {
        self.impure("http.sign-hmac-sha256")?;
        Ok(self.sign(&secret, &message))
    }
}

impl Sandbox {
    fn sign(&mut self, secret: &str, message: &[u8]) -> Result<Vec<u8>, http::Error> {
        let key = self.vault.hmac_key(secret).map_err(http::Error::Denied)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key)
            .map_err(|_| http::Error::InvalidRequest("the secret can't sign".into()))?;
        mac.update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }

    async fn exchange(&mut self, request: http::Request) -> Result<http::Response, http::Error> {
        self.requests_asked += 1;
        if self.requests_asked > self.limits.requests {
            return Err(http::Error::BudgetExhausted);
        }
        let asked = request.timeout_ms.map(|ms| Duration::from_millis(ms.into()));
        let ready = Ready::assemble(request, &self.vault, self.limits.request_body)?;
        let client = self.egress.client(&ready.origin).map_err(|e| http::Error::Denied(e.to_string()))?;

        // The time for connecting is added, so that a timeout in that phase is always the connector's own, which proves
        // that nothing was sent.
        let left = self.deadline.saturating_duration_since(Instant::now()).saturating_sub(LAST_WORDS);
        let Some(left) = left.checked_sub(self.limits.connect_time).filter(|left| !left.is_zero()) else {
            return Err(http::Error::BudgetExhausted);
        };
        let timeout = self.limits.connect_time + asked.unwrap_or(USUAL_TIMEOUT).min(left);

        let outgoing = client
            .request(ready.method, ready.url)
            .headers(ready.headers)
            .timeout(timeout)
            // An empty POST says so (Content-Length: 0); an empty GET has no body.
            .body(ready.body)
            .build()
            .map_err(|_| http::Error::InvalidRequest("the HTTP client can't send this".into()))?;

        let departure = self.traffic.departs(ready.acts);
        match client.execute(outgoing).await {
            Ok(answer) => self.take(answer, departure).await,
            Err(error) => Err(self.explain(error, departure)),
        }
    }

    /// Reads the answer up to the limit.
    async fn take(&mut self, mut answer: Response, departure: Departure) -> Result<http::Response, http::Error> {
        let status = answer.status().as_u16();
        departure.head(status);
        let scrubber = &self.vault.scrubber;
        let headers = answer
            .headers()
            .iter()
            .filter(|(_, value)| value.len() <= MAX_ANSWER_HEADER)
            .take(MAX_ANSWER_HEADERS)
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(&scrubber.bytes(value.as_bytes())).into_owned())
            })
            .collect();

        let limit = self.limits.answer;
        let mut body = Vec::new();
        let mut truncated = false;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                // The answer broke off: the request stays recorded as unanswered.
                Err(error) => {
                    return Err(http::Error::NoAnswer(format!("the answer broke off: {}", self.cause(&error))));
                }
            }
            // Beyond the limit by the length of a secret, so that a secret at the cut is found whole.
            if body.len() > limit + scrubber.margin() {
                truncated = true;
                break;
            }
        }
        departure.answered(status);
        let mut body = scrubber.bytes(&body).into_owned();
        if truncated || body.len() > limit {
            body.truncate(limit);
            truncated = true;
        }
        Ok(http::Response { status, headers, body, truncated, extra: Vec::new() })
    }

    /// Decides from a client's error whether the request left.
    ///
    /// `is_connect` covers names that don't resolve, refused and timed-out connections and failed TLS
    /// handshakes. A request that met a pooled connection being closed before its first byte is sent
    /// again by hyper itself. Everything else may have left.
    fn explain(&self, error: reqwest::Error, departure: Departure) -> http::Error {
        if let Some(forbidden) = Forbidden::in_chain(&error) {
            departure.never_left();
            return http::Error::Denied(forbidden.to_string());
        }
        let cause = self.cause(&error);
        if error.is_connect() || error.is_builder() {
            departure.never_left();
            return http::Error::NotSent(format!("no connection: {cause}"));
        }
        http::Error::NoAnswer(format!("no answer: {cause}"))
    }

    /// The innermost error, without the URL that `reqwest` adds.
    fn cause(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return "it took too long".to_owned();
        }
        let mut innermost: &dyn StdError = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        if std::ptr::addr_eq(innermost, error) {
            return "the connection failed".to_owned();
        }
        self.vault.scrubber.sentence(&innermost.to_string(), MAX_SENTENCE)
    }
}
