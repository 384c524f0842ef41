//! The task that sends what is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tablon_core::store::{DueNotice, NoticeOutcome, Prepared};
use tablon_core::{Error, Keyring, Store};
use tablon_publisher::PluginHost;
use tablon_publisher::mail::{NOTICE_LEASE, NoticeMail, NoticeMailer, NoticeSent};
use tokio_util::sync::CancellationToken;

use super::letter;
use super::stop_link::StopKey;
use crate::theme::Theme;

/// How often other processes' notices are looked for.
const POLL: Duration = Duration::from_secs(2);
/// The pause after the mail server couldn't be reached.
const PAUSE: Duration = Duration::from_secs(15);
/// How often reminders and questions are looked for.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// How often old notices are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);
/// The wait after the first failed try; each further one waits twice as long.
const FIRST_WAIT: chrono::Duration = chrono::Duration::minutes(1);
/// The longest wait between two tries.
const LONGEST_WAIT: chrono::Duration = chrono::Duration::hours(1);
/// For how long a mail is tried that a stranger caused, to whatever address they typed.
const STRANGERS_TRIED_FOR: chrono::Duration = chrono::Duration::days(1);
/// For how long a mail is tried, as mail servers do.
const TRIED_FOR: chrono::Duration = chrono::Duration::days(5);

/// Writes and sends the notices of all boards.
pub struct NoticeTask {
    store: Store,
    theme: Arc<Theme>,
    mailer: NoticeMailer,
    key: StopKey,
}

impl NoticeTask {
    /// Sends through the mail server of this host's options.
    pub fn new(store: Store, theme: Arc<Theme>, host: &PluginHost, keyring: &Keyring) -> Self {
        Self { store, theme, mailer: NoticeMailer::new(host), key: StopKey::derive(keyring) }
    }

