//! A plugin's fixed words in several languages.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use crate::kept::Kept;
use crate::{Ending, TemplateValue, Workplace};

/// What every plugin has to say in every language: the folder `locales` of this crate.
const STANDARD: Locales = Locales::new(&[
    ("en", include_str!("../locales/en.ftl")),
    ("es", include_str!("../locales/es.ftl")),
    ("pt-BR", include_str!("../locales/pt-BR.ftl")),
]);

/// The words of one language: `name = text` lines, which is plain Fluent without its logic.
///
/// `{ $name }` in a text is replaced by an argument, `{ -name }` by the text called `-name`. Lines that start with `#`
/// are comments.
///
/// ```
/// use tablon_plugin::Locales;
/// const LOCALES: Locales = Locales::new(&[
///     ("en", "-platform = Chatter\nhello = Hello { $name }"),
///     ("es", "-platform = Chatter\nhello = Hola { $name }"),
/// ]);
/// let words = LOCALES.get("es-MX");
/// assert_eq!(words.say_with("hello", &[("name", "Ana")]), "Hola Ana");
/// // Standard words and sentences are there already.
/// assert_eq!(words.say("remote"), "En remoto");
/// assert_eq!(words.say("error-rejected"), "Chatter rechaza este mensaje.");
/// ```
#[derive(Debug, Clone)]
pub struct Words(Arc<Said>);

/// The texts by name, and the same as a template takes them.
#[derive(Debug)]
struct Said {
    texts: BTreeMap<String, String>,
    value: TemplateValue,
}

/// The words of one language while its files are read.
#[derive(Default)]
struct Reading {
    texts: BTreeMap<String, String>,
}

impl Reading {
    fn read(&mut self, source: &str) {
        for line in source.lines().map(str::trim) {
            if let Some((name, text)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                self.texts.insert(name.trim().to_owned(), text.trim().to_owned());
            }
        }
    }

    /// Puts the texts called `-name` where others say `{ -name }`.
    fn put_terms_in(&mut self) {
        let terms: Vec<(String, String)> = self
            .texts
            .iter()
            .filter(|(name, _)| name.starts_with('-'))
            .map(|(name, text)| (format!("{{ {name} }}"), text.clone()))
            .collect();
        for text in self.texts.values_mut() {
            for (term, value) in terms.iter().filter(|(term, _)| text.contains(term.as_str())).collect::<Vec<_>>() {
                *text = text.replace(term, value);
            }
        }
    }

    fn words(mut self) -> Words {
        self.put_terms_in();
        let value = TemplateValue::from_pairs(self.texts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        Words(Arc::new(Said { texts: self.texts, value }))
    }
}

impl Words {
    /// The text; its name where there is none, so that the gap is seen.
    pub fn say(&self, name: &str) -> String {
        self.0.texts.get(name).cloned().unwrap_or_else(|| name.to_owned())
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

    /// What to call a workplace.
    pub fn workplace(&self, workplace: Workplace) -> String {
        self.say(workplace_word(workplace))
    }

    /// The sentence that says why an offer is over.
    pub fn ending(&self, ending: Ending) -> String {
        self.say(match ending {
            Ending::Filled => "ending-filled",
            Ending::Closed => "ending-closed",
            Ending::Expired => "ending-expired",
        })
    }

    /// A sentence for the channel's admins, with what the platform said after it, if it said anything.
    pub fn told(&self, sentence: &str, said: &str) -> String {
        if said.is_empty() {
            return sentence.to_owned();
        }
        format!("{sentence} {}", self.say_with("platform-said", &[("answer", said)]))
    }

    /// All words by name, for a template.
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0.texts
    }

    /// The same as one value of a template.
    pub(crate) fn value(&self) -> TemplateValue {
        self.0.value.clone()
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

    /// The languages with the contents of their files.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.0.iter().copied()
    }

