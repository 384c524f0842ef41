//! A board's settings.

use chrono_tz::Tz;
use iso_currency::Currency;
use serde::Serialize;
use serde_json::Value;

use super::members::Members;
use super::rules::BoardRules;
use crate::form::{self, FieldErrors, FieldProblem};
use crate::slug::{MAX_SLUG, Slug};

/// The most characters of a board's name.
const MAX_NAME: usize = 100;
/// The most characters of the sentence about a board.
const MAX_DESCRIPTION: usize = 300;
/// The most characters of a language's tag.
const MAX_TAG: usize = 35;
/// The most days that an offer without a last day stays.
pub const MAX_DEFAULT_DAYS: u64 = 365;

/// What a board's admins set. Made by [`BoardSettings::parse`], or from a row that was made so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BoardSettings {
    /// Its short name in addresses, a [`Slug`].
    pub slug: String,
    /// What it is called.
    pub name: String,
    /// A sentence about it.
    pub description: Option<String>,
    /// Its language, BCP 47.
    pub locale: String,
    /// The languages in which visitors can read its pages, beside its own; every language of the pages if empty.
    pub locales: Vec<String>,
    /// Its time zone (IANA), in which its days begin and end.
    #[serde(serialize_with = "zone_name")]
    pub time_zone: Tz,
    /// Its accent colour, `#rrggbb`.
    pub accent: String,
    /// The currency (ISO 4217) that the pay field begins with.
    pub currency: String,
    /// How many days an offer without a last day stays.
    pub default_days: u64,
    /// Whether the installation's front page and sitemap name it.
    pub listed: bool,
    /// Whether people may register as members.
    pub registration: bool,
    /// What its offers must keep to.
    pub rules: BoardRules,
}

pub(crate) fn zone_name<S: serde::Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(zone.name())
}

impl BoardSettings {
    /// Reads all settings. `pages` are the languages of the pages.
    ///
    /// # Errors
    /// Everything that is wrong, with pointers into `input`.
    pub fn parse(input: Value, pages: &[&str]) -> Result<Self, FieldErrors> {
        let mut members = Members::of(input, "");
        let slug = members.required_line("slug", MAX_SLUG);
        if let (false, Err(problem)) = (slug.is_empty(), slug.parse::<Slug>()) {
            members.wrong("slug", problem);
        }
        let name = members.required_line("name", MAX_NAME);
        let description = members.line("description", MAX_DESCRIPTION);
        let locale = members.required_line("locale", MAX_TAG);
        if !locale.is_empty() && form::language(&locale).is_err() {
            members.wrong("locale", FieldProblem::NotLanguage);
        }
        let locales = members.list("locales", pages.len(), |tag| match pages.contains(&tag) {
            true => Ok(Some(tag.to_owned())),
            false => Err(FieldProblem::NotOption { options: pages.join(", ") }),
        });
        let time_zone = match members.required_line("time_zone", 64) {
            zone if zone.is_empty() => Tz::UTC,
            zone => zone.parse().unwrap_or_else(|_| {
                members.wrong("time_zone", FieldProblem::NotTimeZone);
                Tz::UTC
            }),
        };
        let accent = members.required_line("accent", 32).to_ascii_lowercase();
        let hex = accent.strip_prefix('#').is_some_and(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()));
        if !accent.is_empty() && !hex {
            members.wrong("accent", FieldProblem::NotColor);
        }
        let currency = members.required_line("currency", 16).to_ascii_uppercase();
        if !currency.is_empty() && Currency::from_code(&currency).is_none() {
            members.wrong("currency", FieldProblem::NotCurrency);
        }
        let default_days = members.required_whole("default_days", 1, MAX_DEFAULT_DAYS);
        let listed = members.flag("listed", true);
        let registration = members.flag("registration", false);
        let rules = BoardRules::parse(members.take("rules"), "/rules").unwrap_or_else(|errors| {
            members.wrong_too(errors);
            BoardRules::default()
        });
        members.finish().into_result()?;
        Ok(Self {
            slug,
            name,
            description,
            locale,
            locales,
            time_zone,
            accent,
            currency,
            default_days,
            listed,
            registration,
            rules,
        })
    }

    /// The settings as [`BoardSettings::parse`] takes them.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The currency that a new board in this language begins with.
pub(crate) fn currency_of(locale: &str) -> &'static str {
    match locale {
        "pt" | "pt-BR" => "BRL",
        _ => "EUR",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PAGES: &[&str] = &["en", "es", "pt-BR"];

    fn settings() -> Value {
        json!({
            "slug": "acme", "name": " Acme devs\n", "description": "", "locale": "es", "locales": ["es", "en", "es"],
            "time_zone": "Europe/Madrid", "accent": "#0F766E", "currency": "eur", "default_days": 30, "listed": false,
            "rules": { "require_pay": true },
        })
    }

    #[test]
    fn settings_are_normalised() {
        let read = BoardSettings::parse(settings(), PAGES).expect("good settings");
        assert_eq!((read.name.as_str(), &read.description, read.accent.as_str()), ("Acme devs", &None, "#0f766e"));
        assert_eq!((read.locales.as_slice(), read.currency.as_str()), (&["es".to_owned(), "en".to_owned()][..], "EUR"));
        assert!(read.rules.require_pay && !read.listed);
        assert_eq!(BoardSettings::parse(read.to_value(), PAGES), Ok(read));
    }

    #[test]
    fn every_mistake_is_told_at_once_where_it_is() {
        let wrong = json!({
            "name": " ", "description": "x".repeat(301), "locale": "not a language", "locales": ["es", "fr"],
            "time_zone": "Mars/Base", "accent": "red", "currency": "XXQ", "default_days": 0, "listed": "yes",
            "registration": "no",
            "rules": { "require_pay": 1, "require_place": "moon", "min_description": 99999, "blocked_words": "spam",
                       "blocked_domains": ["ok.example", "not a domain"], "consent": "x".repeat(2001), "speed": 1,
                       "auto_approve_after": 21 },
            "slug": "No Slug", "theme": "x",
        });
        let errors = BoardSettings::parse(wrong, PAGES).expect_err("mistakes");
        let mut pointers: Vec<&str> = errors.0.iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            [
                "/accent",
                "/currency",
                "/default_days",
                "/description",
                "/listed",
                "/locale",
                "/locales/1",
                "/name",
                "/registration",
                "/rules/auto_approve_after",
                "/rules/blocked_domains/1",
                "/rules/blocked_words",
                "/rules/consent",
                "/rules/min_description",
                "/rules/require_pay",
                "/rules/require_place",
                "/rules/speed",
                "/slug",
                "/theme",
                "/time_zone"
            ]
        );
        let nothing = BoardSettings::parse(json!({}), PAGES).expect_err("nothing is there");
        assert_eq!(nothing.0.len(), 7, "{nothing}");
        assert!(nothing.0.iter().all(|error| error.problem == FieldProblem::Required), "{nothing}");
    }
}
