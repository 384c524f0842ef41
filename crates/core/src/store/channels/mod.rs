//! A tenant's channels: configured uses of plugins.

mod checks;
mod sealed;
mod shared;
mod verified;

use std::collections::BTreeSet;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::delivery::channel_rows::{Channel, forget_what_was_verified, from_row};
use super::delivery::{channel_rows, follow, moves, recipients, turns};
use super::{LaneSpec, LaneStatus, Secrets, TenantScope, changes, lanes};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, DeliveryPolicy, Findings};
use crate::entity::{self, channel_secrets, channels};
use crate::error::{Conflict, Error, Result};

use checks::Effect;
pub use checks::{CheckedChannel, ConnectionCheck};
pub use shared::SharedSecrets;

/// A channel to add. Settings and secrets were checked against the plugin's schema before.
#[derive(Debug, Clone)]
pub struct NewChannel {
    /// The plugin's id.
    pub plugin: String,
    /// What the tenant calls it.
    pub name: String,
    /// Its settings.
    pub settings: Value,
    /// Its secrets.
    pub secrets: Secrets,
    /// What its traffic is paced by.
    pub lanes: Vec<LaneSpec>,
}

/// What changes about a channel; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct ChannelUpdate {
    /// What the tenant calls it.
    pub name: Option<String>,
    /// Its settings, whole.
    pub settings: Option<Value>,
    /// Secrets to set; those not named stay.
    pub secrets: Secrets,
    /// The names of secrets to take away.
    pub forget: Vec<String>,
    /// What its traffic is paced by, computed from the new settings and secrets.
    pub lanes: Option<Vec<LaneSpec>>,
    /// The message template; `Some(None)` goes back to the plugin's own.
    pub template: Option<Option<String>>,
    /// Which jobs it is given, and when.
    pub delivery: Option<DeliveryPolicy>,
    /// What posters see it called; `Some(None)` goes back to the account's name.
    pub public_name: Option<Option<String>>,
    /// What a check with the new settings and secrets came to: it decides whether the channel works. Without one, a
    /// channel that was refused works again.
    pub check: Option<ConnectionCheck>,
    /// Other channels that get some of the secrets too.
    pub shared: Vec<SharedSecrets>,
}

/// A tenant's channels.
#[derive(Debug)]
pub struct Channels<'a>(pub(super) &'a TenantScope);

impl TenantScope {
    /// Its channels.
    pub fn channels(&self) -> Channels<'_> {
        Channels(self)
    }
}

