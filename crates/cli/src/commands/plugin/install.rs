//! `tablon plugin install`.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Result, bail, ensure};
use serde::Serialize;
use tablon_core::store::{NewPlugin, PluginInstall as Installed};
use tablon_publisher::{Audience, Granted, HostRule, Plugin};

use super::asks::{self, Asks, holds};
use super::source;
use crate::arguments::PluginInstall;
use crate::config::{Config, present_keyring};
use crate::instance;
use crate::output::Output;
use crate::server::code_cache;

#[derive(Serialize)]
struct Done {
    id: String,
    version: String,
    sha256: String,
    grants: Granted,
}

pub(super) async fn run(install: &PluginInstall, config: &Config, output: &Output) -> Result<()> {
    let bytes = source::plugin_file(&install.path)?;
    // Compiled once, here: a running board with the same data directory finds the code in its cache.
    let keyring = present_keyring(config).ok().flatten();
    let options = code_cache(asks::careful(), config, keyring.as_ref());
    let plugin = asks::inspect(&install.path, bytes.clone(), options).await?;
    let store = instance::open(config, None).await?;
    let before = store.plugins().get(plugin.id()).await?;

    let asked = Granted::asked_by(plugin.manifest());
    let narrowed = narrow(asked.clone(), install)?;
    let held = before.as_ref().and_then(|row| row.current.as_ref());
    let held: Option<Granted> = held.map(|held| serde_json::from_value(held.grants.clone())).transpose()?;
    let widens = held.as_ref().is_some_and(|held| !narrowed.clone().beyond(held).is_empty());

    if !install.yes {
        describe(&plugin, before.as_ref(), held.as_ref())?;
    }
    let grants = match &held {
        Some(held) if widens && !install.widen => {
            if !install.yes && ask("Grant what is new, too? [y/N] ")? {
                narrowed
            } else {
                let kept = narrowed.clone().within(held);
                let more = entries(&narrowed.beyond(held)).join(", ");
                output.warn(&format!(
                    "it asks for more than it was granted, and doesn't get it: {more} (--widen grants it)"
                ));
                kept
            }
        }
        _ => narrowed,
    };
    if !install.yes && !ask(&format!("Install {} {}? [y/N] ", plugin.id(), plugin.manifest().version))? {
        bail!("nothing was installed");
    }

    let new = NewPlugin {
        id: plugin.id().to_owned(),
        version: plugin.manifest().version.clone(),
        bytes,
        grants: serde_json::to_value(&grants)?,
    };
    let installed = store.plugins().install(new).await?;
    store.close().await?;
    let done = Done {
        id: installed.id,
        version: plugin.manifest().version.clone(),
        sha256: plugin.sha256().to_owned(),
        grants,
    };
    output.print(&done, |done| {
        let state = if installed.enabled { "" } else { "; it is switched off: tablon plugin enable " };
        let id = if installed.enabled { "" } else { &done.id };
        format!("Installed {} {} (sha256 {}){state}{id}", done.id, done.version, done.sha256)
    })
}

/// What is asked for, less what the flags leave out.
fn narrow(mut granted: Granted, install: &PluginInstall) -> Result<Granted> {
    if !install.host.is_empty() {
        let wanted = parsed(&install.host, HostRule::parse)?;
        check_asked("host", &wanted, &granted.hosts)?;
        granted.hosts.retain(|host| wanted.contains(host));
    }
    if install.no_tenant_hosts {
        granted.hosts.retain(|host| !host.is_typed_by_tenants());
    }
    if !install.secret.is_empty() {
        check_asked("secret", &install.secret, &granted.secrets)?;
        granted.secrets.retain(|secret| install.secret.contains(secret));
    }
    if !install.mail.is_empty() {
        let wanted = parsed(&install.mail, Audience::parse)?;
        check_asked("audience", &wanted, &granted.mail)?;
        granted.mail.retain(|audience| wanted.contains(audience));
    }
    Ok(granted)
}

fn parsed<T>(texts: &[String], parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>> {
    texts.iter().map(|text| parse(text).map_err(anyhow::Error::msg)).collect()
}

fn check_asked<T: PartialEq + ToString>(what: &str, wanted: &[T], asked: &[T]) -> Result<()> {
    for one in wanted {
        let list: Vec<String> = asked.iter().map(ToString::to_string).collect();
        ensure!(
            asked.contains(one),
            "the plugin doesn't ask for the {what} {}; it asks for: {}",
            one.to_string(),
            if list.is_empty() { "none".to_owned() } else { list.join(", ") }
        );
    }
    Ok(())
}

fn entries(granted: &Granted) -> Vec<String> {
    let hosts = granted.hosts.iter().map(ToString::to_string);
    let secrets = granted.secrets.iter().map(|secret| format!("the secret {secret}"));
    hosts.chain(secrets).chain(granted.mail.iter().map(|audience| format!("mail to {audience}"))).collect()
}

/// On standard error, where questions are asked: standard output holds the result alone.
#[expect(clippy::print_stderr, reason = "a conversation with the person at the terminal")]
fn describe(plugin: &Plugin, before: Option<&Installed>, held: Option<&Granted>) -> Result<()> {
    ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to confirm what {} asks for; look at it with `tablon plugin check`, then install it with --yes",
        plugin.id()
    );
    let manifest = plugin.manifest();
    eprintln!("{} {} ({})", manifest.id, manifest.version, manifest.name);
    if let Some(description) = &manifest.description {
        eprintln!("{description}");
    }
    eprintln!("sha256 {}", plugin.sha256());
    if let Some(current) = before.and_then(|row| row.current.as_ref()) {
        eprintln!("in the place of version {}", current.version);
    }
    eprintln!("\nIt asks to:");
    for line in Asks::of(manifest).lines(|kind, entry| held.is_some_and(|held| !holds(held, kind, entry))) {
        eprintln!("  - {line}");
    }
    eprintln!();
    Ok(())
}

#[expect(clippy::print_stderr, reason = "a conversation with the person at the terminal")]
fn ask(question: &str) -> Result<bool> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
