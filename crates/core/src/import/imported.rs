//! One job of a file, and what a board takes of it.

use std::ops::ControlFlow;

use chrono::NaiveDate;
use serde_json::Value;

use super::identity::Identity;
use super::warning::Warning;
use crate::form::{FieldErrors, Form};
use crate::job::{JobContent, Strictness};

/// The most warnings that are reported for one job.
pub(super) const MAX_WARNINGS: usize = 30;

/// Takes the jobs of a file, one after another, and can stop the import.
pub type Take<'a> = dyn FnMut(ImportedJob) -> ControlFlow<()> + 'a;

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

    /// Parses the job as a board with this form does on that day. Refused fields are removed, with a warning, until the
    /// rest is accepted.
    ///
    /// # Errors
    /// The required fields that are missing, with the warnings so far.
    pub fn prepare(mut self, form: &Form, today: NaiveDate) -> Result<PreparedJob, (FieldErrors, Vec<Warning>)> {
        let mut rounds = 0;
        loop {
            rounds += 1;
            match JobContent::parse(&self.job, form, today, Strictness::Lenient) {
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
    pub(super) fn leave_out(&mut self, refused: &FieldErrors) -> bool {
        let mut any = false;
        for error in &refused.0 {
            if take(&mut self.job, &error.pointer) {
                any = true;
                let (pointer, problem) = (error.pointer.clone(), error.problem.to_string());
                if self.warnings.len() < MAX_WARNINGS {
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
