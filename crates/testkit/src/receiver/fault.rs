//! The network and the receiver at their worst, on demand.

use serde::{Deserialize, Serialize};

/// What happens to a delivery instead of the usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// 429 with `Retry-After`; nothing was done.
    RateLimit {
        /// Seconds.
        retry_after: u64,
    },
    /// This status: 410 for a receiver that is switched off, 5xx for one in trouble.
    Status {
        /// The status.
        code: u16,
        /// Was the event taken all the same?
        #[serde(default)]
        acts: bool,
    },
}

impl Action {
    /// Is the event taken under this fault?
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Self::Delay { .. } | Self::DelayAnswer { .. } | Self::LoseAnswer | Self::CutAnswer => true,
            Self::Status { acts, .. } => *acts,
            Self::Reset | Self::RateLimit { .. } => false,
        }
    }
}

/// An action and the deliveries that it happens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Only deliveries of this event type; of any, when `None`.
    #[serde(default)]
    pub event: Option<String>,
    /// The first delivery that it happens to, counted from 1 when the fault was added.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many in a row; without end, when `None`.
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
    /// Happens to the next delivery of this event type.
    #[must_use]
    pub fn on(event: &str, action: Action) -> Self {
        Self { event: Some(event.into()), nth: 1, times: Some(1), action }
    }

    /// Happens to the next delivery of whatever type.
    #[must_use]
    pub fn on_any(action: Action) -> Self {
        Self { event: None, nth: 1, times: Some(1), action }
    }

    /// Begins with the nth delivery from now, counted from 1.
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

/// The faults that were asked for, each with the deliveries it has seen.
#[derive(Debug, Default)]
pub(super) struct Script {
    faults: Vec<(Fault, u64)>,
}

impl Script {
    pub(super) fn add(&mut self, fault: Fault) {
        self.faults.push((fault, 0));
    }

    pub(super) fn clear(&mut self) {
        self.faults.clear();
    }

    pub(super) fn list(&self) -> Vec<Fault> {
        self.faults.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts this delivery in every fault of its type and returns what the first due one does.
    pub(super) fn next(&mut self, event: &str) -> Option<Action> {
        let mut due = None;
        for (fault, seen) in &mut self.faults {
            if fault.event.as_ref().is_some_and(|wanted| wanted != event) {
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
