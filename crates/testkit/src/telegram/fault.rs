//! Failures of the network and the platform, on demand.

use serde::{Deserialize, Serialize};

/// An [`Action`] and the calls that it happens to: all, or those of one method.
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
    /// 429 with this `retry_after`; nothing was done.
    RateLimit {
        /// Seconds.
        retry_after: u64,
    },
    /// 401, as after a revoked token.
    Unauthorized,
    /// 5xx from Telegram itself, in its JSON.
    ServerError {
        /// 500, 502, 503, …
        code: u16,
        /// Was the call carried out all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 5xx from a proxy before Telegram, in HTML.
    ProxyError {
        /// 502, 503, 504, …
        code: u16,
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
    /// Any refusal in Telegram's form; nothing was done.
    Refuse {
        /// `error_code`, and the HTTP status.
        code: u16,
        /// Telegram's sentence, with its "Bad Request: " or "Forbidden: ".
        description: String,
        /// `retry_after` or `migrate_to_chat_id`.
        #[serde(default)]
        parameters: Option<serde_json::Value>,
    },
}

impl Action {
    /// Does the call change the chat under this fault?
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::DelayAnswer { .. } | Self::LoseAnswer | Self::CutAnswer => true,
            Self::ServerError { acts, .. } | Self::ProxyError { acts, .. } | Self::MalformedJson { acts } => *acts,
            Self::Reset | Self::RateLimit { .. } | Self::Unauthorized | Self::Refuse { .. } => false,
        }
    }
}
