//! What a plugin asks for, for somebody who decides whether it may have it.

use std::path::Path;

use anyhow::{Result, anyhow};
use serde::Serialize;
use tablon_publisher::compile::{ChildCompiler, CompileLimits, Compiler};
use tablon_publisher::{Granted, HostOptions, Manifest, Permission, Plugin, PluginHost, SecretGrant};

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
    /// The only places it is sent to.
    sent_to: Vec<String>,
    /// Whether bytes are signed with it.
    signs: bool,
    /// Whether it is the mail server of a channel.
    mail_server: bool,
}

impl Asks {
    pub(super) fn of(manifest: &Manifest) -> Self {
        let asked = Granted::asked_by(manifest);
        let text = |typed: bool| {
            let hosts = asked.hosts.iter().filter(move |host| host.is_typed_by_tenants() == typed);
            hosts.map(ToString::to_string).collect()
        };
        let secret = |(name, uses): (&String, &SecretGrant)| SecretAsked {
            name: name.clone(),
            sent_to: uses.origins.iter().map(ToString::to_string).collect(),
            signs: uses.sign,
            mail_server: uses.smtp,
        };
        Self {
            hosts: text(false),
            tenant_hosts: text(true),
            secrets: asked.secrets.iter().map(secret).collect(),
            mail: asked.mail.iter().map(ToString::to_string).collect(),
        }
    }
}

/// For people, a line each. `is_new` marks what it wasn't granted before.
pub(super) fn lines(asked: &Granted, is_new: impl Fn(&Permission) -> bool) -> Vec<String> {
    let line = |one: &Permission| format!("{one}{}", if is_new(one) { "  NEW" } else { "" });
    let lines: Vec<String> = asked.permissions().iter().map(line).collect();
    if lines.is_empty() { vec!["nothing: it can't reach anybody".to_owned()] } else { lines }
}

/// The same in one line.
pub(super) fn listed(granted: &Granted) -> String {
    granted.permissions().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
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
