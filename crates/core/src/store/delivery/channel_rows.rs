//! Channels' rows: locking them, and the changes that also change the channel's placements.
//!
//! Code that changes placements locks their channel's row first, then the placements; code that locks several channels
//! does it in the order of their ids. With one order there is no deadlock.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::audit::Event;
use super::super::{LaneSpec, TenantScope, changes};
use super::{follow, turns};
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, DeliveryPolicy, Findings};
use crate::entity::channels;
use crate::error::{Error, Result};
use crate::form::{WEB_SCHEMES, check_url};

/// A channel, without its secrets.
#[derive(Debug, Clone, Serialize)]
pub struct Channel {
    /// Its id.
    pub id: Uuid,
    /// The plugin's id.
    pub plugin: String,
    /// What the tenant calls it.
    pub name: String,
    /// Its settings, as the plugin's schema describes them.
    pub settings: Value,
    /// The tenant's message template; the plugin's own if absent.
    pub template: Option<String>,
    /// Whether it works.
    pub state: ChannelState,
    /// Why it is paused.
    pub problem: Option<String>,
    /// What the problem is about, or what the last check found.
    #[serde(skip)]
    pub findings: Findings,
    /// What posters and candidates see it called; [`shown_name`](Self::shown_name) if absent.
    pub public_name: Option<String>,
    /// The account's name on the platform, once verified.
    pub account_label: Option<String>,
    /// The account's address on the platform.
    pub account_url: Option<String>,
    /// The names of the secrets that are set.
    pub secret_names: Vec<String>,
    /// Which jobs it is given, and when.
    pub delivery: DeliveryPolicy,
    /// The lanes that pace its traffic.
    #[serde(skip)]
    pub lanes: Vec<LaneSpec>,
    /// The values that the plugin asked to remember in `verify`, passed to each call; empty before that, and again as
    /// soon as settings or secrets change.
    #[serde(skip)]
    pub remembered: BTreeMap<String, Value>,
    /// Grows with every change of settings or secrets.
    #[serde(skip)]
    pub configuration: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Channel {
    /// What it is called where posters see it: its public name, else the account's name on the platform, else the name
    /// that the team gave it. A mailing list's or a receiver's address isn't for everybody.
    pub fn shown_name(&self) -> &str {
        let is_address = |label: &&str| label.contains("://") || label.find('@').is_some_and(|at| at > 0);
        let account = self.account_label.as_deref().filter(|label| !is_address(label));
        self.public_name.as_deref().or(account).unwrap_or(&self.name)
    }
}

/// Doesn't block inserting rows that refer to the channel.
const LOCK: LockType = LockType::NoKeyUpdate;

/// One channel, its row locked until the transaction ends; without the names of its secrets.
pub(in super::super) async fn lock(tx: &DatabaseTransaction, scope: &TenantScope, id: Uuid) -> Result<Option<Channel>> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(id)).lock(LOCK).one(tx).await?;
    row.map(|row| from_row(row, Vec::new())).transpose()
}

/// The same, or `None` when another transaction has the row.
pub(in super::super) async fn try_lock(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
) -> Result<Option<Channel>> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(id));
    let row = row.lock_with_behavior(LOCK, LockBehavior::SkipLocked).one(tx).await?;
    row.map(|row| from_row(row, Vec::new())).transpose()
}

/// Every channel of the tenant, locked in the order of their ids.
pub(in super::super) async fn lock_all(tx: &DatabaseTransaction, scope: &TenantScope) -> Result<Vec<Channel>> {
    let rows = scope.find::<channels::Entity>().order_by_asc(channels::Column::Id).lock(LOCK).all(tx).await?;
    rows.into_iter().map(|row| from_row(row, Vec::new())).collect()
}

/// Takes over a destination's new settings within a transaction, and tells what to record.
pub(in super::super) async fn relocate(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
    settings: Value,
    lanes: Vec<LaneSpec>,
) -> Result<Event> {
    let row = find(tx, scope, id).await?;
    let (configuration, before) = (row.configuration, row.settings.clone());
    let mut row = row.into_active_model();
    forget_what_was_verified(&mut row, configuration);
    let changed = changes::names(&json!({ "settings": &before }), &json!({ "settings": &settings }), &["settings"]);
    row.settings = Set(settings);
    row.lanes = Set(serde_json::to_value(&lanes)?);
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    turns::hold(tx, scope, id, None).await?;
    Ok(scope.event(AuditAction::ChannelMoved, (SubjectKind::Channel, id)).changed(changed))
}

/// Lets a channel work again within a transaction. The caller has locked its row.
pub(in super::super) async fn resume(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    row: channels::Model,
) -> Result<()> {
    let id = row.id;
    let mut row = row.into_active_model();
    row.state = Set(ChannelState::Active);
    row.problem = Set(None);
    row.findings = Set(json!({}));
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    follow::unblock_channel(tx, scope, id).await
}

/// Stops a channel within a transaction. `problem` and `findings`, which may hold a person's address, stand in the
/// channel's row alone.
pub(in super::super) async fn stop(
    tx: &DatabaseTransaction,
    scope: &TenantScope,
    id: Uuid,
    problem: Option<&str>,
    findings: &Findings,
) -> Result<()> {
    let mut row = find(tx, scope, id).await?.into_active_model();
    row.state = Set(ChannelState::Paused);
    row.problem = Set(problem.map(str::to_owned));
    row.findings = Set(serde_json::to_value(findings)?);
    row.updated_at = Set(scope.now());
    row.update(tx).await?;
    follow::block_channel(tx, scope, id).await
}

/// A channel's row, locked until the transaction ends.
///
/// # Errors
/// `NotFound` if there is none.
pub(in super::super) async fn find(tx: &DatabaseTransaction, scope: &TenantScope, id: Uuid) -> Result<channels::Model> {
    let row = scope.find::<channels::Entity>().filter(channels::Column::Id.eq(id)).lock(LOCK).one(tx).await?;
    row.ok_or(Error::NotFound)
}

/// Clears the remembered values and the findings: they are about the old settings and secrets.
pub(in super::super) fn forget_what_was_verified(row: &mut channels::ActiveModel, configuration: i64) {
    row.remembered = Set(json!({}));
    row.findings = Set(json!({}));
    row.configuration = Set(configuration + 1);
}

pub(in super::super) fn from_row(row: channels::Model, secret_names: Vec<String>) -> Result<Channel> {
    Ok(Channel {
        id: row.id,
        plugin: row.plugin,
        name: row.name,
        settings: row.settings,
        template: row.template,
        state: row.state,
        problem: row.problem,
        // An unknown name in it was written by a newer version.
        findings: serde_json::from_value(row.findings).unwrap_or_default(),
        public_name: row.public_name,
        account_label: row.account_label,
        account_url: row.account_url.filter(|url| check_url(url, &WEB_SCHEMES).is_ok()),
        secret_names,
        delivery: serde_json::from_value(row.delivery)?,
        lanes: serde_json::from_value(row.lanes)?,
        remembered: serde_json::from_value(row.remembered)?,
        configuration: row.configuration,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
