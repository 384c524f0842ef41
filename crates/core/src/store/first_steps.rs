//! The first steps of a new board, each seen from what is there.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect,
};

use super::TenantScope;
use super::audit::NOTHING_CHANGED;
use super::waiting_roles::over_before;
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity::{channels, invitations, jobs, memberships, tenants, waiting_roles};
use crate::error::{Error, Result};

/// What has been done on a new board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstSteps {
    /// It has a sentence about itself.
    pub described: bool,
    /// Its settings were saved.
    pub settings: bool,
    /// It has a channel.
    pub channel: bool,
    /// Somebody besides its first owner reads offers, or is invited to.
    pub team: bool,
    /// An offer was handed in.
    pub offer: bool,
}

impl FirstSteps {
    /// Whether nothing is left to do.
    pub fn are_done(&self) -> bool {
        self.described && self.settings && self.channel && self.team && self.offer
    }
}

impl TenantScope {
    /// What has been done on this board; `None` if nobody needs to be told any more: all of it, or the list was put away.
    pub async fn first_steps(&self) -> Result<Option<FirstSteps>> {
        if self.steps_hidden {
            return Ok(None);
        }
        let db = self.store().db();
        let members = self.find::<memberships::Entity>().filter(memberships::Column::Role.ne(Role::Member));
        // Somebody who was appointed by their address and comes later, or has an open link.
        let appointed = self.find::<waiting_roles::Entity>().filter(waiting_roles::Column::Role.ne(Role::Member));
        let appointed = appointed.filter(waiting_roles::Column::CreatedAt.gt(over_before(self.now())));
        let invited = self
            .find::<invitations::Entity>()
            .filter(invitations::Column::Role.ne(Role::Member))
            .filter(invitations::Column::UsedAt.is_null())
            .filter(invitations::Column::RevokedAt.is_null())
            .filter(invitations::Column::ExpiresAt.gt(self.now()));
        let mut staff = members.limit(2).count(db).await?;
        staff += appointed.limit(2).count(db).await? + invited.limit(2).count(db).await?;
        let steps = FirstSteps {
            described: self.description.is_some(),
            settings: self.version > 1,
            channel: self.find::<channels::Entity>().limit(1).count(db).await? > 0,
            team: staff > 1,
            offer: self.find::<jobs::Entity>().limit(1).count(db).await? > 0,
        };
        Ok(Some(steps).filter(|steps| !steps.are_done()))
    }

    /// Puts the list of the first steps away, for everybody on this board.
    pub async fn hide_first_steps(&self, by: Actor) -> Result<()> {
        let tx = self.store().write_as(by).await?;
        let row = tenants::Entity::find_by_id(self.id).one(&*tx).await?.ok_or(Error::NotFound)?;
        if row.steps_hidden {
            return tx.commit(NOTHING_CHANGED).await;
        }
        let mut row = row.into_active_model();
        row.steps_hidden = Set(true);
        row.update(&*tx).await?;
        let event = self.event(AuditAction::TenantUpdate, (SubjectKind::Tenant, self.id));
        tx.commit([event.changed(["first_steps"])]).await
    }
}
