//! Tags as hashtags: letters, digits and underscores, at least one letter. Telegram, Mastodon, Bluesky and LinkedIn
//! agree on that much.

use std::collections::BTreeSet;

const LONGEST: usize = 64;

/// The hashtags of these tags, each once, in order, at most so many; a tag without a letter gives none.
///
/// ```
/// let tags = ["C++".to_owned(), "machine learning".to_owned()];
/// assert_eq!(tablon_plugin::hashtags(&tags, 15), ["#Cpp", "#machine_learning"]);
/// ```
pub fn hashtags(tags: &[String], most: usize) -> Vec<String> {
    let mut seen = BTreeSet::new();
    tags.iter().filter_map(|tag| hashtag(tag)).filter(|tag| seen.insert(tag.to_lowercase())).take(most).collect()
}

fn hashtag(tag: &str) -> Option<String> {
    let tag = tag.trim().trim_start_matches('#');
    let mut name = String::with_capacity(tag.len());
    let mut rest = tag.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_alphanumeric() => name.push(c),
            // What programming languages are called: C++, C#, .NET, Node.js.
            '+' if rest.peek() == Some(&'+') => {
                rest.next();
                name.push_str("pp");
            }
            '+' => name.push_str("plus"),
            '#' if !name.is_empty() => name.push_str("sharp"),
            '.' if name.is_empty() => name.push_str("dot"),
            '.' | '\'' | '’' => {}
            _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
            _ => {}
        }
    }
    let name: String = name.chars().take(LONGEST).collect();
    let name = name.trim_end_matches('_');
    name.chars().any(char::is_alphabetic).then(|| format!("#{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(tags: &[&str]) -> Vec<String> {
        hashtags(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>(), 15)
    }

    #[test]
    fn names_of_languages_stay_readable() {
        assert_eq!(
            of(&["c++", "C#", ".net", "node.js", "f#", "ASP.NET"]),
            ["#cpp", "#Csharp", "#dotnet", "#nodejs", "#fsharp", "#ASPNET"]
        );
    }

    #[test]
    fn what_is_no_letter_parts_words() {
        assert_eq!(
            of(&["front-end", "machine learning", "r&d", "#rust"]),
            ["#front_end", "#machine_learning", "#r_d", "#rust"]
        );
        assert_eq!(of(&["diseño", "データ"]), ["#diseño", "#データ"]);
    }

    #[test]
    fn each_is_there_once_and_needs_a_letter() {
        assert_eq!(of(&["Rust", "rust", "2026", "!?", "", "<b>"]), ["#Rust", "#b"]);
    }
}
