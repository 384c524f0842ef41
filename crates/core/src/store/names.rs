//! Names that people give to channels, boards and the like.

use crate::form::{FieldErrors, FieldProblem};
use crate::slug::printable;

/// The most characters of a name.
const MAX: usize = 100;

/// A name, trimmed; an error at `/name` when it is empty or too long.
pub(super) fn checked(name: &str) -> Result<String, FieldErrors> {
    let name = printable(name);
    if name.is_empty() {
        return Err(FieldErrors::one("/name", FieldProblem::Required));
    }
    if name.chars().count() > MAX {
        return Err(FieldErrors::one("/name", FieldProblem::TooLong { max: MAX }));
    }
    Ok(name)
}
