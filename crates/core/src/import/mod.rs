//! Reads jobs from files of other programs: schema.org JobPosting, CSV, our own JSON.
//!
//! Lenient on purpose: a value that can be understood is kept, any other is left out with a [`Warning`], and nothing is
//! guessed. A moderator reads every imported job before it is published.

mod country;
mod csv;
mod decode;
mod description;
mod draft;
mod entities;
mod graph;
mod headings;
mod identity;
mod job_posting;
mod json;
mod places;
mod plain;
mod table_row;

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use serde_json::Value;
use thiserror::Error;

use crate::form::FieldErrors;
use crate::job::{JobContent, JobState, Strictness};
use crate::store::TenantScope;

pub(crate) use identity::{Identity, fingerprint};

/// One job of a file.
#[derive(Debug)]
pub struct ImportedJob {
    /// The wire form of a job; fields that the source lacks are absent.
    pub job: Value,
    /// What was left out or is missing.
    pub warnings: Vec<Warning>,
    /// How it is recognised when it is imported again.
    pub(crate) identity: Identity,
}

/// A job that the board would accept.
#[derive(Debug)]
pub struct PreparedJob {
    pub(crate) content: JobContent,
    pub(crate) identity: Identity,
    /// What was left out or is missing.
    pub warnings: Vec<Warning>,
}

impl PreparedJob {
    /// The job's title.
    pub fn title(&self) -> &str {
        &self.content.title
    }
}

/// The most times a job is parsed while refused fields are removed: more than it has fields.
const MAX_ROUNDS: usize = 40;

impl ImportedJob {
    /// The job's title, as far as there is one.
    pub fn title(&self) -> Option<&str> {
        self.job.get("title").and_then(Value::as_str)
    }

    /// Parses the job as the board does. Refused fields are removed, with a warning, until the rest is accepted.
    ///
    /// # Errors
    /// The required fields that are missing, with the warnings so far.
    pub fn prepare(mut self, tenant: &TenantScope) -> Result<PreparedJob, (FieldErrors, Vec<Warning>)> {
        let today = tenant.today(tenant.now());
        let mut rounds = 0;
        loop {
            rounds += 1;
            match JobContent::parse(&self.job, &tenant.form, today, Strictness::Lenient) {
                Err(refused) if rounds < MAX_ROUNDS && self.leave_out(&refused) => {}
                Err(refused) => return Err((refused, self.warnings)),
                Ok(content) => {
                    return Ok(PreparedJob { content, identity: self.identity, warnings: self.warnings });
                }
            }
        }
    }

    /// Removes the refused fields, with a warning each, so that the rest can be parsed again. False if nothing could be
    /// removed: a required field is missing.
    fn leave_out(&mut self, refused: &FieldErrors) -> bool {
        let mut any = false;
        for error in &refused.0 {
            if take(&mut self.job, &error.pointer) {
                any = true;
                let (pointer, problem) = (error.pointer.clone(), error.problem.to_string());
                if self.warnings.len() < draft::MAX_WARNINGS {
                    self.warnings.push(Warning::Refused { pointer, problem });
                }
            }
        }
        any
    }
}

/// Removes the value at a JSON pointer, together with the whole list entry or salary that it belongs to: half a place
/// or half a salary would have another meaning.
fn take(job: &mut Value, pointer: &str) -> bool {
    let mut parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.first() {
        Some(&("salary" | "locations" | "tags" | "employment_types" | "remote_countries")) => parts.truncate(1),
        // Without a name there is no organisation, and a job needs one.
        Some(&"organization") if parts.get(1) == Some(&"name") => return false,
        Some(&("title" | "description")) | None => return false,
        _ => {}
    }
    let Some((last, above)) = parts.split_last() else { return false };
    let holder = above.iter().try_fold(job, |value, part| value.get_mut(part));
    holder.and_then(Value::as_object_mut).is_some_and(|object| object.remove(*last).is_some())
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON: schema.org JobPosting (one, an array, `@graph`, JSON lines) or jobs as the API takes them.
    Json,
    /// A table whose first row names the columns, separated by commas, semicolons or tabs.
    Csv,
}

impl Format {
    /// By the file name's ending, if it is known.
    #[must_use]
    pub fn by_name(file_name: &str) -> Option<Self> {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("json" | "jsonld" | "jsonl" | "ndjson") => Some(Self::Json),
            Some("csv" | "tsv") => Some(Self::Csv),
            _ => None,
        }
    }
}

