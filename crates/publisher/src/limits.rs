//! The limits of one call.

use std::time::Duration;

/// Limits of one call of a plugin, and of all calls together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory, in bytes, all memories of the component together.
    pub memory: usize,
    /// Processor time, without waiting for answers. Measured in ticks of 10 ms.
    pub cpu: Duration,
    /// Time of a call that may send requests, from start to end.
    pub time: Duration,
    /// Time of a call of a pure function (`describe`, `render`), from start to end.
    pub pure_time: Duration,
    /// Time for a connection: name, TCP and TLS.
    pub connect_time: Duration,
    /// HTTP requests.
    pub requests: u32,
    /// Calls of the host of any kind; more end the call with a fault.
    pub host_calls: u32,
    /// The body of one request, in bytes.
    pub request_body: usize,
    /// The body of one answer, in bytes; longer ones are cut.
    pub answer: usize,
    /// Lines in the log; more are dropped.
    pub log_lines: u32,
    /// Calls at the same time, of all plugins; others wait.
    pub concurrent_calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 * 1024 * 1024,
            cpu: Duration::from_secs(2),
            time: Duration::from_secs(30),
            pure_time: Duration::from_secs(5),
            connect_time: Duration::from_secs(5),
            requests: 24,
            host_calls: 2_000,
            request_body: 8 * 1024 * 1024,
            answer: 1024 * 1024,
            log_lines: 32,
            concurrent_calls: 128,
        }
    }
}
