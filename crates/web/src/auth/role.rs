//! Roles as types: a handler's signature says which role it needs.

use tablon_core::Role;

/// A minimum role as a type: `Staff<AsAdmin>`, `Bearer<AsModerator>`.
pub trait AtLeast: Send + Sync + 'static {
    /// The minimum role.
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
