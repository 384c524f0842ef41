//! The outgoing mail of all channels: servers, senders, signatures.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::Address;
use lettre::message::{DkimConfig, DkimSigningAlgorithm, DkimSigningKey, Mailbox as LettreMailbox};
use lettre::transport::smtp::extension::ClientId;
use tablon_core::TenantScope;
use tablon_core::store::{Begun, Channel, MailContent, MailOutcome, OutboxMail};
use tokio::time::Instant;

use super::digest_page::{self, LINK};
use super::letter::{self, Letter, ListId, Sealed};
use super::own_server::OwnServer;
use super::server::SmtpServer;
use super::smtp::{Conversation, Failure, Line, Ready, Trust, greet};
use super::unsubscribe::UnsubscribeKey;
use crate::capability::egress::Egress;
use crate::limits::Limits;
use crate::manifest::RecipientKind;
use crate::traffic::Traffic;

/// How long a mail may be `sending` before its process counts as dead: longer than any call takes.
const LEASE: Duration = Duration::from_secs(180);

/// The operator's outgoing mail.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// The operator's mail server. Without it, only channels with their own server send mail.
    pub server: Option<SmtpServer>,
    /// The sender; required with the operator's server.
    pub from: Option<Sender>,
    /// Signs mail from the sender's domain.
    pub dkim: Option<DkimKey>,
    /// Our name in the greeting of mail servers: the host name of the boards.
    pub host_name: String,
    /// Signs the unsubscribe links.
    pub unsubscribe: UnsubscribeKey,
    /// Certificate authorities (DER) to trust, beside the machine's.
    pub authorities: Vec<Vec<u8>>,
}

impl MailOptions {
    /// Without a mail server of the operator.
    pub fn none(unsubscribe: UnsubscribeKey) -> Self {
        let host_name = "localhost".to_owned();
        Self { server: None, from: None, dkim: None, host_name, unsubscribe, authorities: Vec::new() }
    }
}

/// A sender: `jobs@example.org`, or `Acme jobs <jobs@example.org>`. Without a name, mail shows the board's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub(super) LettreMailbox);

impl FromStr for Sender {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().map(Self).map_err(|_| ())
    }
}

impl Sender {
    /// The domain of its address.
    pub fn domain(&self) -> String {
        self.0.email.domain().to_owned()
    }

    pub(crate) fn of(address: Address) -> Self {
        Self(LettreMailbox::new(None, address))
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The key of a DKIM signature (RFC 6376), and the DNS name of its public half: `SELECTOR._domainkey.DOMAIN`.
#[derive(Clone)]
pub struct DkimKey {
    domain: String,
    config: Arc<DkimConfig>,
}

/// Why a key can't sign.
#[derive(Debug, thiserror::Error)]
#[error("it is neither an RSA key in PEM (BEGIN RSA PRIVATE KEY) nor an Ed25519 key in base64")]
pub struct DkimKeyError;

impl DkimKey {
    /// An RSA key in PEM (PKCS#1) or 32 bytes of an Ed25519 key in base64.
    ///
    /// # Errors
    /// If it is neither.
    pub fn new(domain: &str, selector: &str, key: &str) -> Result<Self, DkimKeyError> {
        let rsa = key.contains("-----BEGIN");
        let algorithm = if rsa { DkimSigningAlgorithm::Rsa } else { DkimSigningAlgorithm::Ed25519 };
        let key = DkimSigningKey::new(key.trim(), algorithm).map_err(|_| DkimKeyError)?;
        let config = Arc::new(letter::signing(selector.to_owned(), domain.to_owned(), key));
        Ok(Self { domain: domain.to_owned(), config })
    }
}

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({})", self.domain)
    }
}

/// Sends what channels hand over.
pub(crate) struct Mailer {
    options: MailOptions,
    egress: Egress,
    connect_time: Duration,
    trust: OnceLock<Trust>,
}

/// The mail server and sender of a channel.
pub(crate) struct MailRoute {
    server: SmtpServer,
    pub(super) from: LettreMailbox,
    /// Whether a tenant typed the server in.
    is_tenants: bool,
}

/// Why a letter can't be handed over.
pub(super) struct Unready {
    pub(super) failure: Failure,
    /// Whether the server takes no mail at all now; otherwise it is about this letter or its recipient.
    pub(super) by_server: bool,
}

