//! `tablon plugin`: what is installed.

use anyhow::Result;
use serde::Serialize;

use crate::arguments::Plugin;
use crate::config::{Config, present_keyring};
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

pub(super) async fn run(command: &Plugin, config: &Config, output: &Output) -> Result<()> {
    let Plugin::List = command;
    // Only the cache of compiled code is keyed here, so a list works before anybody has set a key.
    let keyring = present_keyring(config).ok().flatten();
    let host = plugin_host(config, keyring.as_ref()).await?;
    let plugins = host.plugins();
    let rows = plugins.iter().map(|plugin| Row {
        id: plugin.id().to_owned(),
        name: plugin.manifest().name.clone(),
        version: plugin.manifest().version.clone(),
        contract: plugin.manifest().contract.clone(),
        sha256: plugin.sha256().to_owned(),
        source: plugin.source().to_string(),
    });
    let problems =
        host.problems().into_iter().map(|one| Broken { source: one.source.to_string(), message: one.message });
    let listing = Listing { items: rows.collect(), problems: problems.collect() };
    output.print(&listing, |listing| {
        let rows = listing.items.iter().map(|row| {
            vec![row.id.clone(), row.name.clone(), row.version.clone(), row.source.clone(), row.sha256[..12].to_owned()]
        });
        table(&["id", "name", "version", "from", "sha256"], &rows.collect::<Vec<_>>())
    })?;
    for problem in &listing.problems {
        output.warn(&format!("{}: {}", problem.source, problem.message));
    }
    Ok(())
}
