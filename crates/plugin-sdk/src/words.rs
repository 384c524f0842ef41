//! A plugin's fixed words in several languages.

use std::collections::BTreeMap;

/// The words of one language: `name = text` lines, which is plain Fluent without its logic.
///
/// `{ $name }` in a text is replaced by an argument. Lines that start with `#` are comments.
///
/// ```
/// use tablon_plugin::Locales;
/// const LOCALES: Locales = Locales::new(&[
///     ("en", "remote = Remote\nhello = Hello { $name }"),
///     ("es", "remote = En remoto"),
/// ]);
/// let words = LOCALES.get("es-MX");
/// assert_eq!(words.say("remote"), "En remoto");
/// assert_eq!(words.say_with("hello", &[("name", "Ana")]), "Hello Ana");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Words {
    texts: BTreeMap<String, String>,
}

impl Words {
    fn read(&mut self, source: &str) {
        for line in source.lines().map(str::trim) {
            if let Some((name, text)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                self.texts.insert(name.trim().to_owned(), text.trim().to_owned());
            }
        }
    }

    /// The text; its name where there is none, so that the gap is seen.
    pub fn say(&self, name: &str) -> String {
        self.texts.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The text with its arguments put in. Arguments are not read for placeholders again.
    pub fn say_with(&self, name: &str, arguments: &[(&str, &str)]) -> String {
        let text = self.say(name);
        let mut rest = text.as_str();
        let mut said = String::with_capacity(text.len());
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((inner, tail)) = after.split_once('}') else {
                said.push('{');
                rest = after;
                continue;
            };
            let wanted = inner.trim().trim_start_matches('$');
            if let Some((_, value)) = arguments.iter().find(|(name, _)| *name == wanted) {
                said.push_str(value);
            }
            rest = tail;
        }
        said.push_str(rest);
        said
    }

    /// All words by name, for a template.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.texts
    }
}

/// The languages a plugin speaks, the first one being what holds where another has a gap.
#[derive(Debug, Clone, Copy)]
pub struct Locales(&'static [(&'static str, &'static str)]);

impl Locales {
    /// Pairs of a BCP 47 tag and the content of its file.
    pub const fn new(files: &'static [(&'static str, &'static str)]) -> Self {
        Self(files)
    }

    /// The tags.
    pub fn tags(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(tag, _)| *tag)
    }

    /// The words for a locale: exactly it, else its language, else the first language.
    pub fn get(&self, locale: &str) -> Words {
        let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let found = self
            .0
            .iter()
            .find(|(tag, _)| tag.eq_ignore_ascii_case(locale))
            .or_else(|| self.0.iter().find(|(tag, _)| language(tag) == language(locale)));
        let mut words = Words::default();
        if let Some((_, first)) = self.0.first() {
            words.read(first);
        }
        if let Some((_, source)) = found {
            words.read(source);
        }
        words
    }

    /// One text in every language, as the form engine wants labels: `{"en": "…", "es": "…"}`.
    pub fn in_all(&self, name: &str) -> BTreeMap<&'static str, String> {
        self.tags().map(|tag| (tag, self.get(tag).say(name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCALES: Locales = Locales::new(&[("en", "# words\na = A\nb = B { $x } and {$y}"), ("pt-BR", "a = Á")]);

    #[test]
    fn a_region_falls_back_to_its_language_and_then_to_the_first() {
        assert_eq!(LOCALES.get("pt-PT").say("a"), "Á");
        assert_eq!(LOCALES.get("de").say("a"), "A");
        assert_eq!(LOCALES.get("pt-BR").say_with("b", &[("x", "1"), ("y", "2")]), "B 1 and 2");
    }

    #[test]
    fn an_argument_is_not_read_for_placeholders() {
        let said = LOCALES.get("en").say_with("b", &[("x", "{ $y }"), ("y", "2")]);
        assert_eq!(said, "B { $y } and 2");
    }

    #[test]
    fn a_missing_text_shows_its_name() {
        assert_eq!(LOCALES.get("en").say("nope"), "nope");
    }
}
