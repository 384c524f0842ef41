//! What an actor may do with other people's roles on a board, asked within the transaction that does it.

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::TenantScope;
use crate::actor::{Actor, ActorKind, Role};
use crate::entity::{api_tokens, memberships, users};
use crate::error::{Conflict, Result};

/// The largest role that an actor can give, change or take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Authority(Option<Role>);

impl Authority {
    /// [`Conflict::RoleTooSmall`] unless the actor is an admin at least, and has at least `role`.
    pub(super) fn require(self, role: Role) -> Result<()> {
        if self.0 >= Some(role.max(Role::Admin)) { Ok(()) } else { Err(Conflict::RoleTooSmall.into()) }
    }

    /// Whether [`require`](Self::require) would pass.
    pub(super) fn covers(self, role: Role) -> bool {
        self.require(role).is_ok()
    }
}

/// Locks the board's memberships until the end of the transaction: everything that is judged by them is judged alone.
pub(super) async fn lock(tx: &DatabaseTransaction, board: &TenantScope) -> Result<Vec<memberships::Model>> {
    let rows = board.find::<memberships::Entity>().order_by_asc(memberships::Column::UserId);
    Ok(rows.lock_exclusive().all(tx).await?)
}

/// Whoever made something that is worth no more than its maker: an invitation, or a role that waits.
pub(super) fn maker(kind: ActorKind, id: Option<Uuid>) -> Actor {
    match (kind, id) {
        (ActorKind::User, Some(id)) => Actor::User(id),
        (ActorKind::Token, Some(id)) => Actor::Token(id),
        (ActorKind::CommandLine | ActorKind::System, _) => Actor::System,
        _ => Actor::Visitor,
    }
}

/// What an actor may do now.
pub(super) async fn of(tx: &DatabaseTransaction, board: &TenantScope, by: Actor) -> Result<Authority> {
    let role = match by {
        Actor::CommandLine | Actor::System => Some(Role::Owner),
        Actor::Poster | Actor::Visitor => None,
        Actor::Token(id) => {
            let row = board.find::<api_tokens::Entity>().filter(api_tokens::Column::Id.eq(id)).one(tx).await?;
            let now = board.now();
            let works = |row: &api_tokens::Model| {
                row.revoked_at.is_none() && row.expires_at.is_none_or(|expires_at| expires_at > now)
            };
            row.filter(works).map(|row| row.role)
        }
        Actor::User(id) => {
            let operator = users::Entity::find_by_id(id).one(tx).await?.is_some_and(|user| user.operator);
            let row = board.find::<memberships::Entity>().filter(memberships::Column::UserId.eq(id)).one(tx).await?;
            if operator { Some(Role::Owner) } else { row.map(|row| row.role) }
        }
    };
    Ok(Authority(role))
}