impl Channels<'_> {
    /// Adds one. It begins empty: jobs that are on the board already are not sent to it.
    pub async fn create(&self, new: NewChannel, by: Actor) -> Result<Channel> {
        let row = self.new_row(Uuid::now_v7(), &new)?;
        let tx = self.0.store().write_as(by).await?;
        let row = row.insert(&*tx).await?;
        self.set_secrets(&tx, row.id, &new.secrets).await?;
        let event = self.0.event(AuditAction::ChannelCreate, (SubjectKind::Channel, row.id));
        tx.commit([event.with("plugin", &row.plugin)]).await?;
        from_row(row, new.secrets.names().map(str::to_owned).collect())
    }

    /// The row of a new channel, which works.
    fn new_row(&self, id: Uuid, new: &NewChannel) -> Result<channels::ActiveModel> {
        let now = self.0.now();
        Ok(channels::ActiveModel {
            tenant_id: Set(self.0.id),
            id: Set(id),
            plugin: Set(new.plugin.clone()),
            name: Set(super::names::checked(&new.name)?),
            settings: Set(new.settings.clone()),
            template: Set(None),
            state: Set(ChannelState::Active),
            problem: Set(None),
            account_label: Set(None),
            account_url: Set(None),
            lanes: Set(serde_json::to_value(&new.lanes)?),
            created_at: Set(now),
            updated_at: Set(now),
            delivery: Set(json!({})),
            remembered: Set(json!({})),
            configuration: Set(0),
            next_at: Set(None),
            held_until: Set(None),
            findings: Set(json!({})),
            public_name: Set(None),
        })
    }

    /// Every channel, oldest first.
    pub async fn list(&self) -> Result<Vec<Channel>> {
        let db = self.0.store().db();
        let rows = self.0.find::<channels::Entity>().order_by_asc(channels::Column::Id).all(db).await?;
        let secrets =
            self.0.find::<channel_secrets::Entity>().order_by_asc(channel_secrets::Column::Name).all(db).await?;
        let names = |id| secrets.iter().filter(|s| s.channel_id == id).map(|s| s.name.clone()).collect();
        rows.into_iter()
            .map(|row| {
                let names = names(row.id);
                from_row(row, names)
            })
            .collect()
    }

    /// One by id.
    pub async fn get(&self, id: Uuid) -> Result<Option<Channel>> {
        let db = self.0.store().db();
        let Some(row) = self.0.find::<channels::Entity>().filter(channels::Column::Id.eq(id)).one(db).await? else {
            return Ok(None);
        };
        let names = self.sealed(id).await?.into_iter().map(|s| s.name).collect();
        from_row(row, names).map(Some)
    }

    /// Changes a channel. A channel that its platform had refused works again with new settings or secrets; one that
    /// everybody it mails to has unsubscribed from works again with another address only.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` at `/name` and `/public_name`; [`Conflict::ChannelChanged`] if one of the channels that
    /// share a secret was changed since it was read: then nothing is saved.
    pub async fn update(&self, id: Uuid, update: ChannelUpdate, by: Actor) -> Result<Channel> {
        let mut tx = self.0.store().write_as(by).await?;
        self.lock_in_order(&tx, id, &update.shared).await?;
        let row = channel_rows::find(&tx, self.0, id).await?;
        let renewed = update.settings.is_some() || update.secrets.names().next().is_some() || !update.forget.is_empty();
        let settings = update.settings.as_ref().unwrap_or(&row.settings);
        let unsubscribed = recipients::is_unsubscribed(&*tx, self.0, id, settings).await?;
        let mends = renewed && update.check.is_none() && row.problem.is_some() && !unsubscribed;
        let configuration = row.configuration;
        let (before, old) = (told(&row)?, row.clone());
        let mut row = row.into_active_model();
        if renewed {
            forget_what_was_verified(&mut row, configuration);
        }
        if let Some(name) = update.name {
            row.name = Set(super::names::checked(&name)?);
        }
        if let Some(public_name) = update.public_name {
            row.public_name = Set(super::names::optional(public_name.as_deref().unwrap_or_default(), "/public_name")?);
        }
        if let Some(settings) = update.settings {
            row.settings = Set(settings);
        }
        if let Some(lanes) = update.lanes {
            row.lanes = Set(serde_json::to_value(&lanes)?);
        }
        if let Some(template) = update.template {
            row.template = Set(template);
        }
        if let Some(delivery) = update.delivery {
            row.delivery = Set(serde_json::to_value(&delivery)?);
            follow::follow_policy(&tx, self.0, id, &delivery).await?;
            tx.announce_work();
        }
        let mut effect = Effect::Nothing;
        if mends {
            row.state = Set(ChannelState::Active);
            row.problem = Set(None);
            effect = Effect::Resumes;
        }
        if let Some(check) = update.check {
            effect = checks::apply(check, &old, &mut row, unsubscribed)?;
        }
        if effect == Effect::Resumes {
            tx.announce_work();
        }
        self.follow(&tx, id, effect).await?;
        row.updated_at = Set(self.0.now());
        let row = row.update(&*tx).await?;
        for name in &update.forget {
            self.forget_secret(&tx, id, name).await?;
        }
        self.set_secrets(&tx, id, &update.secrets).await?;
        if renewed {
            turns::hold(&tx, self.0, id, None).await?;
            tx.announce_work();
        }
        let mut changed = changes::names(&before, &told(&row)?, &["settings", "delivery"]);
        let secrets: BTreeSet<&str> = update.secrets.names().chain(update.forget.iter().map(String::as_str)).collect();
        changed.extend(secrets.into_iter().map(|name| format!("secrets.{name}")));
        let event = self.0.event(AuditAction::ChannelUpdate, (SubjectKind::Channel, id));
        let mut events: Vec<_> = (!changed.is_empty()).then(|| event.changed(changed)).into_iter().collect();
        events.extend(self.share(&mut tx, update.shared).await?);
        tx.commit(events).await?;
        self.get(id).await?.ok_or(Error::NotFound)
    }

    /// Its placements wait, or wait no longer.
    async fn follow(&self, tx: &DatabaseTransaction, id: Uuid, effect: Effect) -> Result<()> {
        match effect {
            Effect::Nothing => Ok(()),
            Effect::Resumes => follow::unblock_channel(tx, self.0, id).await,
            Effect::Stops => follow::block_channel(tx, self.0, id).await,
        }
    }

    /// Stops a channel; what should be sent there waits. `problem` says why, if it wasn't a person's wish.
    pub async fn pause(&self, id: Uuid, problem: Option<&str>, by: Actor) -> Result<Channel> {
        let tx = self.0.store().write_as(by).await?;
        channel_rows::stop(&tx, self.0, id, problem, &Findings::default()).await?;
        tx.commit([self.0.event(AuditAction::ChannelPause, (SubjectKind::Channel, id))]).await?;
        self.get(id).await?.ok_or(Error::NotFound)
    }

    /// Stops a channel that doesn't work, and keeps what is wrong with it: `problem` as a sentence, and its kind, which
    /// pages tell in the reader's language.
    pub async fn stop(&self, id: Uuid, problem: &str, findings: &Findings) -> Result<()> {
        let tx = self.0.store().write_as(Actor::System).await?;
        channel_rows::stop(&tx, self.0, id, Some(problem), findings).await?;
        tx.commit([self.0.event(AuditAction::ChannelPause, (SubjectKind::Channel, id))]).await
    }

    /// Lets a channel work again; what waited is due at once. A conflict while everybody it mails to has unsubscribed.
    pub async fn resume(&self, id: Uuid, by: Actor) -> Result<Channel> {
        let mut tx = self.0.store().write_as(by).await?;
        let row = channel_rows::find(&tx, self.0, id).await?;
        if recipients::is_unsubscribed(&*tx, self.0, id, &row.settings).await? {
            return Err(Conflict::Unsubscribed.into());
        }
        channel_rows::resume(&tx, self.0, row).await?;
        tx.announce_work();
        tx.commit([self.0.event(AuditAction::ChannelResume, (SubjectKind::Channel, id))]).await?;
        self.get(id).await?.ok_or(Error::NotFound)
    }

    /// How its lanes are: held by the platform's wish, or broken off after too many failures.
    pub async fn lanes(&self, id: Uuid) -> Result<Vec<LaneStatus>> {
        let channel = self.get(id).await?.ok_or(Error::NotFound)?;
        lanes::status(self.0.store().db(), &channel.lanes, self.0.now()).await
    }

    /// Removes a channel that has no copies. A conflict as long as it has some.
    pub async fn delete(&self, id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        channel_rows::find(&tx, self.0, id).await?;
        let live = self
            .0
            .find::<entity::placements::Entity>()
            .filter(entity::placements::Column::ChannelId.eq(id))
            .filter(moves::may_have_a_copy())
            .count(&*tx)
            .await?;
        if live > 0 {
            return Err(Conflict::ChannelHasCopies(live).into());
        }
        self.delete_within(&tx, id).await?;
        tx.commit([self.0.event(AuditAction::ChannelDelete, (SubjectKind::Channel, id))]).await
    }

    /// Removes a channel knowing that its copies stay where they are and follow no job any more.
    pub async fn abandon(&self, id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        channel_rows::find(&tx, self.0, id).await?;
        self.delete_within(&tx, id).await?;
        tx.commit([self.0.event(AuditAction::ChannelAbandon, (SubjectKind::Channel, id))]).await
    }

    async fn delete_within(&self, tx: &DatabaseTransaction, id: Uuid) -> Result<()> {
        self.0.delete::<channels::Entity>().filter(channels::Column::Id.eq(id)).exec(tx).await?;
        Ok(())
    }
}

/// What a person can change about a channel, by the names of the API; its secrets are rows of their own.
fn told(row: &channels::Model) -> Result<Value> {
    // An old row may lack what its policy has come to have since.
    let delivery: DeliveryPolicy = serde_json::from_value(row.delivery.clone())?;
    Ok(json!({
        "name": row.name, "settings": row.settings, "template": row.template, "delivery": delivery, "state": row.state,
        "public_name": row.public_name,
    }))
}
