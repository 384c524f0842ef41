//! The key of a cached answer, beside the board.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderValue, Method};

use crate::auth::session_secret;
use crate::client_address::is_trusted;
use crate::config::WebConfig;
use crate::language::WantedLanguages;

/// Longer addresses aren't cached: they are hardly requested twice.
const MAX_TARGET: usize = 512;

/// The parts of a request that decide the board, the page and the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question<'a> {
    /// The host as it was sent, with its port.
    host: &'a [u8],
    /// Path and query.
    target: &'a str,
    /// The languages that the visitor asks for, of which the board offers some.
    wanted: WantedLanguages,
    /// The host that a trusted proxy names; `None` for any other peer.
    forwarded: Option<&'a [u8]>,
}

impl<'a> Question<'a> {
    /// The key of a request that may be answered from the cache.
    pub(super) fn of(request: &'a Request, config: &WebConfig) -> Option<Self> {
        let headers = request.headers();
        let target = request.uri().path_and_query()?.as_str();
        let plain = matches!(*request.method(), Method::GET | Method::HEAD)
            && target.len() <= MAX_TARGET
            && !headers.contains_key(AUTHORIZATION)
            && session_secret(headers, config).is_none();
        if !plain {
            return None;
        }
        let host = match request.uri().authority() {
            Some(authority) => authority.as_str().as_bytes(),
            None => headers.get(HOST)?.as_bytes(),
        };
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let forwarded = match peer {
            Some(ConnectInfo(peer)) if is_trusted(peer.ip(), &config.trusted_proxies) => {
                let mut forwarded = headers.get_all("x-forwarded-host").iter();
                let first = forwarded.next().map_or(&b""[..], HeaderValue::as_bytes);
                // Several such headers are rare, so the key has no list for them.
                if forwarded.next().is_some() {
                    return None;
                }
                Some(first)
            }
            _ => None,
        };
        Some(Self { host, target, wanted: WantedLanguages::of(headers), forwarded })
    }

    /// The same with owned values.
    pub(super) fn kept(&self) -> KeptQuestion {
        KeptQuestion {
            host: self.host.into(),
            target: self.target.into(),
            wanted: self.wanted,
            forwarded: self.forwarded.map(Into::into),
        }
    }
}

/// A key that outlives its request.
#[derive(Debug)]
pub(super) struct KeptQuestion {
    host: Box<[u8]>,
    target: Box<str>,
    wanted: WantedLanguages,
    forwarded: Option<Box<[u8]>>,
}

impl KeptQuestion {
    pub(super) fn as_question(&self) -> Question<'_> {
        let Self { host, target, wanted, forwarded } = self;
        Question { host, target, wanted: *wanted, forwarded: forwarded.as_deref() }
    }
}
