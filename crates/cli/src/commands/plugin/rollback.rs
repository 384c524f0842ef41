//! `tablon plugin rollback`: back to the version before, with no more than is granted now unless somebody agrees.

use anyhow::{Result, bail};
use serde_json::json;
use tablon_core::Actor;
use tablon_publisher::Granted;
use tablon_publisher::install::Rollback;

use super::ask::{ask, somebody_is_there, tell};
use super::asks::listed;
use super::manage::not_installed;
use crate::config::Config;
use crate::instance;
use crate::output::Output;

pub(super) async fn run(id: &str, yes: bool, config: &Config, output: &Output) -> Result<()> {
    let store = instance::open(config, None).await?;
    let Some(row) = store.plugins().get(id).await?.filter(|row| row.current.is_some()) else {
        bail!(not_installed(&store, id).await?);
    };
    let Some(way) = Rollback::of(&row) else {
        bail!("{id} has no version before the one in use");
    };
    let lost = way.lost();
    let again = lost.is_empty() || widened(&format!("{id} {}", way.version), &lost, yes, output)?;
    let back = way.run(&store, again, Actor::CommandLine).await?;
    store.close().await?;
    let Some(current) = back.and_then(|row| row.current) else {
        bail!("{id} was changed by somebody else just now; look at it with `tablon plugin list`");
    };
    let done = json!({ "id": id, "version": current.version, "sha256": current.sha256, "grants": current.grants });
    output.print(&done, |_| format!("{id} is back at version {} (sha256 {})", current.version, current.sha256))
}

/// Whether somebody agrees that it has more again than the version in use is granted.
fn widened(name: &str, lost: &Granted, yes: bool, output: &Output) -> Result<bool> {
    let lost = listed(lost);
    if yes {
        output.warn(&format!("{name} is granted more than the version in use: {lost}"));
        return Ok(true);
    }
    if somebody_is_there() {
        tell(&format!("{name} had more than is granted now: {lost}"));
        return ask("Grant that again?");
    }
    output.warn(&format!("{name} had more than is granted now, and doesn't get it: {lost} (--yes grants it)"));
    Ok(false)
}
