//! A throw-away PostgreSQL server, from the binaries installed on this machine.
//!
//! Depends on nothing but the standard library and `anyhow`, so that `cargo xtask` can start one
//! before anything else is compiled.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};

/// The oldest major version that Tablón supports.
const OLDEST: u32 = 15;
/// A cold first start on a busy two-core machine takes a few seconds; this is far above it.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// `sun_path` holds 104 bytes on macOS, 108 on Linux; the socket's file name takes up to 20.
const LONGEST_SOCKET_FOLDER: usize = 80;

/// A PostgreSQL server with its own data folder and port, stopped and deleted when dropped.
///
/// Nothing in it is durable (`fsync` is off). It listens on 127.0.0.1 without a password.
#[derive(Debug)]
pub struct PostgresServer {
    binaries: PathBuf,
    home: PathBuf,
    port: u16,
    owner: Option<Owner>,
    child: Option<Child>,
}

/// The user that the server runs as if we are root, which PostgreSQL refuses.
#[derive(Debug, Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

impl PostgresServer {
    /// Creates a data folder under the system's temporary folder and starts a server in it.
    ///
    /// Fails with a sentence that says what to install if no PostgreSQL 15 or newer is found.
    pub fn start() -> Result<Self> {
        let binaries = find_binaries()?;
        let home = make_home()?;
        let owner = match as_whom(&home) {
            Ok(owner) => owner,
            Err(error) => {
                fs::remove_dir_all(&home).ok();
                return Err(error);
            }
        };
        // From here on, dropping the value deletes the folder.
        let mut server = Self { binaries, home, port: 0, owner, child: None };
        server.initialise()?;
        // Another process may take the free port before the server binds it.
        let mut last = anyhow!("no attempt was made");
        for _ in 0..3 {
            server.port = free_port()?;
            match server.resume() {
                Ok(()) => return Ok(server),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The URL of the maintenance database, for a superuser: `postgres://postgres@127.0.0.1:PORT/postgres`.
    ///
    /// The value for `TABLON_TEST_POSTGRES_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        self.database_url("postgres")
    }

    /// The URL of a database of this name in the server, existing or not.
    #[must_use]
    pub fn database_url(&self, name: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server and keeps its data, to simulate a database that is away.
    pub fn pause(&mut self) -> Result<()> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        // Not "immediate": with synchronous_commit off, that would lose the latest commits.
        let stopped = self
            .command("pg_ctl")
            .args(["stop", "--silent", "--mode=fast", "--wait", "--pgdata"])
            .arg(self.data())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if !matches!(stopped, Ok(status) if status.success()) {
            child.kill().ok();
        }
        child.wait().context("waiting for PostgreSQL to stop")?;
        Ok(())
    }

    /// Starts the server again on the same port, after [`PostgresServer::pause`].
    pub fn resume(&mut self) -> Result<()> {
        if self.child.is_some() {
            return Ok(());
        }
        fs::remove_file(self.data().join("postmaster.pid")).ok();
        let log = fs::File::create(self.log()).context("creating the log of PostgreSQL")?;
        let sockets = if self.home.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            self.home.display().to_string()
        } else {
            String::new()
        };
        let mut child = self
            .command("postgres")
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string()])
            .args(["-c", "listen_addresses=127.0.0.1"])
            .args(["-c", &format!("unix_socket_directories={sockets}")])
            .args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"])
            .args(["-c", "wal_level=minimal", "-c", "max_wal_senders=0"])
            .args(["-c", "max_connections=400", "-c", "timezone=UTC", "-c", "log_timezone=UTC"])
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("sharing the log of PostgreSQL")?)
            .stderr(log)
            .spawn()
            .context("starting postgres")?;

        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Some(status) = child.try_wait().context("looking after PostgreSQL")? {
                bail!("PostgreSQL stopped while starting ({status}):\n{}", self.log_tail());
            }
            if self.is_ready() {
                self.child = Some(child);
                return Ok(());
            }
            if Instant::now() > deadline {
                child.kill().ok();
                child.wait().ok();
                bail!("PostgreSQL did not start within {START_TIMEOUT:?}:\n{}", self.log_tail());
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn initialise(&self) -> Result<()> {
        // C.UTF-8 lowers and sorts accented letters sensibly; not every system has it.
        let mut output = None;
        for locale in ["C.UTF-8", "C"] {
            let run = self
                .command("initdb")
                .arg("--pgdata")
                .arg(self.data())
                .args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-sync"])
                .arg(format!("--locale={locale}"))
                .stdin(Stdio::null())
                .output()
                .context("running initdb")?;
            if run.status.success() {
                return Ok(());
            }
            output = Some(run);
        }
        let said = output.map(|run| String::from_utf8_lossy(&run.stderr).into_owned()).unwrap_or_default();
        bail!("initdb failed: {}", said.trim());
    }

    /// The eighth line of `postmaster.pid` has the state of the start.
    fn is_ready(&self) -> bool {
        fs::read_to_string(self.data().join("postmaster.pid"))
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim() == "ready"))
    }

    fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }

    /// One of the server's programs, as the owner of the data.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.current_dir(&self.home).env("HOME", &self.home).env("LC_ALL", "C");
        for variable in ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGOPTIONS"] {
            command.env_remove(variable);
        }
        if let Some(Owner { uid, gid }) = self.owner {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.pause().ok();
        fs::remove_dir_all(&self.home).ok();
    }
}

