//! The task that sends what is due: each mail server has its own turn, so that one that doesn't answer holds up nobody
//! else's mail.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use tablon_core::store::MailLane;
use tablon_core::{Error, Keyring, Store};
use tablon_publisher::PluginHost;
use tablon_publisher::mail::NoticeMailer;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lanes::{Lanes, Turn};
use super::sending::Sending;
use super::stop_link::StopKey;
use crate::theme::Theme;

/// How often other processes' notices are looked for.
const POLL: Duration = Duration::from_secs(2);
/// The pause while the database can't be reached.
const PAUSE: Duration = Duration::from_secs(15);
/// How often reminders and questions are looked for.
const SCAN_EVERY: Duration = Duration::from_secs(30);
/// How often old notices are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

/// Writes and sends the notices of all boards.
#[derive(Clone)]
pub struct NoticeTask(Sending);

impl NoticeTask {
    /// Sends through the mail server of this host's options, and through those of boards that have their own.
    pub fn new(store: Store, theme: Arc<Theme>, host: &PluginHost, keyring: &Keyring) -> Self {
        Self(Sending { store, theme, mailer: NoticeMailer::new(host), key: StopKey::derive(keyring) })
    }

    /// Works until told to stop. Conversations with mail servers are finished first.
    pub async fn run(self, stop: CancellationToken) {
        let store = &self.0.store;
        // A SQLite database has one process: whoever was sending before is dead.
        let mut alone = store.is_embedded();
        let (mut scanned, mut pruned) = (None::<Instant>, None::<Instant>);
        let mut lanes = Lanes::default();
        let mut running = FuturesUnordered::new();
        while !stop.is_cancelled() {
            let overdue = |last: Option<Instant>, every| last.is_none_or(|at| at.elapsed() >= every);
            report(store.notices().recover(alone).await.map(|_| alone = false));
            if overdue(scanned, SCAN_EVERY) {
                // Again at once where there was more than one transaction takes.
                let found = store.notices().scan().await;
                scanned = if matches!(found, Ok(found) if found > 0) { None } else { Some(Instant::now()) };
                report(found.map(drop));
            }
            if overdue(pruned, PRUNE_EVERY) {
                report(store.notices().prune().await.map(drop));
                pruned = Some(Instant::now());
            }
            let wait = match self.due(&mut lanes).await {
                Ok((started, wait)) => {
                    running.extend(started.into_iter().map(|lane| self.turn(lane, &stop)));
                    wait
                }
                Err(error) => {
                    report(Err(error));
                    PAUSE
                }
            };
            let wait = if scanned.is_none() { wait.min(Duration::from_millis(200)) } else { wait };
            tokio::select! {
                () = stop.cancelled() => {}
                Some((lane, turn)) = running.next(), if !running.is_empty() => lanes.end(lane, turn, Instant::now()),
                () = tokio::time::sleep(wait) => {}
                () = store.notice_appears(), if wait != PAUSE => {}
            }
        }
        while running.next().await.is_some() {}
    }

    /// The lanes whose turn begins, and how long to wait for others.
    async fn due(&self, lanes: &mut Lanes) -> Result<(Vec<MailLane>, Duration), Error> {
        let notices = self.0.store.notices();
        let due = notices.lanes().await?;
        let started = lanes.start(due, Instant::now());
        let next = notices.next_due().await?;
        let now = self.0.store.clock().now();
        Ok((started, next.and_then(|at| (at - now).to_std().ok()).map_or(POLL, |wait| wait.min(POLL))))
    }

    async fn turn(&self, lane: MailLane, stop: &CancellationToken) -> (MailLane, Turn) {
        let turn = self.0.turn(lane, stop).await.unwrap_or_else(|error| {
            report(Err(error));
            Turn::Failed
        });
        (lane, turn)
    }
}

pub(super) fn report(result: Result<(), Error>) {
    if let Err(error) = result {
        tracing::warn!(%error, "notices can't be sent now; trying again");
    }
}

impl std::fmt::Debug for NoticeTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoticeTask")
    }
}
