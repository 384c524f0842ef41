//! What is wrong with an answer.

use std::fmt;

use serde::Serialize;

/// What is wrong with one answer. `Display` is a plain English sentence, for the API and the command
/// line; pages translate [`key`](Self::key) with [`args`](Self::args).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence says it")]
pub enum FieldProblem {
    #[error("is required")]
    Required,
    #[error("must be at most {max} characters long")]
    TooLong { max: usize },
    #[error("must be at least {min} characters long")]
    TooShort { min: usize },
    #[error("must not be nested more than {max} levels deep (quotations, lists, emphasis)")]
    TooDeep { max: usize },
    #[error("must be a web address such as https://example.org/jobs/1")]
    NotUrl,
    #[error("must begin with https:// or http://")]
    UrlScheme,
    #[error("must be an e-mail address such as name@example.org")]
    NotEmail,
    #[error("must be text")]
    NotText,
    #[error("must be a list")]
    NotList,
    #[error("must be an object")]
    NotObject,
    #[error("must be true or false")]
    NotBoolean,
    #[error("must be a number")]
    NotNumber,
    #[error("must be an amount such as 42000 or 42000.50, written as text")]
    NotAmount,
    #[error("names another amount, currency or period than the fields beside it")]
    PayContradicts,
    #[error("must be a currency's three letters, such as EUR")]
    NotCurrency,
    #[error("must be a date such as 2026-12-31")]
    NotDate,
    #[error("must not be in the past")]
    PastDate,
    #[error("must be a moment in the future")]
    PastMoment,
    #[error("must be one of: {options}")]
    NotOption { options: String },
    #[error("must have at most {max} entries")]
    TooMany { max: usize },
    #[error("must have at most {max} words")]
    TooManyWords { max: usize },
    #[error("is not a field of this form")]
    UnknownField,
    #[error("must not be more than the maximum")]
    MinOverMax,
    #[error("give at least one of: {fields}")]
    OneOf { fields: String },
    #[error("must be a country's two letters, such as ES")]
    NotCountry,
    #[error("must be a language tag such as es or pt-BR")]
    NotLanguage,
    #[error("doesn't have the right form")]
    Pattern,
    #[error("must be between {min} and {max}")]
    NumberRange { min: String, max: String },
    #[error("may have lower-case letters, digits and dashes inside, at most 63")]
    NotSlug,
    #[error("is taken")]
    Taken,
    #[error("must be at least 10 characters long and not a single repeated one")]
    WeakPassword,
    #[error("is not the present password")]
    WrongPassword,
    #[error("is the account's address already")]
    SameAddress,
    #[error("is not the code of this moment, or was used before")]
    WrongCode,
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must be a time zone such as Europe/Madrid")]
    NotTimeZone,
    #[error("must be a host name such as jobs.example.org")]
    NotHost,
    #[error("must be a colour such as #0f766e")]
    NotColor,
    #[error("has a name in braces that isn't replaced; there are only {known}")]
    UnknownPlaceholder { known: String },
    #[error("must hold domains such as example.org, which {entry:?} is not")]
    NotDomain { entry: String },
    #[error("must be stated: this board demands the pay")]
    PayDemanded,
    #[error("must be stated: this board demands a place or, for remote work, countries")]
    PlaceDemanded,
    #[error("must name a country: this board demands one")]
    CountryDemanded,
    #[error("has words that this board doesn't take: {words}")]
    BlockedWords { words: String },
    #[error("leads to a domain that this board doesn't take: {domains}")]
    BlockedDomains { domains: String },
    #[error("must be true: this board takes offers from employers only, not from agencies")]
    AgenciesRefused,
    #[error("must be true: this board demands that you agree to its conditions")]
    ConsentDemanded,
    /// Never repeats the address, which may contain a password.
    #[error("must be a mail server's address such as smtps://user:password@mail.example.org:465: {why}")]
    NotMailServer { why: String },
    #[error("can't be used: {words}")]
    MailServerUnusable { words: String },
    /// The changed settings would send the secret to another address.
    #[error("must be given again, because it would go to another address now")]
    SecretRebound,
    /// It may be usable in a minute.
    #[error("is not ready: plugins are still being compiled; try again in a minute")]
    PluginNotReady,
    /// It was removed since.
    #[error("the plugin {plugin} is not installed any more")]
    PluginGone {
        /// Its id.
        plugin: String,
    },
    #[error("{0}")]
    Said(String),
}

