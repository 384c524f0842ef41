//! What a mail server knows: its mails, who may log in, what it saw, what is to go wrong.

use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use super::fault::{Action, Stage};
use super::mail::Mail;
use super::tls::Authority;
use crate::fault::Script;
use crate::simulation::{self, Simulation};

/// How a conversation is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Security {
    /// Not at all.
    #[default]
    None,
    /// STARTTLS is offered, and nothing else is done before it.
    StartTls,
    /// TLS from the first byte.
    Implicit,
}

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it speaks SMTP; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where its page and its control surface are; port 0 takes a free one.
    pub control: SocketAddr,
    /// How conversations are kept private.
    pub security: Security,
    /// Who certifies it; a new authority of its own, if there is none.
    pub authority: Option<Authority>,
    /// The user and the password that it demands.
    pub credentials: Option<(String, String)>,
    /// The largest mail, in bytes.
    pub largest: usize,
    /// Whether an address is only let in the second time it is tried.
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
    /// Speaks SMTP here.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Has its page here.
    #[must_use]
    pub fn control(mut self, address: SocketAddr) -> Self {
        self.control = address;
        self
    }

    /// Kept private like this.
    #[must_use]
    pub fn security(mut self, security: Security) -> Self {
        self.security = security;
        self
    }

    /// Demands a log-in.
    #[must_use]
    pub fn credentials(mut self, user: &str, password: &str) -> Self {
        self.credentials = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Lets an address in the second time.
    #[must_use]
    pub fn greylisting(mut self) -> Self {
        self.greylisting = true;
        self
    }
}

/// One connection, as it came over the wire.
#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    /// From 1.
    pub number: u64,
    /// The commands, without what AUTH said.
    pub commands: Vec<String>,
    /// Whether it was encrypted at its end.
    pub encrypted: bool,
    /// Whether it was logged in.
    pub logged_in: bool,
}

/// Everything behind the lock.
#[derive(Debug)]
pub struct World {
    pub(super) options: Options,
    pub(super) mails: Vec<Mail>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script<Action, Stage>,
    /// Sender and recipient pairs that were turned away once.
    pub(super) greylisted: HashSet<(String, String)>,
    /// Recipients that don't exist.
    pub(super) unknown: HashSet<String>,
    /// The Message-IDs that were taken over.
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
    /// Takes a mail over, and tells how many there are now.
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

    /// The mails it took over, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.lock().mails.clone()
    }

    /// Forgets the mails.
    pub fn forget_mails(&self) {
        self.lock().mails.clear();
    }

    /// The connections, oldest first.
    #[must_use]
    pub fn conversations(&self) -> Vec<Conversation> {
        self.lock().conversations.clone()
    }

    /// There is nobody with this address here.
    pub fn remove_mailbox(&self, address: &str) {
        self.lock().unknown.insert(address.to_lowercase());
    }

    /// There is, after all.
    pub fn add_mailbox(&self, address: &str) {
        self.lock().unknown.remove(&address.to_lowercase());
    }

    /// Demands another password from now on.
    pub fn change_password(&self, password: &str) {
        if let Some((_, known)) = &mut self.lock().options.credentials {
            *known = password.to_owned();
        }
    }

    /// Waits until there are at least so many mails; whether there are.
    pub async fn wait_for_mails(&self, count: usize, patience: Duration) -> bool {
        self.wait_until(patience, |server| server.lock().mails.len() >= count).await
    }
}
