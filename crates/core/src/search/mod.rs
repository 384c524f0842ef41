//! How a search compares texts, and its limits.

mod fold;
mod latin;

use crate::form::{FieldErrors, FieldProblem};

pub(crate) use fold::FOLD_VERSION;
pub use fold::fold;

/// The most characters of a search.
pub const MAX_SEARCH: usize = 200;
/// The most words of a search.
pub const MAX_SEARCH_WORDS: usize = 16;

/// The words of a search, folded as the stored texts are. A word with a dash inside (`full-stack`) is one phrase.
///
/// # Errors
/// At `/q`, for a search that is longer than [`MAX_SEARCH`] or has more than [`MAX_SEARCH_WORDS`] words.
pub fn search_words(q: &str) -> Result<Vec<String>, FieldErrors> {
    let q = q.trim();
    if q.chars().nth(MAX_SEARCH).is_some() {
        return Err(FieldErrors::one("/q", FieldProblem::TooLong { max: MAX_SEARCH }));
    }
    // Control characters separate words too: PostgreSQL refuses a NUL in any text.
    let words = q.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<String> = words.map(fold).filter(|word| !word.is_empty()).collect();
    if words.len() > MAX_SEARCH_WORDS {
        return Err(FieldErrors::one("/q", FieldProblem::TooManyWords { max: MAX_SEARCH_WORDS }));
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_bounded_in_characters_and_words() {
        assert_eq!(search_words(" Full-Stack\tŁódź - \0 ").expect("words"), ["full stack", "lodz"]);
        assert!(search_words(&"é".repeat(MAX_SEARCH)).is_ok());
        assert!(search_words(&"é".repeat(MAX_SEARCH + 1)).is_err());
        assert!(search_words(&"a ".repeat(MAX_SEARCH_WORDS)).is_ok());
        assert!(search_words(&"a ".repeat(MAX_SEARCH_WORDS + 1)).is_err());
    }
}