/// The folder with `initdb`, `pg_ctl` and `postgres` of the newest version on this machine.
///
/// `TABLON_TEST_POSTGRES_BIN` names a folder to use instead of searching.
pub fn find_binaries() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("TABLON_TEST_POSTGRES_BIN").map(PathBuf::from) {
        let version = version_in(&folder).with_context(|| format!("no PostgreSQL in {}", folder.display()))?;
        ensure!(version >= OLDEST, "PostgreSQL {version} in {} is too old: Tablón needs {OLDEST}", folder.display());
        return Ok(folder);
    }
    let found = candidates()
        .into_iter()
        .filter_map(|folder| Some((version_in(&folder)?, folder)))
        // The first of equal versions stays: PATH comes before the system's folders.
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    match found {
        Some((version, folder)) if version >= OLDEST => Ok(folder),
        Some((version, folder)) => {
            bail!("the newest PostgreSQL here is {version} in {}: Tablón needs {OLDEST} or newer", folder.display())
        }
        None => bail!(
            "no PostgreSQL server is installed (looked for initdb, pg_ctl and postgres in PATH and the usual folders). \
             Debian and Ubuntu: apt-get install postgresql. macOS: brew install postgresql@17"
        ),
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    let in_each = |parent: &str, prefix: &str, rest: &str| -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
        entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path().join(rest))
            .collect()
    };
    folders.extend(in_each("/usr/lib/postgresql", "", "bin"));
    folders.extend(in_each("/usr", "pgsql-", "bin"));
    folders.extend(in_each("/opt/homebrew/opt", "postgresql", "bin"));
    folders.extend(in_each("/usr/local/opt", "postgresql", "bin"));
    folders.extend(in_each("/Applications/Postgres.app/Contents/Versions", "", "bin"));
    folders
}

/// The major version of a complete server in this folder.
fn version_in(folder: &Path) -> Option<u32> {
    if !["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    // "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split(") ").nth(1)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn make_home() -> Result<PathBuf> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let parent = std::env::temp_dir();
    for _ in 0..100 {
        let name = format!("tablon-postgres-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let home = parent.join(name);
        match fs::create_dir(&home) {
            Ok(()) => return Ok(home),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("creating {}", home.display())),
        }
    }
    bail!("{} is full of abandoned tablon-postgres folders: remove them", parent.display());
}

/// Gives the folder to an unprivileged user if we are root; `None`: we run it ourselves.
fn as_whom(home: &Path) -> Result<Option<Owner>> {
    fs::set_permissions(home, fs::Permissions::from_mode(0o700))?;
    if fs::metadata(home)?.uid() != 0 {
        return Ok(None);
    }
    let accounts =
        fs::read_to_string("/etc/passwd").context("reading /etc/passwd for a user that PostgreSQL can run as")?;
    let owner = ["postgres", "_postgres", "nobody"]
        .iter()
        .find_map(|name| account(&accounts, name))
        .context("PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody'")?;
    std::os::unix::fs::chown(home, Some(owner.uid), Some(owner.gid))
        .context("handing the data folder to another user")?;
    Ok(Some(owner))
}

fn account(passwd: &str, name: &str) -> Option<Owner> {
    let mut fields = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    // name:password:uid:gid:…, and nobody is -2 on macOS
    let uid: i64 = fields.nth(1)?.parse().ok()?;
    let gid: i64 = fields.next()?.parse().ok()?;
    let unsigned =
        |number: i64| u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned));
    Some(Owner { uid: unsigned(uid)?, gid: unsigned(gid)? })
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("looking for a free port")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn a_server_starts_accepts_connections_and_leaves_nothing_behind() {
        let server = PostgresServer::start().unwrap();
        let (home, port) = (server.home.clone(), server.port());
        assert!(server.url().ends_with(&format!("@127.0.0.1:{port}/postgres")));
        TcpStream::connect(("127.0.0.1", port)).unwrap();
        drop(server);
        assert!(!home.exists());
        TcpStream::connect(("127.0.0.1", port)).unwrap_err();
    }

    #[test]
    fn a_paused_server_refuses_connections_and_comes_back_on_the_same_port() {
        let mut server = PostgresServer::start().unwrap();
        let port = server.port();
        server.pause().unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap_err();
        server.resume().unwrap();
        assert_eq!(server.port(), port);
        TcpStream::connect(("127.0.0.1", port)).unwrap();
    }

    #[test]
    fn an_account_is_read_from_a_line_of_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nnobody:*:-2:-2:Nobody:/var/empty:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
        let found = account(passwd, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert_eq!(account(passwd, "nobody").unwrap().uid, 4_294_967_294);
        assert!(account(passwd, "_postgres").is_none());
    }
}
