//! Who does something, and what they may do.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody may do in a tenant; a greater one may do all that a lesser one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Signed in, without powers.
    Member,
    /// Reads and decides on submissions.
    Moderator,
    /// Sets up the board and its channels.
    Admin,
    /// Appoints the others.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Member, Self::Moderator, Self::Admin, Self::Owner];

    /// The role as it stands on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| format!("\"{text}\" is no role; there are member, moderator, admin and owner"))
    }
}

/// Who did it, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody signed in.
    User(Uuid),
    /// A program with an API token.
    Token(Uuid),
    /// Whoever holds a job's private link.
    Poster,
    /// Anybody.
    Visitor,
    /// Tablón itself, or its operator at the command line.
    System,
}

impl Actor {
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Token(_) => "token",
            Self::Poster => "poster",
            Self::Visitor => "visitor",
            Self::System => "system",
        }
    }

    pub(crate) const fn id(self) -> Option<Uuid> {
        match self {
            Self::User(id) | Self::Token(id) => Some(id),
            Self::Poster | Self::Visitor | Self::System => None,
        }
    }
}
