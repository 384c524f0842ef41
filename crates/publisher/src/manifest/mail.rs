//! The audiences a plugin may mail.

use std::fmt;

use serde_json::Value;

/// A plugin's permissions for mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailRule {
    /// The audiences it may mail; it never learns the addresses.
    pub audiences: Vec<Audience>,
    /// The secret with the URL of the channel's own SMTP server, used instead of the operator's if it is set.
    pub smtp_secret: Option<String>,
    /// The setting that says whether the address is a `list` or a `person`.
    pub recipient_setting: Option<String>,
}

/// What an address stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientKind {
    /// One person, whose mail program may stop the mail with one click (RFC 8058).
    Person,
    /// Everybody on a mailing list: all of them have the same link, so one reader's click mustn't unsubscribe the
    /// others.
    List,
}

impl MailRule {
    /// The kind of a channel's recipients: persons, unless the setting says otherwise.
    pub fn recipient_kind(&self, settings: &Value) -> RecipientKind {
        match &self.recipient_setting {
            Some(name) if settings.get(name).and_then(Value::as_str) == Some("list") => RecipientKind::List,
            _ => RecipientKind::Person,
        }
    }
}

/// An audience, as the manifest and the plugin name it: `setting:to`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The address or addresses in this setting of the channel.
    Setting(String),
}

impl Audience {
    /// Parses an entry of a manifest.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("setting:") {
            Some(name) if !name.is_empty() => Ok(Self::Setting(name.to_owned())),
            _ => Err(format!("“{text}” is no audience: it must be setting:NAME")),
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setting(name) => write!(f, "setting:{name}"),
        }
    }
}
