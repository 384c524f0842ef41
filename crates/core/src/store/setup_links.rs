//! The one-time link of the first start: whoever opens it becomes the operator and makes the first board.

use chrono::Duration;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::audit::Event;
use super::write::Bookkeeping;
use super::{NewTenant, NewUser, Store, TenantScope, User, members, tenants, users};
use crate::actor::{Actor, Role};
use crate::audit::{AuditAction, SubjectKind};
use crate::entity;
use crate::error::{Error, Result};
use crate::keyring::{random_token, token_hash};

/// The hours a link is good for; each start without users prints a new one.
const VALID_HOURS: i64 = 24;

/// The operator and the board that a link made.
#[derive(Debug)]
pub struct Founding {
    /// Who runs this instance.
    pub user: User,
    /// The first board.
    pub tenant: TenantScope,
}

/// Whether a set-up link works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupLinkState {
    /// Whoever has it makes themselves the operator.
    Open,
    /// The instance has been set up.
    Used,
    /// There is none, or it is too old.
    Unknown,
}

/// The links.
#[derive(Debug)]
pub struct SetupLinks<'a>(pub(super) &'a Store);

impl Store {
    /// The one-time link of the first start.
    pub fn setup_links(&self) -> SetupLinks<'_> {
        SetupLinks(self)
    }
}

impl SetupLinks<'_> {
    /// Makes one. Older ones stay good as long as they are young: a second replica's start must not break the link that
    /// the first one printed.
    pub async fn issue(&self) -> Result<String> {
        let token = random_token();
        let tx = self.0.write_internal(Bookkeeping::SetupLinks).await?;
        let over = entity::setup_links::Column::ExpiresAt.lte(self.0.now());
        entity::setup_links::Entity::delete_many().filter(over).exec(&*tx).await?;
        let row = entity::setup_links::ActiveModel {
            token_hash: Set(token_hash(&token)),
            expires_at: Set(self.0.now() + Duration::hours(VALID_HOURS)),
            used_at: Set(None),
        };
        row.insert(&*tx).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Whether a link works, or why it doesn't.
    pub async fn state(&self, token: &str) -> Result<SetupLinkState> {
        let row = entity::setup_links::Entity::find_by_id(token_hash(token)).one(self.0.db()).await?;
        let Some(row) = row else { return Ok(SetupLinkState::Unknown) };
        // The instance can also be set up from the command line.
        if row.used_at.is_some() || entity::users::Entity::find().count(self.0.db()).await? > 0 {
            return Ok(SetupLinkState::Used);
        }
        Ok(if row.expires_at > self.0.now() { SetupLinkState::Open } else { SetupLinkState::Unknown })
    }

    /// Makes the operator and the first board, and uses the link up. `NotFound` when the link doesn't work
    /// (any more).
    pub async fn redeem(&self, token: &str, user: NewUser, tenant: NewTenant) -> Result<Founding> {
        if self.state(token).await? != SetupLinkState::Open {
            return Err(Error::NotFound);
        }
        let prepared = users::prepare(NewUser { operator: true, ..user }).await?;
        let tx = self.0.write_as(Actor::User(prepared.id)).await?;
        // Every link, because another replica's start may have printed another one. Two people may hold the same: the
        // second one waits here for the first, and then finds it used.
        let claimed = entity::setup_links::Entity::update_many()
            .col_expr(entity::setup_links::Column::UsedAt, Expr::value(self.0.now()))
            .filter(entity::setup_links::Column::UsedAt.is_null())
            .exec(&*tx)
            .await?;
        if claimed.rows_affected == 0 || entity::users::Entity::find().count(&*tx).await? > 0 {
            return Err(Error::NotFound);
        }
        let (user, added) = users::insert(&tx, self.0, prepared).await?;
        let (tenant, made) = tenants::insert(&tx, self.0, tenant).await?;
        members::insert(&tx, tenant.id, user.id, Role::Owner, self.0.now()).await?;
        let owns = Event::of_board(tenant.id, AuditAction::MemberSet, (SubjectKind::User, user.id));
        let owns = owns.changed(["role"]).with("role", Role::Owner).with("before", Option::<Role>::None);
        tx.commit([added, made, owns]).await?;
        Ok(Founding { user, tenant: TenantScope::new(self.0.clone(), tenant) })
    }
}
