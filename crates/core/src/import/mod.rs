//! Reads jobs that were written for something else: schema.org JobPosting, CSV, our own JSON.
//!
//! Lenient on purpose: what can be understood is kept, what can't is left out with a [`Warning`], and
//! nothing is guessed. A moderator reads every imported job before it is published.

mod country;
mod csv;
mod description;
mod job_posting;
mod json;
mod plain;

use std::fmt;

use chrono::NaiveDate;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::form::FieldErrors;
use crate::job::{JobContent, Strictness};
use crate::store::{Submission, TenantScope};

/// What a file was read into.
#[derive(Debug, Default)]
pub struct Import {
    /// The jobs in the file's order.
    pub jobs: Vec<ImportedJob>,
    /// What concerns the file as a whole.
    pub warnings: Vec<Warning>,
}

/// One job as it goes to the API.
#[derive(Debug)]
pub struct ImportedJob {
    /// The wire form of a job; fields that the source lacks are absent.
    pub job: Value,
    /// What was left out or is missing.
    pub warnings: Vec<Warning>,
}

impl ImportedJob {
    /// Hands the job in at a board. What the board refuses is left out, with a warning, until the rest is
    /// accepted.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the job lacks what it can't do without.
    pub async fn hand_in(&mut self, tenant: &TenantScope, by: Actor) -> Result<Submission> {
        loop {
            match tenant.jobs().import(&self.job, by).await {
                Err(Error::Invalid(refused)) if self.leave_out(&refused) => {}
                handed_in => return handed_in,
            }
        }
    }

    /// What [`hand_in`](Self::hand_in) would do, without handing it in.
    ///
    /// # Errors
    /// What the job lacks.
    pub fn rehearse(&mut self, tenant: &TenantScope) -> Result<(), FieldErrors> {
        let today = tenant.today(tenant.now());
        loop {
            match JobContent::parse(&self.job, &tenant.form, today, Strictness::Lenient) {
                Err(refused) if self.leave_out(&refused) => {}
                parsed => return parsed.map(drop),
            }
        }
    }

    /// Takes out what the board refused, with a warning each, so that the rest can be handed in. False when
    /// nothing was there to take out: the job lacks what it can't do without.
    fn leave_out(&mut self, refused: &FieldErrors) -> bool {
        let mut any = false;
        for error in &refused.0 {
            if take(&mut self.job, &error.pointer) {
                any = true;
                let (pointer, problem) = (error.pointer.clone(), error.problem.to_string());
                self.warnings.push(Warning::Refused { pointer, problem });
            }
        }
        any
    }
}

/// Removes what a JSON pointer points at, with the whole entry of a list or a salary that it is a part of:
/// half a place or half a salary would say something else.
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

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON: schema.org JobPosting (one, an array, `@graph`, JSON lines) or jobs as the API takes them.
    Json,
    /// A table whose first row names the columns, separated by commas, semicolons or tabs.
    Csv,
}

