//! The network and the platform at their worst, on demand.

use serde::{Deserialize, Serialize};

/// What a rate limit holds for: `X-RateLimit-Scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This bot or webhook on this route.
    #[default]
    User,
    /// Everything that this bot asks.
    Global,
    /// The resource, whoever uses it; doesn't count as an invalid request.
    Shared,
}

impl Scope {
    /// As the header has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Global => "global",
            Self::Shared => "shared",
        }
    }
}

/// What happens to a call instead of the usual.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Wait, then act and answer as usual.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Act, then wait before answering.
    DelayAnswer {
        /// Milliseconds.
        ms: u64,
    },
    /// Reset the TCP connection when the request is there; nothing was done.
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
        /// Was the call done all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 5xx from a proxy before Discord, in HTML.
    ProxyError {
        /// 502, 503, 504, …
        status: u16,
        /// Was the call done all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 200 with JSON that ends in the middle of a word.
    MalformedJson {
        /// Was the call done all the same?
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

/// An action and the calls that it happens to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Only calls of this operation, by its name in Discord's OpenAPI (`execute_webhook`, `create_message`, …);
    /// of any, when `None`.
    #[serde(default)]
    pub operation: Option<String>,
    /// The first call that it happens to, counted from 1 when the fault was added.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls in a row; without end, when `None`.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What happens.
    #[serde(flatten)]
    pub action: Action,
}

fn one() -> u64 {
    1
}

#[expect(clippy::unnecessary_wraps, reason = "serde wants the type of the field")]
fn once() -> Option<u64> {
    Some(1)
}

impl Fault {
    /// Happens to the next call of this operation.
    #[must_use]
    pub fn on(operation: &str, action: Action) -> Self {
        Self { operation: Some(operation.into()), nth: 1, times: Some(1), action }
    }

    /// Happens to the next call of whatever operation.
    #[must_use]
    pub fn on_any(action: Action) -> Self {
        Self { operation: None, nth: 1, times: Some(1), action }
    }

    /// Begins with the nth call from now, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Happens this often in a row.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Never stops by itself.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

/// The faults that were asked for, each with the calls it has seen.
#[derive(Debug, Default)]
pub(crate) struct Script {
    faults: Vec<(Fault, u64)>,
}

impl Script {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    pub(crate) fn clear(&mut self) {
        self.faults.clear();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.faults.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts this call in every fault of its operation and returns what the first due one does.
    pub(crate) fn next(&mut self, operation: &str) -> Option<Action> {
        let mut due = None;
        for (fault, seen) in &mut self.faults {
            if fault.operation.as_ref().is_some_and(|wanted| wanted != operation) {
                continue;
            }
            *seen += 1;
            let over = fault.times.is_some_and(|times| *seen >= fault.nth + times);
            if due.is_none() && *seen >= fault.nth && !over {
                due = Some(fault.action.clone());
            }
        }
        self.faults.retain(|(fault, seen)| fault.times.is_none_or(|times| *seen + 1 < fault.nth + times));
        due
    }
}
