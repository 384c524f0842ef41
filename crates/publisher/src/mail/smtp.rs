//! One conversation with a mail server, step by step, so that it is known how far it went.
//!
//! `lettre` speaks the protocol; this module decides which commands are sent, and what an answer means.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::bounded::Bounded;
use super::server::{Security, SmtpServer};
use crate::capability::egress::Egress;

/// The longest message of a mail server that is kept, in characters.
const LONGEST_WORDS: usize = 300;
/// How long to wait for the server's answer to QUIT after the mail was taken.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why a server didn't take a mail. Each variant says what is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It wasn't sent, and won't be until somebody changes something: a wrong password, a server that may not be
    /// reached.
    Denied(String),
    /// It wasn't sent; another try may succeed.
    NotSent(String),
    /// It wasn't sent, and won't be to this address: the server has no such recipient, or won't relay to it.
    Invalid(String),
    /// The server won't ever take it.
    Refused(String),
    /// It was handed over, and the answer was lost.
    Unknown(String),
}

impl Failure {
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Denied(words) | Self::NotSent(words) | Self::Invalid(words) => words,
            Self::Refused(words) | Self::Unknown(words) => words,
        }
    }
}

/// The server to connect to, and how.
pub(crate) struct Line<'a> {
    pub(crate) server: &'a SmtpServer,
    /// The guard of outgoing connections, for a server that a tenant typed in. The operator's own may be anywhere.
    pub(crate) guard: Option<&'a Egress>,
    pub(crate) trust: &'a Trust,
    pub(crate) hello: &'a ClientId,
    /// When the whole conversation must be over.
    pub(crate) deadline: Instant,
    /// For connecting to one address of the server.
    pub(crate) connect_time: Duration,
    /// Whether the caller doesn't own the server: then errors contain neither its name nor its answers.
    pub(crate) discreet: bool,
}

impl Line<'_> {
    /// The message for an error before the server heard anything about the mail. The detail goes into the message if
    /// the caller owns the server, else into the log.
    fn words(&self, what: &str, detail: &str) -> String {
        if !self.discreet {
            return format!("{} {what}: {detail}", self.server);
        }
        tracing::warn!(server = %self.server, detail, "the mail server {what}");
        format!("the mail server {what}")
    }
}

/// The trusted certificates: the machine's authorities, or Mozilla's if it has none.
#[derive(Debug)]
pub(crate) struct Trust {
    certificates: Vec<Certificate>,
    /// For TLS from the first byte.
    config: Option<Arc<ClientConfig>>,
}

impl Trust {
    /// The machine's, and these (DER).
    pub(crate) fn new(more: &[Vec<u8>]) -> Self {
        let machine = rustls_native_certs::load_native_certs().certs;
        let all = machine.into_iter().chain(more.iter().map(|der| CertificateDer::from(der.clone())));
        let mut roots = RootCertStore::empty();
        let mut certificates = Vec::new();
        for der in all {
            if roots.add(der.clone()).is_ok() {
                certificates.extend(Certificate::from_der(der.to_vec()));
            }
        }
        if roots.is_empty() {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = builder.map(|builder| Arc::new(builder.with_root_certificates(roots).with_no_client_auth()));
        Self { certificates, config: config.ok() }
    }

    /// For STARTTLS, by lettre.
    fn parameters(&self, host: &str) -> Result<TlsParameters, String> {
        let store = if self.certificates.is_empty() { CertificateStore::WebpkiRoots } else { CertificateStore::None };
        let builder = TlsParametersBuilder::new(host.to_owned()).certificate_store(store);
        let builder = self.certificates.iter().cloned().fold(builder, TlsParametersBuilder::add_root_certificate);
        builder.build_rustls().map_err(|error| words(&error))
    }
}

/// An open connection, ready for a mail.
pub(crate) struct Conversation {
    connection: AsyncSmtpConnection,
    deadline: Instant,
    /// The server's name, to be removed from errors.
    secret_name: Option<String>,
}

/// The envelope was accepted: the next thing sent is the mail.
pub(crate) struct Ready(Conversation);

impl Conversation {
    /// Connects, greets, switches to TLS and logs in. Nothing of the mail has been sent yet.
    pub(crate) async fn open(line: &Line<'_>) -> Result<Self, Failure> {
        let late = || Failure::NotSent(line.words("took too long to greet", "no answer in time"));
        timeout_at(line.deadline, Self::open_in_time(line)).await.map_err(|_| late())?
    }

