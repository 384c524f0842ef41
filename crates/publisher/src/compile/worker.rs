//! The child's side: limits and confines itself, then compiles the component from its standard input.

use std::io::{Read, Write};

use rustix::process::{Resource, Rlimit, nice, setrlimit};

use super::confine::confine;
use super::engine::compiling;
use crate::discover::MAX_FILE;

/// The niceness of the child, so that the server that answers visitors comes first.
const NICENESS: i32 = 10;

/// Compiles the component from `input` into code on `output`, after a line about its
/// [`Confinement`](super::Confinement) on `words`. Limits and confinement apply to the whole process and can't be
/// lifted: call this only in a process that does nothing else and has one thread.
///
/// # Errors
/// A sentence about what is wrong with the component, or why the limits can't be set. A process that exceeds a limit
/// is ended by the system instead.
pub fn run(
    memory: u64,
    cpu_seconds: u64,
    input: impl Read,
    mut output: impl Write,
    mut words: impl Write,
) -> Result<(), String> {
    limit(memory, cpu_seconds).map_err(|error| format!("the compiler can't be held to its limits: {error}"))?;
    // If nobody reads it, only a log line is lost.
    writeln!(words, "{}", confine()).ok();
    let mut wasm = Vec::new();
    input.take(MAX_FILE).read_to_end(&mut wasm).map_err(|error| format!("the component can't be read: {error}"))?;
    let engine = compiling().map_err(|error| format!("{error:#}"))?;
    let code = engine.precompile_component(&wasm).map_err(|error| format!("{error:#}"))?;
    output.write_all(&code).and_then(|()| output.flush()).map_err(|error| format!("the code can't be given: {error}"))
}

fn limit(memory: u64, cpu_seconds: u64) -> rustix::io::Result<()> {
    let at_most = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    // macOS accepts this limit but doesn't enforce it.
    #[cfg(target_os = "linux")]
    setrlimit(Resource::As, at_most(memory))?;
    #[cfg(not(target_os = "linux"))]
    let _ = memory;
    // One second later the hard limit kills the process.
    setrlimit(Resource::Cpu, Rlimit { current: Some(cpu_seconds), maximum: Some(cpu_seconds + 1) })?;
    // It writes no file, not even a core dump.
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Core, at_most(0))?;
    nice(NICENESS)?;
    Ok(())
}
