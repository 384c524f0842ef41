//! Mail to single people: notices about offers and channels. Each has the row of a notice instead of a channel's.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use lettre::Address;
use tablon_core::store::MailContent;
use tokio::time::Instant;

use super::letter::Letter;
use super::mailer::{Mailer, Unready};
use super::own_server::OwnServer;
use super::smtp::Failure;
use crate::host::PluginHost;

/// How long a conversation with the mail server may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long the check of a board's server may take: somebody waits for its answer.
const CHECK_PATIENCE: Duration = Duration::from_secs(10);

/// How long a notice may be `sending` before its process counts as dead: longer than a conversation takes.
pub const NOTICE_LEASE: Duration = Duration::from_secs(60);

/// One mail to one person.
#[derive(Debug, Clone)]
pub struct NoticeMail {
    /// The recipient's address.
    pub to: String,
    /// What it says.
    pub content: MailContent,
    /// The same for each try, so that a repetition is recognised: it becomes the Message-ID.
    pub key: String,
    /// The same for all mails about one thing, so that mail programs show them together.
    pub thread: Option<String>,
    /// The address at which its recipient switches such mail off.
    pub unsubscribe: Option<String>,
    /// When it is sent.
    pub at: DateTime<Utc>,
}

/// What became of a mail. Each variant says what is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeSent {
    /// The server took it.
    Yes,
    /// It wasn't sent, because the claim on it failed.
    NotClaimed,
    /// It wasn't sent, and no other mail would be now: the server can't be reached, or refuses us. With its words.
    NoServer(String),
    /// It wasn't sent: the server defers this mail or this recipient. Another try may succeed. With its words.
    NotSent(String),
    /// The server won't take it, or not to this address.
    Refused(String),
    /// It was handed over, and the answer was lost.
    InDoubt(String),
}

/// Sends mail to single people, through the operator's server or a board's own.
#[derive(Clone)]
pub struct NoticeMailer(Arc<Mailer>);

impl std::fmt::Debug for NoticeMailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NoticeMailer")
    }
}

impl NoticeMailer {
    /// Sends through the mail server of this host's options.
    pub fn new(host: &PluginHost) -> Self {
        Self(host.mailer())
    }

    /// Connects to a board's server, greets it and logs in, within ten seconds. Nothing is sent.
    ///
    /// # Errors
    /// A sentence for the board's admins, with the server's own words.
    pub async fn check(&self, own: &OwnServer) -> Result<(), String> {
        let checked = self.0.probe(&self.0.boards_route("", own), Instant::now() + CHECK_PATIENCE).await;
        checked.map_err(|failure| failure.words().to_owned())
    }

    /// Hands one mail to the board's `own` server, else to the operator's, in the name of `sender` if none is set. `claim` is
    /// called when only the mail itself is left to be sent.
    ///
    /// # Errors
    /// Those of `claim`.
    pub async fn send<E>(
        &self,
        sender: &str,
        own: Option<&OwnServer>,
        mail: &NoticeMail,
        claim: impl Future<Output = Result<bool, E>>,
    ) -> Result<NoticeSent, E> {
        let Ok(to) = mail.to.parse::<Address>() else {
            return Ok(NoticeSent::Refused(format!("{} is no mail address", mail.to)));
        };
        let route = match own.map_or_else(|| self.0.operators_route(sender), |own| Ok(self.0.boards_route(sender, own)))
        {
            Ok(route) => route,
            Err(failure) => return Ok(NoticeSent::NoServer(failure.words().to_owned())),
        };
        let letter = Letter {
            from: &route.from,
            to: &to,
            content: &mail.content,
            key: &mail.key,
            at: mail.at,
            list: None,
            thread: mail.thread.as_deref(),
            unsubscribe: mail.unsubscribe.as_deref(),
            one_click: mail.unsubscribe.is_some(),
        };
        let (ready, sealed) = match self.0.ready(&letter, &route, Instant::now() + PATIENCE).await {
            Ok(ready) => ready,
            Err(Unready { failure, by_server: true }) => {
                return Ok(NoticeSent::NoServer(failure.words().to_owned()));
            }
            Err(Unready { failure, .. }) => return Ok(told(failure)),
        };
        if !claim.await? {
            return Ok(NoticeSent::NotClaimed);
        }
        let (outcome, _) = ready.hand_over(&sealed.bytes).await;
        Ok(outcome.map_or_else(told, |_| NoticeSent::Yes))
    }
}

/// A server that refuses our sender refuses every mail: the operator has to mend that, and the mail waits.
fn told(failure: Failure) -> NoticeSent {
    match failure {
        Failure::Denied(words) => NoticeSent::NoServer(words),
        Failure::NotSent(words) => NoticeSent::NotSent(words),
        Failure::Invalid(words) | Failure::Refused(words) => NoticeSent::Refused(words),
        Failure::Unknown(words) => NoticeSent::InDoubt(words),
    }
}
