//! Channels of one board that hold the same secret: a leaked token is replaced for all of them at once.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, DatabaseTransaction, IntoActiveModel};
use uuid::Uuid;

use super::super::audit::Event;
use super::super::delivery::{channel_rows, recipients, turns};
use super::super::write::Write;
use super::super::{LaneSpec, Secrets};
use super::{Channel, Channels, ConnectionCheck, checks};
use crate::audit::{AuditAction, SubjectKind};
use crate::error::{Conflict, Error, Result};

/// Another channel that gets some of a channel's new secrets.
#[derive(Debug, Clone)]
pub struct SharedSecrets {
    /// The channel, as it was read when its old secrets were compared.
    pub channel: Channel,
    /// The secrets it gets.
    pub secrets: Secrets,
    /// What its traffic is paced by from then on.
    pub lanes: Vec<LaneSpec>,
    /// What a check with them came to.
    pub check: ConnectionCheck,
}

impl Channels<'_> {
    /// The other channels of the same plugin that hold the same value of this secret, oldest first.
    ///
    /// # Errors
    /// When a stored secret can't be opened.
    pub async fn sharing(&self, channel: &Channel, secret: &str) -> Result<Vec<Channel>> {
        let own = self.secrets(channel.id).await?;
        let Some(own) = own.get(secret) else { return Ok(Vec::new()) };
        let mut sharing = Vec::new();
        for other in self.list().await? {
            let is_candidate = other.id != channel.id && other.plugin == channel.plugin;
            if is_candidate && other.secret_names.iter().any(|name| name == secret) {
                let secrets = self.secrets(other.id).await?;
                if secrets.get(secret) == Some(own) {
                    sharing.push(other);
                }
            }
        }
        Ok(sharing)
    }

    /// Locks the rows of a channel and of those that share its secrets, in the one order in which channels are locked.
    pub(super) async fn lock_in_order(
        &self,
        tx: &DatabaseTransaction,
        id: Uuid,
        shared: &[SharedSecrets],
    ) -> Result<()> {
        let mut ids: Vec<Uuid> = shared.iter().map(|one| one.channel.id).chain([id]).collect();
        ids.sort_unstable();
        for id in ids {
            channel_rows::lock(tx, self.0, id).await?.ok_or(Error::NotFound)?;
        }
        Ok(())
    }

    /// Gives the secrets to the other channels, and tells what to record.
    pub(super) async fn share(&self, tx: &mut Write<'_>, shared: Vec<SharedSecrets>) -> Result<Vec<Event>> {
        let mut events = Vec::new();
        for SharedSecrets { channel, secrets, lanes, check } in shared {
            let old = channel_rows::find(tx, self.0, channel.id).await?;
            if old.configuration != channel.configuration {
                return Err(Conflict::ChannelChanged.into());
            }
            let unsubscribed = recipients::is_unsubscribed(&**tx, self.0, channel.id, &old.settings).await?;
            let mut row = old.clone().into_active_model();
            channel_rows::forget_what_was_verified(&mut row, channel.configuration);
            let effect = checks::apply(check, &old, &mut row, unsubscribed)?;
            row.lanes = Set(serde_json::to_value(lanes)?);
            row.updated_at = Set(self.0.now());
            let new = row.update(&**tx).await?;
            self.set_secrets(tx, channel.id, &secrets).await?;
            self.follow(tx, channel.id, effect).await?;
            turns::hold(tx, self.0, channel.id, None).await?;
            tx.announce_work();
            let mut changed: Vec<String> = secrets.names().map(|name| format!("secrets.{name}")).collect();
            changed.extend((new.state != old.state).then(|| "state".to_owned()));
            let event = self.0.event(AuditAction::ChannelUpdate, (SubjectKind::Channel, channel.id));
            events.push(event.changed(changed));
        }
        Ok(events)
    }
}
