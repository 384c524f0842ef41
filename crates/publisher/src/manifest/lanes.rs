//! The lanes of a manifest and their limits.

use serde::Deserialize;

/// The lane of everything that shares a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialLane {
    /// The secrets' names. A channel uses one of several credentials; the first that is set counts.
    pub secrets: Vec<String>,
    /// All of them apply at once.
    pub limits: Vec<Limit>,
}

/// The lane of everything that goes to the same destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationLane {
    /// The settings that identify the destination.
    pub settings: Vec<String>,
    /// All of them apply at once.
    pub limits: Vec<Limit>,
}

/// The lane of everything that the plugin sends from this installation, whichever board's channel it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLane {
    /// All of them apply at once; if empty, the lane is held only when the platform asks for it.
    pub limits: Vec<Limit>,
}

/// `count` calls in `per_ms` milliseconds on average, and `burst` at once after a quiet time: so at most
/// `count + burst` in any window of `per_ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Calls.
    pub count: u32,
    /// Milliseconds.
    pub per_ms: u64,
    /// Calls at once; 1 if absent.
    #[serde(default)]
    burst: Option<u32>,
}

impl Limit {
    /// The calls that may come at once.
    pub fn burst(&self) -> u32 {
        self.burst.unwrap_or(1).max(1)
    }
}

/// The limits of `lane`: at least one, and none of them zero.
pub(super) fn checked_limits(lane: &str, limits: Vec<Limit>) -> Result<Vec<Limit>, String> {
    if limits.is_empty() || limits.iter().any(|l| l.count == 0 || l.per_ms == 0) {
        return Err(format!("{lane}.limits needs at least one limit, with a count and a per_ms above zero"));
    }
    Ok(limits)
}
