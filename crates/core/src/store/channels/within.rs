//! Channels within a transaction, for whoever changes them together with what is on them.

use sea_orm::sea_query::LockBehavior;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{LaneSpec, TenantScope, audit, placements, turns};
use super::{Channel, ChannelState, Channels, LOCK, forget_what_was_verified, from_row};
use crate::actor::Actor;
use crate::entity::channels;
use crate::error::Result;

/// One channel, its row locked until the transaction ends; without the names of its secrets.
pub(in super::super) async fn lock_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
) -> Result<Option<Channel>> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(id)).lock(LOCK).one(tx).await?;
    row.map(|row| from_row(row, Vec::new())).transpose()
}

/// The same, or `None` when another transaction has the row.
pub(in super::super) async fn try_lock_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
) -> Result<Option<Channel>> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(id));
    let row = row.lock_with_behavior(LOCK, LockBehavior::SkipLocked).one(tx).await?;
    row.map(|row| from_row(row, Vec::new())).transpose()
}

/// Every channel of the tenant, locked in the one order that all use.
pub(in super::super) async fn lock_all_within(tx: &DatabaseTransaction, scope: &TenantScope) -> Result<Vec<Channel>> {
    let rows = scope.find::<channels::Entity>().order_by_asc(channels::Column::Id).lock(LOCK).all(tx).await?;
    rows.into_iter().map(|row| from_row(row, Vec::new())).collect()
}

/// Takes over a destination's new settings within a transaction.
pub(in super::super) async fn move_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
    settings: Value,
    lanes: Vec<LaneSpec>,
) -> Result<()> {
    let row = Channels(scope).find_within(tx, id).await?;
    let configuration = row.configuration;
    let mut row = row.into_active_model();
    forget_what_was_verified(&mut row, configuration);
    let detail = json!({ "settings": settings });
    row.settings = Set(settings);
    row.lanes = Set(serde_json::to_value(&lanes)?);
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    turns::hold(tx, scope, id, None).await?;
    audit::record(tx, scope, Actor::System, "channel.moved", ("channel", id), detail).await
}

/// Lets a channel work again within a transaction. The caller has locked its row.
pub(in super::super) async fn resume_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    row: channels::Model,
) -> Result<()> {
    let id = row.id;
    let mut row = row.into_active_model();
    row.state = Set(ChannelState::Active.as_str().to_owned());
    row.problem = Set(None);
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    placements::unblock_channel(tx, scope, id).await
}

/// Stops a channel within a transaction.
pub(in super::super) async fn pause_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
    problem: Option<&str>,
    by: Actor,
) -> Result<()> {
    stop_within(tx, scope, id, problem).await?;
    audit::record(tx, scope, by, "channel.pause", ("channel", id), json!({ "problem": problem })).await
}

/// The same without a word in the audit log, for a caller who has one of their own.
pub(in super::super) async fn stop_within(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
    problem: Option<&str>,
) -> Result<()> {
    let mut row = Channels(scope).find_within(tx, id).await?.into_active_model();
    row.state = Set(ChannelState::Paused.as_str().to_owned());
    row.problem = Set(problem.map(str::to_owned));
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    placements::block_channel(tx, scope, id).await
}
