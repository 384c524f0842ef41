//! Roles as types, so that a handler's signature says who may call it.

use tablon_core::Role;

/// A least role, at the level of types: `Staff<AsAdmin>`, `Bearer<AsModerator>`.
pub trait AtLeast: Send + Sync + 'static {
    /// The role that is enough.
    const ROLE: Role;
}

/// A moderator or more.
#[derive(Debug, Clone, Copy)]
pub enum AsModerator {}
/// An admin or more.
#[derive(Debug, Clone, Copy)]
pub enum AsAdmin {}
/// An owner.
#[derive(Debug, Clone, Copy)]
pub enum AsOwner {}

impl AtLeast for AsModerator {
    const ROLE: Role = Role::Moderator;
}
impl AtLeast for AsAdmin {
    const ROLE: Role = Role::Admin;
}
impl AtLeast for AsOwner {
    const ROLE: Role = Role::Owner;
}
