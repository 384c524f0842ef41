//! A channel, in the form that a call of its plugin needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tablon_core::TenantScope;
use tablon_core::store::Channel;

use crate::mail::MailContext;

/// A tenant's channel.
#[derive(Debug, Clone)]
pub struct Target {
    /// The channel's id.
    pub id: String,
    /// The board it belongs to.
    pub board: Board,
    /// Its settings, without secrets.
    pub settings: Value,
    /// The names of the secrets that are set. A call that gets secrets uses their names instead.
    pub secret_names: Vec<String>,
    /// The tenant's own message template.
    pub template: Option<String>,
    /// The language of a message's fixed words (BCP 47).
    pub locale: String,
    /// The values that the plugin asked to remember when it last verified the channel.
    pub remembered: BTreeMap<String, Value>,
    /// The outbox for its mail; without one, it sends none.
    pub outbox: Option<Outbox>,
}

/// The outbox of a channel's mail.
#[derive(Debug, Clone)]
pub struct Outbox {
    /// The tenant.
    pub scope: TenantScope,
    /// The channel.
    pub channel: Channel,
    /// What the call's mail is about.
    pub mail_context: MailContext,
}

/// The board that a channel belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Board {
    /// What it is called.
    pub name: String,
    /// Its first page.
    pub url: String,
    /// Its accent colour, `#rrggbb`.
    pub color: String,
}

/// One try of one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptContext {
    /// The same for every try of one operation.
    pub key: String,
    /// From 1.
    pub number: u32,
    /// When the operation's first try began.
    pub began: DateTime<Utc>,
    /// The time that the plugin gets.
    pub now: DateTime<Utc>,
}

impl Target {
    /// A channel of a tenant.
    pub fn of(tenant: &TenantScope, channel: &Channel) -> Self {
        Self {
            id: channel.id.to_string(),
            board: Board { name: tenant.name.clone(), url: tenant.public_url(), color: tenant.accent.clone() },
            settings: channel.settings.clone(),
            secret_names: channel.secret_names.clone(),
            template: channel.template.clone(),
            locale: tenant.locale.clone(),
            remembered: channel.remembered.clone(),
            outbox: Some(Outbox {
                scope: tenant.clone(),
                channel: channel.clone(),
                mail_context: MailContext::default(),
            }),
        }
    }

    /// The same for a call whose mail is about this.
    pub(crate) fn with_mail_context(mut self, mail_context: MailContext) -> Self {
        if let Some(outbox) = &mut self.outbox {
            outbox.mail_context = mail_context;
        }
        self
    }
}
