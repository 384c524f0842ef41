//! A form with what was typed and what is wrong, ready for the one form renderer.

use serde_json::Value;
use tablon_core::form::{Choice, Field, FieldErrors, FieldKind, FieldProblem, Form};

use super::views::{FieldView, FormError, FormView, Group, MoneyView, OptionView, PlaceRow};
use crate::state::AppState;
use crate::theme::Locales;
use crate::visitor::Visitor;

/// The words of the visitor's language.
#[derive(Clone, Copy)]
pub(super) struct Speech<'a> {
    locales: &'a Locales,
    pub(super) locale: &'static str,
}

impl<'a> Speech<'a> {
    pub(super) fn new(state: &'a AppState, visitor: &Visitor) -> Self {
        Self { locales: state.theme.locales(), locale: visitor.locale }
    }

    pub(super) fn say(&self, key: &str) -> Option<String> {
        self.locales.message(self.locale, key, &[])
    }

    pub(super) fn say_with(&self, key: &str, args: &[(&str, String)]) -> Option<String> {
        self.locales.message(self.locale, key, args)
    }

    /// A field's label: its own, the locales' one for its name, or the name.
    pub(super) fn label(&self, field: &Field) -> String {
        let own = field.label.get(self.locale);
        if own.is_empty() { self.label_of(&field.name) } else { own.to_owned() }
    }

    /// The locales' label for a field's dotted name, or the name.
    pub(super) fn label_of(&self, name: &str) -> String {
        self.say(&format!("field-{}", name.replace('.', "-"))).unwrap_or_else(|| name.to_owned())
    }

    /// The label for what a JSON pointer points to: `/locations/0/city` is about `locations`.
    pub(super) fn label_of_pointer(&self, pointer: &str) -> String {
        let name = pointer.trim_start_matches('/').replace('/', ".");
        let mut rest = name.as_str();
        loop {
            if let Some(label) = self.say(&format!("field-{}", rest.replace('.', "-"))) {
                return label;
            }
            match rest.rsplit_once('.') {
                Some((parent, _)) => rest = parent,
                None => return name,
            }
        }
    }

    /// A country's name, or its code.
    pub(super) fn country(&self, code: &str) -> String {
        let names = self.locales.names(self.locale);
        names.and_then(|n| n.countries.get(code)).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// A language's name, or its tag.
    pub(super) fn language(&self, tag: &str) -> String {
        let names = self.locales.names(self.locale);
        names.and_then(|n| n.languages.get(tag)).cloned().unwrap_or_else(|| tag.to_owned())
    }

    /// The currencies that lists offer, by code, with their names.
    pub(super) fn currencies(&self) -> Vec<(String, String)> {
        let names = self.locales.names(self.locale);
        names.into_iter().flat_map(|n| &n.currencies).map(|(code, name)| (code.clone(), name.clone())).collect()
    }

    fn help(&self, field: &Field) -> Option<String> {
        match &field.help {
            Some(help) if !help.is_empty() => Some(help.get(self.locale).to_owned()),
            _ => self.say(&format!("field-{}-help", field.name.replace('.', "-"))),
        }
    }

    /// An option's label: its own, the locales' one, or the value.
    pub(super) fn option(&self, field: &str, choice: &Choice) -> String {
        let own = choice.label.get(self.locale);
        if !own.is_empty() {
            return own.to_owned();
        }
        let word = field.trim_end_matches("_types");
        self.say(&format!("{word}-{}", choice.value)).unwrap_or_else(|| choice.value.clone())
    }
}

/// What is wrong, as a sentence in the visitor's language.
pub(super) fn sentence(speech: &Speech<'_>, problem: &FieldProblem) -> String {
    speech.say_with(problem.key(), &problem.args()).unwrap_or_else(|| problem.to_string())
}

/// What was typed into a form, and what is wrong with it.
pub(super) struct Typed<'a> {
    /// The answers, as [`super::form_data::to_json`] reads them.
    pub(super) value: &'a Value,
    /// Pointers into the answers.
    pub(super) errors: &'a FieldErrors,
    /// What the fields' names start with in the browser's form (`settings.`).
    pub(super) prefix: &'a str,
    /// Empty rows to offer for another place.
    pub(super) more_places: usize,
}

/// The id in the page of the field with this name in the form.
fn id(name: &str) -> String {
    format!("f-{}", name.replace('.', "-"))
}

/// The fields of a form.
pub(super) fn fields(speech: &Speech<'_>, form: &Form, typed: &Typed<'_>) -> Vec<FieldView> {
    form.fields.iter().map(|f| field(speech, f, typed)).collect()
}

