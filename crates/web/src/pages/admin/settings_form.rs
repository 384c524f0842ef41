//! A board's settings as a form, and back.

use serde_json::{Value, json};
use tablon_core::board::{MAX_CONSENT, PlaceRule};
use tablon_core::form::FieldErrors;
use tablon_core::{MAX_SLUG, TenantScope};

use crate::language::{LOCALES, offered};
use crate::pages::form_data::{Pairs, text};
use crate::pages::form_view::{self, Speech, sentence};
use crate::pages::views::{FieldView, FormView, Group, OptionView, SettingNow};
use crate::time_zones;

/// What the form begins with: the settings, with the languages that an empty list stands for.
pub(super) fn stored(tenant: &TenantScope) -> Value {
    let mut value = tenant.settings().to_value();
    value["locales"] = json!(offered(tenant));
    value
}

/// What was typed, as core reads it. What is no number stays as it was typed, for core to refuse.
pub(super) fn typed(pairs: &Pairs) -> Value {
    let line = |name: &str| match text(pairs, name).replace("\r\n", "\n") {
        empty if empty.is_empty() => Value::Null,
        line => json!(line),
    };
    let number = |name: &str| match text(pairs, name) {
        "" => Value::Null,
        typed => typed.parse::<u64>().map_or_else(|_| json!(typed), |number| json!(number)),
    };
    let ticked = |name: &str| json!(!text(pairs, name).is_empty());
    let entries = |name: &str, ends: &[char]| {
        let entries = text(pairs, name).split(ends).map(str::trim).filter(|entry| !entry.is_empty());
        Value::from_iter(entries)
    };
    let mut locales: Vec<&str> = pairs.iter().filter(|(n, _)| n == "locales").map(|(_, value)| value.trim()).collect();
    locales.dedup();
    json!({
        "slug": line("slug"),
        "name": line("name"),
        "description": line("description"),
        "locale": line("locale"),
        "locales": locales,
        "time_zone": line("time_zone"),
        "currency": line("currency"),
        "default_days": number("default_days"),
        "listed": ticked("listed"),
        "registration": ticked("registration"),
        "rules": {
            "require_pay": ticked("rules.require_pay"),
            "require_place": line("rules.require_place"),
            "min_description": number("rules.min_description"),
            "blocked_words": entries("rules.blocked_words", &['\n', ',']),
            "blocked_domains": entries("rules.blocked_domains", &['\n', ',', ' ', '\t']),
            "refuse_agencies": ticked("rules.refuse_agencies"),
            "consent": line("rules.consent"),
            "auto_approve_after": number("rules.auto_approve_after"),
        },
    })
}

/// The form with `value` in it. `mails`: whether there is a mail server.
pub(super) fn view(speech: &Speech<'_>, value: &Value, errors: &FieldErrors, mails: bool) -> FormView {
    let draw = Draw { speech, value, errors };
    let required = |name: &str, kind| FieldView { required: true, ..draw.field(name, kind) };
    let zone =
        FieldView { suggestions: time_zones::names().map(str::to_owned).collect(), ..required("time_zone", "text") };
    let registration = draw.field("registration", "boolean");
    let registration = match mails {
        true => registration,
        false => FieldView { help: speech.say("settings-registration-no-mail"), ..registration },
    };
    let group = |name: &str, fields| Group { legend: speech.say(&format!("settings-group-{name}")), fields };
    let groups = vec![
        group(
            "board",
            vec![
                FieldView { max: Some(100), ..required("name", "text") },
                FieldView { max: Some(300), ..draw.field("description", "text") },
                FieldView { max: Some(MAX_SLUG), ..required("slug", "text") },
                draw.field("listed", "boolean"),
                registration,
            ],
        ),
        group("languages", vec![draw.select("locale", languages(speech, value)), draw.languages("locales"), zone]),
        group("offers", vec![draw.select("currency", currencies(speech)), required("default_days", "number")]),
        group(
            "rules",
            vec![
                draw.field("rules.require_pay", "boolean"),
                draw.select("rules.require_place", places(speech)),
                draw.field("rules.min_description", "number"),
                draw.field("rules.blocked_words", "lines"),
                draw.field("rules.blocked_domains", "lines"),
                draw.field("rules.refuse_agencies", "boolean"),
                FieldView { max: Some(MAX_CONSENT), ..draw.field("rules.consent", "lines") },
                draw.field("rules.auto_approve_after", "number"),
            ],
        ),
    ];
    let covered = |pointer: &str| {
        let is_it =
            |name: &str| pointer == name || pointer.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        groups.iter().flat_map(|group| &group.fields).any(|field| is_it(&pointer_of(&field.name)))
    };
    let strays = errors.0.iter().filter(|error| !covered(&error.pointer)).map(|error| sentence(speech, &error.problem));
    let strays = strays.collect();
    form_view::form(groups, strays)
}

