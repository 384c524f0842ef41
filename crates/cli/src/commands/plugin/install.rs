//! `tablon plugin install`.

use anyhow::{Result, bail, ensure};
use serde::Serialize;
use tablon_core::Actor;
use tablon_publisher::install::{self, Baseline};
use tablon_publisher::{Audience, Granted, HostRule, Manifest, Plugin};

use super::ask::{ask, somebody_is_there, tell};
use super::asks::{self, listed};
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

pub(super) async fn run(options: &PluginInstall, config: &Config, output: &Output) -> Result<()> {
    let bytes = source::plugin_file(&options.path)?;
    // Compiled once, here: a running board with the same data directory finds the code in its cache.
    let keyring = present_keyring(config).ok().flatten();
    let host = code_cache(asks::careful(), config, keyring.as_ref());
    let plugin = asks::inspect(&options.path, bytes.clone(), host).await?;
    let store = instance::open(config, None).await?;
    let before = Baseline::of(&store, plugin.id()).await?;
    let wanted = wanted(plugin.manifest(), before.as_ref(), options)?;
    let grants = confirmed(&plugin, before.as_ref(), wanted, options, output)?;

    let installed = install::install(&store, &plugin, bytes, &grants, Actor::CommandLine).await?;
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

/// What is asked for, less what the flags leave out and what was refused before.
fn wanted(manifest: &Manifest, before: Option<&Baseline>, install: &PluginInstall) -> Result<Granted> {
    let asked = Granted::asked_by(manifest);
    let mut wanted = Baseline::wanted(before.filter(|_| !install.widen), &asked);
    // What is named is meant, refused or not.
    if !install.host.is_empty() {
        wanted.hosts = named("host", &parsed(&install.host, HostRule::parse)?, asked.hosts)?;
    }
    if install.no_tenant_hosts {
        wanted.hosts.retain(|host| !host.is_typed_by_tenants());
    }
    if !install.secret.is_empty() {
        let names = named("secret", &install.secret, asked.secrets.keys().cloned().collect())?;
        wanted.secrets = asked.secrets.into_iter().filter(|(name, _)| names.contains(name)).collect();
    }
    wanted.bind_secrets();
    if !install.mail.is_empty() {
        wanted.mail = named("audience", &parsed(&install.mail, Audience::parse)?, asked.mail)?;
    }
    Ok(wanted)
}

fn parsed<T>(texts: &[String], parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>> {
    texts.iter().map(|text| parse(text).map_err(anyhow::Error::msg)).collect()
}

/// Of what is asked for, what was named; a mistake if it isn't asked for.
fn named<T: PartialEq + ToString>(what: &str, names: &[T], mut asked: Vec<T>) -> Result<Vec<T>> {
    for name in names {
        let list: Vec<String> = asked.iter().map(ToString::to_string).collect();
        ensure!(
            asked.contains(name),
            "the plugin doesn't ask for the {what} {}; it asks for: {}",
            name.to_string(),
            if list.is_empty() { "none".to_owned() } else { list.join(", ") }
        );
    }
    asked.retain(|one| names.contains(one));
    Ok(asked)
}

/// What is granted, once somebody has agreed to it. A version that wants no more than the one before is taken as it is.
fn confirmed(
    plugin: &Plugin,
    before: Option<&Baseline>,
    wanted: Granted,
    install: &PluginInstall,
    output: &Output,
) -> Result<Granted> {
    let name = format!("{} {}", plugin.id(), plugin.manifest().version);
    let held = before.map(|before| &before.granted);
    let mut new = held.map(|held| wanted.clone().beyond(held)).unwrap_or_default();
    let mut grants = wanted;
    if let Some(held) = held.filter(|_| install.keep && !new.is_empty()) {
        output.warn(&format!("{name} asks for more than was granted before, and doesn't get it: {}", listed(&new)));
        (grants, new) = (grants.within(held), Granted::default());
    }
    if install.yes && !new.is_empty() {
        output.warn(&format!("{name} is granted more than was granted before: {}", listed(&new)));
    }
    let is_upgrade = before.is_some_and(|before| before.version.is_some());
    if install.yes || (is_upgrade && new.is_empty()) {
        return Ok(grants);
    }
    if !somebody_is_there() {
        ensure!(
            is_upgrade,
            "nobody is there to confirm what {} asks for; look at it with `tablon plugin check`, then install it with --yes",
            plugin.id()
        );
        bail!(
            "{name} asks for more than was granted before: {}; nobody is there to confirm it: install it with --yes, or \
             with --keep, which leaves it at what was granted",
            listed(&new)
        );
    }
    describe(plugin, before, &grants);
    if let Some(held) = held.filter(|_| is_upgrade)
        && !ask("Grant what is new, too?")?
    {
        grants = grants.within(held);
    }
    ensure!(ask(&format!("Install {name}?"))?, "nothing was installed");
    Ok(grants)
}

fn describe(plugin: &Plugin, before: Option<&Baseline>, grants: &Granted) {
    let manifest = plugin.manifest();
    tell(&format!("{} {} ({})", manifest.id, manifest.version, manifest.name));
    if let Some(description) = &manifest.description {
        tell(description);
    }
    tell(&format!("sha256 {}", plugin.sha256()));
    match before.map(|before| &before.version) {
        Some(Some(version)) => tell(&format!("in the place of version {version}")),
        Some(None) => {
            tell("in the place of the plugin that is part of the program, with its channels and their secrets")
        }
        None => {}
    }
    tell("\nIt would:");
    for line in asks::lines(grants, |one| before.is_some_and(|before| !before.allows(one))) {
        tell(&format!("  - {line}"));
    }
    tell("");
}
