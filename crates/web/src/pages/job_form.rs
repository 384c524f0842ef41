//! The form of an offer: the built-in fields and the board's own, in the groups they are asked in.

use serde_json::{Value, json};
use tablon_core::TenantScope;
use tablon_core::board::{BoardRules, CONSENT, Declared, IS_EMPLOYER, PlaceRule};
use tablon_core::form::{Field, FieldErrors, Form};
use tablon_core::job::job_form;

use super::form_data::{self, Pairs, text};
use super::form_view::{self, Speech, Typed, fields};
use super::views::{FieldView, FormView, Group};

/// Which built-in fields stand together, in which order.
const GROUPS: &[(&str, &[&str])] = &[
    ("group-job", &["title", "organization.name", "organization.url", "organization.logo_url", "description"]),
    ("group-place", &["workplace", "locations", "remote_countries"]),
    ("group-terms", &["employment_types", "salary", "tags", "language"]),
    ("group-apply", &["apply_url", "apply_email", "valid_through"]),
    ("group-own", &[]),
    ("group-contact", &["contact_email"]),
];

/// Every field the board asks for, its own ones below `fields.`.
fn whole(tenant: &TenantScope) -> Form {
    let mut form = job_form();
    form.fields.extend(tenant.form.fields.iter().map(|f| Field { name: format!("fields.{}", f.name), ..f.clone() }));
    form
}

/// What a new offer starts with.
pub(super) fn blank(tenant: &TenantScope) -> Value {
    json!({ "language": tenant.locale })
}

/// Who fills the form in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilledInBy {
    /// A poster: the board's rules hold, and its declarations are asked for.
    Poster,
    /// Staff.
    Staff,
}

/// What was typed, as the domain reads it.
pub(super) fn typed(tenant: &TenantScope, pairs: &Pairs, by: FilledInBy) -> Value {
    let mut value = form_data::to_json(&whole(tenant), "", pairs);
    if by == FilledInBy::Poster {
        for name in [IS_EMPLOYER, CONSENT] {
            value[name] = json!(!text(pairs, name).is_empty());
        }
    }
    value
}

/// The form with `value` in it.
pub(super) fn view(
    speech: &Speech<'_>,
    tenant: &TenantScope,
    value: &Value,
    errors: &FieldErrors,
    more_places: usize,
    by: FilledInBy,
) -> FormView {
    let form = whole(tenant);
    let value = &with_currency(value, &tenant.currency);
    let mut views = fields(speech, &form, &Typed { value, errors, prefix: "", more_places });
    show_rules(speech, tenant, &mut views);
    let mut groups = Vec::new();
    for (legend, names) in GROUPS {
        let wanted = |name: &str| if names.is_empty() { name.starts_with("fields.") } else { names.contains(&name) };
        let (mut here, rest): (Vec<_>, Vec<_>) = views.into_iter().partition(|f| wanted(&f.name));
        views = rest;
        here.sort_by_key(|f| names.iter().position(|n| *n == f.name));
        if !here.is_empty() {
            groups.push(Group { legend: speech.say(legend), fields: here });
        }
    }
    // What core asks besides some day must not be lost here.
    if !views.is_empty() {
        groups.push(Group { legend: None, fields: views });
    }
    let mut strays = errors.clone();
    if by == FilledInBy::Poster {
        let declarations = declarations(speech, &tenant.rules, value, errors);
        strays.0.retain(|error| !declarations.iter().any(|field| error.pointer == format!("/{}", field.name)));
        if !declarations.is_empty() {
            groups.push(Group { legend: speech.say("group-declarations"), fields: declarations });
        }
    }
    form_view::form(groups, form_view::strays(speech, &strays, &[&form]))
}

/// The same answers; pay without a currency begins with the board's.
fn with_currency(value: &Value, currency: &str) -> Value {
    let mut value = value.clone();
    if value["salary"].is_null() && value.is_object() {
        value["salary"] = json!({ "currency": currency });
    }
    value
}

/// Says in the fields what the board demands, before somebody meets it as an error.
fn show_rules(speech: &Speech<'_>, tenant: &TenantScope, views: &mut [FieldView]) {
    let rules = &tenant.rules;
    let mut add = |name: &str, words: Option<String>| {
        let Some(field) = views.iter_mut().find(|field| field.name == name) else { return };
        let help: Vec<String> = words.into_iter().chain(field.help.take()).collect();
        field.help = Some(help.join(" ")).filter(|help| !help.is_empty());
    };
    if let Some(min) = rules.min_description {
        add("description", speech.say_with("rule-min-description", &[("min", min.to_string())]));
    }
    add("valid_through", speech.say_with("rule-default-days", &[("days", tenant.default_days.to_string())]));
    for field in views.iter_mut() {
        field.required |= match field.name.as_str() {
            "salary" => rules.require_pay,
            "locations" => rules.require_place != PlaceRule::Optional,
            _ => false,
        };
    }
}

/// The boxes that a poster must tick.
fn declarations(speech: &Speech<'_>, rules: &BoardRules, value: &Value, errors: &FieldErrors) -> Vec<FieldView> {
    let field = |name: &str, help: Option<String>| FieldView {
        name: name.to_owned(),
        id: format!("f-{name}"),
        kind: "boolean",
        label: speech.label_of(name),
        help,
        required: true,
        value: if value[name] == json!(true) { "true".to_owned() } else { String::new() },
        error: form_view::error_at(speech, &format!("/{name}"), errors),
        ..FieldView::default()
    };
    let mut fields = Vec::new();
    if rules.refuse_agencies {
        fields.push(field(IS_EMPLOYER, speech.say("field-is_employer-help")));
    }
    if let Some(consent) = &rules.consent {
        fields.push(field(CONSENT, Some(consent.clone())));
    }
    fields
}

/// An offer with the boxes ticked that its poster has ticked before, for the same text.
pub(super) fn with_declared(mut value: Value, declared: &Declared, rules: &BoardRules) -> Value {
    value[IS_EMPLOYER] = json!(declared.is_employer);
    value[CONSENT] = json!(declared.agrees_to(rules));
    value
}

/// What the button that sent the form asks for.
pub(super) enum FormButton {
    /// One more row for a place.
    AddPlace,
    /// To see it first.
    Preview,
    /// To send it.
    Send,
}

impl FormButton {
    pub(super) fn of(pairs: &Pairs) -> Self {
        match text(pairs, "action") {
            "add-place" => Self::AddPlace,
            "preview" => Self::Preview,
            _ => Self::Send,
        }
    }
}
