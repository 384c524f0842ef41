//! What a mail server knows: its mails, who may log in, what it saw, what is to go wrong.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::fault::{Fault, Script};
use super::mail::Mail;
use super::tls::Authority;

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

/// A mail server without its socket. Clones share it.
#[derive(Debug, Clone)]
pub struct MailServer(Arc<Mutex<World>>);

#[derive(Debug)]
pub(super) struct World {
    pub(super) options: Options,
    pub(super) mails: Vec<Mail>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) violations: Vec<String>,
    pub(super) script: Script,
    /// Sender and recipient pairs that were turned away once.
    pub(super) greylisted: HashSet<(String, String)>,
    /// Recipients that don't exist.
    pub(super) unknown: HashSet<String>,
    /// How often each Message-ID was taken over.
    pub(super) seen: HashMap<String, u64>,
}

impl MailServer {
    pub(super) fn new(options: Options) -> Self {
        Self(Arc::new(Mutex::new(World {
            options,
            mails: Vec::new(),
            conversations: Vec::new(),
            violations: Vec::new(),
            script: Script::default(),
            greylisted: HashSet::new(),
            unknown: HashSet::new(),
            seen: HashMap::new(),
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// What the client did that the standards forbid and a server might let pass.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.lock().violations.clone()
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.lock().script.add(fault);
    }

    /// Nothing goes wrong any more.
    pub fn clear_faults(&self) {
        self.lock().script.clear();
    }

    /// The faults that are still to come.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        self.lock().script.list()
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
        let until = tokio::time::Instant::now() + patience;
        while self.lock().mails.len() < count {
            if tokio::time::Instant::now() > until {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        true
    }

    /// Panics when the client broke a rule, or when a mail came twice.
    pub fn assert_no_violations(&self) {
        let world = self.lock();
        assert!(world.violations.is_empty(), "{:#?}", world.violations);
        let twice: Vec<_> = world.seen.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "taken over more than once: {twice:?}");
    }
}
