//! TCP connections that can be reset in the middle of a call, as a network does.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u8 = 0;
const CUT: u8 = 1;
const RESET: u8 = 2;

/// The bytes that are held back from a cut answer; every answer is longer.
const CUT_TAIL: usize = 20;

/// The state of a connection; the handler of a call uses it to break its own connection.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    own: Arc<AtomicU8>,
    /// The whole server is offline.
    offline: Arc<AtomicBool>,
}

impl Fate {
    /// Sends no further byte, and resets.
    pub(crate) fn reset(&self) {
        self.own.store(RESET, Ordering::SeqCst);
    }

    /// Sends the next answer without its end, and resets.
    pub(crate) fn cut(&self) {
        self.own.store(CUT, Ordering::SeqCst);
    }

    fn state(&self) -> u8 {
        if self.offline.load(Ordering::SeqCst) { RESET } else { self.own.load(Ordering::SeqCst) }
    }
}

impl Connected<IncomingStream<'_, Door>> for Fate {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().fate.clone()
    }
}

/// A listener whose connections have a [`Fate`].
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) offline: Arc<AtomicBool>,
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are small, and clients wait for them: Nagle's algorithm would only add latency to the tests.
        stream.set_nodelay(true).ok();
        let fate = Fate { own: Arc::new(AtomicU8::new(WHOLE)), offline: Arc::clone(&self.offline) };
        (Wire { stream, fate }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A TCP connection with a [`Fate`].
#[derive(Debug)]
pub(crate) struct Wire {
    stream: TcpStream,
    fate: Fate,
}

impl Wire {
    /// Closing without lingering sends RST rather than FIN.
    fn broken(&self) -> io::Error {
        self.stream.set_zero_linger().ok();
        io::ErrorKind::ConnectionReset.into()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.fate.state() == RESET {
            return Poll::Ready(Err(self.broken()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.fate.state() {
            RESET => Poll::Ready(Err(self.broken())),
            CUT => {
                let part = &bytes[..bytes.len().saturating_sub(CUT_TAIL)];
                let written = Pin::new(&mut self.stream).poll_write(context, part);
                if matches!(written, Poll::Ready(Ok(_))) {
                    self.fate.reset();
                }
                written
            }
            _ => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fate.state() == RESET {
            return Poll::Ready(Err(self.broken()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
