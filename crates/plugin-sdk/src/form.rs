//! The form of a channel's settings: what the host asks for, checks and shows.

use serde_json::{Map, Value, json};

use crate::Locales;
use crate::words::Translations;

/// The form of a channel, field by field, with its labels from the plugin's locales.
///
/// The label of `chat_id` is the word `setting-chat-id`, its help `setting-chat-id-help` if there is such a word, and
/// the option `large` of a select is called what `setting-chat-id-large` says.
///
/// ```
/// use tablon_plugin::{Field, Form, Locales};
/// const LOCALES: Locales = Locales::new(&[("en", "setting-room = Room\nsetting-room-help = Its address.")]);
/// let schema = Form::new(&LOCALES).field(Field::text("room").required().max(64)).to_json();
/// assert!(schema.contains(r#""label":{"en":"Room"}"#));
/// ```
#[derive(Debug, Clone)]
pub struct Form {
    translations: Translations,
    fields: Vec<Value>,
}

impl Form {
    /// A form without fields.
    pub fn new(locales: &Locales) -> Self {
        Self { translations: locales.read_all(), fields: Vec::new() }
    }

    /// Adds a field below the others.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        let words_of = |name: &str| name.replace(['_', '.'], "-");
        let word = format!("setting-{}", words_of(field.name));
        let mut document = field.document;
        document.insert("name".to_owned(), json!(field.name));
        document.insert("label".to_owned(), json!(self.translations.say(&word)));
        let help = format!("{word}-help");
        if self.translations.know(&help) {
            document.insert("help".to_owned(), json!(self.translations.say(&help)));
        }
        if !field.options.is_empty() {
            let label = |value: &str| self.translations.say(&format!("{word}-{}", words_of(value)));
            let option = |value: &&str| json!({ "value": value, "label": label(value) });
            document.insert("options".to_owned(), field.options.iter().map(option).collect());
        }
        self.fields.push(Value::Object(document));
        self
    }

    /// What [`Description::settings_schema`](crate::Description) wants.
    pub fn to_json(&self) -> String {
        json!({ "fields": self.fields }).to_string()
    }
}

/// One setting, or a secret. It may be left empty unless it is [`required`](Self::required).
#[derive(Debug, Clone)]
pub struct Field {
    name: &'static str,
    document: Map<String, Value>,
    options: Vec<&'static str>,
}

impl Field {
    fn new(name: &'static str, kind: &str) -> Self {
        let mut document = Map::new();
        document.insert("type".to_owned(), json!(kind));
        document.insert("required".to_owned(), json!(false));
        Self { name, document, options: Vec::new() }
    }

    /// One line of text; `min` and `max` are characters.
    pub fn text(name: &'static str) -> Self {
        Self::new(name, "text")
    }

    /// Several lines of CommonMark.
    pub fn markdown(name: &'static str) -> Self {
        Self::new(name, "markdown")
    }

    /// A whole number; `min` and `max` are values.
    pub fn integer(name: &'static str) -> Self {
        Self::new(name, "number").with("integer", true)
    }

    /// A number.
    pub fn number(name: &'static str) -> Self {
        Self::new(name, "number")
    }

    /// Yes or no.
    pub fn boolean(name: &'static str) -> Self {
        Self::new(name, "boolean")
    }

    /// An `http` or `https` address.
    pub fn url(name: &'static str) -> Self {
        Self::new(name, "url")
    }

    /// An e-mail address.
    pub fn email(name: &'static str) -> Self {
        Self::new(name, "email")
    }

    /// One of several.
    pub fn select(name: &'static str, options: &[&'static str]) -> Self {
        Self { options: options.to_vec(), ..Self::new(name, "select") }
    }

    /// Any of several.
    pub fn multi_select(name: &'static str, options: &[&'static str]) -> Self {
        Self { options: options.to_vec(), ..Self::new(name, "multi_select") }
    }

    /// Something the plugin can name and never see. The manifest must declare it too.
    pub fn secret(name: &'static str) -> Self {
        Self::new(name, "secret")
    }

    /// An answer is demanded.
    #[must_use]
    pub fn required(self) -> Self {
        self.with("required", true)
    }

    /// What holds when nothing was answered.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        self.with("default", value)
    }

    /// The least value, or the fewest characters.
    #[must_use]
    pub fn min(self, least: i64) -> Self {
        self.with("min", least)
    }

    /// The greatest value, or the most characters.
    #[must_use]
    pub fn max(self, most: i64) -> Self {
        self.with("max", most)
    }

    /// A regular expression that the whole text must match.
    #[must_use]
    pub fn pattern(self, pattern: &str) -> Self {
        self.with("pattern", pattern)
    }

    /// An example that is shown in the empty field.
    #[must_use]
    pub fn placeholder(self, example: &str) -> Self {
        self.with("placeholder", example)
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.document.insert(key.to_owned(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCALES: Locales = Locales::new(&[
        (
            "en",
            "setting-look = Look\nsetting-look-very-big = Big\nsetting-key = Key\nsetting-key-help = From the console.",
        ),
        (
            "es",
            "setting-look = Aspecto\nsetting-look-very-big = Grande\nsetting-key = Clave\nsetting-key-help = De la consola.",
        ),
    ]);

    #[test]
    fn a_form_is_what_the_host_reads() {
        let form = Form::new(&LOCALES)
            .field(Field::secret("key").required().pattern("[a-z]+"))
            .field(Field::select("look", &["very_big"]).default("very_big"));
        let read: Value = serde_json::from_str(&form.to_json()).expect("JSON");
        assert_eq!(
            read,
            json!({ "fields": [
                {
                    "name": "key", "type": "secret", "required": true, "pattern": "[a-z]+",
                    "label": { "en": "Key", "es": "Clave" },
                    "help": { "en": "From the console.", "es": "De la consola." },
                },
                {
                    "name": "look", "type": "select", "required": false, "default": "very_big",
                    "label": { "en": "Look", "es": "Aspecto" },
                    "options": [{ "value": "very_big", "label": { "en": "Big", "es": "Grande" } }],
                },
            ] })
        );
    }
}
