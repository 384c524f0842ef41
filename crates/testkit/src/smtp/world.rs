//! The mail server's state: its mails, its credentials, the record, and the faults.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use super::fault::{Action, Stage};
use super::mail::Mail;
use super::tls::Authority;
use crate::fault::Script;
use crate::simulation::{self, Simulation};

/// How a conversation is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Not at all.
    #[default]
    None,
    /// STARTTLS is offered and required.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// The options of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its SMTP address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address of its page and its control surface; port 0 takes a free one.
    pub control: SocketAddr,
    /// How conversations are encrypted.
    pub security: Security,
    /// Its certificate authority; a new one if there is none.
    pub authority: Option<Authority>,
    /// The required user and password.
    pub credentials: Option<(String, String)>,
    /// The largest mail, in bytes.
    pub largest: usize,
    /// Whether the first try for an address is refused.
    pub greylisting: bool,
}

impl Default for Options {
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            listen: anywhere,
            control: anywhere,
            security: Security::None,
            authority: None,
            credentials: None,
            largest: 10 * 1024 * 1024,
            greylisting: false,
        }
    }
}

impl Options {
    /// Sets the SMTP address.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Sets the page's address.
    #[must_use]
    pub fn control(mut self, address: SocketAddr) -> Self {
        self.control = address;
        self
    }

    /// Sets the encryption.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Requires a log-in.
    #[must_use]
    pub fn credentials(mut self, user: &str, password: &str) -> Self {
        self.credentials = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Refuses the first try for an address.
    #[must_use]
    pub fn greylisting(mut self) -> Self {
        self.greylisting = true;
        self
    }
}

/// One recorded connection.
#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    /// From 1.
    pub number: u64,
    /// The commands, without the credentials of AUTH.
    pub commands: Vec<String>,
    /// Whether it was encrypted at its end.
    pub encrypted: bool,
    /// Whether it was logged in.
    pub logged_in: bool,
}

/// The state behind the lock.
#[derive(Debug)]
pub struct World {
    pub(super) options: Options,
    pub(super) mails: Vec<Mail>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script<Action, Stage>,
    /// Pairs of sender and recipient that were refused once.
    pub(super) greylisted: HashSet<(String, String)>,
    /// Recipients that don't exist.
    pub(super) unknown: HashSet<String>,
    /// The Message-IDs of accepted mails.
    pub(super) seen: HashSet<String>,
}

impl simulation::World for World {
    type Action = Action;
    type Call = Stage;
    type Violation = String;
    const VIOLATIONS: &'static str = "the standards forbid this, and a server might let it pass";

    fn script(&mut self) -> &mut Script<Action, Stage> {
        &mut self.script
    }

    fn violations(&mut self) -> &mut Vec<String> {
        &mut self.violations
    }
}

impl World {
    /// Accepts a mail, and returns the number of mails.
    pub(super) fn take(&mut self, mail: Mail) -> usize {
        let id = mail.header("Message-ID").unwrap_or_default().to_owned();
        if self.seen.contains(&id) {
            self.violations.push(format!("a mail came more than once: {id}"));
        }
        self.seen.insert(id);
        self.mails.push(mail);
        self.mails.len()
    }
}

/// A mail server without its socket. Clones share it.
pub type MailServer = Simulation<World>;

impl MailServer {
    pub(super) fn new(options: Options) -> Self {
        Self::of(World {
            options,
            mails: Vec::new(),
            conversations: Vec::new(),
            violations: Vec::new(),
            script: Script::default(),
            greylisted: HashSet::new(),
            unknown: HashSet::new(),
            seen: HashSet::new(),
        })
    }

    /// The accepted mails, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().mails.clone()
    }

    /// Deletes the mails.
    pub fn forget_mails(&self) {
        self.lock().mails.clear();
    }

    /// The connections, oldest first.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        self.lock().conversations.clone()
    }

    /// From now on there is no mailbox with this address.
    pub fn remove_mailbox(&self, address: &str) {
        self.lock().unknown.insert(address.to_lowercase());
    }

    /// There is such a mailbox again.
    pub fn add_mailbox(&self, address: &str) {
        self.lock().unknown.remove(&address.to_lowercase());
    }

    /// Requires another password from now on.
    pub fn change_password(&self, password: &str) {
        if let Some((_, known)) = &mut self.lock().options.credentials {
            *known = password.to_owned();
        }
    }

    /// Waits until there are at least `count` mails; false if `patience` ended first.
    pub async fn wait_for_mails(&self, count: usize, patience: Duration) -> bool {
        self.wait_until(patience, |server| server.lock().mails.len() >= count).await
    }
}