impl Format {
    /// By the file's ending, else by its first character.
    #[must_use]
    pub fn detect(file_name: &str, text: &str) -> Self {
        let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("json" | "jsonld" | "jsonl" | "ndjson") => Self::Json,
            Some("csv" | "tsv") => Self::Csv,
            _ if text.trim_start_matches(BYTE_ORDER_MARK).trim_start().starts_with(['{', '[']) => Self::Json,
            _ => Self::Csv,
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
    /// A field that every job needs was absent; something else of the job stands in its place.
    StandIn {
        /// The field.
        field: &'static str,
        /// What stands there now.
        value: String,
    },
    /// The board refused a value; it was left out.
    Refused {
        /// Where it stood.
        pointer: String,
        /// The board's words.
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
            Self::StandIn { field, value } => write!(f, "{field} is missing; {value:?} stands in its place"),
            Self::Refused { pointer, problem } => write!(f, "{pointer}: {problem}; it was left out"),
            Self::Unused(what) => write!(f, "{what} is not used"),
        }
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Reads every job of a file. `today` decides which closing dates have passed.
///
/// # Errors
/// When the file as a whole can't be read, or holds no job at all.
pub fn read(text: &str, format: Format, today: NaiveDate) -> Result<Import, ImportError> {
    let text = text.trim_start_matches(BYTE_ORDER_MARK);
    let import = match format {
        Format::Json => json::read(text, today)?,
        Format::Csv => csv::read(text, today)?,
    };
    if import.jobs.is_empty() {
        return Err(ImportError::NoJob);
    }
    Ok(import)
}

/// Collects the fields of one job and what was odd about them.
struct Draft {
    job: Map<String, Value>,
    warnings: Vec<Warning>,
    today: NaiveDate,
}

impl Draft {
    fn new(today: NaiveDate) -> Self {
        Self { job: Map::new(), warnings: Vec::new(), today }
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.job.insert(field.to_owned(), value.into());
    }

    fn set_text(&mut self, field: &str, value: Option<String>) {
        if let Some(value) = value {
            self.set(field, value);
        }
    }

    fn has(&self, field: &str) -> bool {
        self.job.get(field).is_some_and(|value| !value.is_null())
    }

    fn not_understood(&mut self, field: &'static str, value: &str) {
        const SHOWN: usize = 80;
        let mut shown: String = value.chars().take(SHOWN).collect();
        if shown.len() < value.len() {
            shown.push('…');
        }
        self.warnings.push(Warning::NotUnderstood { field, value: shown });
    }

    /// The day alone counts: `2026-03-18T00:00`, with or without seconds and zone, is the 18th of March.
    fn set_valid_through(&mut self, text: &str) {
        let day = text.get(..10).and_then(|day| day.parse::<NaiveDate>().ok());
        match day {
            Some(day) if day < self.today => self.warnings.push(Warning::PastDate(day.to_string())),
            Some(day) => self.set("valid_through", day.to_string()),
            None => self.not_understood("valid_through", text),
        }
    }

    fn set_countries(&mut self, names: impl IntoIterator<Item = String>) {
        let mut codes: Vec<Value> = Vec::new();
        for name in names {
            match country::code(&name) {
                Some(code) if !codes.iter().any(|known| known == code) => codes.push(code.into()),
                Some(_) => {}
                None => self.not_understood("remote_countries", &name),
            }
        }
        if !codes.is_empty() {
            self.set("remote_countries", codes);
        }
    }

    fn set_employment_types(&mut self, names: impl IntoIterator<Item = String>) {
        let mut types: Vec<Value> = Vec::new();
        for name in names {
            match plain::employment_type(&name) {
                Some(kind) if !types.iter().any(|known| known == kind) => types.push(kind.into()),
                Some(_) => {}
                None => self.not_understood("employment_types", &name),
            }
        }
        if !types.is_empty() {
            self.set("employment_types", types);
        }
    }

    fn set_tags(&mut self, tags: impl IntoIterator<Item = String>) {
        let mut kept: Vec<Value> = Vec::new();
        for tag in tags {
            let tag = tag.trim().trim_start_matches('#').to_owned();
            if !tag.is_empty() && !kept.iter().any(|known| known == &*tag) {
                kept.push(tag.into());
            }
        }
        if !kept.is_empty() {
            self.set("tags", kept);
        }
    }

    fn set_salary(&mut self, salary: plain::Salary) {
        match salary.into_wire() {
            Ok(Some(wire)) => self.set("salary", wire),
            Ok(None) => {}
            Err(value) => self.not_understood("salary", &value),
        }
    }

    fn finish(mut self) -> ImportedJob {
        self.stand_in();
        let missing = [
            ("title", !self.has("title")),
            ("organization.name", self.organization_name().is_none()),
            ("description", !self.has("description")),
            ("apply_url or apply_email", !self.has("apply_url") && !self.has("apply_email")),
            ("contact_email", !self.has("contact_email")),
        ];
        for (field, absent) in missing {
            if absent {
                self.warnings.push(Warning::Missing(field));
            }
        }
        ImportedJob { job: Value::Object(self.job), warnings: self.warnings }
    }

    fn organization_name(&self) -> Option<&Value> {
        self.job.get("organization").and_then(|organization| organization.get("name"))
    }

    /// Lists of links have no descriptions, and some name no organisation. The moderator completes them.
    fn stand_in(&mut self) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if !self.has("description")
            && let Some(title) = text(self.job.get("title"))
        {
            self.set("description", title.clone());
            self.warnings.push(Warning::StandIn { field: "description", value: title });
        }
        if self.organization_name().is_none() {
            let address = text(self.job.get("organization").and_then(|organization| organization.get("url")))
                .or_else(|| text(self.job.get("apply_url")));
            let host = address.and_then(|address| Some(url::Url::parse(&address).ok()?.host_str()?.to_owned()));
            let Some(name) = host.map(|host| host.trim_start_matches("www.").to_owned()) else { return };
            let organization = self.job.entry("organization").or_insert_with(|| Value::Object(Map::new()));
            if let Some(organization) = organization.as_object_mut() {
                organization.insert("name".to_owned(), name.clone().into());
                self.warnings.push(Warning::StandIn { field: "organization.name", value: name });
            }
        }
    }
}

#[cfg(test)]
mod tests;
