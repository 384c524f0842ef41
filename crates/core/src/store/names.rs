//! Names that people give to channels, boards and the like.

use crate::form::{FieldErrors, FieldProblem};
use crate::slug::printable;

/// The most characters of a name.
const MAX: usize = 100;

/// A name, trimmed; an error at `/name` when it is empty or too long.
pub(super) fn checked(name: &str) -> Result<String, FieldErrors> {
    optional(name, "/name")?.ok_or_else(|| FieldErrors::one("/name", FieldProblem::Required))
}

/// The same for a name that may be left out: `None` when it is empty; an error at `pointer` when it is too long.
pub(super) fn optional(name: &str, pointer: &str) -> Result<Option<String>, FieldErrors> {
    let name = printable(name);
    if name.chars().count() > MAX {
        return Err(FieldErrors::one(pointer, FieldProblem::TooLong { max: MAX }));
    }
    Ok((!name.is_empty()).then_some(name))
}
