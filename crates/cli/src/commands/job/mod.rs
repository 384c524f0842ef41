//! `tablon job`: the jobs of a board.

mod report;

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tablon_core::import::{self, Format, ImportError, ImportedJob, Warning};
use tablon_core::store::{ImportRun, Imported};
use tablon_core::{Actor, TenantScope};
use tokio::sync::mpsc::{Receiver, channel};

use crate::arguments::{self, ImportFormat};
use crate::config::Config;
use crate::instance;
use crate::output::Output;
use report::{Report, Row};

/// How many rows are written in one transaction. As many wait in memory, whatever the file's size.
const BATCH: usize = 500;

pub(super) async fn run(command: arguments::Job, config: &Config, output: &Output) -> Result<()> {
    let arguments::Job::Import { file, tenant, format, dry_run } = command;
    let format = match format {
        Some(ImportFormat::Json) => Some(Format::Json),
        Some(ImportFormat::Csv) => Some(Format::Csv),
        None => Format::by_name(&file.to_string_lossy()),
    };
    let source = open(&file)?;
    let store = instance::open(config, None).await?;
    let tenant = instance::board(&store, &tenant).await?;
    let today = tenant.today(tenant.now());
    let (send, jobs) = channel(BATCH);
    // The file is read while the rows before are written; the channel holds it back when they take longer.
    let reader = tokio::task::spawn_blocking(move || -> Result<Vec<Warning>, ImportError> {
        import::read(source, format, today, &mut |job| match send.blocking_send(job) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    });
    let mut report = Report::new(*output, dry_run);
    let written = write(jobs, &tenant, dry_run, &mut report).await;
    let read = reader.await.context("reading the file")?;
    let warnings = read.as_ref().map(|warnings| warnings.iter().map(ToString::to_string).collect());
    if report.rows() > 0 || read.is_ok() {
        report.finish(warnings.unwrap_or_default())?;
    }
    written.with_context(|| format!("the import ended early, after {} rows", report.rows()))?;
    read.with_context(|| format!("reading jobs from {}", file.display()))?;
    store.close().await?;
    if report.all_were_refused() {
        bail!("none of the {} jobs could be imported", report.rows());
    }
    Ok(())
}

fn open(file: &Path) -> Result<Box<dyn Read + Send>> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Box::new(opened))
}

/// Writes the rows in batches, and tells of each batch when it is written.
async fn write(mut jobs: Receiver<ImportedJob>, tenant: &TenantScope, dry: bool, report: &mut Report) -> Result<()> {
    let run = if dry { ImportRun::dry() } else { ImportRun::new() };
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        while batch.len() < BATCH
            && let Some(job) = jobs.recv().await
        {
            batch.push(job);
        }
        if batch.is_empty() {
            return Ok(());
        }
        for row in import_batch(batch, tenant, run).await? {
            report.row(row)?;
        }
        report.progress();
    }
}

async fn import_batch(batch: Vec<ImportedJob>, tenant: &TenantScope, run: ImportRun) -> Result<Vec<Row>> {
    let mut rows = Vec::with_capacity(batch.len());
    let (mut prepared, mut places) = (Vec::new(), Vec::new());
    for job in batch {
        let title = job.title().map(str::to_owned);
        match job.prepare(&tenant.form, tenant.today(tenant.now())) {
            Ok(job) => {
                places.push(rows.len());
                rows.push(Row::taken(&job));
                prepared.push(job);
            }
            Err((errors, warnings)) => rows.push(Row::refused(title, &errors, &warnings)),
        }
    }
    let done: Vec<Imported> = tenant.jobs().import(prepared, run, Actor::CommandLine).await?;
    for (place, done) in places.into_iter().zip(done) {
        rows[place].done(done);
    }
    Ok(rows)
}
