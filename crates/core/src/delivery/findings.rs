//! What a platform said of a channel, field by field: when its connection was checked, or when it refused a copy.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::wire_enum;

wire_enum! {
    /// What is wrong with a channel.
    ProblemKind {
        /// One of its settings.
        Settings = "settings",
        /// Its credential.
        Credential = "credential",
        /// The platform didn't answer in time.
        NoAnswer = "no_answer",
        /// The platform failed, or wants us to wait.
        Platform = "platform",
        /// The plugin failed.
        Plugin = "plugin",
        /// The platform asks to wait.
        Busy = "busy",
        /// The operator hasn't granted the plugin what the channel needs.
        NotGranted = "not_granted",
        /// The channel's secrets can't be opened with the installation's key.
        Secrets = "secrets",
        /// The mail server can't be used.
        MailServer = "mail_server",
        /// Everybody whom the channel mails to has unsubscribed.
        Unsubscribed = "unsubscribed",
    }
}

/// One field of a channel that doesn't do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldFinding {
    /// `/settings/chat_id`, `/secrets/bot_token`.
    #[schema(example = "/settings/chat_id")]
    pub pointer: String,
    /// A sentence for the channel's admins.
    pub message: String,
}

/// The last that was found about a channel. Forgotten as soon as its settings or secrets change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Findings {
    /// What is wrong; none: the check passed, or there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProblemKind>,
    /// The language of the sentences (BCP 47); none: nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The fields that the problem is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFinding>,
    /// What won't work as well as it could.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Findings {
    /// A problem that this program has found itself. Its sentence is in `locale`.
    pub fn own(kind: ProblemKind, locale: &str) -> Self {
        Self::problem(kind, locale, Vec::new())
    }

    /// A problem that is about these fields, in sentences of this language.
    pub fn problem(kind: ProblemKind, locale: &str, fields: Vec<FieldFinding>) -> Self {
        Self { kind: Some(kind), locale: Some(locale.to_owned()), fields, warnings: Vec::new() }
    }
}
