//! The digests' task: makes of each channel's parts one mail when its hour has come, and sends it.
//!
//! Every replica runs it. Parts become a mail under their channel's lock, and a mail is begun by one of them.

use std::sync::Arc;
use std::time::Duration;

use tablon_core::store::{Channel, DigestMail, Fragment, OutboxMail, Store};
use tablon_core::{Actor, TenantScope};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::digest_page;
use super::mailbox::recipients;
use super::office::{PostOffice, Posting, Sent};
use super::smtp::Failure;
use crate::host::PluginHost;
use crate::manifest::Audience;
use crate::plugin::Plugin;
use crate::traffic::Traffic;

/// How often to look for what nobody announced.
const POLL: Duration = Duration::from_secs(20);
/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most mails in one look.
const AT_ONCE: u64 = 50;
/// The wait after a server didn't take a digest: doubled each time, up to the longest.
const FIRST_WAIT: chrono::Duration = chrono::Duration::minutes(1);
const LONGEST_WAIT: chrono::Duration = chrono::Duration::hours(1);

/// Makes and sends digests.
#[derive(Debug, Clone)]
pub struct Digests {
    store: Store,
    host: PluginHost,
}

impl Digests {
    /// Digests of the channels in `store`.
    pub fn new(store: Store, host: PluginHost) -> Self {
        Self { store, host }
    }

    /// Works until `stop`. A database that is away is waited for.
    pub async fn run(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.settle().await {
                Ok(()) => self.pause().await.unwrap_or(POLL),
                Err(error) => {
                    tracing::warn!(%error, "digests wait for the database");
                    POLL
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn pause(&self) -> tablon_core::Result<Duration> {
        let next = self.store.mailroom().next_due().await?;
        let until = next.and_then(|at| (at - self.store.clock().now()).to_std().ok());
        // What is overdue belongs to a replica that is at it, or to a channel that can't send: don't ask without a pause.
        Ok(until.unwrap_or(POLL).clamp(Duration::from_secs(1), POLL))
    }

    /// Makes and sends what is due now.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn settle(&self) -> tablon_core::Result<()> {
        let mailroom = self.store.mailroom();
        for (scope, channel_id) in mailroom.due_digests().await? {
            while self.compose(&scope, channel_id).await? {}
        }
        for (scope, mail) in mailroom.due_mails(AT_ONCE).await? {
            self.send(&scope, &mail).await?;
        }
        Ok(())
    }

    /// Makes one digest, if there is one to make.
    async fn compose(&self, scope: &TenantScope, channel_id: Uuid) -> tablon_core::Result<bool> {
        let Some(channel) = scope.channels().get(channel_id).await? else { return Ok(false) };
        if self.plugin(&channel).is_none() {
            return Ok(false);
        }
        let office = self.host.post_office();
        let mut unusable = None;
        let write = |channel: &Channel, parts: &[Fragment]| {
            let audience = parts.first().map(|part| part.audience.as_str()).unwrap_or_default();
            let found = Audience::parse(audience)
                .and_then(|audience| recipients(&channel.settings, &audience).map_err(|error| error.to_string()));
            let recipients = found.map_err(|words| unusable = Some(words)).ok()?;
            // A list has one address; where there are several, the link in the text stops it for all of them too.
            let address = recipients.first().map(String::as_str).unwrap_or_default();
            let unsubscribe = office.unsubscribe_url(scope, channel, address);
            Some(DigestMail { content: digest_page::compose(scope, parts, &unsubscribe), recipients })
        };
        let made = scope.mail().compose(channel_id, write).await?;
        if let Some(words) = unusable {
            tracing::warn!(channel = %channel_id, words, "a digest has nobody to go to");
            self.pause_channel(scope, channel_id, &words).await?;
        }
        Ok(made.is_some())
    }

    async fn send(&self, scope: &TenantScope, mail: &OutboxMail) -> tablon_core::Result<()> {
        let Some(channel) = scope.channels().get(mail.channel_id).await? else { return Ok(()) };
        let (Some(plugin), Some(content)) = (self.plugin(&channel), &mail.content) else { return Ok(()) };
        let secrets = scope.channels().secrets(channel.id).await?;
        let office: Arc<PostOffice> = self.host.post_office();
        let own = plugin.manifest().mail.smtp_secret.as_deref().and_then(|name| secrets.get(name));
        let counter = match office.counter(scope, own) {
            Ok(counter) => counter,
            Err(failure) => return self.pause_channel(scope, channel.id, failure.words()).await,
        };
        let again = scope.now() + wait(mail.attempts);
        let traffic = Traffic::default();
        let sent = office.send(Posting {
            scope,
            channel: &channel,
            mail,
            content,
            counter: &counter,
            deadline: Instant::now() + PATIENCE,
            traffic: &traffic,
            again: Some(again),
        });
        match sent.await? {
            Sent::Yes => tracing::info!(tenant = %scope.slug, channel = %channel.id, "a digest was sent"),
            Sent::Taken => {}
            Sent::No(failure @ (Failure::Denied(_) | Failure::Refused(_))) => {
                self.pause_channel(scope, channel.id, failure.words()).await?;
            }
            Sent::No(failure) => {
                tracing::warn!(channel = %channel.id, words = failure.words(), "a digest wasn't sent for certain");
            }
        }
        Ok(())
    }

    /// Tells the admins, who mend it and let the channel work again.
    async fn pause_channel(&self, scope: &TenantScope, channel_id: Uuid, words: &str) -> tablon_core::Result<()> {
        let problem = format!("the digest couldn't be sent: {words}");
        scope.channels().pause(channel_id, Some(&problem), Actor::System).await?;
        Ok(())
    }

    fn plugin(&self, channel: &Channel) -> Option<Arc<Plugin>> {
        self.host.plugin(&channel.plugin)
    }
}

fn wait(attempts: u32) -> chrono::Duration {
    (FIRST_WAIT * (1 << attempts.min(6))).min(LONGEST_WAIT)
}
