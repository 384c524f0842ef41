//! `tablon plugin list`: what this instance has.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use serde::Serialize;
use tablon_core::Store;
use tablon_core::store::{PluginInstall, StoreOptions};
use tablon_publisher::{Granted, Manifest, Plugin, package};

use crate::config::{Config, present_keyring};
use crate::instance;
use crate::output::{Output, table};
use crate::server::plugin_host;

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    version: String,
    contract: String,
    sha256: String,
    source: String,
    /// `enabled`, `disabled` or `broken`.
    state: &'static str,
    grants: Granted,
}

#[derive(Serialize)]
struct Broken {
    source: String,
    message: String,
}

#[derive(Serialize)]
struct Listing {
    items: Vec<Row>,
    problems: Vec<Broken>,
}

pub(super) async fn run(config: &Config, output: &Output) -> Result<()> {
    // Only the cache of compiled code is keyed here, so a list works before anybody has set a key.
    let keyring = present_keyring(config).ok().flatten();
    let store = existing(config).await;
    let host = plugin_host(config, keyring.as_ref(), store.clone()).await?;
    let mut rows: BTreeMap<String, Row> =
        host.plugins().iter().map(|plugin| (plugin.id().to_owned(), Row::of(plugin))).collect();
    if let Some(store) = &store {
        for installed in store.plugins().list().await? {
            if let Entry::Vacant(place) = rows.entry(installed.id.clone()) {
                place.insert(Row::of_unused(store, &installed).await?);
            }
        }
    }
    let problems =
        host.problems().into_iter().map(|one| Broken { source: one.source.to_string(), message: one.message });
    let listing = Listing { items: rows.into_values().collect(), problems: problems.collect() };
    output.print(&listing, |listing| {
        let rows = listing.items.iter().map(|row| {
            let sha256 = row.sha256.get(..12).unwrap_or_default().to_owned();
            vec![
                row.id.clone(),
                row.name.clone(),
                row.version.clone(),
                row.state.to_owned(),
                row.source.clone(),
                sha256,
            ]
        });
        table(&["id", "name", "version", "state", "from", "sha256"], &rows.collect::<Vec<_>>())
    })?;
    for problem in &listing.problems {
        output.warn(&format!("{}: {}", problem.source, problem.message));
    }
    Ok(())
}

impl Row {
    fn of(plugin: &Plugin) -> Self {
        let manifest = plugin.manifest();
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            contract: manifest.contract.clone(),
            sha256: plugin.sha256().to_owned(),
            source: plugin.source().to_string(),
            state: "enabled",
            grants: plugin.grant().of(manifest),
        }
    }

    /// Of a plugin that isn't in use: what its file says of itself, unread by any engine.
    async fn of_unused(store: &Store, installed: &PluginInstall) -> Result<Self> {
        let state = if installed.enabled { "broken" } else { "disabled" };
        let mut row = Self {
            id: installed.id.clone(),
            name: installed.id.clone(),
            version: String::new(),
            contract: String::new(),
            sha256: String::new(),
            source: "bundled".to_owned(),
            state,
            grants: Granted::default(),
        };
        if let Some(current) = &installed.current {
            row.source = "installed".to_owned();
            row.version.clone_from(&current.version);
            row.sha256.clone_from(&current.sha256);
            row.grants = Granted::stored(&current.grants);
            let bytes = store.plugins().file(&current.sha256).await?.unwrap_or_default();
            if let Some(manifest) = package::manifest(&bytes).ok().and_then(|text| Manifest::parse(text).ok()) {
                row.name = manifest.name;
                row.contract = manifest.contract;
            }
        }
        Ok(row)
    }
}

/// The database, if it is there and has been brought up to date: a list makes nothing.
pub(crate) async fn existing(config: &Config) -> Option<Store> {
    if config.database.url.sqlite_file().is_some_and(|file| !file.exists()) {
        return None;
    }
    let options = StoreOptions {
        database_url: config.database.url.expose(),
        clock: instance::clock(),
        keyring: None,
        base_url: config.base_url.clone(),
        max_connections: 1,
    };
    let store = Store::open(options).await.ok()?;
    store.plugins().list().await.is_ok().then_some(store)
}
