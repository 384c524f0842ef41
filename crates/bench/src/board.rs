//! The release binary with a SQLite database of its own, and just enough HTTP to talk to it.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// A database and the program that serves it.
pub(crate) struct Board<'a> {
    program: &'a Path,
    folder: TempDir,
    address: SocketAddr,
}

/// A running server, killed when dropped.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl<'a> Board<'a> {
    pub(crate) fn new(program: &'a Path) -> Result<Self> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        Ok(Self { program, folder: TempDir::with_prefix("tablon-bench-")?, address: free })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn database_url(&self) -> String {
        format!("sqlite://{}", self.folder.path().join("tablon.db").display())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TABLON_") {
                command.env_remove(name);
            }
        }
        command.args(args).arg("--data-dir").arg(self.folder.path());
        command.env("TABLON_LOG_FILTER", "error").env("TABLON_RECONCILER_PACING", "false");
        command
    }

    /// Runs a command and reads the JSON value that it prints.
    pub(crate) fn json(&self, args: &[&str]) -> Result<Value> {
        let output = self.command(&[args, &["--json"]].concat()).stderr(Stdio::inherit()).output()?;
        ensure!(output.status.success(), "tablon {} failed", args.join(" "));
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Starts the server; returns it with the time until its first answer.
    pub(crate) fn serve(&self) -> Result<(Running, Duration)> {
        self.serve_with(&[])
    }

    /// The same, with more variables.
    pub(crate) fn serve_with(&self, variables: &[(&str, &str)]) -> Result<(Running, Duration)> {
        let listen = self.address.to_string();
        let start = Instant::now();
        let child = self
            .command(&["serve", "--listen", &listen, "--allow-network", "127.0.0.0/8"])
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .context("starting the board")?;
        let mut running = Running(child);
        loop {
            if self.request("GET", "/healthz", None, "").is_ok_and(|(status, _)| status == 200) {
                return Ok((running, start.elapsed()));
            }
            if let Some(status) = running.0.try_wait()? {
                bail!("the board ended: {status}");
            }
            ensure!(start.elapsed() < Duration::from_secs(60), "the board doesn't answer");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// One request with a JSON body on a connection of its own.
    pub(crate) fn request(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Result<(u16, Vec<u8>)> {
        let token = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = token.as_deref().map(|token| ("Authorization", token)).into_iter().collect();
        self.request_with(method, path, &headers, body)
    }

    /// The same, with headers.
    pub(crate) fn request_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("an answer without a head")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).context("no status")?;
        Ok((status, answer[end + 4..].to_vec()))
    }
}
