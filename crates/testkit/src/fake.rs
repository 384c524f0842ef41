//! A simulated platform as a server: the common part of those with an HTTP API.

use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use anyhow::Result;
use axum::Router;

use crate::port::Port;
use crate::record::{Details, Record, Request};
use crate::simulation::{Simulation, World};

/// A platform with an HTTP API.
pub trait Served: World {
    /// Its name, for the log.
    const NAME: &'static str;
    /// The options of its initial state.
    type Options;
    /// Its reading of a request.
    type Details: Details;

    /// The initial state for these options, and the address to listen on.
    fn begin(options: Self::Options) -> (Self, SocketAddr);
    /// All its routes.
    fn routes(platform: &Simulation<Self>) -> Router;
    /// The record of its requests.
    fn record(&mut self) -> &mut Record<Self::Details>;
}

impl<W: Served> Simulation<W> {
    /// A platform without a server.
    #[must_use]
    pub fn new(options: W::Options) -> Self {
        Self::of(W::begin(options).0)
    }

    /// The platform, its pages and the control surface under `/_fake/`, for another server.
    ///
    /// Only a server that [`Fake`] runs can reset connections; elsewhere such a fault answers 502.
    pub fn router(&self) -> Router {
        W::routes(self)
    }

    /// Every request so far, in the order they came.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<W::Details>> {
        self.lock().record().requests.clone()
    }

    /// The recorded requests of one method, operation or event.
    #[must_use]
    pub fn requests_of(&self, call: &str) -> Vec<Request<W::Details>> {
        self.requests().into_iter().filter(|request| request.call().eq_ignore_ascii_case(call)).collect()
    }

    /// Deletes the recorded requests and violations; their effects stay.
    pub fn forget_requests(&self) {
        let mut world = self.lock();
        world.record().requests.clear();
        world.violations().clear();
    }

    /// Moves the platform's clock forward.
    pub fn advance(&self, by: Duration) {
        self.lock().record().ahead += by;
    }

    /// Records the answer to a request.
    pub(crate) fn answered(&self, number: u64, status: u16, refusal: Option<&str>) {
        self.lock().record().answered(number, status, refusal);
    }
}

/// A simulated platform on its own port, which is free again when this is dropped. Derefs to its [`Simulation`].
#[derive(Debug)]
pub struct Fake<W> {
    platform: Simulation<W>,
    port: Port,
}

impl<W: Served> Fake<W> {
    /// Starts a server with these options.
    pub async fn start(options: W::Options) -> Result<Self> {
        let (world, listen) = W::begin(options);
        let platform = Simulation::of(world);
        let port = Port::open(W::NAME, listen, platform.router()).await?;
        Ok(Self { platform, port })
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.port.address()
    }

    /// The value for a channel's platform address setting: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Closes the port and resets every connection, until [`Fake::online`]; sent messages stay.
    pub async fn offline(&self) {
        self.port.offline().await;
    }

    /// Listens on the same port again.
    pub async fn online(&self) -> Result<()> {
        self.port.online().await
    }
}

impl<W> Deref for Fake<W> {
    type Target = Simulation<W>;

    fn deref(&self) -> &Simulation<W> {
        &self.platform
    }
}
