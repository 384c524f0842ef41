//! WASI, which guests need to link but which gives them nothing: no files, no sockets, no environment, a clock that
//! stands still and random numbers that are always the same. So two calls with the same arguments give the same result,
//! and a preview is exact.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxBuilder};

/// How many bytes of a guest's standard error are kept, for its panic message.
const KEPT: usize = 1024;

pub(crate) fn context(last_words: &LastWords) -> WasiCtx {
    WasiCtxBuilder::new()
        .wall_clock(StandingClock)
        .monotonic_clock(StandingClock)
        .secure_random(Deterministic::new(SEED.to_vec()))
        .insecure_random(Deterministic::new(SEED.to_vec()))
        .insecure_random_seed(u128::from_le_bytes(SEED))
        .max_random_size(64 * 1024)
        .stderr(last_words.clone())
        .allow_tcp(false)
        .allow_udp(false)
        .build()
}

const SEED: [u8; 16] = *b"tablon: no luck!";

/// 2026-01-01T00:00:00Z. The real time comes with the attempt.
const STANDING_AT: Duration = Duration::from_secs(1_767_225_600);

struct StandingClock;

impl HostWallClock for StandingClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        STANDING_AT
    }
}

impl HostMonotonicClock for StandingClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}

/// The end of a guest's standard error, where the panic message is.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<Mutex<Vec<u8>>>);

impl LastWords {
    /// The last lines, if there are any.
    pub(crate) fn text(&self) -> Option<String> {
        let words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&words).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    fn push(&self, bytes: &[u8]) {
        let mut words = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        words.extend_from_slice(&bytes[bytes.len().saturating_sub(KEPT)..]);
        let surplus = words.len().saturating_sub(KEPT);
        words.drain(..surplus);
    }
}

impl IsTerminal for LastWords {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LastWords {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for LastWords {
    async fn ready(&mut self) {}
}

impl OutputStream for LastWords {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(4096)
    }
}
