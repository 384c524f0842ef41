//! The theme's languages: messages in Fluent, and the names of countries, languages and currencies.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike as _, NaiveDate};
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::Deserialize;
use unic_langid::LanguageIdentifier;

use super::error::ThemeError;
use super::files::Files;
use super::formats;
use crate::language::LOCALES;

/// Every bundled language.
pub struct Locales {
    by_tag: HashMap<&'static str, Language>,
}

struct Language {
    bundle: FluentBundle<FluentResource>,
    names: Names,
}

/// Names in one language, by code.
#[derive(Debug, Deserialize)]
pub struct Names {
    /// ISO 3166-1 alpha-2.
    pub countries: BTreeMap<String, String>,
    /// BCP 47: likely languages of a job.
    pub languages: BTreeMap<String, String>,
    /// ISO 4217: likely currencies of pay.
    pub currencies: BTreeMap<String, String>,
}

impl Locales {
    pub(super) fn load(files: &Files) -> Result<Self, ThemeError> {
        let mut by_tag = HashMap::new();
        for tag in LOCALES {
            by_tag.insert(*tag, Language { bundle: bundle(files, tag)?, names: names(files, tag)? });
        }
        Ok(Self { by_tag })
    }

    /// The message `key` in `locale`, else in English; `None` if there is none at all.
    pub fn message(&self, locale: &str, key: &str, args: &[(&str, String)]) -> Option<String> {
        let mut values = FluentArgs::new();
        for (name, value) in args {
            values.set((*name).to_owned(), value.clone());
        }
        self.format(locale, key, &values)
    }

    pub(super) fn format(&self, locale: &str, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        [locale, LOCALES[0]].iter().filter_map(|tag| self.by_tag.get(tag)).find_map(|language| {
            let pattern = language.bundle.get_message(key)?.value()?;
            let mut errors = Vec::new();
            let text = language.bundle.format_pattern(pattern, Some(args), &mut errors);
            if !errors.is_empty() {
                tracing::error!(locale, key, ?errors, "a message lacks an argument");
            }
            Some(text.into_owned())
        })
    }

    /// A day as `locale` writes it.
    pub(crate) fn day(&self, locale: &str, day: NaiveDate) -> Option<String> {
        Some(formats::day(day, &self.message(locale, &format!("month-{}", day.month()), &[])?))
    }

    /// The names in `locale`.
    pub fn names(&self, locale: &str) -> Option<&Names> {
        self.by_tag.get(locale).or_else(|| self.by_tag.get(LOCALES[0])).map(|language| &language.names)
    }
}

fn bundle(files: &Files, tag: &'static str) -> Result<FluentBundle<FluentResource>, ThemeError> {
    let file = format!("{tag}.ftl");
    let id: LanguageIdentifier = tag.parse().map_err(|_| ThemeError::Missing(file.clone()))?;
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Direction marks around values are only needed where left-to-right and right-to-left text meet.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match tag {
        "en" => |value, _| grouped(value, "en"),
        "es" => |value, _| grouped(value, "es"),
        _ => |value, _| grouped(value, "pt-BR"),
    }));
    let (bundled, own) = files.locale(&file)?;
    let bundled = bundled.ok_or_else(|| ThemeError::Missing(file.clone()))?;
    let broken = |message: String| ThemeError::Messages { file: file.clone(), message };
    let resource = |text| FluentResource::try_new(text).map_err(|(_, errors)| broken(format!("{errors:?}")));
    bundle.add_resource(resource(bundled)?).map_err(|errors| broken(format!("{errors:?}")))?;
    if let Some(own) = own {
        bundle.add_resource_overriding(resource(own)?);
    }
    Ok(bundle)
}

fn grouped(value: &FluentValue<'_>, locale: &str) -> Option<String> {
    match value {
        FluentValue::Number(number) if number.value.fract() == 0.0 => {
            Some(formats::number(number.value as i64, locale))
        }
        _ => None,
    }
}

fn names(files: &Files, tag: &str) -> Result<Names, ThemeError> {
    let file = format!("names.{tag}.json");
    let (bundled, own) = files.locale(&file)?;
    let text = own.or(bundled).ok_or_else(|| ThemeError::Missing(file.clone()))?;
    serde_json::from_str(&text).map_err(|error| ThemeError::Messages { file, message: error.to_string() })
}
