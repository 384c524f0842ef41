//! The engines: one that compiles and one that runs, with the same rules for code.

use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::limits::Limits;
use crate::sandbox::{MAX_INSTANCES, MAX_MEMORIES, MAX_TABLE, MAX_TABLES};

/// Address space of a linear memory: as much as 32 bits reach, so that the code needs no check for each access. The code
/// depends on it, so compiler and server must agree.
const MEMORY_RESERVATION: u64 = 4 << 30;
/// How many bytes of a memory stay with its slot after a call: the pages that the next call of the same plugin writes
/// to.
const MEMORY_KEPT: usize = 1 << 20;
/// The same for a table, and for a stack.
const TABLE_KEPT: usize = 64 << 10;
const STACK_KEPT: usize = 64 << 10;
/// Functions and types of one component, in bytes; a JavaScript engine has less than one MiB of them.
const MAX_INSTANCE: usize = 16 << 20;

/// The settings that the code depends on: the same in the server and in the compiling child.
fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    // Errors name the kind of trap; nobody reads a plugin's stack.
    config.wasm_backtrace_max_frames(None);
    config.max_wasm_stack(512 * 1024);
    config.memory_reservation(MEMORY_RESERVATION);
    config
}

/// The engine that compiles. It runs nothing: a process with a limit on its address space has no room for a pool.
pub(super) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&config())
}

/// The engine that runs plugins. Memories, tables and stacks of calls come from a pool that is reserved at the start;
/// if the system doesn't give so much address space, each call asks for its own memory.
///
/// # Errors
/// When the machine can run no plugin at all.
pub(crate) fn running(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    Engine::new(&pooled).or_else(|error| {
        tracing::info!(%error, "plugins run without a pool of memories: each call takes about 40 µs longer");
        Engine::new(&config())
    })
}

/// Room for every call that may run at once, each as large as its limits allow. Only used pages take memory.
fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let calls = limits.concurrent_calls.max(1);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(count(calls))
        .total_core_instances(count(calls * MAX_INSTANCES))
        .total_memories(count(calls * MAX_MEMORIES))
        .total_tables(count(calls * MAX_TABLES))
        .total_stacks(count(calls))
        .max_memories_per_module(count(MAX_MEMORIES))
        .max_tables_per_module(count(MAX_TABLES))
        .table_elements(MAX_TABLE)
        .max_memory_size(limits.memory)
        .max_core_instance_size(MAX_INSTANCE)
        .max_component_instance_size(MAX_INSTANCE);
    // Linux 6.7 and newer report the pages that a call has written. Without that, keeping memory means clearing a whole
    // MiB.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(MEMORY_KEPT)
            .table_keep_resident(TABLE_KEPT)
            .async_stack_keep_resident(STACK_KEPT);
    }
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_makes_the_server_takes_with_a_pool_and_without() {
        let code = compiling().unwrap().precompile_component(b"\0asm\x0d\0\x01\0").unwrap();
        // No machine has so much address space: the pool can't be made.
        let endless = Limits { memory: 1 << 44, ..Limits::default() };
        assert!(
            Engine::new(config().allocation_strategy(InstanceAllocationStrategy::Pooling(pool(&endless)))).is_err()
        );
        for limits in [Limits::default(), endless] {
            let engine = running(&limits).unwrap();
            assert!(crate::cache::deserialize(&engine, &code).is_ok(), "{limits:?}");
        }
    }
}
