//! What an import tells while it runs: a line for each row, and how far it is.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use tablon_core::form::FieldErrors;
use tablon_core::import::{PreparedJob, Warning};
use tablon_core::store::{ImportOutcome, Imported};
use uuid::Uuid;

use crate::output::Output;

/// How often the person is told how far it is.
const PROGRESS_EVERY: Duration = Duration::from_secs(2);

/// What became of a row.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Which job of the file it is, from 1.
    row: usize,
    /// None when there is no job.
    id: Option<Uuid>,
    title: Option<String>,
    outcome: ImportOutcome,
    /// The job's state; `refused`, or `not imported` in a dry run, where there is no job.
    state: String,
    warnings: Vec<String>,
    /// Why it was refused.
    error: Option<String>,
}

impl Row {
    pub(super) fn taken(job: &PreparedJob) -> Self {
        Self {
            row: 0,
            id: None,
            title: Some(job.title().to_owned()),
            outcome: ImportOutcome::Skipped,
            state: String::new(),
            warnings: sentences(&job.warnings),
            error: None,
        }
    }

    pub(super) fn refused(title: Option<String>, errors: &FieldErrors, warnings: &[Warning]) -> Self {
        Self {
            row: 0,
            id: None,
            title,
            outcome: ImportOutcome::Refused,
            state: "refused".to_owned(),
            warnings: sentences(warnings),
            error: Some(errors.to_string()),
        }
    }

    pub(super) fn done(&mut self, done: Imported) {
        self.id = Some(done.id);
        self.outcome = done.outcome;
        self.state = done.state.to_string();
        self.warnings.extend(sentences(&done.warnings));
    }
}

fn sentences(warnings: &[Warning]) -> Vec<String> {
    warnings.iter().map(ToString::to_string).collect()
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    created: usize,
    updated: usize,
    skipped: usize,
    refused: usize,
}

/// Tells of each row as soon as it is written, so that a file of any size takes no memory.
pub(super) struct Report {
    output: Output,
    dry: bool,
    rows: usize,
    counts: Counts,
    told: Instant,
}

impl Report {
    pub(super) fn new(output: Output, dry: bool) -> Self {
        Self { output, dry, rows: 0, counts: Counts::default(), told: Instant::now() }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn all_were_refused(&self) -> bool {
        self.rows > 0 && self.counts.refused == self.rows
    }

    pub(super) fn row(&mut self, mut row: Row) -> Result<()> {
        self.rows += 1;
        row.row = self.rows;
        if self.dry && row.outcome == ImportOutcome::Created {
            // It was taken back with everything else.
            row.id = None;
            row.state = "not imported".to_owned();
        }
        *match row.outcome {
            ImportOutcome::Created => &mut self.counts.created,
            ImportOutcome::Updated => &mut self.counts.updated,
            ImportOutcome::Skipped => &mut self.counts.skipped,
            ImportOutcome::Refused => &mut self.counts.refused,
        } += 1;
        if self.output.is_json() {
            let before = if self.rows == 1 { "{\"items\":[" } else { "," };
            return self.output.piece(&format!("{before}{}", serde_json::to_string(&row)?));
        }
        let title = row.title.as_deref().unwrap_or("(no title)");
        let mut text = format!("row {}: {} {title}\n", row.row, row.outcome);
        for warning in row.warnings.iter().chain(&row.error) {
            text.push_str(&format!("    {warning}\n"));
        }
        self.output.piece(&text)
    }

    /// On standard error, so that it doesn't get into the report.
    pub(super) fn progress(&mut self) {
        if self.told.elapsed() >= PROGRESS_EVERY {
            self.told = Instant::now();
            self.tell();
        }
    }

    fn tell(&self) {
        let Counts { created, updated, skipped, refused } = self.counts;
        let text =
            format!("{} rows: {created} created, {updated} updated, {skipped} skipped, {refused} refused", self.rows);
        // Whoever closed standard error doesn't want to know.
        writeln!(io::stderr().lock(), "{text}").ok();
    }

    pub(super) fn finish(&self, warnings: Vec<String>) -> Result<()> {
        self.tell();
        if self.output.is_json() {
            let before = if self.rows == 0 { "{\"items\":[" } else { "" };
            let (warnings, counts) = (serde_json::to_string(&warnings)?, serde_json::to_string(&self.counts)?);
            return self.output.line(&format!("{before}],\"warnings\":{warnings},\"counts\":{counts}}}"));
        }
        let mut text: String = warnings.iter().map(|warning| format!("{warning}\n")).collect();
        let Counts { created, updated, skipped, refused } = self.counts;
        let was = if self.dry { "would be " } else { "" };
        text.push_str(&format!(
            "\n{} jobs: {created} {was}created, {updated} {was}updated, {skipped} {was}skipped, {refused} {was}refused.",
            self.rows
        ));
        if created > 0 && !self.dry {
            text.push_str(" New ones wait for a moderator.");
        }
        self.output.line(&text)
    }
}
