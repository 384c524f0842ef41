//! One conversation with a mail server, step by step, so that it is known how far it went.
//!
//! `lettre` speaks the protocol; when to speak, to whom, and what an answer means is decided here.

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use tokio::time::{Instant, timeout_at};

use super::server::{Security, SmtpServer};
use crate::capability::egress::Egress;

/// The longest sentence of a mail server that is kept, in characters.
const LONGEST_WORDS: usize = 300;
/// How long a server is waited for after the mail is with it.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why a server didn't take a mail over. Each says what is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It wasn't sent, and won't be until somebody changes something: a wrong password, a server that may not be
    /// reached.
    Denied(String),
    /// It wasn't sent; another try may do.
    NotSent(String),
    /// The server won't ever take it.
    Refused(String),
    /// It was handed over, and no answer came.
    Unknown(String),
}

impl Failure {
    pub(crate) fn words(&self) -> &str {
        let (Self::Denied(words) | Self::NotSent(words) | Self::Refused(words) | Self::Unknown(words)) = self;
        words
    }
}

/// Whom the conversation is with, and how.
pub(crate) struct Line<'a> {
    pub(crate) server: &'a SmtpServer,
    /// The guard of the way out, for a server that a tenant typed in. The operator's own is anywhere.
    pub(crate) guard: Option<&'a Egress>,
    pub(crate) trust: &'a Trust,
    pub(crate) hello: &'a ClientId,
    /// When the whole conversation must be over.
    pub(crate) deadline: Instant,
    /// For one address of the server.
    pub(crate) connect_time: Duration,
}

/// Whose certificates are believed: the machine's authorities, or Mozilla's where it has none.
#[derive(Debug, Default)]
pub(crate) struct Trust(Vec<Certificate>);

impl Trust {
    /// The machine's, and these (DER).
    pub(crate) fn new(more: &[Vec<u8>]) -> Self {
        let machine = rustls_native_certs::load_native_certs().certs;
        let usable = |der: &CertificateDer<'_>| RootCertStore::empty().add(der.clone().into_owned()).is_ok();
        let all = machine.into_iter().chain(more.iter().map(|der| CertificateDer::from(der.clone())));
        Self(all.filter(usable).filter_map(|der| Certificate::from_der(der.to_vec()).ok()).collect())
    }

    fn parameters(&self, host: &str) -> Result<TlsParameters, Failure> {
        let store = if self.0.is_empty() { CertificateStore::WebpkiRoots } else { CertificateStore::None };
        let builder = TlsParametersBuilder::new(host.to_owned()).certificate_store(store);
        let builder = self.0.iter().cloned().fold(builder, TlsParametersBuilder::add_root_certificate);
        builder.build_rustls().map_err(|error| Failure::NotSent(format!("TLS can't be set up: {}", words(&error))))
    }
}

/// A conversation that has come as far as the first mail.
pub(crate) struct Conversation {
    connection: AsyncSmtpConnection,
    deadline: Instant,
}

/// The envelope was accepted: what is said next is the mail.
pub(crate) struct Ready(Conversation);

