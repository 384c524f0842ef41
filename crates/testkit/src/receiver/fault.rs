//! Failures of the network and the receiver, on demand.

use serde::{Deserialize, Serialize};

/// An [`Action`] and the deliveries that it happens to: all, or those of one event type.
pub type Fault = crate::fault::Fault<Action>;

/// What happens to a delivery instead of the normal answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// 429 with `Retry-After`; nothing was done.
    RateLimit {
        /// Seconds.
        retry_after: u64,
    },
    /// This status: 410 for a receiver that is switched off, 5xx for one that fails.
    Status {
        /// The status.
        code: u16,
        /// Was the event handled all the same?
        #[serde(default)]
        acts: bool,
    },
}

impl Action {
    /// Is the event handled under this fault?
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::DelayAnswer { .. } | Self::LoseAnswer | Self::CutAnswer => true,
            Self::Status { acts, .. } => *acts,
            Self::Reset | Self::RateLimit { .. } => false,
        }
    }
}
