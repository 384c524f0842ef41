//! `tablon doctor`: what is wrong, before somebody notices.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::Datelike;
use serde::Serialize;
use tablon_core::Store;
use tablon_core::store::StoreOptions;

use crate::arguments::Doctor;
use crate::config::{Config, present_keyring, unknown_variables};
use crate::instance;
use crate::output::Output;
use crate::server::plugin_host;

#[derive(Serialize)]
struct Finding {
    check: &'static str,
    status: Status,
    message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ok,
    Warning,
    Failed,
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { check, status: Status::Ok, message: message.into() });
    }

    fn warning(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { check, status: Status::Warning, message: message.into() });
    }

    fn failed(&mut self, check: &'static str, message: impl Into<String>) {
        self.0.push(Finding { check, status: Status::Failed, message: message.into() });
    }
}

/// Exits with 1 when a check failed; warnings alone are no failure.
pub(super) async fn run(doctor: &Doctor, config: &Config, output: &Output) -> Result<ExitCode> {
    let mut findings = Findings::default();
    if doctor.live {
        match ask_readiness(config.listen) {
            Ok(()) => findings.ok("server", "ready"),
            Err(error) => findings.failed("server", format!("{error:#}")),
        }
    } else {
        check_configuration(config, &mut findings);
        check_clock(&mut findings);
        check_data_dir(config, &mut findings);
        check_database(config, &mut findings).await;
        check_plugins(config, &mut findings).await;
        check_mail(config, &mut findings).await;
    }
    let failed = findings.0.iter().any(|finding| finding.status == Status::Failed);
    output.print(&findings.0, |findings| {
        let line = |finding: &Finding| {
            let mark = match finding.status {
                Status::Ok => "ok      ",
                Status::Warning => "warning ",
                Status::Failed => "FAILED  ",
            };
            format!("{mark} {}: {}\n", finding.check, finding.message)
        };
        findings.iter().map(line).collect()
    })?;
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// How a reverse proxy in front is set up.
const PROXY: &str = "a reverse proxy in front passes the visitor's host and address on (nginx: proxy_set_header Host \
    $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; Apache: ProxyPreserveHost On; Caddy: \
    reverse_proxy alone does). Without the host the base address is served, and no board at a host of its own; without \
    the address visitors are not told apart. An unknown host is logged once";

fn check_configuration(config: &Config, findings: &mut Findings) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in unknown_variables(names) {
        findings.warning("configuration", format!("the variable {name} sets nothing; is it misspelt?"));
    }
    if config.is_unencrypted_beyond_loopback() {
        findings.warning(
            "base_url",
            format!("{} is plain HTTP: passwords and sessions can be read on the way", config.base_url),
        );
    } else if !config.has_own_base_url() && !config.listen.ip().is_loopback() {
        findings.warning(
            "base_url",
            format!("not set: links lead to {}, which others can't reach; set TABLON_BASE_URL", config.base_url),
        );
    } else {
        findings.ok("base_url", config.base_url.as_str());
    }
    if config.has_own_base_url() {
        findings.ok("proxy", PROXY);
    }
    if config.has_unknown_proxy() {
        findings.warning(
            "trusted_proxies",
            "not set: everybody who comes through your reverse proxy counts as one visitor, whom too many log-ins and \
             submissions lock out together; set TABLON_TRUSTED_PROXIES to its network",
        );
    }
}

fn check_clock(findings: &mut Findings) {
    /// This version was not made before.
    const MADE_IN: i32 = 2026;
    let now = instance::clock().now();
    if now.year() < MADE_IN {
        findings.failed("clock", format!("this machine says it is {now}; jobs would expire at the wrong time"));
    } else {
        findings.ok("clock", format!("{}", now.format("%Y-%m-%d %H:%M:%S UTC")));
    }
}

fn check_data_dir(config: &Config, findings: &mut Findings) {
    let dir = &config.data_dir;
    match std::fs::metadata(dir) {
        Err(_) => findings.ok("data_dir", format!("{} will be made", dir.display())),
        Ok(metadata) if !metadata.is_dir() => findings.failed("data_dir", format!("{} is no folder", dir.display())),
        Ok(metadata) if metadata.permissions().mode() & 0o007 != 0 && config.database.url.sqlite_file().is_some() => {
            findings.warning("data_dir", format!("anybody on this machine may look into {}", dir.display()));
        }
        Ok(_) => findings.ok("data_dir", dir.display().to_string()),
    }
}

async fn check_database(config: &Config, findings: &mut Findings) {
    let url = &config.database.url;
    if url.sqlite_file().is_some_and(|file| !file.exists()) {
        findings.ok("database", format!("{url} will be made at the first start"));
        return;
    }
    let options = StoreOptions {
        database_url: url.expose(),
        clock: instance::clock(),
        keyring: None,
        base_url: config.base_url.clone(),
        max_connections: 1,
    };
    let asked = async {
        let store = Store::open(options).await?;
        let answered = store.ping().await;
        store.close().await?;
        answered
    };
    match asked.await {
        Ok(()) => findings.ok("database", url.to_string()),
        Err(tablon_core::Error::Unavailable(_)) => findings.failed("database", format!("{url} can't be reached")),
        Err(error) => findings.failed("database", format!("{url}: {error}; has `tablon migrate` been run?")),
    }
}

async fn check_plugins(config: &Config, findings: &mut Findings) {
    let keyring = match present_keyring(config) {
        Ok(keyring) => keyring,
        Err(error) => return findings.failed("secret_key", format!("{error:#}")),
    };
    let origin = match &keyring {
        _ if config.secret_key.is_some() => "given",
        Some(_) => "in the data directory",
        None => "will be made at the first start",
    };
    findings.ok("secret_key", origin);
    match plugin_host(config, keyring.as_ref(), super::plugin::existing(config).await).await {
        Ok(host) => {
            let names: Vec<String> =
                host.plugins().iter().map(|one| format!("{} {}", one.id(), one.manifest().version)).collect();
            findings.ok("plugins", names.join(", "));
            for problem in host.problems() {
                findings.warning("plugins", format!("{}: {}", problem.source, problem.message));
            }
        }
        Err(error) => findings.failed("plugins", error.to_string()),
    }
}

/// Greets the mail server and logs in; nothing is sent.
async fn check_mail(config: &Config, findings: &mut Findings) {
    const PATIENCE: Duration = Duration::from_secs(10);
    let Some(server) = &config.smtp.server else {
        return findings.ok("smtp", "not set: only channels with a mail server of their own send mail");
    };
    match server.greets(config.base_url.host_str().unwrap_or("localhost"), PATIENCE).await {
        Ok(()) => findings.ok("smtp", format!("{server} greets")),
        Err(words) => findings.failed("smtp", words),
    }
    if let (false, Some(from)) = (config.smtp.is_own_sender, &config.smtp.from) {
        findings.warning("smtp", format!("mail is from {from}, a guess; set TABLON_SMTP_FROM to an address of yours"));
    }
}

/// A container's health check: asks the server on this machine, without a client library.
fn ask_readiness(listen: SocketAddr) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(3);
    let mut address = listen;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("nothing at {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("the server gave no answer")?;
    let status = answer.split_whitespace().nth(1).unwrap_or("nothing");
    if status != "200" {
        bail!("/readyz answered {status}");
    }
    Ok(())
}
