//! The fake as a server: a socket for SMTP, and one for its page.

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::session::Session;
use super::tls::Authority;
use super::world::{MailServer, Options, Security};
use super::{control, page};

/// A mail server on its own port, which is free again when this is dropped. Derefs to [`MailServer`].
#[derive(Debug)]
pub struct FakeSmtp {
    server: MailServer,
    address: SocketAddr,
    control: SocketAddr,
    authority: Authority,
    acceptor: Acceptor,
    running: Mutex<Option<JoinHandle<()>>>,
    pages: JoinHandle<()>,
}

/// The server's TLS.
#[derive(Clone)]
struct Acceptor(TlsAcceptor);

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Acceptor(…)")
    }
}

impl FakeSmtp {
    /// Starts a server.
    pub async fn start(options: Options) -> Result<Self> {
        let authority = options.authority.clone().map_or_else(Authority::new, Ok)?;
        let acceptor = Acceptor(authority.acceptor()?);
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener.with_context(|| format!("listening on {}", options.listen))?;
        let control = TcpListener::bind(options.control).await;
        let control = control.with_context(|| format!("listening on {}", options.control))?;
        let (address, control_address) = (listener.local_addr()?, control.local_addr()?);
        let server = MailServer::new(options);
        let router: Router = server.router();
        let pages = tokio::spawn(async move {
            if let Err(error) = axum::serve(control, router).await {
                tracing::error!(%error, "the fake mail server's page stopped");
            }
        });
        let running = Mutex::new(Some(tokio::spawn(serve(listener, server.clone(), acceptor.0.clone()))));
        Ok(Self { server, address, control: control_address, authority, acceptor, running, pages })
    }

    /// The value for `TABLON_SMTP_URL`: `smtp://127.0.0.1:PORT`, with user and password if it requires them.
    #[must_use]
    pub fn url(&self) -> String {
        let world = self.server.lock();
        let user = world.options.credentials.as_ref().map(|(user, password)| format!("{user}:{password}@"));
        let user = user.unwrap_or_default();
        match world.options.security {
            Security::None => format!("smtp://{user}{}", self.address),
            Security::StartTls => format!("smtp://{user}{}?tls=required", self.address),
            Security::Implicit => format!("smtps://{user}{}", self.address),
        }
    }

    /// Its SMTP address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The page that shows its mails to a person; `_fake/` below it is for tests.
    #[must_use]
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.control)
    }

    /// Its certificate authority.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Closes the port and every connection, until [`FakeSmtp::online`]; mails stay.
    pub fn offline(&self) {
        if let Some(running) = self.running.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.abort();
        }
    }

    /// Listens on the same port again.
    pub async fn online(&self) -> Result<()> {
        let listener = TcpListener::bind(self.address).await;
        let listener = listener.with_context(|| format!("listening on {} again", self.address))?;
        let running = tokio::spawn(serve(listener, self.server.clone(), self.acceptor.0.clone()));
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
        Ok(())
    }
}

impl Deref for FakeSmtp {
    type Target = MailServer;

    fn deref(&self) -> &MailServer {
        &self.server
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.offline();
        self.pages.abort();
    }
}

impl MailServer {
    /// The page with the mails, and the control surface under `/_fake/`.
    pub fn router(&self) -> Router {
        Router::new().merge(page::router()).nest("/_fake", control::router()).with_state(self.clone())
    }
}

/// Accepts connections until it is aborted, which also ends every conversation.
async fn serve(listener: TcpListener, server: MailServer, acceptor: TlsAcceptor) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                stream.set_nodelay(true).ok();
                sessions.spawn(Session::run(stream, server.clone(), acceptor.clone()));
            }
            Some(_) = sessions.join_next() => {}
        }
    }
}
