//! What a check of the connection does to a channel: it works, or it is paused and says why.

use std::collections::BTreeMap;

use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::Value;
use uuid::Uuid;

use super::super::delivery::channel_rows::{self, Channel, from_row};
use super::super::names;
use super::{Channels, NewChannel};
use crate::actor::Actor;
use crate::audit::{AuditAction, SubjectKind};
use crate::delivery::{ChannelState, DeliveryPolicy, Findings};
use crate::entity::channels;
use crate::error::Result;
use crate::form::FieldErrors;

/// What a check of a channel's connection came to.
#[derive(Debug, Clone, PartialEq)]
pub enum ConnectionCheck {
    /// It may post there.
    Passed {
        /// The account's name on the platform.
        label: String,
        /// Its address there.
        url: Option<String>,
        /// What the plugin asked to remember.
        remembered: BTreeMap<String, Value>,
        /// The warnings, and their language.
        findings: Findings,
    },
    /// It may not, or the platform couldn't be asked.
    Failed {
        /// Why, in one sentence.
        problem: String,
        /// What it is about.
        findings: Findings,
    },
}

/// A channel to add whose connection was checked.
#[derive(Debug, Clone)]
pub struct CheckedChannel {
    /// The id that the check was made with.
    pub id: Uuid,
    /// The channel.
    pub new: NewChannel,
    /// What posters see it called.
    pub public_name: Option<String>,
    /// What the check came to.
    pub check: ConnectionCheck,
}

impl Channels<'_> {
    /// Whether these can be a channel's names; `None` isn't looked at.
    ///
    /// # Errors
    /// Pointers `/name` and `/public_name`.
    pub fn check_names(&self, name: Option<&str>, public_name: Option<&str>) -> std::result::Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = name.map_or(Ok(()), |name| names::checked(name).map(drop));
        let public_name = public_name.map_or(Ok(()), |name| names::optional(name, "/public_name").map(drop));
        for wrong in [name, public_name].into_iter().filter_map(std::result::Result::err) {
            errors.0.extend(wrong.0);
        }
        errors.into_result()
    }

    /// A channel that isn't stored yet, for a check of its connection.
    pub fn draft(&self, id: Uuid, new: &NewChannel) -> Channel {
        let now = self.0.now();
        Channel {
            id,
            plugin: new.plugin.clone(),
            name: new.name.clone(),
            settings: new.settings.clone(),
            template: None,
            state: ChannelState::Active,
            problem: None,
            findings: Findings::default(),
            public_name: None,
            account_label: None,
            account_url: None,
            secret_names: new.secrets.names().map(str::to_owned).collect(),
            delivery: DeliveryPolicy::default(),
            lanes: new.lanes.clone(),
            remembered: BTreeMap::new(),
            configuration: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// Adds one: it works if its check passed, and is paused with the problem otherwise.
    ///
    /// # Errors
    /// `Invalid` at `/name` and `/public_name`.
    pub async fn create_checked(&self, checked: CheckedChannel, by: Actor) -> Result<Channel> {
        let mut row = self.new_row(checked.id, &checked.new)?;
        let public_name = checked.public_name.as_deref().unwrap_or_default();
        row.public_name = Set(names::optional(public_name, "/public_name")?);
        let tx = self.0.store().write_as(by).await?;
        let working = row.insert(&*tx).await?;
        let mut row = working.clone().into_active_model();
        apply(checked.check, &working, &mut row, false)?;
        let row = row.update(&*tx).await?;
        self.set_secrets(&tx, row.id, &checked.new.secrets).await?;
        let event = self.0.event(AuditAction::ChannelCreate, (SubjectKind::Channel, row.id));
        tx.commit([event.with("plugin", &row.plugin).with("state", row.state)]).await?;
        from_row(row, checked.new.secrets.names().map(str::to_owned).collect())
    }

    /// Records that a test message was sent there; it is no copy of a job.
    ///
    /// # Errors
    /// `NotFound` if the channel is gone.
    pub async fn tested(&self, id: Uuid, by: Actor) -> Result<()> {
        let tx = self.0.store().write_as(by).await?;
        channel_rows::find(&tx, self.0, id).await?;
        tx.commit([self.0.event(AuditAction::ChannelTest, (SubjectKind::Channel, id))]).await
    }
}

/// What a check does to the rest of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// It works again: what waited is due.
    Resumes,
    /// It is paused: what should be sent waits.
    Stops,
}

/// Changes the row `before` by a check. A channel that was paused because of a problem works again if the check passed,
/// unless everybody it mails to has unsubscribed; one that a person paused stays so.
pub(super) fn apply(
    check: ConnectionCheck,
    before: &channels::Model,
    row: &mut channels::ActiveModel,
    unsubscribed: bool,
) -> Result<Effect> {
    let refused = before.state == ChannelState::Paused && before.problem.is_some();
    match check {
        ConnectionCheck::Passed { label, url, remembered, findings } => {
            row.account_label = Set(Some(label));
            row.account_url = Set(url);
            row.remembered = Set(serde_json::to_value(remembered)?);
            row.findings = Set(serde_json::to_value(findings)?);
            if !refused || unsubscribed {
                return Ok(Effect::Nothing);
            }
            row.state = Set(ChannelState::Active);
            row.problem = Set(None);
            Ok(Effect::Resumes)
        }
        ConnectionCheck::Failed { problem, findings } => {
            row.findings = Set(serde_json::to_value(findings)?);
            // One that a person paused doesn't become a refused channel, which would resume by itself.
            if before.state == ChannelState::Paused && !refused {
                return Ok(Effect::Nothing);
            }
            row.state = Set(ChannelState::Paused);
            row.problem = Set(Some(problem));
            Ok(Effect::Stops)
        }
    }
}