impl Conversation {
    /// Connects, greets, turns to TLS and logs in. Nothing has been handed over after it.
    pub(crate) async fn open(line: &Line<'_>) -> Result<Self, Failure> {
        let late = || Failure::NotSent(format!("{} took too long to greet", line.server));
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
                return Err(Failure::NotSent(format!(
                    "{server} offers no TLS (STARTTLS); only ?tls=none in its address would send in the clear"
                )));
            }
            let parameters = line.trust.parameters(&server.host)?;
            connection
                .starttls(parameters, line.hello)
                .await
                .map_err(|error| Failure::NotSent(format!("{server} and we didn't agree on TLS: {}", words(&error))))?;
        }
        if let Some(credentials) = &server.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            connection.auth(&mechanisms, credentials).await.map_err(|error| match &error {
                error if error.is_permanent() || error.is_client() => {
                    Failure::Denied(format!("{server} refused the user or the password: {}", words(error)))
                }
                error => Failure::NotSent(format!("{server} didn't let us log in: {}", words(error))),
            })?;
        }
        Ok(Self { connection, deadline: line.deadline })
    }

    /// Names sender and recipient.
    pub(crate) async fn address(mut self, envelope: &Envelope, is_ascii: bool) -> Result<Ready, Failure> {
        let deadline = self.deadline;
        let addressed = async {
            let mut parameters = Vec::new();
            if envelope.from().into_iter().chain(envelope.to()).any(|address| !address.to_string().is_ascii()) {
                if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                    return Err(Failure::Refused("the mail server takes no address with letters beyond ASCII".into()));
                }
                parameters.push(MailParameter::SmtpUtfEight);
            }
            if !is_ascii {
                parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            }
            let mail = Mail::new(envelope.from().cloned(), parameters);
            self.connection.command(mail).await.map_err(|error| refusal(&error))?;
            for recipient in envelope.to() {
                let rcpt = Rcpt::new(recipient.clone(), Vec::new());
                self.connection.command(rcpt).await.map_err(|error| refusal(&error))?;
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

    /// Says goodbye, without waiting long for an answer.
    pub(crate) async fn leave(mut self) {
        tokio::time::timeout(FAREWELL, self.connection.quit()).await.ok();
    }
}

impl Ready {
    /// Hands the mail over. From here on, an answer that doesn't come leaves it unknown.
    ///
    /// # Errors
    /// With the status of the server's answer, if one came.
    pub(crate) async fn hand_over(self, mail: &[u8]) -> (Result<u16, Failure>, Option<u16>) {
        let Self(Conversation { mut connection, deadline }) = self;
        let said = timeout_at(deadline, async {
            connection.command(Data).await.map_err(|error| (refusal(&error), status(&error)))?;
            connection.message(mail).await.map_err(|error| (lost_or_refused(&error), status(&error)))
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
            Conversation { connection, deadline }.leave().await;
        }
        outcome
    }
}

/// Whether a server can be talked to: connects, greets and logs in. For `tablon doctor`.
///
/// # Errors
/// A sentence, with the server's own words.
pub(crate) async fn greet(line: &Line<'_>) -> Result<(), Failure> {
    Conversation::open(line).await?.leave().await;
    Ok(())
}

/// To the first of the server's addresses that answers.
async fn connect(line: &Line<'_>) -> Result<AsyncSmtpConnection, Failure> {
    let server = line.server;
    let mut last = Failure::NotSent(format!("{server} has no address"));
    for address in addresses(line).await? {
        let tls = match server.security {
            Security::Implicit => Some(line.trust.parameters(&server.host)?),
            _ => None,
        };
        let connecting = AsyncSmtpConnection::connect_tokio1(address, Some(line.connect_time), line.hello, tls, None);
        match connecting.await {
            Ok(connection) => return Ok(connection),
            Err(error) => last = Failure::NotSent(format!("{server} can't be reached: {}", words(&error))),
        }
    }
    Err(last)
}

async fn addresses(line: &Line<'_>) -> Result<Vec<SocketAddr>, Failure> {
    let SmtpServer { host, port, security, .. } = line.server;
    if let Some(guard) = line.guard {
        return match guard.addresses(host, *port, security.is_secure()).await {
            Ok(Ok(addresses)) => Ok(addresses),
            Ok(Err(forbidden)) => Err(Failure::Denied(forbidden.to_string())),
            Err(error) => Err(Failure::NotSent(format!("{host} can't be found: {error}"))),
        };
    }
    match tokio::net::lookup_host((host.as_str(), *port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) => Err(Failure::NotSent(format!("{host} can't be found: {error}"))),
    }
}

/// An answer to a command before the mail.
fn refusal(error: &SmtpError) -> Failure {
    if error.is_permanent() { Failure::Refused(words(error)) } else { Failure::NotSent(words(error)) }
}

/// An answer to the mail, or none.
fn lost_or_refused(error: &SmtpError) -> Failure {
    match error {
        error if error.is_permanent() => Failure::Refused(words(error)),
        error if error.is_transient() => Failure::NotSent(words(error)),
        error => Failure::Unknown(format!("the mail server gave no answer: {}", words(error))),
    }
}

fn status(error: &SmtpError) -> Option<u16> {
    error.status().and_then(|code| code.to_string().parse().ok())
}

/// The server's words with its code (`550 5.1.1 no such user`), or the network's.
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
