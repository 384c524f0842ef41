//! What was left out of a job, or is missing.

use std::fmt;

use crate::form::FieldError;
use crate::job::JobState;

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
    /// It breaks one of the board's rules, and was taken all the same.
    BreaksRule {
        /// Its place in the job.
        pointer: String,
        /// The rule, in our words.
        problem: String,
    },
    /// A column or row that was not used.
    Unused(String),
}

impl Warning {
    pub(crate) fn breaks_rule(error: FieldError) -> Self {
        Self::BreaksRule { problem: error.problem.to_string(), pointer: error.pointer }
    }
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
            Self::BreaksRule { pointer, problem } => {
                write!(f, "{} {problem}", pointer.trim_start_matches('/').replace('/', "."))
            }
            Self::Unused(what) => write!(f, "{what} is not used"),
        }
    }
}
