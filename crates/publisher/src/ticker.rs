//! Advances the engine's epoch, which makes a computing guest yield to others and end at its limit.
//!
//! It is a thread, because a task could wait for the very guest it must interrupt. It sleeps while no guest runs, so
//! that an idle server stays idle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use wasmtime::Engine;

/// How long a guest computes before others get their turn.
pub(crate) const TICK: Duration = Duration::from_millis(10);
/// After this many ticks without a guest, the thread sleeps.
const IDLE_TICKS: u32 = 100;

/// The thread that ticks. It ends when the ticker is dropped.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    running: AtomicUsize,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

/// While it exists, the epoch advances.
pub(crate) struct Ticking(Arc<Shared>);

impl Ticker {
    /// # Errors
    /// If the system can't start a thread.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let engine = engine.clone();
        let its = Arc::clone(&shared);
        let handle = thread::Builder::new().name("tablon-epoch".into()).spawn(move || its.run(&engine))?;
        Ok(Self { shared, thread: handle.thread().clone() })
    }

    /// Notes that a guest is about to run.
    pub(crate) fn tick(&self) -> Ticking {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        Ticking(Arc::clone(&self.shared))
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn run(&self, engine: &Engine) {
        let mut idle = 0;
        while !self.stopped.load(Ordering::SeqCst) {
            thread::sleep(TICK);
            if self.running.load(Ordering::SeqCst) > 0 {
                idle = 0;
                engine.increment_epoch();
                continue;
            }
            idle += 1;
            if idle < IDLE_TICKS {
                continue;
            }
            idle = 0;
            // In this order: a guest that starts in between is either seen here, or sees `asleep`.
            self.asleep.store(true, Ordering::SeqCst);
            while self.asleep.load(Ordering::SeqCst)
                && self.running.load(Ordering::SeqCst) == 0
                && !self.stopped.load(Ordering::SeqCst)
            {
                thread::park();
            }
            self.asleep.store(false, Ordering::SeqCst);
        }
    }
}