    async fn open_in_time(line: &Line<'_>) -> Result<Self, Failure> {
        let server = line.server;
        let mut connection = connect(line).await?;
        let starts_tls = match server.security {
            Security::Required => true,
            Security::Opportunistic => connection.can_starttls(),
            Security::Implicit | Security::None => false,
        };
        if starts_tls {
            if !connection.can_starttls() {
                connection.abort().await;
                let advice = "only ?tls=none in its address would send in the clear";
                return Err(Failure::NotSent(line.words("offers no TLS (STARTTLS)", advice)));
            }
            let unable = |detail: String| Failure::NotSent(line.words("and we didn't agree on TLS", &detail));
            let parameters = line.trust.parameters(&server.host).map_err(unable)?;
            connection.starttls(parameters, line.hello).await.map_err(|error| unable(words(&error)))?;
        }
        if let Some(credentials) = &server.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, credentials).await.map_err(|error| match &error {
                error if error.is_permanent() || error.is_client() => {
                    Failure::Denied(line.words("refused the user or the password", &words(error)))
                }
                error => Failure::NotSent(line.words("didn't let us log in", &words(error))),
            })?;
        }
        let secret_name = line.discreet.then(|| server.host.clone());
        Ok(Self { connection, deadline: line.deadline, secret_name })
    }

    /// Sends the addresses of sender and recipient.
    pub(crate) async fn address(mut self, envelope: &Envelope, is_ascii: bool) -> Result<Ready, Failure> {
        let deadline = self.deadline;
        let addressed = async {
            let mut parameters = Vec::new();
            if envelope.from().into_iter().chain(envelope.to()).any(|address| !address.to_string().is_ascii()) {
                if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                    return Err(Failure::Invalid("the mail server takes no address with letters beyond ASCII".into()));
                }
                parameters.push(MailParameter::SmtpUtfEight);
            }
            if !is_ascii {
                parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            }
            let mail = Mail::new(envelope.from().cloned(), parameters);
            // The server hasn't seen the recipient or the mail yet, so a refusal is about the sender.
            self.connection.command(mail).await.map_err(|error| self.said(&error, Failure::Denied))?;
            for recipient in envelope.to() {
                let rcpt = Rcpt::new(recipient.clone(), Vec::new());
                self.connection.command(rcpt).await.map_err(|error| self.said(&error, Failure::Invalid))?;
            }
            Ok(())
        };
        match timeout_at(deadline, addressed).await {
            Ok(Ok(())) => Ok(Ready(self)),
            Ok(Err(failure)) => {
                self.leave().await;
                Err(failure)
            }
            Err(_) => Err(Failure::NotSent("the mail server took too long".to_owned())),
        }
    }

    /// The failure for an answer to a command before the mail; `never` makes it for a permanent refusal.
    fn said(&self, error: &SmtpError, never: fn(String) -> Failure) -> Failure {
        let words = discreet(words(error), self.secret_name.as_deref());
        if error.is_permanent() { never(words) } else { Failure::NotSent(words) }
    }

    /// Sends QUIT, without waiting long for an answer.
    pub(crate) async fn leave(mut self) {
        tokio::time::timeout(FAREWELL, self.connection.quit()).await.ok();
    }
}