/// The file as a whole can't be read.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Not JSON; says where.
    #[error("this is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not a table; says where.
    #[error("this is not a valid CSV table: {0}")]
    Csv(#[from] ::csv::Error),
    /// It couldn't be read to its end.
    #[error("it can't be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// A table without any column that we know.
    #[error(
        "no column of the first row is known; a table needs at least the columns title, organization and description"
    )]
    NoKnownColumn,
    /// Valid, but there is no job in it.
    #[error("there is no job in this file; JSON needs objects of the type JobPosting, or jobs as the API takes them")]
    NoJob,
}

/// What a person should know about an imported job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// A field that a job normally has is absent.
    Missing(&'static str),
    /// `validThrough` has passed; the date was dropped.
    PastDate(String),
    /// A value that couldn't be understood was left out.
    NotUnderstood {
        /// The field, in our words.
        field: &'static str,
        /// What the file said, shortened.
        value: String,
    },
    /// A list had more entries than a board accepts; the first ones were kept.
    KeptOnly {
        /// The field.
        field: &'static str,
        /// How many were kept.
        kept: usize,
        /// Of how many.
        of: usize,
    },
    /// A required field was missing; another field of the job is used instead.
    StandIn {
        /// The field.
        field: &'static str,
        /// The value that is used.
        value: String,
    },
    /// A person has changed the field on the board since; the source's new value was left out.
    EditKept(String),
    /// The job has ended on the board, and an import doesn't reopen it.
    Ended(JobState),
    /// The same as an earlier row of the file.
    Repeated,
    /// The board refused a value; it was left out.
    Refused {
        /// Its place in the job.
        pointer: String,
        /// The board's message.
        problem: String,
    },
    /// A column or row that was not used.
    Unused(String),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "{field} is missing"),
            Self::PastDate(date) => write!(f, "valid_through {date} has passed and was dropped"),
            Self::NotUnderstood { field, value } => {
                write!(f, "{field} {value:?} was not understood and was left out")
            }
            Self::KeptOnly { field, kept, of } => write!(f, "{field}: only the first {kept} of {of} were kept"),
            Self::StandIn { field, value } => write!(f, "{field} is missing; {value:?} stands in its place"),
            Self::EditKept(field) => write!(f, "{field} was edited on the board and stays as it is there"),
            Self::Ended(state) => write!(f, "the job is {state} and stays so"),
            Self::Repeated => f.write_str("the same as an earlier row"),
            Self::Refused { pointer, problem } => write!(f, "{pointer}: {problem}; it was left out"),
            Self::Unused(what) => write!(f, "{what} is not used"),
        }
    }
}

/// Takes the jobs of a file, one after another, and can stop the import.
pub type Take<'a> = dyn FnMut(ImportedJob) -> ControlFlow<()> + 'a;

/// How many bytes at the beginning decide the format.
const BEGINNING: usize = 1024;

/// Reads the jobs of a file in any of its encodings, and gives each to `take` before it reads the next one. Without a
/// `format`, the first character decides it. `today` decides which closing dates have passed. Returns the warnings
/// about the file as a whole.
///
/// # Errors
/// If the file as a whole can't be read, or has no job. Jobs before the error have been taken.
pub fn read(
    source: impl Read,
    format: Option<Format>,
    today: NaiveDate,
    take: &mut Take<'_>,
) -> Result<Vec<Warning>, ImportError> {
    let mut source = decode::Utf8Reader::new(source);
    let mut any = false;
    let mut take = |job: ImportedJob| {
        any = true;
        take(job)
    };
    let mut beginning = Vec::new();
    if format.is_none() {
        Read::take(&mut source, BEGINNING as u64).read_to_end(&mut beginning)?;
    }
    let is_json = || beginning.trim_ascii_start().starts_with(b"{") || beginning.trim_ascii_start().starts_with(b"[");
    let format = format.unwrap_or_else(|| if is_json() { Format::Json } else { Format::Csv });
    let source = std::io::Cursor::new(beginning).chain(source);
    let warnings = match format {
        Format::Json => json::read(source, today, &mut take)?,
        Format::Csv => csv::read(source, today, &mut take)?,
    };
    if any { Ok(warnings) } else { Err(ImportError::NoJob) }
}

#[cfg(test)]
mod tests;
