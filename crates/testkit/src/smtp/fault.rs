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

/// An [`Action`] and the stage that it happens at; every stage, when it names none.
pub type Fault = crate::fault::Fault<Action, Stage>;

impl Fault {
    /// Happens the next time that a conversation gets there.
    #[must_use]
    pub fn at(stage: Stage, action: Action) -> Self {
        Self::on(stage, action)
    }
}
