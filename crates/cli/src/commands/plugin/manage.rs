//! Installed plugins: off, on, away.

use anyhow::{Result, bail, ensure};
use serde_json::json;
use tablon_core::{Actor, Store};

use crate::config::Config;
use crate::instance;
use crate::output::Output;

pub(super) async fn disable(id: &str, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    let is_known = store.plugins().get(id).await?.is_some() || known(config).await?.iter().any(|known| known == id);
    ensure!(is_known, not_installed(&store, id).await?);
    store.plugins().disable(id, Actor::CommandLine).await?;
    let channels = store.plugins().channels_using(id).await?;
    store.close().await?;
    output.print(&json!({ "id": id, "state": "disabled", "channels": channels }), |_| {
        format!("{id} is switched off{}", waiting(channels))
    })
}

pub(super) async fn enable(id: &str, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    ensure!(store.plugins().enable(id, Actor::CommandLine).await?, "{id} isn't switched off");
    store.close().await?;
    output.print(&json!({ "id": id, "state": "enabled" }), |_| format!("{id} is switched on"))
}

pub(super) async fn remove(id: &str, yes: bool, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    if store.plugins().get(id).await?.is_none_or(|row| row.current.is_none()) {
        if known(config).await?.iter().any(|known| known == id) {
            bail!(
                "{id} wasn't installed: it is part of the program, or a file in a plugins folder; `tablon plugin disable {id}` switches it off"
            );
        }
        bail!(not_installed(&store, id).await?);
    }
    let channels = store.plugins().channels_using(id).await?;
    ensure!(
        yes || channels == 0,
        "{channels} channels use {id}: they and what they published stay, and nothing is kept up to date any more; \
         remove it with --yes, or switch it off with `tablon plugin disable {id}`"
    );
    store.plugins().remove(id, Actor::CommandLine).await?;
    store.close().await?;
    output.print(&json!({ "id": id, "state": "removed", "channels": channels }), |_| {
        format!("{id} is removed{}", waiting(channels))
    })
}

fn waiting(channels: u64) -> String {
    match channels {
        0 => String::new(),
        1 => "; the one channel that uses it waits".to_owned(),
        more => format!("; the {more} channels that use it wait"),
    }
}

/// The plugins that need no install: those of the program and of the folders.
async fn known(config: &Config) -> Result<Vec<String>> {
    let keyring = crate::config::present_keyring(config).ok().flatten();
    let host = crate::server::plugin_host(config, keyring.as_ref(), None).await?;
    Ok(host.plugins().iter().map(|plugin| plugin.id().to_owned()).collect())
}

pub(super) async fn not_installed(store: &Store, id: &str) -> Result<String> {
    let there: Vec<String> = store.plugins().list().await?.into_iter().map(|row| row.id).collect();
    Ok(if there.is_empty() {
        format!("no plugin {id} is installed, and no other either")
    } else {
        format!("no plugin {id} is installed; there are: {}", there.join(", "))
    })
}
