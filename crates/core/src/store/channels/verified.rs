//! What the platform says of a channel when its plugin verifies it.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::Value;

use super::super::delivery::channel_rows::{self, Channel};
use super::Channels;
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::error::Result;

impl Channels<'_> {
    /// Notes who the platform says we are there, and what the plugin wants to remember of it. `channel` is the channel as
    /// it was asked about: if its settings or secrets were changed meanwhile, nothing is noted, and the answer is `false`.
    ///
    /// # Errors
    /// `NotFound` if the channel is gone.
    pub async fn verified(
        &self,
        channel: &Channel,
        label: &str,
        url: Option<&str>,
        remembered: BTreeMap<String, Value>,
        by: Actor,
    ) -> Result<bool> {
        let tx = self.0.store().write_as(by).await?;
        let row = channel_rows::find(&tx, self.0, channel.id).await?;
        if row.configuration != channel.configuration {
            return Ok(false);
        }
        let mut row = row.into_active_model();
        row.account_label = Set(Some(label.to_owned()));
        row.account_url = Set(url.map(str::to_owned));
        row.remembered = Set(serde_json::to_value(remembered)?);
        row.update(&*tx).await?;
        tx.commit([self.0.event(AuditAction::ChannelVerify, (SubjectKind::Channel, channel.id))]).await?;
        Ok(true)
    }
}
