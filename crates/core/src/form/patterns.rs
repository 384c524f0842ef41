//! Regular expressions of manifests and schemas, compiled once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use regex::Regex;

/// The most patterns that are kept: those of the installed plugins and of the boards' own fields.
const KEPT: usize = 512;

/// By the pattern's text; `None` for one that doesn't compile.
type Compiled = RwLock<HashMap<String, Option<Arc<Regex>>>>;

static COMPILED: LazyLock<Compiled> = LazyLock::new(Compiled::default);

/// Whether all of `text` matches. A pattern that doesn't compile matches nothing: patterns come from manifests and
/// schemas, which are checked when they are loaded.
pub(super) fn matches_whole(pattern: &str, text: &str) -> bool {
    compiled(pattern).is_some_and(|regex| regex.is_match(text))
}

fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    if let Some(known) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(pattern) {
        return known.clone();
    }
    let regex = Regex::new(&format!("^(?:{pattern})$")).ok().map(Arc::new);
    let mut kept = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT {
        kept.clear();
    }
    kept.insert(pattern.to_owned(), regex.clone());
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_and_has_to_match_the_whole_text() {
        let pattern = r"[a-z]+\d|only-this-test";
        assert!(matches_whole(pattern, "abc1") && !matches_whole(pattern, "abc12") && !matches_whole("(", "("));
        let (first, second) = (compiled(pattern).expect("a regex"), compiled(pattern).expect("a regex"));
        assert!(Arc::ptr_eq(&first, &second));
    }
}
