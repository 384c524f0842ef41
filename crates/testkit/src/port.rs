//! The port of a fake, which can be closed and opened again.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::connection::{Door, Fate};

/// A server on its own address, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    /// The platform's name, for the log.
    name: &'static str,
    address: SocketAddr,
    router: Router,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    offline: Arc<AtomicBool>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Port {
    /// Listens on this address; port 0 takes a free one.
    pub(crate) async fn open(name: &'static str, listen: SocketAddr, router: Router) -> Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listening on {listen}"))?;
        let port = Self { name, address: listener.local_addr()?, router, running: Mutex::new(None) };
        port.run(listener);
        Ok(port)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and resets every connection.
    pub(crate) async fn offline(&self) {
        let Some(running) = self.take_running() else { return };
        running.offline.store(true, Ordering::SeqCst);
        running.stop.send(()).ok();
        let mut task = running.task;
        // Don't wait for calls that a fault delays.
        if tokio::time::timeout(Duration::from_millis(500), &mut task).await.is_err() {
            task.abort();
        }
    }

    /// Listens on the same port again.
    pub(crate) async fn online(&self) -> Result<()> {
        let listener =
            TcpListener::bind(self.address).await.with_context(|| format!("listening on {} again", self.address))?;
        self.run(listener);
        Ok(())
    }

    fn run(&self, listener: TcpListener) {
        let offline = Arc::new(AtomicBool::new(false));
        let (stop, stopped) = oneshot::channel::<()>();
        let door = Door { listener, offline: Arc::clone(&offline) };
        let service = self.router.clone().into_make_service_with_connect_info::<Fate>();
        let name = self.name;
        let task = tokio::spawn(async move {
            let serving = axum::serve(door, service).with_graceful_shutdown(async move {
                stopped.await.ok();
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the fake {name} stopped");
            }
        });
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Running { offline, stop, task });
    }

    fn take_running(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if let Some(running) = self.take_running() {
            running.offline.store(true, Ordering::SeqCst);
            running.task.abort();
        }
    }
}
