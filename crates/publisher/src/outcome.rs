//! The outcome of a plugin's call, in the host's own types.
//!
//! A plugin reports what it believes; the host has its own record of the traffic. If they disagree about whether a
//! message may have been sent, the host's record decides.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tablon_core::store::{Lane, Outcome};

/// One message that a publish would send, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// `telegram-html`, `discord-embed`, `text`, …
    pub format: String,
    /// Exactly what is sent.
    pub content: String,
    /// Measured in `unit`, by the platform's own rule.
    pub length: u32,
    /// The most the platform takes, in `unit`.
    pub limit: u32,
    /// `utf16`, `characters` or `bytes`.
    pub unit: String,
    /// Warnings for the moderator.
    pub warnings: Vec<String>,
}

/// A destination's account on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// For people: `@acme_jobs`.
    pub label: String,
    /// Where a person sees it.
    pub url: Option<String>,
}

/// A channel that can post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The destination it posts to.
    pub account: Account,
    /// Warnings about things that won't work well.
    pub warnings: Vec<String>,
    /// The values that the plugin wants to get in later calls; at most [`Verified::MAX_REMEMBERED`] bytes.
    pub remember: BTreeMap<String, Value>,
}

impl Verified {
    /// The most bytes that are remembered for a channel, names and JSON values together.
    pub const MAX_REMEMBERED: usize = 16 * 1024;
}

/// What the plugin needs to find its copy again. Opaque; at most [`Receipt::MAX_HANDLE`] bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The plugin's own bytes.
    pub handle: Vec<u8>,
    /// Where a person sees the copy, `https` or `http`.
    pub url: Option<String>,
}

impl Receipt {
    /// The longest handle the host keeps, in bytes: a row of the database holds it.
    pub const MAX_HANDLE: usize = 4096;
}

/// The answer to "is it there?" after an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// It is, and this is its receipt.
    Found(Receipt),
    /// It certainly isn't.
    Absent,
    /// The platform can't be asked.
    Unknowable,
}

/// The state of a copy on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// It is as it was sent.
    Present,
    /// Somebody changed it. The difference as a sentence; may be empty.
    Altered(String),
    /// Somebody deleted it.
    Absent,
    /// The platform can't be asked.
    Unknowable,
}

/// Why an offer has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody got the job.
    Filled,
    /// It was withdrawn.
    Closed,
    /// Its time has passed.
    Expired,
}

/// How to retract a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetractMode {
    /// Delete it.
    Delete,
    /// Leave it for readers, marked as over.
    MarkClosed(Ending),
}

/// A setting that isn't valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// JSON pointer into the settings, `/chat_id`; empty for the settings as a whole.
    pub pointer: String,
    /// A sentence for the channel's admin.
    pub message: String,
}

/// Why a call has no result. Each variant says what to do next; texts are for the channel's admins, free of secrets and
/// of control characters, and at most 500 characters long.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Pause the channel and say which setting to change.
    #[error("the settings don't do: {}", sentences(.0))]
    InvalidSettings(Vec<SettingError>),
    /// Pause the channel and ask for another credential.
    #[error("the platform refused the credential: {0}")]
    Unauthorized(String),
    /// Hold that lane for this many milliseconds, then repeat.
    #[error("the platform asks to wait for {ms} ms")]
    RateLimited {
        /// The lane to hold.
        lane: Lane,
        /// For how long, at most [`CallError::LONGEST_HOLD_MS`].
        ms: u64,
    },
    /// It certainly didn't happen (or may safely happen again): wait and repeat.
    #[error("{0}")]
    Transient(String),
    /// It may have happened: never repeat blindly.
    #[error("{0}")]
    Uncertain(String),
    /// A part of it is done, and certainly no more: keep the receipt, then continue with an update (or, after a
    /// retract, with a retract).
    #[error("{words}")]
    Unfinished {
        /// The receipt of the finished part.
        receipt: Receipt,
        /// Why the rest isn't done.
        words: String,
    },
    /// This posting will never be accepted as it is. The platform's own message.
    #[error("the platform refused the post: {0}")]
    Rejected(String),
    /// The channel's complete new settings (a group became a supergroup), already valid by the
    /// plugin's schema: store them, then repeat.
    #[error("the destination has moved")]
    Moved(Value),
    /// The copy no longer exists.
    #[error("the copy no longer exists")]
    Gone,
    /// The plugin can't do that.
    #[error("the plugin can't do that")]
    Unsupported,
    /// The plugin failed, and certainly nothing was changed on the platform.
    #[error("{0}")]
    PluginFault(Fault),
    /// The plugin failed after it had sent something that may have made the copy: never repeat blindly.
    #[error("something was sent before the plugin failed, and the copy may be there: {0}")]
    FaultAfterSending(Fault),
}

