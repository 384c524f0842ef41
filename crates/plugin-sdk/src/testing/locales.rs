//! Are a plugin's words complete?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Locales;

/// Panics unless every language has the same words with the same arguments.
pub fn assert_words_agree(locales: &Locales) {
    let mut files = locales.files().map(|(tag, source)| (tag, shape(source)));
    let Some((first, expected)) = files.next() else { panic!("there is no language") };
    for (tag, words) in files {
        let differ: BTreeSet<&str> = expected
            .iter()
            .filter(|(name, arguments)| words.get(*name) != Some(arguments))
            .chain(words.iter().filter(|(name, _)| !expected.contains_key(*name)))
            .map(|(name, _)| *name)
            .collect();
        assert!(differ.is_empty(), "{first} and {tag} differ in {differ:?}");
    }
}

/// Panics unless every field and every option of the form has a label in every language.
pub fn assert_form_is_translated(schema: &str, locales: &Locales) {
    let schema: Value = serde_json::from_str(schema).expect("the settings schema is JSON");
    for field in schema["fields"].as_array().expect("the settings schema has fields") {
        let name = &field["name"];
        let options = field["options"].as_array().cloned().unwrap_or_default();
        let labels = options.iter().map(|option| &option["label"]).chain([&field["label"]]);
        let texts: Vec<&Value> = labels.chain(field.get("help")).collect();
        for tag in locales.tags() {
            for text in &texts {
                let text = text[tag].as_str().unwrap_or_default();
                // A word that is missing shows its name.
                assert!(!text.is_empty() && !text.starts_with("setting-"), "{name} has no {tag} text: {text:?}");
            }
        }
    }
}

fn shape(source: &'static str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = source.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, text)| {
            let arguments = text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::trim);
            let mut arguments: Vec<_> = arguments.filter(|argument| argument.starts_with('$')).collect();
            arguments.sort_unstable();
            arguments.dedup();
            (name.trim(), arguments)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Form};

    #[test]
    fn languages_that_agree_pass() {
        assert_words_agree(&Locales::new(&[("en", "a = A { $x }\n-b = B"), ("es", "-b = B\na = { $x } Á")]));
    }

    #[test]
    #[should_panic(expected = "en and es differ in {\"a\"}")]
    fn a_lost_argument_is_found() {
        assert_words_agree(&Locales::new(&[("en", "a = A { $x }"), ("es", "a = A")]));
    }

    #[test]
    #[should_panic(expected = "has no en text")]
    fn a_label_that_is_missing_is_found() {
        const LOCALES: Locales = Locales::new(&[("en", "x = y"), ("es", "x = y")]);
        assert_form_is_translated(&Form::new(&LOCALES).field(Field::text("room")).to_json(), &LOCALES);
    }
}
