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
mod error;
mod graph;
mod headings;
mod identity;
mod imported;
mod job_posting;
mod json;
mod places;
mod plain;
mod table_row;
mod warning;

use std::io::Read;

use chrono::NaiveDate;

pub use error::ImportError;
pub(crate) use identity::{Identity, fingerprint};
pub use imported::{ImportedJob, PreparedJob, Take};
pub use warning::Warning;

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