/// How a plugin failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// It trapped: a panic, a WebAssembly trap, more memory than its limit.
    Trapped,
    /// Its computation or the call took longer than the limit.
    TookTooLong,
    /// Its answer was larger than the limit.
    Oversized,
    /// It broke its contract in another way.
    Contract,
}

/// A plugin's failure: its kind, and a sentence for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {words}", self.kind.sentence())]
pub struct Fault {
    /// Its kind.
    pub kind: FaultKind,
    /// A sentence, free of secrets.
    pub words: String,
}

impl Fault {
    /// The contract was broken.
    pub(crate) fn contract(words: impl Into<String>) -> Self {
        Self { kind: FaultKind::Contract, words: words.into() }
    }

    /// An answer was too large.
    pub(crate) fn oversized(words: impl Into<String>) -> Self {
        Self { kind: FaultKind::Oversized, words: words.into() }
    }
}

impl FaultKind {
    const fn sentence(self) -> &'static str {
        match self {
            Self::Trapped => "the plugin crashed",
            Self::TookTooLong => "the plugin was stopped",
            Self::Oversized => "the plugin's answer was too large",
            Self::Contract => "the plugin failed",
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::Trapped => Outcome::PluginTrapped,
            Self::TookTooLong => Outcome::PluginTimeout,
            Self::Oversized => Outcome::PluginOversized,
            Self::Contract => Outcome::PluginFault,
        }
    }
}

impl CallError {
    /// The longest hold a plugin can ask for: a day, in milliseconds.
    pub const LONGEST_HOLD_MS: u64 = 24 * 60 * 60 * 1000;

    /// The outcome for the history of attempts.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::InvalidSettings(_) => Outcome::InvalidSettings,
            Self::Unauthorized(_) => Outcome::Unauthorized,
            Self::RateLimited { .. } => Outcome::RateLimited,
            Self::Transient(_) => Outcome::Transient,
            Self::Uncertain(_) => Outcome::Uncertain,
            Self::Unfinished { .. } => Outcome::Unfinished,
            Self::Rejected(_) => Outcome::Rejected,
            Self::Moved(_) => Outcome::Moved,
            Self::Gone => Outcome::Gone,
            Self::Unsupported => Outcome::Unsupported,
            Self::PluginFault(fault) | Self::FaultAfterSending(fault) => fault.kind.outcome(),
        }
    }
}

fn sentences(errors: &[SettingError]) -> String {
    let each: Vec<String> = errors
        .iter()
        .map(|e| if e.pointer.is_empty() { e.message.clone() } else { format!("{}: {}", e.pointer, e.message) })
        .collect();
    each.join("; ")
}

/// One call of a plugin: its result, and what the host recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<T> {
    /// Its result.
    pub result: Result<T, CallError>,
    /// The status of the last HTTP answer, if there was any.
    pub status: Option<u16>,
    /// From the start of the call to its end.
    pub duration: Duration,
    /// How long the platform asked to hold each lane, from the end of the call.
    pub holds: Vec<(Lane, Duration)>,
    /// Whether the host blocked a request or withheld a secret.
    pub denied: bool,
}

impl<T> Call<T> {
    /// The same call with another result.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Call<U> {
        Call {
            result: self.result.map(f),
            status: self.status,
            duration: self.duration,
            holds: self.holds,
            denied: self.denied,
        }
    }
}
