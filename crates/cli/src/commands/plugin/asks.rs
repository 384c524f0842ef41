//! What a plugin asks for, for somebody who decides whether it may have it.

use std::path::Path;

use anyhow::{Result, anyhow};
use serde::Serialize;
use tablon_publisher::compile::{ChildCompiler, CompileLimits, Compiler};
use tablon_publisher::{Granted, HostOptions, Manifest, Plugin, PluginHost};

use crate::instance;

/// What a plugin asks for.
#[derive(Serialize)]
pub(super) struct Asks {
    /// Hosts that the manifest names.
    hosts: Vec<String>,
    /// Where the addresses are that a board's admins type in: `setting:…`, `secret:…`.
    tenant_hosts: Vec<String>,
    secrets: Vec<SecretAsked>,
    /// Whom it would mail.
    mail: Vec<String>,
}

#[derive(Serialize)]
struct SecretAsked {
    name: String,
    /// The only places it is sent to; none where it is used for signing alone.
    sent_to: Vec<String>,
}

impl Asks {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let text = |typed: bool| {
            let hosts = manifest.hosts.iter().filter(move |host| host.is_typed_by_tenants() == typed);
            hosts.map(ToString::to_string).collect()
        };
        let secret = |(name, rule): (&String, &tablon_publisher::SecretRule)| SecretAsked {
            name: name.clone(),
            sent_to: rule.origins.iter().map(ToString::to_string).collect(),
        };
        Self {
            hosts: text(false),
            tenant_hosts: text(true),
            secrets: manifest.secrets.iter().map(secret).collect(),
            mail: manifest.mail.audiences.iter().map(ToString::to_string).collect(),
        }
    }

    /// For people, a line each. `is_new` marks what a version before wasn't granted.
    pub(super) fn lines(&self, is_new: impl Fn(&str, &str) -> bool) -> Vec<String> {
        let mark = |kind: &str, entry: &str| if is_new(kind, entry) { "  NEW" } else { "" };
        let mut lines = Vec::new();
        for host in &self.hosts {
            lines.push(format!("send requests to {host}{}", mark("host", host)));
        }
        for host in &self.tenant_hosts {
            let field = host.split_once(':').map_or(host.as_str(), |(_, name)| name);
            lines.push(format!(
                "send requests to any public address that a board's admins type into {field} ({host}){}",
                mark("host", host)
            ));
        }
        for secret in &self.secrets {
            let to = if secret.sent_to.is_empty() {
                "never sent by request".to_owned()
            } else {
                format!("sent to {} alone", secret.sent_to.join(", "))
            };
            lines.push(format!("use the secret {}, {to}{}", secret.name, mark("secret", &secret.name)));
        }
        for audience in &self.mail {
            lines.push(format!("send mail to {audience}{}", mark("mail", audience)));
        }
        if lines.is_empty() {
            lines.push("nothing: it can't reach anybody".to_owned());
        }
        lines
    }
}

/// Whether an entry is among what was granted.
pub(super) fn holds(granted: &Granted, kind: &str, entry: &str) -> bool {
    match kind {
        "host" => granted.hosts.iter().any(|host| host.to_string() == entry),
        "secret" => granted.secrets.iter().any(|secret| secret == entry),
        _ => granted.mail.iter().any(|audience| audience.to_string() == entry),
    }
}

/// Loads one file into a host that has no other plugin.
pub(super) async fn inspect(path: &Path, bytes: Vec<u8>, options: HostOptions) -> Result<std::sync::Arc<Plugin>> {
    let host = PluginHost::empty(options)?;
    host.inspect(path, bytes).await.map_err(|message| anyhow!("{message}"))
}

/// A host for a look at a stranger's file: no other plugins, and the compiler in a child with limits.
pub(super) fn careful() -> HostOptions {
    HostOptions { bundled: false, compiler: compiler(), ..HostOptions::new(instance::clock()) }
}

/// This program again, as a compiler with limits.
pub(crate) fn compiler() -> Compiler {
    // The file may have been replaced by a newer version since this process started; this is the one that runs.
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() { Ok(running.to_owned()) } else { std::env::current_exe() };
    match program {
        Ok(program) => {
            Compiler::Child(ChildCompiler::new(program, ["plugin", "compile-worker"], CompileLimits::default()))
        }
        // A system that can't say which program runs.
        Err(_) => Compiler::InProcess,
    }
}