    /// The words for a locale: exactly it, else its language, else the first language. Where a word is missing, the
    /// standard one stands in its place.
    pub fn get(&self, locale: &str) -> Words {
        /// Which plugin's locales, by where its constant lies, and which files of them and of the standard ones.
        type Key = (usize, usize, Option<&'static str>, Option<&'static str>);
        static READ: Kept<Key, Words> = Kept::new();
        let (own, standard) = (self.file(locale), STANDARD.file(locale));
        let tag = |file: Option<&'static (&'static str, &'static str)>| file.map(|(tag, _)| *tag);
        let key = (self.0.as_ptr() as usize, self.0.len(), tag(own), tag(standard));
        let Ok(words) = READ.get_or_make(key, || Ok::<_, Infallible>(self.read(own, standard)));
        words
    }

    fn read(
        &self,
        own: Option<&'static (&'static str, &'static str)>,
        standard: Option<&'static (&'static str, &'static str)>,
    ) -> Words {
        let mut words = Reading::default();
        let first = self.0.first();
        for (_, source) in [STANDARD.0.first(), first, standard].into_iter().flatten() {
            words.read(source);
        }
        // A platform has the same name in most languages.
        for line in first.iter().flat_map(|(_, source)| source.lines()).filter(|line| line.starts_with('-')) {
            words.read(line);
        }
        if let Some((_, source)) = own {
            words.read(source);
        }
        words.words()
    }

    fn file(&self, locale: &str) -> Option<&'static (&'static str, &'static str)> {
        let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let exactly = self.0.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(locale));
        exactly.or_else(|| self.0.iter().find(|(tag, _)| language(tag) == language(locale)))
    }

    /// The words of every language.
    pub(crate) fn read_all(&self) -> Translations {
        Translations(self.tags().map(|tag| (tag, self.get(tag))).collect())
    }

    /// One text in every language, as the form engine wants labels: `{"en": "…", "es": "…"}`.
    pub fn in_all(&self, name: &str) -> BTreeMap<&'static str, String> {
        self.read_all().say(name)
    }
}

/// The words of all languages of a plugin, read once: a form asks for dozens.
#[derive(Debug, Clone)]
pub(crate) struct Translations(Vec<(&'static str, Words)>);

impl Translations {
    pub(crate) fn say(&self, name: &str) -> BTreeMap<&'static str, String> {
        self.0.iter().map(|(tag, words)| (*tag, words.say(name))).collect()
    }

    /// Whether the first language has this word.
    pub(crate) fn know(&self, name: &str) -> bool {
        self.0.first().is_some_and(|(_, words)| words.all().contains_key(name))
    }
}

/// The languages that every plugin speaks.
pub(crate) fn standard_tags() -> impl Iterator<Item = &'static str> {
    STANDARD.tags()
}

/// The name of a workplace in templates, locales and documents.
pub(crate) fn workplace_word(workplace: Workplace) -> &'static str {
    match workplace {
        Workplace::OnSite => "on-site",
        Workplace::Hybrid => "hybrid",
        Workplace::Remote => "remote",
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

    #[test]
    fn standard_words_are_there_in_the_channels_language_and_a_plugin_may_have_its_own() {
        const OWN: Locales = Locales::new(&[("en", "-platform = Chatter\nremote = Anywhere"), ("es", "x = y")]);
        assert_eq!(OWN.get("en").workplace(Workplace::Remote), "Anywhere");
        assert_eq!(OWN.get("es").workplace(Workplace::Remote), "En remoto");
        assert_eq!(OWN.get("pt-BR").ending(Ending::Filled), "Esta vaga foi preenchida");
        let told = OWN.get("es").told("No.", "{ -platform } <b>");
        assert_eq!(told, "No. Chatter dice: «{ -platform } <b>».");
    }

    #[test]
    fn the_standard_words_are_the_same_in_all_languages() {
        let names = |tag: &str| STANDARD.get(tag).all().keys().cloned().collect::<Vec<_>>();
        assert!(names("en").len() > 20);
        for (tag, source) in STANDARD.0 {
            let mut alone = Reading::default();
            alone.read(source);
            assert_eq!(alone.texts.into_keys().collect::<Vec<_>>(), names("en"), "{tag}");
        }
    }
}
