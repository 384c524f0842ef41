//! `tablon job`: the jobs of a board.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tablon_core::import::{self, Format, ImportedJob};
use tablon_core::{Actor, Error, TenantScope};
use uuid::Uuid;

use crate::arguments::{ImportFormat, Job};
use crate::config::Config;
use crate::instance;
use crate::output::Output;

#[derive(Serialize)]
struct Imported {
    items: Vec<Row>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    /// None when it was not handed in.
    id: Option<Uuid>,
    title: Option<String>,
    /// `submitted`, `refused`, or `not imported` in a dry run.
    state: String,
    warnings: Vec<String>,
    /// Why it was refused.
    error: Option<String>,
}

pub(super) async fn run(command: Job, config: &Config, output: &Output) -> Result<()> {
    let Job::Import { file, tenant, format, dry_run } = command;
    let text = read(&file)?;
    let format = match format {
        Some(ImportFormat::Json) => Format::Json,
        Some(ImportFormat::Csv) => Format::Csv,
        None => Format::detect(&file.to_string_lossy(), &text),
    };
    let store = instance::open(config, None).await?;
    let tenant = instance::board(&store, &tenant).await?;
    let import = import::read(&text, format, tenant.today(tenant.now()))
        .with_context(|| format!("reading jobs from {}", file.display()))?;
    let mut rows = Vec::new();
    for job in import.jobs {
        rows.push(hand_in(&tenant, job, dry_run).await?);
    }
    let refused = rows.iter().filter(|row| row.error.is_some()).count();
    let imported = Imported { items: rows, warnings: import.warnings.iter().map(ToString::to_string).collect() };
    output.print(&imported, |imported| summary(imported, dry_run))?;
    store.close().await?;
    if refused > 0 && refused == imported.items.len() {
        bail!("none of the {refused} jobs could be imported");
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
        return Ok(text);
    }
    let bytes = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8 text", file.display()))
}

async fn hand_in(tenant: &TenantScope, mut job: ImportedJob, dry_run: bool) -> Result<Row> {
    let handed_in = if dry_run {
        job.rehearse(tenant).map(|()| None).map_err(Error::Invalid)
    } else {
        job.hand_in(tenant, Actor::System).await.map(|submission| Some(submission.job))
    };
    let (id, state, error) = match handed_in {
        Ok(Some(submitted)) => (Some(submitted.id), submitted.state.to_string(), None),
        Ok(None) => (None, "not imported".to_owned(), None),
        Err(Error::Invalid(refused)) => (None, "refused".to_owned(), Some(refused.to_string())),
        Err(error) => return Err(error.into()),
    };
    Ok(Row {
        id,
        title: job.job.get("title").and_then(|title| title.as_str()).map(str::to_owned),
        state,
        warnings: job.warnings.iter().map(ToString::to_string).collect(),
        error,
    })
}

fn summary(imported: &Imported, dry_run: bool) -> String {
    let mut text = String::new();
    for row in &imported.items {
        text.push_str(&format!("{}: {}\n", row.title.as_deref().unwrap_or("(no title)"), row.state));
        for warning in row.warnings.iter().chain(&row.error) {
            text.push_str(&format!("    {warning}\n"));
        }
    }
    for warning in &imported.warnings {
        text.push_str(&format!("{warning}\n"));
    }
    let accepted = imported.items.iter().filter(|row| row.error.is_none()).count();
    let total = imported.items.len();
    text.push_str(&if dry_run {
        format!("\n{accepted} of {total} jobs could be imported.")
    } else {
        format!("\n{accepted} of {total} jobs are submitted and wait for a moderator.")
    });
    text
}