/// The result of handing over one mail.
pub(crate) enum Sent {
    /// The server took it.
    Yes,
    /// The server didn't take it, or that is unknown.
    No(Failure),
    /// Another worker is sending it.
    Taken,
    /// Its recipient has unsubscribed.
    Suppressed,
}

impl Mailer {
    pub(crate) fn new(options: MailOptions, egress: Egress, limits: &Limits) -> Self {
        Self { options, egress, connect_time: limits.connect_time, trust: OnceLock::new() }
    }

    pub(crate) fn unsubscribe_url(&self, scope: &TenantScope, channel: &Channel, address: &str) -> String {
        let token = self.options.unsubscribe.token(scope.id, channel.id, address);
        format!("{}/unsubscribe/{token}", scope.base_path_url())
    }

    /// The server of a channel: its own, or the operator's.
    pub(crate) fn route(&self, scope: &TenantScope, own: Option<&str>) -> Result<MailRoute, Failure> {
        let Some(url) = own.filter(|url| !url.is_empty()) else { return self.operators_route(&scope.name) };
        let wrong = |why: &str| Failure::Denied(format!("the address of the mail server: {why}"));
        let server: SmtpServer = url.parse().map_err(|error: super::SmtpUrlError| wrong(&error.to_string()))?;
        let Some(from) = server.sender() else {
            return Err(wrong("it must say whom mail is from, with ?from=jobs@example.org at its end"));
        };
        Ok(MailRoute { server, from: LettreMailbox::new(Some(scope.name.clone()), from), is_tenants: true })
    }

    /// A board's own server for its notices, in this name if the board has set none. Like every address that tenants type,
    /// it is reached over the guard of outgoing connections.
    pub(super) fn boards_route(&self, name: &str, own: &OwnServer) -> MailRoute {
        let mut from = own.from.clone();
        from.name = from.name.or_else(|| Some(name.to_owned()).filter(|name| !name.is_empty()));
        MailRoute { server: own.server.clone(), from, is_tenants: true }
    }

    /// The operator's server, in this name if the operator has set none.
    pub(super) fn operators_route(&self, name: &str) -> Result<MailRoute, Failure> {
        let (Some(server), Some(from)) = (&self.options.server, &self.options.from) else {
            return Err(Failure::Denied("this server has no outgoing mail (TABLON_SMTP_URL)".to_owned()));
        };
        let mut from = from.0.clone();
        from.name = from.name.or_else(|| Some(name.to_owned()));
        Ok(MailRoute { server: server.clone(), from, is_tenants: false })
    }

    /// Connects to the server and sends nothing.
    pub(crate) async fn probe(&self, route: &MailRoute, deadline: Instant) -> Result<(), Failure> {
        greet(&self.line(route, &self.hello(), deadline)).await
    }

    /// Hands one mail to its server. Its row is `sending` before the server can take it, and has the result when this
    /// returns.
    pub(crate) async fn send(&self, outgoing: OutgoingMail<'_>) -> tablon_core::Result<Sent> {
        let OutgoingMail { scope, channel, mail, content, route, deadline, traffic, again, .. } = outgoing;
        let outbox = scope.mail();
        let end = async |failure: Failure, begun: bool| {
            let outcome = match failure.clone() {
                Failure::Denied(words) | Failure::Invalid(words) | Failure::NotSent(words) => {
                    MailOutcome::NotSent(words)
                }
                Failure::Refused(words) => MailOutcome::Refused(words),
                Failure::Unknown(words) => MailOutcome::Unknown(words),
            };
            match begun {
                true => outbox.finish(mail.id, outcome, again).await?,
                false => outbox.give_up(mail.id, outcome, again).await?,
            }
            Ok(Sent::No(failure))
        };
        let Some(recipient) = mail.recipient.as_deref() else {
            return end(Failure::Refused("its recipient was erased".to_owned()), false).await;
        };
        let Ok(to) = recipient.parse::<Address>() else {
            return end(Failure::Refused(format!("{recipient} is no mail address")), false).await;
        };
        let unsubscribe = self.unsubscribe_url(scope, channel, recipient);
        let content = &with_link(content, &unsubscribe);
        let letter = Letter {
            from: &route.from,
            to: &to,
            content,
            key: &mail.key,
            at: scope.now(),
            list: Some(ListId {
                name: &channel.name,
                id: format!("{}.{}.{}", channel.id.simple(), scope.slug, self.options.host_name),
            }),
            thread: None,
            unsubscribe: Some(&unsubscribe),
            one_click: outgoing.recipient_kind == RecipientKind::Person,
        };
        let (ready, letter) = match self.ready(&letter, route, deadline).await {
            Ok(ready) => ready,
            Err(Unready { failure, .. }) => return end(failure, false).await,
        };
        match outbox.begin(mail.id, LEASE).await? {
            Begun::Yes => {}
            Begun::Taken => return Ok(Sent::Taken),
            Begun::Suppressed => return Ok(Sent::Suppressed),
        }
        let departure = traffic.departs(true);
        let (outcome, status) = ready.hand_over(&letter.bytes).await;
        match (status, &outcome) {
            (Some(status), _) => departure.answered(status),
            // Without an answer, the record stays "no answer".
            (None, Err(Failure::Unknown(_)) | Ok(_)) => {}
            // The connection broke before the mail itself.
            (None, Err(_)) => departure.never_left(),
        }
        match outcome {
            Ok(_) => {
                outbox.finish(mail.id, MailOutcome::Sent, None).await?;
                Ok(Sent::Yes)
            }
            Err(failure) => end(failure, true).await,
        }
    }

