//! Failures of the network and the platform, on demand.

use serde::{Deserialize, Serialize};

/// The scope of a rate limit: `X-RateLimit-Scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This bot or webhook on this route.
    #[default]
    User,
    /// Everything that this bot requests.
    Global,
    /// The resource, for all its users; doesn't count as an invalid request.
    Shared,
}

impl Scope {
    /// Its value in the header.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

/// An [`Action`] and the calls that it happens to: all, or those of one operation by its name in Discord's OpenAPI
/// (`execute_webhook`, `create_message`, …).
pub type Fault = crate::fault::Fault<Action>;

/// What happens to a call instead of the normal answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Wait, then act and answer normally.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Act, then wait before answering.
    DelayAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// Reset the TCP connection after the request has arrived; nothing was done.
    Reset,
    /// Act, then reset the TCP connection without a byte of an answer.
    LoseAnswer,
    /// Act, then reset the TCP connection in the middle of the answer.
    CutAnswer,
    /// 429; nothing was done.
    RateLimit {
        /// Seconds, to the millisecond.
        retry_after: f64,
        /// What it holds for.
        #[serde(default)]
        scope: Scope,
    },
    /// 429 from the proxy that bans addresses, in HTML; nothing was done.
    Banned {
        /// Seconds.
        retry_after: u64,
    },
    /// 401, as after a reset token.
    Unauthorized,
    /// 5xx from Discord itself, in its JSON.
    ServerError {
        /// 500, 502, 503, …
        status: u16,
        /// Was the call carried out all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 5xx from a proxy before Discord, in HTML.
    ProxyError {
        /// 502, 503, 504, …
        status: u16,
        /// Was the call carried out all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 200 with JSON that ends in the middle of a word.
    MalformedJson {
        /// Was the call carried out all the same?
        #[serde(default)]
        acts: bool,
    },
    /// Any refusal in Discord's form; nothing was done.
    Refuse {
        /// The HTTP status.
        status: u16,
        /// Discord's code: 50013, …
        code: u32,
        /// Discord's sentence.
        message: String,
    },
}

impl Action {
    /// Does the call change the channel under this fault?
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::DelayAnswer { .. } | Self::LoseAnswer | Self::CutAnswer => true,
            Self::ServerError { acts, .. } | Self::ProxyError { acts, .. } | Self::MalformedJson { acts } => *acts,
            Self::Reset | Self::RateLimit { .. } | Self::Banned { .. } | Self::Unauthorized | Self::Refuse { .. } => {
                false
            }
        }
    }
}
