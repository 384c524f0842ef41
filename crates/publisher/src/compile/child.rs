//! The parent's side of a compiling child.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Once};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::{CompileLimits, Confinement};

/// The most bytes of code that are read: 30 times those of the largest plugin.
const MAX_CODE: u64 = 2 << 30;
/// How many bytes of the child's standard error are read.
const MAX_WORDS: u64 = 4 * 1024;

/// A program that compiles. It takes the limits as `--memory BYTES --cpu SECONDS` and the component on its standard
/// input; it writes the code to its standard output, and its confinement and errors to its standard error
/// ([`super::worker::run`] does that).
#[derive(Debug, Clone)]
pub struct ChildCompiler {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: CompileLimits,
    /// All children are confined in the same way, so this is logged once.
    logged: Arc<Once>,
}

impl ChildCompiler {
    /// `program` with `arguments` in front of the limits.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
        limits: CompileLimits,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, limits, logged: Arc::new(Once::new()) }
    }

    pub(super) async fn compile(&self, wasm: &[u8]) -> Result<Vec<u8>, String> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .args(["--memory", &self.limits.memory.to_string(), "--cpu", &self.limits.cpu.as_secs().to_string()])
            // The server's variables contain its key and its database's password.
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("no compiler could be started: {error}"))?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err("no compiler could be started: it has no pipes".to_owned());
        };
        let give = async move {
            // A child that ends before it has read everything writes why to its standard error.
            stdin.write_all(wasm).await.ok();
        };
        let (mut code, mut words) = (Vec::new(), Vec::new());
        let (mut stdout, mut stderr) = (stdout.take(MAX_CODE), stderr.take(MAX_WORDS));
        let work = async {
            let ((), took, said) = tokio::join!(give, stdout.read_to_end(&mut code), stderr.read_to_end(&mut words));
            took.and(said).map_err(|error| format!("the compiler can't be heard: {error}"))?;
            child.wait().await.map_err(|error| format!("the compiler can't be waited for: {error}"))
        };
        let ended = tokio::time::timeout(self.limits.time, work).await;
        // Dropping the child kills it.
        let words = String::from_utf8_lossy(&words);
        let words = self.without_confinement(&words);
        let status = ended.map_err(|_| format!("compiling it took longer than {} s", self.limits.time.as_secs()))??;
        if status.success() {
            return Ok(code);
        }
        Err(self.why(status, words.trim()))
    }

    /// The child's standard error without the line about its confinement, which is logged.
    fn without_confinement<'a>(&self, words: &'a str) -> &'a str {
        let (line, rest) = words.split_once('\n').unwrap_or((words, ""));
        let Ok(Confinement { files, tcp, signals, no_new_privileges }) = line.parse() else { return words };
        self.logged.call_once(|| {
            tracing::info!(files, tcp, signals, no_new_privileges, "plugins are compiled in a confined process");
        });
        rest
    }

    fn why(&self, status: ExitStatus, words: &str) -> String {
        let last = words.lines().last().unwrap_or_default();
        match status.signal() {
            // The soft limit's signal, and the hard limit's.
            Some(rustix_signal::CPU | rustix_signal::KILL) if words.is_empty() => {
                format!("compiling it took more than {} s of computing", self.limits.cpu.as_secs())
            }
            Some(_) if words.contains("memory allocation") => {
                format!("compiling it took more than {} MiB of memory", self.limits.memory >> 20)
            }
            Some(signal) => format!("the compiler was ended by signal {signal}: {last}"),
            None if words.is_empty() => format!("the compiler ended with {status}"),
            None => words.to_owned(),
        }
    }
}

/// The signals of exceeded limits.
mod rustix_signal {
    pub(super) const CPU: i32 = rustix::process::Signal::XCPU.as_raw();
    pub(super) const KILL: i32 = rustix::process::Signal::KILL.as_raw();
}
