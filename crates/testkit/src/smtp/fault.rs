//! What goes wrong, when a test asks for it.

use serde::{Deserialize, Serialize};

/// Where in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Before the greeting.
    Greeting,
    /// At EHLO.
    Ehlo,
    /// At STARTTLS.
    StartTls,
    /// At AUTH.
    Auth,
    /// At MAIL FROM.
    Mail,
    /// At RCPT TO.
    Rcpt,
    /// At the word DATA.
    Data,
    /// After the mail itself.
    Content,
}

/// What happens there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The server answers this instead of doing what it was asked.
    Reply {
        /// `451`, `550`, …
        code: u16,
        /// The words after it.
        text: String,
    },
    /// It takes this long, and then goes on.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is reset. At [`Stage::Content`], in the middle of the mail, which isn't kept.
    Reset,
    /// The server does what it was asked, and the connection is reset before its answer.
    LoseAnswer,
}

impl Action {
    /// An answer.
    #[must_use]
    pub fn reply(code: u16, text: &str) -> Self {
        Self::Reply { code, text: text.to_owned() }
    }
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where.
    pub stage: Stage,
    /// The first time that it happens, counted from 1 when the fault was added.
    #[serde(default = "one")]
    pub nth: u64,
    /// How often in a row; without end, when `None`.
    #[serde(default = "once")]
    pub times: Option<u64>,
    /// What.
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
    /// Happens the next time.
    #[must_use]
    pub fn at(stage: Stage, action: Action) -> Self {
        Self { stage, nth: 1, times: Some(1), action }
    }

    /// Begins with the nth time from now, counted from 1.
    #[must_use]
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = nth;
        self
    }

    /// Never stops by itself.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

/// The faults that were asked for, each with how often its stage was reached.
#[derive(Debug, Default)]
pub(super) struct Script(Vec<(Fault, u64)>);

impl Script {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn list(&self) -> Vec<Fault> {
        self.0.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts this stage, and returns what the first due fault does.
    pub(super) fn next(&mut self, stage: Stage) -> Option<Action> {
        let mut due = None;
        for (fault, seen) in self.0.iter_mut().filter(|(fault, _)| fault.stage == stage) {
            *seen += 1;
            let over = fault.times.is_some_and(|times| *seen >= fault.nth + times);
            if due.is_none() && *seen >= fault.nth && !over {
                due = Some(fault.action.clone());
            }
        }
        self.0.retain(|(fault, seen)| fault.times.is_none_or(|times| *seen + 1 < fault.nth + times));
        due
    }
}