impl FieldProblem {
    /// The name of the sentence in the theme's locales.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Required => "error-required",
            Self::TooLong { .. } => "error-too-long",
            Self::TooShort { .. } => "error-too-short",
            Self::TooDeep { .. } => "error-too-deep",
            Self::NotUrl => "error-not-url",
            Self::UrlScheme => "error-url-scheme",
            Self::NotEmail => "error-not-email",
            Self::NotText => "error-not-text",
            Self::NotList => "error-not-list",
            Self::NotObject => "error-not-object",
            Self::NotBoolean => "error-not-boolean",
            Self::NotNumber => "error-not-number",
            Self::NotAmount => "error-not-amount",
            Self::PayContradicts => "error-pay-contradicts",
            Self::NotCurrency => "error-not-currency",
            Self::NotDate => "error-not-date",
            Self::PastDate => "error-past-date",
            Self::PastMoment => "error-past-moment",
            Self::NotOption { .. } => "error-not-option",
            Self::TooMany { .. } => "error-too-many",
            Self::TooManyWords { .. } => "error-too-many-words",
            Self::UnknownField => "error-unknown-field",
            Self::MinOverMax => "error-min-over-max",
            Self::OneOf { .. } => "error-one-of",
            Self::NotCountry => "error-not-country",
            Self::NotLanguage => "error-not-language",
            Self::Pattern => "error-pattern",
            Self::NumberRange { .. } => "error-number-range",
            Self::NotSlug => "error-not-slug",
            Self::Taken => "error-taken",
            Self::WeakPassword => "error-weak-password",
            Self::WrongPassword => "error-wrong-password",
            Self::SameAddress => "error-same-address",
            Self::WrongCode => "error-wrong-code",
            Self::ControlCharacter => "error-control-character",
            Self::NotTimeZone => "error-not-time-zone",
            Self::NotHost => "error-not-host",
            Self::NotColor => "error-not-color",
            Self::UnknownPlaceholder { .. } => "error-unknown-placeholder",
            Self::NotDomain { .. } => "error-not-domain",
            Self::PayDemanded => "error-pay-demanded",
            Self::PlaceDemanded => "error-place-demanded",
            Self::CountryDemanded => "error-country-demanded",
            Self::BlockedWords { .. } => "error-blocked-words",
            Self::BlockedDomains { .. } => "error-blocked-domains",
            Self::AgenciesRefused => "error-agencies-refused",
            Self::ConsentDemanded => "error-consent-demanded",
            Self::NotMailServer { .. } => "error-not-mail-server",
            Self::MailServerUnusable { .. } => "error-mail-server-unusable",
            Self::SecretRebound => "error-secret-rebound",
            Self::PluginNotReady => "error-plugin-not-ready",
            Self::PluginGone { .. } => "error-plugin-gone",
            Self::Said(_) => "error-said",
        }
    }

    /// The values for the sentence's placeholders.
    pub fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { max } | Self::TooMany { max } | Self::TooManyWords { max } | Self::TooDeep { max } => {
                vec![("max", max.to_string())]
            }
            Self::TooShort { min } => vec![("min", min.to_string())],
            Self::NotOption { options } => vec![("options", options.clone())],
            Self::UnknownPlaceholder { known } => vec![("known", known.clone())],
            Self::OneOf { fields } => vec![("fields", fields.clone())],
            Self::NumberRange { min, max } => vec![("min", min.clone()), ("max", max.clone())],
            Self::NotDomain { entry } => vec![("entry", entry.clone())],
            Self::BlockedWords { words } => vec![("words", words.clone())],
            Self::BlockedDomains { domains } => vec![("domains", domains.clone())],
            Self::PluginGone { plugin } => vec![("plugin", plugin.clone())],
            Self::NotMailServer { why } => vec![("why", why.clone())],
            Self::MailServerUnusable { words } | Self::Said(words) => vec![("words", words.clone())],
            _ => Vec::new(),
        }
    }
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer into what was sent (`/salary/min`).
    pub pointer: String,
    /// What is wrong there.
    pub problem: FieldProblem,
}

/// The most problems that are reported for one input. Nobody reads more, and the answer to an input that is wrong
/// throughout mustn't be many times larger than the input.
const MAX_ERRORS: usize = 100;

/// The errors of an input, at most a hundred.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// A single error.
    pub fn one(pointer: impl Into<String>, problem: FieldProblem) -> Self {
        Self(vec![FieldError { pointer: pointer.into(), problem }])
    }

    /// Adds an error.
    pub fn push(&mut self, pointer: impl Into<String>, problem: FieldProblem) {
        if self.0.len() < MAX_ERRORS {
            self.0.push(FieldError { pointer: pointer.into(), problem });
        }
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// The same errors below `prefix` (`/settings`).
    pub fn under(mut self, prefix: &str) -> Self {
        for error in &mut self.0 {
            error.pointer.insert_str(0, prefix);
        }
        self
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", error.pointer, error.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}

impl Serialize for FieldError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("FieldError", 2)?;
        object.serialize_field("pointer", &self.pointer)?;
        object.serialize_field("message", &self.problem.to_string())?;
        object.end()
    }
}
