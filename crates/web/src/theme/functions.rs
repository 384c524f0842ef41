//! The functions of templates, bound to one language.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use fluent_bundle::{FluentArgs, FluentValue};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind};
use tablon_core::search::fold;

use super::assets::Assets;
use super::formats::{self, When};
use super::locales::{Locales, Names};
use super::markup;

/// Registers:
/// - `t("key", name=value)`: a message; a missing one is an error, not a blank.
/// - `asset("tablon.css")`: the URL of an asset.
/// - `countries()`, `languages()`, `currencies()`: `[code, name]` pairs in the language's order.
/// - filters `number`, `date(zone)`, `moment(zone)`, `age(now)`, `country`, `language`, `markdown(shift)`,
///   `telegram`, `discord`, `discord_line`.
pub(super) fn register(
    environment: &mut Environment<'static>,
    locale: &'static str,
    assets: &Arc<Assets>,
    locales: &Arc<Locales>,
) {
    let speech = Speech { locale, locales: locales.clone() };

    let s = speech.clone();
    environment.add_function("t", move |key: &str, args: Kwargs| s.message(key, &args));
    let a = assets.clone();
    environment.add_function("asset", move |name: &str| {
        a.url(name).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no asset \"{name}\"")))
    });
    let s = speech.clone();
    environment.add_function("countries", move || s.names(|n| &n.countries));
    let s = speech.clone();
    environment.add_function("languages", move || s.names(|n| &n.languages));
    let s = speech.clone();
    environment.add_function("currencies", move || s.names(|n| &n.currencies));

    environment.add_filter("number", move |value: i64| formats::number(value, locale));
    let s = speech.clone();
    environment.add_filter("date", move |text: &str, zone: Option<&str>| s.date(text, zone));
    let s = speech.clone();
    environment.add_filter("moment", move |text: &str, zone: Option<&str>| s.moment(text, zone));
    let s = speech.clone();
    environment.add_filter("age", move |text: &str, now: &str| s.age(text, now));
    let s = speech.clone();
    environment.add_filter("country", move |code: &str| s.name(code, |n| &n.countries));
    let s = speech;
    environment.add_filter("language", move |code: &str| s.name(code, |n| &n.languages));
    environment.add_filter("markdown", |text: &str, shift: Option<u8>| {
        Value::from_safe_string(markup::markdown(text, shift.unwrap_or(1)))
    });
    environment.add_filter("telegram", |html: &str| Value::from_safe_string(markup::telegram(html)));
    environment.add_filter("discord", |text: &str| Value::from_safe_string(markup::discord(text)));
    environment.add_filter("discord_line", |text: &str| Value::from_safe_string(markup::discord_line(text)));
}

/// One language's messages and names.
#[derive(Clone)]
struct Speech {
    locale: &'static str,
    locales: Arc<Locales>,
}

impl Speech {
    fn message(&self, key: &str, args: &Kwargs) -> Result<String, Error> {
        let mut values = FluentArgs::new();
        for name in args.args() {
            let value: Value = args.get(name)?;
            let value = match value.kind() {
                ValueKind::Number => FluentValue::from(f64::try_from(value)?),
                _ => FluentValue::from(value.to_string()),
            };
            values.set(name.to_owned(), value);
        }
        self.say(key, &values)
    }

    fn say(&self, key: &str, args: &FluentArgs<'_>) -> Result<String, Error> {
        self.locales
            .format(self.locale, key, args)
            .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("there is no message \"{key}\"")))
    }

    fn names(&self, of: impl Fn(&Names) -> &BTreeMap<String, String>) -> Vec<Vec<String>> {
        let mut names: Vec<Vec<String>> = self
            .locales
            .names(self.locale)
            .map(|n| of(n).iter().map(|(code, name)| vec![code.clone(), name.clone()]).collect())
            .unwrap_or_default();
        // An approximate order: `Åland` is among the As.
        names.sort_by_key(|pair| pair.last().map(|name| fold(name)));
        names
    }

    /// The name for a code, or the code itself if there is none.
    fn name(&self, code: &str, of: impl Fn(&Names) -> &BTreeMap<String, String>) -> String {
        let names = self.locales.names(self.locale).map(of);
        names.and_then(|n| n.get(code)).cloned().unwrap_or_else(|| code.to_owned())
    }

    fn date(&self, text: &str, zone: Option<&str>) -> Result<String, Error> {
        let day = when(text)?.day(zone_named(zone)?);
        let month = self.say(&format!("month-{}", day.month()), &FluentArgs::new())?;
        Ok(formats::day(day, &month))
    }

    fn moment(&self, text: &str, zone: Option<&str>) -> Result<String, Error> {
        let date = self.date(text, zone)?;
        Ok(match when(text)?.clock(zone_named(zone)?) {
            Some(clock) => format!("{date}, {clock}"),
            None => date,
        })
    }

    fn age(&self, text: &str, now: &str) -> Result<String, Error> {
        let parse = |text: &str| {
            text.parse::<DateTime<Utc>>()
                .map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("\"{text}\" is no moment")))
        };
        let (key, count) = formats::age(parse(text)?, parse(now)?);
        let mut args = FluentArgs::new();
        args.set("count", FluentValue::from(count as f64));
        self.say(key, &args)
    }
}

fn when(text: &str) -> Result<When, Error> {
    When::parse(text).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("\"{text}\" is no date")))
}

fn zone_named(name: Option<&str>) -> Result<Tz, Error> {
    let name = name.unwrap_or("UTC");
    name.parse().map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("\"{name}\" is no time zone")))
}