/// A setting that somebody else has changed, in words.
pub(super) fn now(speech: &Speech<'_>, name: &str, settings: &Value) -> SettingNow {
    let value = settings.pointer(&pointer_of(name)).unwrap_or(&Value::Null);
    let word = |key: &str| speech.say(key).unwrap_or_default();
    let of = |options: Vec<(String, String)>, text: &str| {
        options.into_iter().find(|(value, _)| value == text).map_or_else(|| text.to_owned(), |(_, label)| label)
    };
    let value = match (name, value) {
        (_, Value::Bool(true)) => word("settings-yes"),
        (_, Value::Bool(false)) => word("settings-no"),
        ("locale", Value::String(tag)) => of(languages(speech, settings), tag),
        ("currency", Value::String(code)) => of(currencies(speech), code),
        ("rules.require_place", Value::String(rule)) => of(places(speech), rule),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => number.to_string(),
        ("locales", Value::Array(tags)) => {
            let tags = tags.iter().filter_map(Value::as_str);
            tags.map(|tag| of(languages(speech, settings), tag)).collect::<Vec<_>>().join(", ")
        }
        (_, Value::Array(entries)) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    };
    SettingNow { label: label(speech, name), value }
}

fn label(speech: &Speech<'_>, name: &str) -> String {
    speech.say(&message(name)).unwrap_or_else(|| name.to_owned())
}

fn message(name: &str) -> String {
    format!("settings-{}", name.replace(['.', '_'], "-"))
}

fn pointer_of(name: &str) -> String {
    format!("/{}", name.replace('.', "/"))
}

/// The languages of the pages, and the board's own if it is another one.
fn languages(speech: &Speech<'_>, value: &Value) -> Vec<(String, String)> {
    let own = value["locale"].as_str().filter(|own| !LOCALES.contains(own) && !own.is_empty());
    LOCALES.iter().copied().chain(own).map(|tag| (tag.to_owned(), speech.language(tag))).collect()
}

fn currencies(speech: &Speech<'_>) -> Vec<(String, String)> {
    speech.currencies().into_iter().map(|(code, name)| (code.clone(), format!("{code} · {name}"))).collect()
}

fn places(speech: &Speech<'_>) -> Vec<(String, String)> {
    let label = |rule: PlaceRule| speech.say(&format!("settings-place-{rule}")).unwrap_or_else(|| rule.to_string());
    PlaceRule::ALL.map(|rule| (rule.to_string(), label(rule))).into()
}

/// Draws fields with what they hold and what is wrong.
struct Draw<'a> {
    speech: &'a Speech<'a>,
    value: &'a Value,
    errors: &'a FieldErrors,
}

impl Draw<'_> {
    fn value(&self, name: &str) -> &Value {
        self.value.pointer(&pointer_of(name)).unwrap_or(&Value::Null)
    }

    fn field(&self, name: &str, kind: &'static str) -> FieldView {
        let value = match self.value(name) {
            Value::String(text) => text.clone(),
            Value::Array(entries) => entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            Value::Null | Value::Object(_) => String::new(),
            other => other.to_string(),
        };
        FieldView {
            name: name.to_owned(),
            id: format!("f-{}", name.replace('.', "-")),
            kind,
            label: label(self.speech, name),
            help: self.speech.say(&format!("{}-help", message(name))),
            value,
            error: form_view::error_at(self.speech, &pointer_of(name), self.errors),
            ..FieldView::default()
        }
    }

    fn select(&self, name: &str, options: Vec<(String, String)>) -> FieldView {
        let field = FieldView { required: true, ..self.field(name, "select") };
        let mut options: Vec<OptionView> = options
            .into_iter()
            .map(|(value, label)| OptionView { chosen: value == field.value, value, label })
            .collect();
        if !field.value.is_empty() && !options.iter().any(|option| option.chosen) {
            options.push(OptionView { value: field.value.clone(), label: field.value.clone(), chosen: true });
        }
        FieldView { options, ..field }
    }

    fn languages(&self, name: &str) -> FieldView {
        let chosen = |tag: &str| self.value(name).as_array().is_some_and(|tags| tags.iter().any(|known| known == tag));
        let option =
            |tag: &&str| OptionView { value: (*tag).to_owned(), label: self.speech.language(tag), chosen: chosen(tag) };
        FieldView { options: LOCALES.iter().map(option).collect(), ..self.field(name, "multi_select") }
    }
}