    /// Works until told to stop. A conversation with the mail server is finished first.
    pub async fn run(self, stop: CancellationToken) {
        if !self.store.sends_mail() {
            return;
        }
        // A SQLite database has one process: whoever was sending before is dead.
        let mut alone = self.store.is_embedded();
        let (mut scanned, mut pruned) = (None::<tokio::time::Instant>, None::<tokio::time::Instant>);
        while !stop.is_cancelled() {
            let overdue = |last: Option<tokio::time::Instant>, every| last.is_none_or(|at| at.elapsed() >= every);
            self.report(self.store.notices().recover(alone).await.map(|_| alone = false));
            if overdue(scanned, SCAN_EVERY) {
                // Again at once where there was more than one transaction takes.
                let found = self.store.notices().scan().await;
                scanned =
                    if matches!(found, Ok(found) if found > 0) { None } else { Some(tokio::time::Instant::now()) };
                self.report(found.map(drop));
            }
            if overdue(pruned, PRUNE_EVERY) {
                self.report(self.store.notices().prune().await.map(drop));
                pruned = Some(tokio::time::Instant::now());
            }
            let wait = match self.send_due(&stop).await {
                Ok(wait) => wait,
                Err(error) => {
                    self.report(Err(error));
                    PAUSE
                }
            };
            let wait = if scanned.is_none() { wait.min(Duration::from_millis(200)) } else { wait };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(wait) => {}
                () = self.store.notice_appears(), if wait != PAUSE => {}
            }
        }
    }

    /// Sends what is due; how long to wait then.
    async fn send_due(&self, stop: &CancellationToken) -> Result<Duration, Error> {
        let due = self.store.notices().due().await?;
        let full = !due.is_empty();
        // One after the other: a crash leaves at most one mail in doubt.
        for due in &due {
            if stop.is_cancelled() {
                break;
            }
            if !self.send(due).await? {
                return Ok(PAUSE);
            }
        }
        if full {
            return Ok(Duration::ZERO);
        }
        let next = self.store.notices().next_due().await?;
        let now = self.store.clock().now();
        Ok(next.and_then(|at| (at - now).to_std().ok()).map_or(POLL, |wait| wait.min(POLL)))
    }

    /// Sends one mail; `false` if the mail server couldn't be reached.
    async fn send(&self, due: &DueNotice) -> Result<bool, Error> {
        let notices = self.store.notices();
        let now = self.store.clock().now();
        let facts = match notices.prepare(due).await {
            Ok(Prepared::Ready(facts)) => facts,
            Ok(Prepared::NotYet(at)) => {
                notices.put_off(due, NoticeOutcome::NotYet(at)).await?;
                return Ok(true);
            }
            Ok(Prepared::Nothing) => {
                notices.put_off(due, NoticeOutcome::Dropped).await?;
                return Ok(true);
            }
            Err(error) => {
                // One board's unreadable rows don't hold up the mail of the others.
                self.report(Err(error));
                self.postpone(due, "what the mail is about can't be read".to_owned(), now, false).await?;
                return Ok(true);
            }
        };
        let (Some(first), Some(recipient)) = (facts.first(), due.recipient()) else {
            notices.put_off(due, NoticeOutcome::Dropped).await?;
            return Ok(true);
        };
        let written = match letter::write(&self.theme, &self.key, self.store.base_url(), &facts, due.is_digest()) {
            Ok(written) => written,
            Err(error) => {
                tracing::error!(%error, "a mail can't be written");
                self.postpone(due, error.to_string(), now, false).await?;
                return Ok(true);
            }
        };
        let mail = NoticeMail {
            to: recipient.to_owned(),
            content: written.content,
            key: format!("notice.{}", due.id().simple()),
            thread: written.thread,
            unsubscribe: written.stop_url,
            at: now,
        };
        let name = first.board.as_ref().map(|board| letter::board_name(first.kind, board));
        let sender = name.as_deref().unwrap_or(letter::PROGRAM);
        let begun = AtomicBool::new(false);
        let claim = async {
            let claimed = notices.begin(due, NOTICE_LEASE).await?;
            begun.store(claimed, Ordering::Relaxed);
            Ok::<_, Error>(claimed)
        }
        .boxed();
        let sent = self.mailer.send(sender, &mail, claim).await?;
        let claimed = begun.into_inner();
        let outcome = match sent {
            NoticeSent::Yes => NoticeOutcome::Sent,
            NoticeSent::NotClaimed => return Ok(true),
            NoticeSent::Refused(words) => NoticeOutcome::Refused(words),
            NoticeSent::InDoubt(problem) => NoticeOutcome::InDoubt { problem, again: now + FIRST_WAIT },
            NoticeSent::NoServer(problem) => {
                tracing::warn!(problem, "the mail server takes no mail");
                self.postpone(due, problem, now, claimed).await?;
                return Ok(false);
            }
            NoticeSent::NotSent(problem) => {
                self.postpone(due, problem, now, claimed).await?;
                return Ok(true);
            }
        };
        self.settle(due, outcome, claimed).await?;
        Ok(true)
    }

    async fn settle(&self, due: &DueNotice, outcome: NoticeOutcome, claimed: bool) -> Result<(), Error> {
        let notices = self.store.notices();
        if claimed { notices.finish(due, outcome).await } else { notices.put_off(due, outcome).await }
    }

    async fn postpone(&self, due: &DueNotice, problem: String, now: DateTime<Utc>, claimed: bool) -> Result<(), Error> {
        let notices = self.store.notices();
        let tried_for = if due.is_caused_by_strangers() { STRANGERS_TRIED_FOR } else { TRIED_FOR };
        if due.created_at().is_some_and(|at| at + tried_for <= now) {
            return self.settle(due, NoticeOutcome::GivenUp(problem), claimed).await;
        }
        let wait = (FIRST_WAIT * (1 << due.attempts().min(6))).min(LONGEST_WAIT);
        if !claimed {
            notices.count_try(due).await?;
        }
        self.settle(due, NoticeOutcome::NotSent { problem, again: now + wait }, claimed).await
    }

    fn report(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            tracing::warn!(%error, "notices can't be sent now; trying again");
        }
    }
}

impl std::fmt::Debug for NoticeTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoticeTask")
    }
}
