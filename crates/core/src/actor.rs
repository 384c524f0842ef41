//! Actors and their roles.

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::wire::{UnknownValue, wire_enum};

/// What somebody may do in a tenant; a greater one may do all that a lesser one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema, DeriveValueType)]
#[serde(rename_all = "snake_case")]
#[sea_orm(value_type = "String", column_type = "Text", from_str = "Role::stored")]
pub enum Role {
    /// Signed in, without permissions.
    Member,
    /// Reads submissions and decides on them.
    Moderator,
    /// Sets up the board and its channels.
    Admin,
    /// Appoints others.
    Owner,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Member, Self::Moderator, Self::Admin, Self::Owner];

    /// The role's name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl Role {
    fn stored(text: &str) -> Result<Self, UnknownValue> {
        text.parse().map_err(|_| UnknownValue { set: "Role", text: text.to_owned() })
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

wire_enum! {
    /// What kind of actor did something.
    ActorKind {
        /// Somebody signed in.
        User = "user",
        /// A program with an API token.
        Token = "token",
        /// Somebody with a job's private link.
        Poster = "poster",
        /// Somebody who isn't signed in.
        Visitor = "visitor",
        /// Whoever runs the instance, at its command line.
        CommandLine = "command_line",
        /// Tablón itself.
        System = "system",
    }
}

/// The actor, for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody signed in.
    User(Uuid),
    /// A program with an API token.
    Token(Uuid),
    /// Somebody with a job's private link.
    Poster,
    /// Somebody who isn't signed in.
    Visitor,
    /// Whoever runs the instance, at its command line.
    CommandLine,
    /// Tablón itself.
    System,
}

impl Actor {
    pub(crate) const fn kind(self) -> ActorKind {
        match self {
            Self::User(_) => ActorKind::User,
            Self::Token(_) => ActorKind::Token,
            Self::Poster => ActorKind::Poster,
            Self::Visitor => ActorKind::Visitor,
            Self::CommandLine => ActorKind::CommandLine,
            Self::System => ActorKind::System,
        }
    }

    pub(crate) const fn id(self) -> Option<Uuid> {
        match self {
            Self::User(id) | Self::Token(id) => Some(id),
            Self::Poster | Self::Visitor | Self::CommandLine | Self::System => None,
        }
    }
}
