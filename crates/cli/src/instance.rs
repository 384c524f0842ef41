//! Opens what the commands work on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use tablon_core::clock::{Clock, SystemClock};
use tablon_core::store::StoreOptions;
use tablon_core::{Keyring, Store, TenantScope};

use crate::arguments::Global;
use crate::config::Config;

/// The configuration of this process.
pub(crate) fn configuration(global: &Global, more: Vec<(&'static str, String)>) -> Result<Config> {
    // A variable that is no text can't be one of ours.
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut overrides = global.overrides();
    overrides.extend(more);
    Config::load(global.config.as_deref(), &variables, &overrides)
}

/// The machine's clock; the only one this program has.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Migrates the database where that is needed, and opens it.
pub(crate) async fn open(config: &Config, keyring: Option<Keyring>) -> Result<Store> {
    if let Some(file) = config.database.url.sqlite_file() {
        make_folder_of(file)?;
    }
    let clock = clock();
    let url = config.database.url.expose();
    let because = || format!("the database {} can't be used", config.database.url);
    if let Some(copy) = Store::migrate(&url, &*clock).await.with_context(because)? {
        tracing::info!(copy = %copy.display(), "the database was copied before it was brought up to date");
    }
    let options = StoreOptions {
        database_url: url,
        clock,
        keyring,
        base_url: config.base_url.clone(),
        max_connections: config.database.max_connections,
    };
    let store = Store::open(options).await.with_context(because)?;
    // Every command queues the mail that its changes call for; the server sends it.
    if config.smtp.server.is_some() {
        store.send_mail();
    }
    Ok(store)
}

/// Makes the folder of a file, for its owner alone: bot tokens and people's addresses lie there.
pub(crate) fn make_folder_of(file: &Path) -> Result<()> {
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("making the folder {}", folder.display()))
}

/// The board of this name, or an error that says which there are.
pub(crate) async fn board(store: &Store, slug: &str) -> Result<TenantScope> {
    if let Some(tenant) = store.tenants().by_slug(slug).await? {
        return Ok(tenant);
    }
    let known: Vec<String> = store.tenants().list().await?.iter().map(|tenant| tenant.slug.clone()).collect();
    if known.is_empty() {
        anyhow::bail!("there is no board yet; make one with `tablon tenant create {slug}`");
    }
    anyhow::bail!("there is no board {slug:?}; there are: {}", known.join(", "))
}
