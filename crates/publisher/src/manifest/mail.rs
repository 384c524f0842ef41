//! Whom a plugin may mail.

use std::fmt;

use serde_json::Value;

/// What a plugin may do with mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailRule {
    /// Whom a plugin may address; it never learns the addresses.
    pub audiences: Vec<Audience>,
    /// The secret that, where a channel has it, is the URL of the SMTP server that is used instead of the operator's.
    pub smtp_secret: Option<String>,
    /// The setting that says whether the address is a `list` or a `person`.
    pub recipient_setting: Option<String>,
}

/// Who is behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientKind {
    /// One person, whose mail program may stop the mail with one click (RFC 8058).
    Person,
    /// Everybody on a mailing list: the same link reaches all of them, so a click of one doesn't speak for the others.
    List,
}

impl MailRule {
    /// Who is behind the addresses of a channel with these settings: persons, unless the setting says otherwise.
    pub fn recipient_kind(&self, settings: &Value) -> RecipientKind {
        match &self.recipient_setting {
            Some(name) if settings.get(name).and_then(Value::as_str) == Some("list") => RecipientKind::List,
            _ => RecipientKind::Person,
        }
    }
}

/// Whom a plugin may mail, as the manifest and the plugin name them: `setting:to`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The address or addresses that stand in this setting of the channel.
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