    /// Signs a letter and tells the server its addresses: the next thing sent is the letter itself.
    pub(super) async fn ready(
        &self,
        letter: &Letter<'_>,
        route: &MailRoute,
        deadline: Instant,
    ) -> Result<(Ready, Sealed), Unready> {
        // Signs only mail through the operator's server: a tenant can name any sender.
        let dkim = self
            .options
            .dkim
            .as_ref()
            .filter(|dkim| !route.is_tenants && dkim.domain.eq_ignore_ascii_case(route.from.email.domain()));
        let at_letter = |failure| Unready { failure, by_server: false };
        let sealed = letter.seal(dkim.map(|dkim| &*dkim.config));
        let sealed = sealed.map_err(|error| at_letter(Failure::Refused(error.to_string())))?;
        let hello = self.hello();
        let line = self.line(route, &hello, deadline);
        let opened = Conversation::open(&line).await.map_err(|failure| Unready { failure, by_server: true })?;
        let addressed = opened.address(&sealed.envelope, sealed.bytes.is_ascii()).await;
        Ok((addressed.map_err(at_letter)?, sealed))
    }

    fn line<'a>(&'a self, route: &'a MailRoute, hello: &'a ClientId, deadline: Instant) -> Line<'a> {
        Line {
            server: &route.server,
            guard: route.is_tenants.then_some(&self.egress),
            trust: self.trust.get_or_init(|| Trust::new(&self.options.authorities)),
            hello,
            deadline,
            connect_time: self.connect_time,
            discreet: !route.is_tenants,
        }
    }

    fn hello(&self) -> ClientId {
        let name = self.options.host_name.trim_start_matches('[').trim_end_matches(']');
        match name.parse() {
            Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(name.to_owned()),
        }
    }
}

/// A digest with its recipient's unsubscribe link.
fn with_link(content: &MailContent, unsubscribe: &str) -> MailContent {
    let MailContent { subject, html, text } = content;
    let (html, text) = (html.replace(LINK, &digest_page::escape(unsubscribe)), text.replace(LINK, unsubscribe));
    MailContent { subject: subject.clone(), html, text }
}

/// One mail to send.
pub(crate) struct OutgoingMail<'a> {
    pub(crate) scope: &'a TenantScope,
    pub(crate) channel: &'a Channel,
    pub(crate) mail: &'a OutboxMail,
    pub(crate) content: &'a MailContent,
    pub(crate) recipient_kind: RecipientKind,
    pub(crate) route: &'a MailRoute,
    pub(crate) deadline: Instant,
    pub(crate) traffic: &'a Traffic,
    /// When the digests' task tries again if it isn't sent.
    pub(crate) again: Option<chrono::DateTime<chrono::Utc>>,
}

impl SmtpServer {
    /// Connects, greets and logs in, as `tablon doctor` does. Nothing is sent.
    ///
    /// # Errors
    /// A sentence for the operator, with the server's own words.
    pub async fn greets(&self, host_name: &str, patience: Duration) -> Result<(), String> {
        let hello = ClientId::Domain(host_name.to_owned());
        let trust = Trust::new(&[]);
        let deadline = Instant::now() + patience;
        let connect_time = patience;
        let line =
            Line { server: self, guard: None, trust: &trust, hello: &hello, deadline, connect_time, discreet: false };
        greet(&line).await.map_err(|failure| failure.words().to_owned())
    }
}
