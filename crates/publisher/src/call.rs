//! One call: a fresh store, the guest, and the result.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;
use wasmtime::{Engine, Store, Trap};

use crate::bindings::{Publisher, PublisherPre};
use crate::capability::egress::Egress;
use crate::capability::vault::Vault;
use crate::capability::wasi::LastWords;
use crate::limits::Limits;
use crate::mail::Mailer;
use crate::outcome::{Fault, FaultKind};
use crate::sandbox::{Breach, MailAccess, Sandbox, SandboxOptions};
use crate::ticker::Ticker;
use crate::traffic::Traffic;

/// The most bytes that a guest may pass in one call of the host or as a result. Without this limit, a list whose items
/// all point at the same memory would be copied over and over.
const MAX_TRANSFER: usize = 32 * 1024 * 1024;
/// Wasmtime's error for a guest that passes more than [`MAX_TRANSFER`].
const TRANSFER_SPENT: &str = "fuel allocated for hostcalls";
/// The longest part of a panic message that is shown, in characters.
const MAX_FAULT: usize = 300;

/// What all calls share.
pub(crate) struct Runtime {
    pub(crate) engine: Engine,
    pub(crate) egress: Egress,
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) ticker: Ticker,
    pub(crate) turns: Semaphore,
}

/// The guest to call, and its rights.
pub(crate) struct CallOptions<'a> {
    pub(crate) pre: &'a PublisherPre<Sandbox>,
    pub(crate) plugin: Arc<str>,
    pub(crate) channel: &'a str,
    pub(crate) vault: Arc<Vault>,
    /// The function's name, if it is pure.
    pub(crate) pure: Option<&'static str>,
    /// The record of what it sends.
    pub(crate) traffic: Traffic,
    /// Its mail, if its manifest asks for any.
    pub(crate) mail: Option<MailAccess>,
}

/// How a call ended.
pub(crate) struct Ended<T> {
    /// What the guest returned, or why it returned nothing.
    pub(crate) returned: Result<T, Fault>,
    pub(crate) traffic: Traffic,
    pub(crate) duration: Duration,
}

/// The call of one export.
pub(crate) type Export<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<T>> + Send + 'a>>;

impl Runtime {
    /// Runs one export in its own store. It returns, whatever the guest does.
    pub(crate) async fn call<T>(
        &self,
        options: CallOptions<'_>,
        export: impl for<'a> FnOnce(&'a Publisher, &'a mut Store<Sandbox>) -> Export<'a, T>,
    ) -> Ended<T> {
        // The semaphore is never closed, so an error can't happen; if it did, the call would run without a turn.
        let _turn = self.turns.acquire().await.ok();
        let started = Instant::now();
        let time = if options.pure.is_some() { self.limits.pure_time } else { self.limits.time };
        let traffic = options.traffic;
        let last_words = LastWords::default();
        let scrubber = Arc::clone(&options.vault);
        let sandbox = Sandbox::new(SandboxOptions {
            plugin: options.plugin,
            channel: options.channel.to_owned(),
            vault: options.vault,
            egress: self.egress.clone(),
            limits: Arc::clone(&self.limits),
            traffic: traffic.clone(),
            deadline: started + time,
            pure: options.pure,
            mail: options.mail,
            last_words: last_words.clone(),
        });
        let mut store = Store::new(&self.engine, sandbox);
        store.limiter(|sandbox| &mut sandbox.memory);
        store.set_hostcall_fuel(MAX_TRANSFER);
        store.set_max_component_handles(1_000);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut store| store.data_mut().tick());

        let _ticking = self.ticker.tick();
        let running = async {
            let guest = options.pre.instantiate_async(&mut store).await?;
            export(&guest, &mut store).await
        };
        let returned = match tokio::time::timeout(time, running).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => {
                let (kind, words) = fault(&error, store.data(), &last_words);
                Err(Fault { kind, words: scrubber.scrubber.sentence(&words, MAX_FAULT) })
            }
            Err(_elapsed) => {
                let words = format!("it took longer than {} s", time.as_secs_f32());
                Err(Fault { kind: FaultKind::TookTooLong, words })
            }
        };
        Ended { returned, traffic, duration: started.elapsed() }
    }
}

/// Why the guest returned no result, for the operator and the plugin's author.
fn fault(error: &wasmtime::Error, sandbox: &Sandbox, last_words: &LastWords) -> (FaultKind, String) {
    if let Some(breach) = error.downcast_ref::<Breach>() {
        let kind = match breach {
            Breach::Cpu(_) => FaultKind::TookTooLong,
            Breach::Impure { .. } | Breach::HostCalls(_) => FaultKind::Contract,
        };
        return (kind, breach.to_string());
    }
    let mut kind = FaultKind::Trapped;
    let what = match error.downcast_ref::<Trap>() {
        _ if sandbox.memory.refused => {
            format!("it wanted more than {} MiB of memory", sandbox.limits.memory / (1024 * 1024))
        }
        Some(Trap::StackOverflow) => "it called itself too deeply".to_owned(),
        Some(Trap::UnreachableCodeReached) => "it gave up".to_owned(),
        Some(trap) => format!("it trapped: {trap}"),
        None => {
            let cause = error.root_cause().to_string();
            // Wasmtime has no error type for it.
            if cause.contains(TRANSFER_SPENT) {
                kind = FaultKind::Oversized;
            }
            format!("it broke off: {cause}")
        }
    };
    let words = match last_words.text() {
        // A Rust panic ends with a hint about the environment, which a guest doesn't have.
        Some(words) => format!("{what}: {}", words.split("note: run with").next().unwrap_or_default().trim_end()),
        None => what,
    };
    (kind, words)
}