fn field(speech: &Speech<'_>, field: &Field, typed: &Typed<'_>) -> FieldView {
    let name = format!("{}{}", typed.prefix, field.name);
    let value = typed.value.pointer(&field.pointer()).filter(|v| !v.is_null()).or(field.default.as_ref());
    let value = value.unwrap_or(&Value::Null);
    let mut view = FieldView {
        id: id(&name),
        name,
        label: speech.label(field),
        help: speech.help(field),
        required: field.required,
        value: plain(value),
        error: error(speech, field, typed.errors),
        placeholder: field.placeholder.clone(),
        ..FieldView::default()
    };
    let chosen = |v: &str| match value {
        Value::Array(items) => items.iter().any(|item| item.as_str() == Some(v)),
        _ => value.as_str() == Some(v),
    };
    let options = |choices: &[Choice]| {
        let option = |c: &Choice| OptionView {
            value: c.value.clone(),
            label: speech.option(&field.name, c),
            chosen: chosen(&c.value),
        };
        choices.iter().map(option).collect()
    };
    view.kind = match &field.kind {
        FieldKind::Text { max, .. } => {
            view.max = *max;
            "text"
        }
        FieldKind::Markdown { .. } => "markdown",
        FieldKind::Number { .. } => "number",
        FieldKind::Select { options: choices } => {
            view.options = options(choices);
            // With a default there is no "nothing chosen".
            view.required |= field.default.is_some();
            "select"
        }
        FieldKind::MultiSelect { options: choices } => {
            view.options = options(choices);
            "multi_select"
        }
        FieldKind::Tags { .. } => {
            view.value = list(value).join(", ");
            "tags"
        }
        FieldKind::Date { .. } => "date",
        FieldKind::Url => "url",
        FieldKind::Email => {
            view.autocomplete = Some("email");
            "email"
        }
        FieldKind::Boolean => "boolean",
        FieldKind::Image => "image",
        FieldKind::Secret { .. } => "secret",
        FieldKind::Countries => {
            view.chosen = list(value);
            "countries"
        }
        FieldKind::Language => {
            view.options = languages(speech, &view.value);
            "language"
        }
        FieldKind::Locations { max_items } => {
            view.rows = rows(value, *max_items, typed.more_places);
            view.may_grow = view.rows.len() < *max_items;
            "locations"
        }
        FieldKind::MoneyRange => {
            view.money = Some(money(speech, value));
            "money_range"
        }
    };
    view
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        _ => String::new(),
    }
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn rows(value: &Value, max: usize, more: usize) -> Vec<PlaceRow> {
    let typed = value.as_array().into_iter().flatten();
    let part = |row: &Value, name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut rows: Vec<PlaceRow> = typed
        .map(|row| PlaceRow {
            index: 0,
            city: part(row, "city"),
            region: part(row, "region"),
            country: part(row, "country"),
        })
        .collect();
    let wanted = (rows.len() + more).clamp(1, max.max(1));
    while rows.len() < wanted {
        rows.push(PlaceRow::default());
    }
    for (index, row) in rows.iter_mut().enumerate() {
        row.index = index;
    }
    rows
}

fn money(speech: &Speech<'_>, value: &Value) -> MoneyView {
    let part = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let or = |text: String, default: &str| if text.is_empty() { default.to_owned() } else { text };
    let home = if speech.locale == "pt-BR" { "BRL" } else { "EUR" };
    let currency = or(part("currency"), home);
    let known = speech.locales.names(speech.locale).is_some_and(|n| n.currencies.contains_key(&currency));
    MoneyView {
        min: part("min"),
        max: part("max"),
        currency_is_rare: !known,
        currency,
        period: or(part("period"), "YEAR"),
    }
}

fn languages(speech: &Speech<'_>, current: &str) -> Vec<OptionView> {
    let names = speech.locales.names(speech.locale);
    let mut options: Vec<OptionView> = names
        .into_iter()
        .flat_map(|n| &n.languages)
        .map(|(tag, name)| OptionView { value: tag.clone(), label: name.clone(), chosen: tag == current })
        .collect();
    options.sort_by(|a, b| a.label.cmp(&b.label));
    if !current.is_empty() && !options.iter().any(|o| o.chosen) {
        options.push(OptionView { value: current.to_owned(), label: current.to_owned(), chosen: true });
    }
    options
}

/// Everything that is wrong with a field or below it, once each.
fn error(speech: &Speech<'_>, field: &Field, errors: &FieldErrors) -> Option<String> {
    error_at(speech, &field.pointer(), errors)
}

/// Everything that is wrong at a pointer or below it, once each.
pub(super) fn error_at(speech: &Speech<'_>, pointer: &str, errors: &FieldErrors) -> Option<String> {
    let mut sentences: Vec<String> = Vec::new();
    for error in errors.0.iter().filter(|e| covers(pointer, &e.pointer)) {
        let words = sentence(speech, &error.problem);
        if !sentences.contains(&words) {
            sentences.push(words);
        }
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

fn covers(field: &str, error: &str) -> bool {
    error.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A whole form: `groups` with what is wrong collected above them. `strays` are problems of no field.
pub(super) fn form(groups: Vec<Group>, strays: Vec<String>) -> FormView {
    let wrong = groups.iter().flat_map(|g| &g.fields).filter_map(|f| {
        let message = f.error.clone()?;
        Some(FormError { target: Some(f.id.clone()), label: f.label.clone(), message })
    });
    let mut errors: Vec<FormError> = wrong.collect();
    errors.extend(strays.into_iter().map(|message| FormError { target: None, label: String::new(), message }));
    FormView { groups, errors, kept: Vec::new() }
}

/// The same form above which stands that nothing was sent, because it was open for too long.
pub(super) fn unsent(form: FormView, speech: &Speech<'_>) -> FormView {
    let mut errors = form.errors;
    let message = speech.say("form-unsent").unwrap_or_default();
    errors.insert(0, FormError { target: None, label: String::new(), message });
    FormView { errors, ..form }
}

/// The sentences about what none of the forms' fields covers.
pub(super) fn strays(speech: &Speech<'_>, errors: &FieldErrors, forms: &[&Form]) -> Vec<String> {
    let known = |pointer: &str| forms.iter().flat_map(|f| &f.fields).any(|f| covers(&f.pointer(), pointer));
    let stray = errors.0.iter().filter(|e| !known(&e.pointer));
    stray.map(|e| format!("{} {}", e.pointer.trim_start_matches('/'), sentence(speech, &e.problem))).collect()
}

/// The errors below `prefix` (`/settings`), pointing from there.
pub(super) fn below(errors: &FieldErrors, prefix: &str) -> FieldErrors {
    let mut below = FieldErrors::default();
    for error in errors.0.iter().filter(|e| covers(prefix, &e.pointer)) {
        below.push(error.pointer[prefix.len()..].to_owned(), error.problem.clone());
    }
    below
}