impl Ready {
    /// Hands the mail over. From here on, a lost answer means an unknown outcome.
    ///
    /// # Errors
    /// With the status of the server's answer, if one came.
    pub(crate) async fn hand_over(self, mail: &[u8]) -> (Result<u16, Failure>, Option<u16>) {
        let Self(mut conversation) = self;
        let deadline = conversation.deadline;
        let secret_name = conversation.secret_name.clone();
        let said = timeout_at(deadline, async {
            let data = conversation.connection.command(Data).await;
            data.map_err(|error| (conversation.said(&error, Failure::Refused), status(&error)))?;
            let sent = conversation.connection.message(mail).await;
            sent.map_err(|error| (lost_or_refused(&error, secret_name.as_deref()), status(&error)))
        });
        let outcome = match said.await {
            Ok(Ok(response)) => {
                let code = response.code().to_string().parse().unwrap_or(250);
                (Ok(code), Some(code))
            }
            Ok(Err((failure, status))) => (Err(failure), status),
            Err(_) => (Err(Failure::Unknown("the mail server took too long to answer".to_owned())), None),
        };
        if outcome.1.is_some() {
            conversation.leave().await;
        }
        outcome
    }
}

/// Whether a server works: connects, greets and logs in. For `tablon doctor`.
///
/// # Errors
/// A sentence, with the server's own words.
pub(crate) async fn greet(line: &Line<'_>) -> Result<(), Failure> {
    Conversation::open(line).await?.leave().await;
    Ok(())
}

/// Connects to the first of the server's addresses that answers.
async fn connect(line: &Line<'_>) -> Result<AsyncSmtpConnection, Failure> {
    let unreachable = |detail: &str| Failure::NotSent(line.words("can't be reached", detail));
    let mut last = None;
    for address in addresses(line).await? {
        let stream = match timeout(line.connect_time, open_stream(line, address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                last = Some(unreachable(&error.to_string()));
                continue;
            }
            Err(_) => {
                last = Some(unreachable("no answer in time"));
                continue;
            }
        };
        match AsyncSmtpConnection::connect_with_transport(stream, line.hello).await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = Some(unreachable(&words(&error))),
        }
    }
    Err(last.unwrap_or_else(|| unreachable("it has no address")))
}

/// The bytes read from it are limited: lettre reads a line of any length.
async fn open_stream(line: &Line<'_>, address: SocketAddr) -> std::io::Result<Box<dyn AsyncTokioStream>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    if line.server.security != Security::Implicit {
        return Ok(Box::new(Bounded::new(stream, address)));
    }
    let name = ServerName::try_from(line.server.host.clone()).map_err(std::io::Error::other)?;
    let config = line.trust.config.clone().ok_or_else(|| std::io::Error::other("TLS can't be set up"))?;
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    Ok(Box::new(Bounded::new(stream, address)))
}

async fn addresses(line: &Line<'_>) -> Result<Vec<SocketAddr>, Failure> {
    let SmtpServer { host, port, security, .. } = line.server;
    if let Some(guard) = line.guard {
        return match guard.addresses(host, *port, security.is_secure()).await {
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(forbidden)) => Err(Failure::Denied(forbidden.to_string())),
            Err(error) => Err(Failure::NotSent(line.words("can't be found", &error.to_string()))),
        };
    }
    match tokio::net::lookup_host((host.as_str(), *port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(Failure::NotSent(line.words("can't be found", &error.to_string()))),
    }
}

/// The failure for an answer to the mail, or for none.
fn lost_or_refused(error: &SmtpError, secret_name: Option<&str>) -> Failure {
    let words = discreet(words(error), secret_name);
    match error {
        error if error.is_permanent() => Failure::Refused(words),
        error if error.is_transient() => Failure::NotSent(words),
        _ => Failure::Unknown(format!("the mail server gave no answer: {words}")),
    }
}

/// The message without the name of the server.
fn discreet(words: String, secret_name: Option<&str>) -> String {
    match secret_name {
        Some(name) => words.replace(name, "the mail server"),
        None => words,
    }
}

fn status(error: &SmtpError) -> Option<u16> {
    error.status().and_then(|code| code.to_string().parse().ok())
}

/// The server's message with its code (`550 5.1.1 no such user`), or the network's.
fn words(error: &SmtpError) -> String {
    let mut innermost: &dyn StdError = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let said = match error.status() {
        Some(code) => format!("{code} {innermost}"),
        None => innermost.to_string(),
    };
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_WORDS).collect()
}
