//! The state of one call, beside the guest's own memory.

use std::sync::Arc;

use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::bindings::types;
use crate::capability::egress::Egress;
use crate::capability::vault::Vault;
use crate::capability::wasi::{self, LastWords};
use crate::limits::Limits;
use crate::mail::Mailbox;
use crate::manifest::Audience;
use crate::ticker::TICK;
use crate::traffic::Traffic;

/// The state of a store: made for one call, dropped after it.
pub(crate) struct Sandbox {
    wasi: WasiCtx,
    table: ResourceTable,
    pub(crate) plugin: Arc<str>,
    /// The channel's id, for the log.
    pub(crate) channel: String,
    pub(crate) vault: Arc<Vault>,
    pub(crate) egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) traffic: Traffic,
    pub(crate) deadline: Instant,
    /// The function being called, if it may call no import.
    pub(crate) pure: Option<&'static str>,
    pub(crate) mail: Option<MailAccess>,
    pub(crate) requests_asked: u32,
    pub(crate) lines_written: u32,
    host_calls: u32,
    ticks: u32,
    pub(crate) memory: Memory,
}

/// The parts of a sandbox.
pub(crate) struct SandboxOptions {
    pub(crate) plugin: Arc<str>,
    pub(crate) channel: String,
    pub(crate) vault: Arc<Vault>,
    pub(crate) egress: Egress,
    pub(crate) limits: Arc<Limits>,
    pub(crate) traffic: Traffic,
    pub(crate) deadline: Instant,
    pub(crate) pure: Option<&'static str>,
    pub(crate) mail: Option<MailAccess>,
    pub(crate) last_words: LastWords,
}

/// A channel's mail, and the audiences that the operator granted.
pub(crate) struct MailAccess {
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) audiences: Vec<Audience>,
}

/// The guest did something that its kind of call forbids. It ends the call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Breach {
    #[error("{function} is a pure function and called {import}")]
    Impure { function: &'static str, import: &'static str },
    #[error("it called the host more than {0} times")]
    HostCalls(u32),
    #[error("it computed for more than {} ms", .0.as_millis())]
    Cpu(std::time::Duration),
}

impl Sandbox {
    pub(crate) fn new(options: SandboxOptions) -> Self {
        Self {
            wasi: wasi::context(&options.last_words),
            table: ResourceTable::new(),
            memory: Memory { limit: options.limits.memory, used: 0, refused: false },
            plugin: options.plugin,
            channel: options.channel,
            vault: options.vault,
            egress: options.egress,
            limits: options.limits,
            traffic: options.traffic,
            deadline: options.deadline,
            pure: options.pure,
            mail: options.mail,
            requests_asked: 0,
            lines_written: 0,
            host_calls: 0,
            ticks: 0,
        }
    }

    /// Called at the beginning of every import of ours.
    ///
    /// # Errors
    /// A breach, which traps: in a pure function, or after too many calls of the host.
    pub(crate) fn impure(&mut self, import: &'static str) -> wasmtime::Result<()> {
        if let Some(function) = self.pure {
            return Err(Breach::Impure { function, import }.into());
        }
        self.host_calls += 1;
        if self.host_calls > self.limits.host_calls {
            return Err(Breach::HostCalls(self.limits.host_calls).into());
        }
        Ok(())
    }

    /// Called when the guest has computed for a tick: yields to others, or ends the guest.
    pub(crate) fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.ticks += 1;
        if TICK * self.ticks > self.limits.cpu {
            return Err(Breach::Cpu(self.limits.cpu).into());
        }
        Ok(UpdateDeadline::Yield(1))
    }
}

/// The contract's types, which have no functions.
impl types::Host for Sandbox {}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Counts the linear memory of one call.
pub(crate) struct Memory {
    limit: usize,
    used: usize,
    /// Whether the guest asked for more than its limit.
    pub(crate) refused: bool,
}

/// The most elements of a table: eight bytes each on the host. Rust guests need some thousand.
pub(crate) const MAX_TABLE: usize = 100_000;
/// Core instances, memories and tables of one component.
pub(crate) const MAX_INSTANCES: usize = 64;
pub(crate) const MAX_MEMORIES: usize = 8;
pub(crate) const MAX_TABLES: usize = 64;

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.used.saturating_sub(current).saturating_add(desired);
        if total > self.limit {
            self.refused = true;
            return Ok(false);
        }
        self.used = total;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= MAX_TABLE)
    }

    fn instances(&self) -> usize {
        MAX_INSTANCES
    }

    fn memories(&self) -> usize {
        MAX_MEMORIES
    }

    fn tables(&self) -> usize {
        MAX_TABLES
    }
}
