//! The digests' task: at a channel's hour, makes one mail of its waiting parts, and sends it.
//!
//! Every replica runs it. Parts become a mail under their channel's lock, and only one replica begins a mail.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tablon_core::TenantScope;
use tablon_core::store::{Channel, DigestMail, Findings, Fragment, MailOutcome, OutboxMail, ProblemKind, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::audience::{recipients, recipients_of};
use super::digest_page;
use super::mailer::{Mailer, OutgoingMail, Sent};
use super::smtp::Failure;
use super::unsubscribed_words;
use crate::host::PluginHost;
use crate::manifest::Audience;
use crate::plugin::Plugin;
use crate::traffic::Traffic;

/// The longest sentence about what went wrong, in characters.
const LONGEST_WORDS: usize = 300;
const NOT_GRANTED: &str = "the operator doesn't let this plugin mail there";
/// How often to look for work without an announcement.
const POLL: Duration = Duration::from_secs(20);
/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most mails of one channel in one round.
const SHARE: u64 = 20;
/// How many channels' mails are sent at the same time.
const AT_ONCE: usize = 8;
/// The wait after a server didn't take a digest: doubled each time, up to `LONGEST_WAIT`.
const FIRST_WAIT: chrono::Duration = chrono::Duration::minutes(1);
const LONGEST_WAIT: chrono::Duration = chrono::Duration::hours(1);
/// How often a digest is tried: with these waits for just under five days, as long as mail servers try (RFC 5321,
/// 4.5.4.1).
const MOST_TRIES: u32 = 120;
/// How often to look for old mails to delete.
const PRUNE: Duration = Duration::from_secs(3600);

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

    /// Works until `stop`. While the database can't be reached, it waits.
    pub async fn run(&self, stop: CancellationToken) {
        let mut pruned: Option<Instant> = None;
        while !stop.is_cancelled() {
            if pruned.is_none_or(|at| at.elapsed() >= PRUNE) {
                pruned = Some(Instant::now());
                self.prune().await;
            }
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

    async fn prune(&self) {
        match self.store.mailroom().prune().await {
            Ok(0) => {}
            Ok(gone) => tracing::info!(gone, "deleted old mails"),
            Err(error) => tracing::warn!(%error, "old mails can't be deleted now"),
        }
    }

    async fn pause(&self) -> tablon_core::Result<Duration> {
        let next = self.store.mailroom().next_due().await?;
        let until = next.and_then(|at| (at - self.store.clock().now()).to_std().ok());
        // Another replica has the overdue mail, or its channel can't send: wait a second at least before asking again.
        Ok(until.unwrap_or(POLL).clamp(Duration::from_secs(1), POLL))
    }

    /// Makes and sends all due digests. An error of one channel is logged and doesn't stop the others.
    ///
    /// # Errors
    /// If the database can't be reached.
    pub async fn settle(&self) -> tablon_core::Result<()> {
        let mailroom = self.store.mailroom();
        let died = mailroom.note_deaths().await?;
        if died > 0 {
            tracing::warn!(died, "mails of a process that died have an unknown outcome");
        }
        for (scope, channel_id) in mailroom.due_digests().await? {
            while self.compose(&scope, channel_id).await.unwrap_or_else(|error| {
                tracing::warn!(%error, channel = %channel_id, "a digest can't be made");
                false
            }) {}
        }
        let mut channels: Vec<Vec<(TenantScope, OutboxMail)>> = Vec::new();
        for due in mailroom.due_mails(SHARE).await? {
            match channels.last_mut() {
                Some(same) if same[0].1.channel_id == due.1.channel_id => same.push(due),
                _ => channels.push(vec![due]),
            }
        }
        futures::stream::iter(channels).for_each_concurrent(AT_ONCE, |mails| self.send_all(mails)).await;
        Ok(())
    }

    /// Sends one channel's mails, until an error shows that the channel or its server doesn't work.
    async fn send_all(&self, mails: Vec<(TenantScope, OutboxMail)>) {
        for (scope, mail) in mails {
            match self.send(&scope, &mail).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, channel = %mail.channel_id, "a digest can't be sent now");
                    postpone(&scope, &mail, "something went wrong in this program").await.ok();
                    return;
                }
            }
        }
    }

    /// Makes one digest, if there is one to make.
    async fn compose(&self, scope: &TenantScope, channel_id: Uuid) -> tablon_core::Result<bool> {
        let Some(channel) = scope.channels().get(channel_id).await? else { return Ok(false) };
        let Some(plugin) = self.plugin(&channel) else { return Ok(false) };
        let unsubscribed = scope.mail().unsubscribed(channel_id, &recipients_of(&channel)).await?;
        let (mut unusable, mut nobody) = (None, None);
        let write = |channel: &Channel, parts: &[Fragment]| {
            let audience = parts.first().map(|part| part.audience.as_str()).unwrap_or_default();
            let wrong = |words: String| (ProblemKind::Settings, words);
            let granted =
                Audience::parse(audience).map_err(wrong).and_then(|audience| match plugin.may_mail(&audience) {
                    true => Ok(audience),
                    false => Err((ProblemKind::NotGranted, NOT_GRANTED.to_owned())),
                });
            let found =
                granted.and_then(|to| recipients(&channel.settings, &to).map_err(|error| wrong(error.to_string())));
            let recipients = found.map_err(|why| unusable = Some(why)).ok()?;
            if recipients.iter().all(|to| unsubscribed.contains(to)) {
                nobody = Some(unsubscribed_words(&scope.locale, &recipients));
                return None;
            }
            Some(DigestMail { content: digest_page::compose(scope, parts), recipients })
        };
        let made = scope.mail().compose(channel_id, write).await?;
        if let Some((kind, words)) = unusable {
            tracing::warn!(channel = %channel_id, words, "a digest has no usable recipient");
            self.pause_channel(scope, channel_id, kind, &words).await?;
        }
        if let Some(words) = nobody {
            let findings = Findings::own(ProblemKind::Unsubscribed, &scope.locale);
            scope.channels().stop(channel_id, &words, &findings).await?;
        }
        Ok(made.is_some())
    }

    /// Sends one mail. `false`: the channel's other mails would fail now too.
    async fn send(&self, scope: &TenantScope, mail: &OutboxMail) -> tablon_core::Result<bool> {
        let Some(channel) = scope.channels().get(mail.channel_id).await? else { return Ok(false) };
        let Some(plugin) = self.plugin(&channel) else {
            postpone(scope, mail, "the plugin isn't running").await?;
            return Ok(false);
        };
        let addresses = plugin.mail_addresses(&channel);
        let Some(addresses) = addresses else {
            postpone(scope, mail, NOT_GRANTED).await?;
            self.pause_channel(scope, channel.id, ProblemKind::NotGranted, NOT_GRANTED).await?;
            return Ok(false);
        };
        let is_meant = mail.recipient.as_ref().is_some_and(|to| addresses.contains(to));
        let (true, Some(content)) = (is_meant, &mail.content) else {
            let gone = MailOutcome::Cancelled("the channel doesn't send there any more".to_owned());
            scope.mail().give_up(mail.id, gone, None).await?;
            return Ok(true);
        };
        let secrets = scope.channels().secrets(channel.id).await?;
        let vault = plugin.vault(&channel.settings, &secrets);
        let clean = |failure: &Failure| vault.scrubber.sentence(failure.words(), LONGEST_WORDS);
        let mailer: Arc<Mailer> = self.host.mailer();
        let own = plugin.own_mail_server(&vault).map_err(Failure::Denied);
        let route = match own.and_then(|own| mailer.route(scope, own.as_ref().map(|url| url.as_str()))) {
            Ok(route) => route,
            Err(failure) => {
                postpone(scope, mail, &clean(&failure)).await?;
                self.pause_channel(scope, channel.id, ProblemKind::MailServer, &clean(&failure)).await?;
                return Ok(false);
            }
        };
        let traffic = Traffic::default();
        let sent = mailer.send(OutgoingMail {
            scope,
            channel: &channel,
            mail,
            content,
            recipient_kind: plugin.manifest().mail.recipient_kind(&channel.settings),
            route: &route,
            deadline: Instant::now() + PATIENCE,
            traffic: &traffic,
            again: Some(scope.now() + wait(mail.attempts)),
        });
        let failure = match sent.await? {
            Sent::Yes => {
                tracing::info!(tenant = %scope.slug, channel = %channel.id, "a digest was sent");
                return Ok(true);
            }
            Sent::Taken | Sent::Suppressed => return Ok(true),
            Sent::No(failure) => failure,
        };
        let words = clean(&failure);
        tracing::warn!(channel = %channel.id, words, "a digest may not have been sent");
        match failure {
            Failure::Denied(_) => {
                self.pause_channel(scope, channel.id, ProblemKind::MailServer, &words).await?;
                Ok(false)
            }
            // There is no other recipient: somebody has to correct the address first.
            Failure::Invalid(_) if addresses.len() == 1 => {
                self.pause_channel(scope, channel.id, ProblemKind::Settings, &words).await?;
                Ok(false)
            }
            Failure::Invalid(_) => {
                scope.mail().give_up(mail.id, MailOutcome::Refused(words), None).await?;
                Ok(true)
            }
            Failure::NotSent(_) => {
                if is_last(mail) {
                    scope.mail().give_up(mail.id, MailOutcome::GivenUp(words), None).await?;
                }
                Ok(false)
            }
            Failure::Refused(_) | Failure::Unknown(_) => Ok(true),
        }
    }

    /// Pauses the channel with the problem, which the admins see. They correct it and resume the channel.
    async fn pause_channel(
        &self,
        scope: &TenantScope,
        channel_id: Uuid,
        kind: ProblemKind,
        words: &str,
    ) -> tablon_core::Result<()> {
        let problem = format!("the digest couldn't be sent: {words}");
        scope.channels().stop(channel_id, &problem, &Findings::own(kind, "en")).await
    }

    fn plugin(&self, channel: &Channel) -> Option<Arc<Plugin>> {
        self.host.plugin(&channel.plugin)
    }
}

/// Schedules the next try, with a growing wait.
async fn postpone(scope: &TenantScope, mail: &OutboxMail, words: &str) -> tablon_core::Result<()> {
    if is_last(mail) {
        return scope.mail().give_up(mail.id, MailOutcome::GivenUp(words.to_owned()), None).await;
    }
    let again = scope.now() + wait(mail.attempts);
    scope.mail().give_up(mail.id, MailOutcome::NotSent(words.to_owned()), Some(again)).await
}

/// Whether this try was the last one.
fn is_last(mail: &OutboxMail) -> bool {
    mail.attempts + 1 >= MOST_TRIES
}

fn wait(attempts: u32) -> chrono::Duration {
    (FIRST_WAIT * (1 << attempts.min(6))).min(LONGEST_WAIT)
}
