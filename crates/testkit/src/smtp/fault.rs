//! Failures of the mail server, on demand.

use serde::{Deserialize, Serialize};

/// A stage of a conversation.
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
    /// At DATA.
    Data,
    /// After the mail itself.
    Content,
}

/// What happens at that stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// The server answers this and doesn't carry out the command.
    Reply {
        /// `451`, `550`, …
        code: u16,
        /// The words after it.
        text: String,
    },
    /// The server waits this long, and continues.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection is reset. At [`Stage::Content`], in the middle of the mail, which isn't kept.
    Reset,
    /// The server carries out the command, and the connection is reset before its answer.
    LoseAnswer,
}

impl Action {
    /// An answer.
    #[must_use]
    pub fn reply(code: u16, text: &str) -> Self {
        Self::Reply { code, text: text.to_owned() }
    }
}

/// An [`Action`] and its stage; every stage if it names none.
pub type Fault = crate::fault::Fault<Action, Stage>;

impl Fault {
    /// For the next conversation that reaches this stage.
    #[must_use]
    pub fn at(stage: Stage, action: Action) -> Self {
        Self::on(stage, action)
    }
}
