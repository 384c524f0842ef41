//! A real mail server, Debian's Exim, that delivers into a Maildir.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tablon_testkit::smtp::Mail;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use crate::board::free_port;

/// Longer than a mail takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// The user `nobody`: Exim takes another configuration than the system's only without root's rights.
const NOBODY: u32 = 65_534;
const PLACES: [&str; 3] = ["/usr/sbin/exim4", "/usr/sbin/exim", "/opt/homebrew/bin/exim"];

/// A mail server on loopback that takes mail to everybody.
pub(crate) struct Exim {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl Exim {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let is_root = folder.path().metadata().expect("a folder").uid() == 0;
        let user = if is_root { NOBODY } else { folder.path().metadata().expect("a folder").uid() };
        let group = if is_root { NOBODY } else { folder.path().metadata().expect("a folder").gid() };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("permissions");
        for inner in ["spool", "log", "mail"] {
            let inner = folder.path().join(inner);
            fs::create_dir(&inner).expect("a folder");
            chown(inner, Some(user), Some(group)).expect("an owner");
        }
        let port = free_port();
        let file = folder.path().join("exim.conf");
        fs::write(&file, configuration(folder.path(), port, user, group)).expect("a configuration");
        let program = PLACES.iter().find(|path| Path::new(path).exists());
        let program = program.expect("Exim is installed; `cargo xtask test` says how");
        let mut command = Command::new(program);
        command.arg("-C").arg(&file).args(["-bdf", "-q1s"]).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root {
            command.uid(user).gid(group);
        }
        let process = command.spawn().expect("Exim starts");
        let exim = Self { process, folder, port };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "Exim doesn't listen: {}", exim.log());
            sleep(Duration::from_millis(20)).await;
        }
        exim
    }

    /// Its address, as `TABLON_SMTP_URL` takes it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// What is in the Maildir, the oldest first.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let Ok(folder) = fs::read_dir(self.folder.path().join("mail/new")) else { return Vec::new() };
        let mut files: Vec<PathBuf> = folder.map(|entry| entry.expect("a file").path()).collect();
        // A Maildir's names begin with the time.
        files.sort();
        let read = |file: &PathBuf| {
            let raw = fs::read_to_string(file).expect("a mail").replace("\r\n", "\n").replace('\n', "\r\n");
            let header = |name: &str| {
                let line = raw.lines().find_map(|line| line.strip_prefix(name));
                line.map(|value| value.trim().trim_matches(['<', '>']).to_owned()).unwrap_or_default()
            };
            Mail::read(header("Return-path:"), vec![header("Envelope-to:")], raw.clone().into_bytes())
        };
        files.iter().map(read).collect()
    }

    /// Waits for a mail to this address with this in its subject.
    pub(crate) async fn mail(&self, to: &str, subject: &str) -> Mail {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mails = self.mails();
            if let Some(mail) = mails.iter().find(|mail| mail.to == [to] && mail.subject.contains(subject)) {
                return mail.clone();
            }
            let there: Vec<_> = mails.iter().map(|mail| (&mail.to, &mail.subject)).collect();
            assert!(Instant::now() < deadline, "no mail {subject:?} to {to}; there are {there:?}\n{}", self.log());
            sleep(Duration::from_millis(100)).await;
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log/mainlog")).unwrap_or_default()
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn configuration(folder: &Path, port: u16, user: u32, group: u32) -> String {
    let folder = folder.display();
    format!(
        "spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/spool/exim.pid
exim_user = {user}
exim_group = {group}
keep_environment =
tls_advertise_hosts =
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
primary_hostname = mail.example
acl_smtp_rcpt = take
acl_smtp_data = take
host_lookup =
rfc1413_query_timeout = 0s
begin acl
take:
  accept
begin routers
everybody:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = {folder}/mail
  maildir_format
  envelope_to_add
  return_path_add
  user = {user}
  group = {group}
"
    )
}
