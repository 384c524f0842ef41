//! The one form engine: a job's fields, a plugin's settings and a theme's settings are each a list
//! of typed fields, validated, shown and exported the same way.

mod compounds;
mod json_schema;
mod links;
mod money;
mod patterns;
mod pay;
mod problem;
mod scalars;
mod validate;
pub(crate) mod written_pay;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use links::{is_mail_address, mail_address, with_scheme};
pub use pay::Period;
pub(crate) use pay::{Pay, read as read_pay};
pub use problem::{FieldError, FieldErrors, FieldProblem};
pub use scalars::{LANGUAGE_PATTERN, MAIL_PATTERN, WEB_SCHEMES, check_url, day};
pub(crate) use scalars::{MAX_MARKDOWN, language};

/// A list of typed fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Form {
    /// The fields, in the order they are shown.
    pub fields: Vec<Field>,
}

/// One question of a form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The answer's place in the JSON; a dot goes one level down (`organization.name`).
    pub name: String,
    /// The kind of the answer.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// The label; may be empty where the theme's locales have one for the name.
    #[serde(default)]
    pub label: Localized,
    /// A sentence below the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Localized>,
    /// Whether an answer is required.
    #[serde(default)]
    pub required: bool,
    /// The value when nothing was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// Who may see the answer.
    #[serde(default)]
    pub visibility: Visibility,
    /// An example shown in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// Who may see the answer to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Staff and the person who wrote it.
    Private,
}

/// The kind of an answer, with its limits. Lengths are in characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    Text {
        /// The fewest characters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<usize>,
        /// The most characters; 500 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<usize>,
        /// A regular expression the whole text must match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// Several lines of CommonMark.
    Markdown {
        /// The most characters; 30,000 if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<usize>,
    },
    /// A number.
    Number {
        /// The least value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// The greatest value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
        /// Whole numbers only.
        #[serde(default)]
        integer: bool,
    },
    /// `{"min","max","currency","period"}`, amounts as decimal strings.
    MoneyRange,
    /// One of several.
    Select {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// Any of several.
    MultiSelect {
        /// What can be chosen.
        options: Vec<Choice>,
    },
    /// Short words the reader filters by.
    Tags {
        /// The most tags.
        max_items: usize,
    },
    /// A calendar day, `YYYY-MM-DD`.
    Date {
        /// Whether a day before today is refused.
        #[serde(default)]
        future: bool,
    },
    /// An `http` or `https` address.
    Url,
    /// An e-mail address.
    Email,
    /// Yes or no.
    Boolean,
    /// The `https` address of a picture.
    Image,
    /// A secret: stored encrypted and never shown again.
    Secret {
        /// A regular expression the whole secret must match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
    },
    /// Places: a list of `{"city","region","country"}`.
    Locations {
        /// The most places.
        max_items: usize,
    },
    /// ISO 3166-1 alpha-2 country codes.
    Countries,
    /// A BCP 47 language tag.
    Language,
}

/// One option of a select.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is shown; may be empty where the theme's locales have a label.
    #[serde(default)]
    pub label: Localized,
}

impl Choice {
    /// An option whose label the theme's locales have.
    pub fn new(value: &str) -> Self {
        Self { value: value.to_owned(), label: Localized::default() }
    }
}

/// A text in several languages: `"text"` or `{"en": "…", "es": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Localized(BTreeMap<String, String>);

impl Localized {
    /// The text for `locale`, for its language alone, in English, or in any language, in this order;
    /// empty if there is none.
    pub fn get(&self, locale: &str) -> &str {
        let language = locale.split('-').next().unwrap_or(locale);
        [locale, language, "en"]
            .iter()
            .find_map(|l| self.0.get(*l))
            .or_else(|| self.0.values().next())
            .map_or("", String::as_str)
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Localized {
    fn from(text: &str) -> Self {
        Self(BTreeMap::from([("en".to_owned(), text.to_owned())]))
    }
}

impl<'de> Deserialize<'de> for Localized {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            One(String),
            Many(BTreeMap<String, String>),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::One(text) => Self::from(text.as_str()),
            Either::Many(texts) => Self(texts),
        })
    }
}

impl Field {
    /// A field that must be answered, labelled by the theme's locales.
    pub fn required(name: &str, kind: FieldKind) -> Self {
        Self { required: true, ..Self::optional(name, kind) }
    }

    /// A field that may be left empty, labelled by the theme's locales.
    pub fn optional(name: &str, kind: FieldKind) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            label: Localized::default(),
            help: None,
            required: false,
            default: None,
            visibility: Visibility::Public,
            placeholder: None,
        }
    }

    /// The same, seen by staff and the poster only.
    pub fn private(self) -> Self {
        Self { visibility: Visibility::Private, ..self }
    }

    /// The same, with a value for when nothing was answered.
    pub fn with_default(self, value: impl Into<Value>) -> Self {
        Self { default: Some(value.into()), ..self }
    }

    /// The JSON pointer of the answer (`/organization/name`).
    pub fn pointer(&self) -> String {
        format!("/{}", self.name.replace('.', "/"))
    }

    /// Whether the answer is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, FieldKind::Secret { .. })
    }
}
