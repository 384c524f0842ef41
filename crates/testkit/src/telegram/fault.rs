//! The network and the platform at their worst, on demand.

use serde::{Deserialize, Serialize};

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
        /// Was the call done all the same?
        #[serde(default)]
        acts: bool,
    },
    /// 5xx from a proxy before Telegram, in HTML.
    ProxyError {
        /// 502, 503, 504, …
        code: u16,
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

/// An action and the calls that it happens to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Only calls of this method; of any, when `None`.
    #[serde(default)]
    pub method: Option<String>,
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
    /// Happens to the next call of this method.
    #[must_use]
    pub fn on(method: &str, action: Action) -> Self {
        Self { method: Some(method.into()), nth: 1, times: Some(1), action }
    }

    /// Happens to the next call of whatever method.
    #[must_use]
    pub fn on_any(action: Action) -> Self {
        Self { method: None, nth: 1, times: Some(1), action }
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

    /// Counts this call in every fault of its method and returns what the first due one does.
    pub(crate) fn next(&mut self, method: &str) -> Option<Action> {
        let mut due = None;
        for (fault, seen) in &mut self.faults {
            if fault.method.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(method)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_to_the_calls_it_names_and_no_other() {
        let mut script = Script::default();
        script.add(Fault::on("sendMessage", Action::Reset).nth(2).times(2));
        let happened: Vec<bool> = ["sendMessage", "getMe", "sendMessage", "sendmessage", "sendMessage"]
            .iter()
            .map(|m| script.next(m).is_some())
            .collect();
        assert_eq!(happened, [false, false, true, true, false]);
        assert!(script.list().is_empty());
    }

    #[test]
    fn a_fault_is_written_in_json_with_its_action_beside_it() {
        let fault: Fault =
            serde_json::from_str(r#"{"method":"sendMessage","action":"rate_limit","retry_after":7}"#).unwrap();
        assert_eq!(fault, Fault::on("sendMessage", Action::RateLimit { retry_after: 7 }));
    }
}
