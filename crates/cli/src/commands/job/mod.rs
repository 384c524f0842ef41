//! `tablon job`: the jobs of a board.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tablon_core::import::{self, Format, ImportedJob};
use tablon_core::store::Job;
use tablon_core::{Actor, Error, TenantScope};
use uuid::Uuid;

use crate::arguments::{self, ImportFormat};
use crate::config::Config;
use crate::instance;
use crate::output::Output;

#[derive(Serialize)]
struct Imported {
    items: Vec<Row>,
    warnings: Vec<String>,
    /// Jobs whose turn never came, because one before them failed.
    not_tried: usize,
}

#[derive(Serialize)]
struct Row {
    /// None when it was not handed in.
    id: Option<Uuid>,
    title: Option<String>,
    /// `submitted`, `refused`, `failed`, or `not imported` in a dry run.
    state: String,
    warnings: Vec<String>,
    /// Why it was refused or failed.
    error: Option<String>,
}

pub(super) async fn run(command: arguments::Job, config: &Config, output: &Output) -> Result<()> {
    let arguments::Job::Import { file, tenant, format, dry_run } = command;
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
    let warnings = import.warnings.iter().map(ToString::to_string).collect();
    let (imported, failure) =
        one_by_one(import.jobs, warnings, async |job: &mut ImportedJob| hand_in(&tenant, job, dry_run).await).await;
    output.print(&imported, |imported| summary(imported, dry_run))?;
    if let Some(error) = failure {
        let left = imported.not_tried;
        return Err(error).context(format!("the import ended early, {left} jobs were not tried"));
    }
    store.close().await?;
    let refused = imported.items.iter().filter(|row| row.error.is_some()).count();
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

/// Hands the jobs in until one fails for a reason that isn't its own. What was done until then is told all the same:
/// whoever imports the file again must know which jobs are in already.
async fn one_by_one(
    jobs: Vec<ImportedJob>,
    warnings: Vec<String>,
    hand_in: impl AsyncFn(&mut ImportedJob) -> Result<Option<Job>, Error>,
) -> (Imported, Option<Error>) {
    let mut imported = Imported { items: Vec::new(), warnings, not_tried: 0 };
    let mut jobs = jobs.into_iter();
    while let Some(mut job) = jobs.next() {
        let (id, state, failure) = match hand_in(&mut job).await {
            Ok(Some(submitted)) => (Some(submitted.id), submitted.state.to_string(), None),
            Ok(None) => (None, "not imported".to_owned(), None),
            Err(error @ Error::Invalid(_)) => (None, "refused".to_owned(), Some(error)),
            Err(error) => (None, "failed".to_owned(), Some(error)),
        };
        imported.items.push(Row {
            id,
            title: job.job.get("title").and_then(|title| title.as_str()).map(str::to_owned),
            state,
            warnings: job.warnings.iter().map(ToString::to_string).collect(),
            error: failure.as_ref().map(ToString::to_string),
        });
        if let Some(error) = failure.filter(|error| !matches!(error, Error::Invalid(_))) {
            imported.not_tried = jobs.len();
            return (imported, Some(error));
        }
    }
    (imported, None)
}

/// The job as it was submitted; none in a dry run.
async fn hand_in(tenant: &TenantScope, job: &mut ImportedJob, dry_run: bool) -> Result<Option<Job>, Error> {
    if dry_run {
        return job.rehearse(tenant).map(|()| None).map_err(Error::Invalid);
    }
    job.hand_in(tenant, Actor::System).await.map(|submission| Some(submission.job))
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
    let total = imported.items.len() + imported.not_tried;
    text.push_str(&if dry_run {
        format!("\n{accepted} of {total} jobs could be imported.")
    } else {
        format!("\n{accepted} of {total} jobs are submitted and wait for a moderator.")
    });
    text
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;
    use tablon_core::Conflict;

    use super::*;

    #[tokio::test]
    async fn when_a_job_fails_what_was_done_before_is_told() {
        let jobs = ["One", "Two", "Three", "Four"];
        let jobs = jobs.map(|title| ImportedJob { job: json!({ "title": title }), warnings: Vec::new() });
        let turn = Cell::new(0);
        let (imported, failure) = one_by_one(jobs.into(), Vec::new(), async |_: &mut ImportedJob| {
            turn.set(turn.get() + 1);
            if turn.get() == 3 { Err(Conflict::MadeMeanwhile.into()) } else { Ok(None) }
        })
        .await;
        assert!(failure.is_some());
        let told: Vec<_> = imported.items.iter().map(|row| (row.title.as_deref(), row.error.is_some())).collect();
        assert_eq!(told, [(Some("One"), false), (Some("Two"), false), (Some("Three"), true)]);
        assert_eq!(imported.not_tried, 1);
        assert!(summary(&imported, true).ends_with("2 of 4 jobs could be imported."));
    }
}
