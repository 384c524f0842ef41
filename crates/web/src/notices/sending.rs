//! Sends what is due through one mail server, one mail after the other: a crash leaves at most one of them in doubt.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tablon_core::store::{DueNotice, MailLane, NoticeOutcome, Prepared};
use tablon_core::{Error, Store};
use tablon_publisher::mail::{NOTICE_LEASE, NoticeMail, NoticeMailer, NoticeSent, OwnServer};
use tokio_util::sync::CancellationToken;

use super::lanes::Turn;
use super::letter;
use super::stop_link::StopKey;
use super::task::report;
use crate::board_mail;
use crate::theme::Theme;

/// The wait after the first failed try; each further one waits twice as long.
const FIRST_WAIT: chrono::Duration = chrono::Duration::minutes(1);
/// The longest wait between two tries.
const LONGEST_WAIT: chrono::Duration = chrono::Duration::hours(1);
/// For how long a mail is tried that a stranger caused, to whatever address they typed.
const STRANGERS_TRIED_FOR: chrono::Duration = chrono::Duration::days(1);
/// For how long a mail is tried, as mail servers do.
const TRIED_FOR: chrono::Duration = chrono::Duration::days(5);

/// What it takes to write a notice and to send it.
#[derive(Clone)]
pub(super) struct Sending {
    pub(super) store: Store,
    pub(super) theme: Arc<Theme>,
    pub(super) mailer: NoticeMailer,
    pub(super) key: StopKey,
}

/// What became of one mail, for the ones after it.
enum Step {
    /// The server took it.
    Sent,
    /// It wasn't sent, and the next one may be.
    Next,
    /// The server takes no mail now. With its words.
    Unusable(String),
}

impl Sending {
    /// Sends what is due in a lane, until its server can't be used.
    pub(super) async fn turn(&self, lane: MailLane, stop: &CancellationToken) -> Result<Turn, Error> {
        let notices = self.store.notices();
        let own = match lane {
            MailLane::Installation => Ok(None),
            MailLane::Board { id, .. } => {
                let Some(board) = self.store.tenants().by_id(id).await? else { return Ok(Turn::Worked) };
                match board_mail::open(&board).await? {
                    // It was removed just now: the lane is no more.
                    Ok(None) => return Ok(Turn::Worked),
                    own => own,
                }
            }
        };
        let mut noted = false;
        for due in &notices.due(lane).await? {
            if stop.is_cancelled() {
                break;
            }
            let own = own.as_ref().map(Option::as_ref).map_err(String::as_str);
            // One mail that can't be written doesn't end the task that sends everybody's.
            let step = match AssertUnwindSafe(self.send(due, own)).catch_unwind().await {
                Ok(step) => step?,
                Err(_) => {
                    tracing::error!(notice = %due.id(), "sending a mail panicked");
                    self.postpone(due, "a fault of this program".to_owned(), self.now(), false).await?;
                    Step::Next
                }
            };
            match (step, lane) {
                (Step::Unusable(words), MailLane::Board { id, version }) => {
                    tracing::warn!(board = %id, "a board's own mail server takes no mail");
                    notices.note_server(id, version, Some(&words)).await?;
                    return Ok(Turn::Unusable);
                }
                (Step::Unusable(problem), MailLane::Installation) => {
                    tracing::warn!(problem, "the mail server takes no mail");
                    return Ok(Turn::Unusable);
                }
                (Step::Sent, MailLane::Board { id, version }) if !noted => {
                    noted = true;
                    notices.note_server(id, version, None).await?;
                }
                _ => {}
            }
        }
        Ok(Turn::Worked)
    }

    /// Sends one mail. `own`: the board's own server, if the mail goes by it, or why it can't be used.
    async fn send(&self, due: &DueNotice, own: Result<Option<&OwnServer>, &str>) -> Result<Step, Error> {
        let notices = self.store.notices();
        let now = self.now();
        let (facts, more) = match notices.prepare(due).await {
            Ok(Prepared::Ready { facts, more }) => (facts, more),
            Ok(Prepared::NotYet(at)) => {
                notices.put_off(due, NoticeOutcome::NotYet(at)).await?;
                return Ok(Step::Next);
            }
            Ok(Prepared::Nothing) => {
                notices.put_off(due, NoticeOutcome::Dropped).await?;
                return Ok(Step::Next);
            }
            Err(error) => {
                // One board's unreadable rows don't hold up the mail of the others.
                report(Err(error));
                self.postpone(due, "what the mail is about can't be read".to_owned(), now, false).await?;
                return Ok(Step::Next);
            }
        };
        let (Some(first), Some(recipient)) = (facts.first(), due.recipient()) else {
            notices.put_off(due, NoticeOutcome::Dropped).await?;
            return Ok(Step::Next);
        };
        let own = match own {
            Ok(own) => own,
            Err(words) => {
                self.postpone(due, words.to_owned(), now, false).await?;
                return Ok(Step::Unusable(words.to_owned()));
            }
        };
        let base = self.store.base_url();
        let written = match letter::write(&self.theme, &self.key, base, &facts, due.is_digest().then_some(more)) {
            Ok(written) => written,
            Err(error) => {
                tracing::error!(%error, "a mail can't be written");
                self.postpone(due, error.to_string(), now, false).await?;
                return Ok(Step::Next);
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
        let sent = self.mailer.send(sender, own, &mail, claim).await?;
        let claimed = begun.into_inner();
        match sent {
            NoticeSent::Yes => {
                self.settle(due, NoticeOutcome::Sent, claimed).await?;
                return Ok(Step::Sent);
            }
            NoticeSent::NotClaimed => {}
            NoticeSent::Refused(words) => self.settle(due, NoticeOutcome::Refused(words), claimed).await?,
            NoticeSent::InDoubt(problem) => {
                self.settle(due, NoticeOutcome::InDoubt { problem, again: now + FIRST_WAIT }, claimed).await?;
            }
            NoticeSent::NotSent(problem) => self.postpone(due, problem, now, claimed).await?,
            NoticeSent::NoServer(problem) => {
                self.postpone(due, problem.clone(), now, claimed).await?;
                return Ok(Step::Unusable(problem));
            }
        }
        Ok(Step::Next)
    }

    fn now(&self) -> DateTime<Utc> {
        self.store.clock().now()
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
}
