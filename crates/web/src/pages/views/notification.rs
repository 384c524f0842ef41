//! The pages about mail to the staff and to posters.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{FormView, Frame, StaffView};

#[derive(Debug, Serialize)]
pub(crate) struct NotificationsPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) has_mail_server: bool,
    /// For admins: the board's own mail server, if it has one.
    pub(crate) server: Option<MailServerNow>,
    /// Where the mail goes.
    pub(crate) address: String,
    /// Whether somebody proved that the address is theirs; no mail goes there before.
    pub(crate) address_confirmed: bool,
    /// What can be chosen for each kind.
    pub(crate) timings: Vec<&'static str>,
    pub(crate) choices: Vec<NotificationChoice>,
    /// For admins: mail of the board that didn't arrive.
    pub(crate) failed: Option<Vec<FailedNotice>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NotificationChoice {
    pub(crate) kind: &'static str,
    pub(crate) timing: &'static str,
}

/// A mail that didn't arrive, or may not have.
#[derive(Debug, Serialize)]
pub(crate) struct FailedNotice {
    pub(crate) kind: &'static str,
    pub(crate) recipient: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) problem: Option<String>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) job_url: Option<String>,
}

/// The mails to posters that a board can say in its own words.
#[derive(Debug, Serialize)]
pub(crate) struct BoardMailPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) has_mail_server: bool,
    /// Whether the installation has a mail server: for boards without their own.
    pub(crate) installation_sends: bool,
    pub(crate) kinds: Vec<BoardMailKind>,
    pub(crate) server: Option<MailServerNow>,
    pub(crate) form: FormView,
    pub(crate) test: Option<MailTest>,
}

/// A board's own mail server, without user and password.
#[derive(Debug, Serialize)]
pub(crate) struct MailServerNow {
    pub(crate) server: String,
    pub(crate) sender: String,
    /// Why it can't be used at present.
    pub(crate) problem: Option<String>,
    pub(crate) since: Option<DateTime<Utc>>,
    /// How many mails wait for it.
    pub(crate) waiting: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct BoardMailKind {
    pub(crate) kind: &'static str,
    pub(crate) is_own: bool,
}

/// The words of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct BoardMailWords {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) staff: StaffView,
    pub(crate) done: Option<&'static str>,
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) subject_error: Option<String>,
    pub(crate) text: String,
    pub(crate) text_error: Option<String>,
    pub(crate) max_subject: usize,
    pub(crate) max_text: usize,
    pub(crate) standard_subject: String,
    pub(crate) placeholders: String,
    pub(crate) has_mail_server: bool,
    pub(crate) test: Option<MailTest>,
    pub(crate) preview_subject: String,
    /// A whole HTML document.
    pub(crate) preview: String,
}

/// What became of a test mail.
#[derive(Debug, Serialize)]
pub(crate) struct MailTest {
    pub(crate) address: String,
    /// The mail server's words, if it wasn't sent.
    pub(crate) problem: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NotificationStopPage {
    #[serde(flatten)]
    pub(crate) frame: Frame,
    pub(crate) kind: &'static str,
    pub(crate) stopped: bool,
}
