//! The form of an offer: the built-in fields and the board's own, in the groups they are asked in.

use serde_json::{Value, json};
use tablon_core::TenantScope;
use tablon_core::form::{Field, FieldErrors, Form};
use tablon_core::job::job_form;

use super::form_data::{self, Pairs, text};
use super::form_view::{self, Speech, Typed, fields};
use super::views::{FormView, Group};

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

/// What was typed, as the domain reads it.
pub(super) fn typed(tenant: &TenantScope, pairs: &Pairs) -> Value {
    form_data::to_json(&whole(tenant), "", pairs)
}

/// The form with `value` in it.
pub(super) fn view(
    speech: &Speech<'_>,
    tenant: &TenantScope,
    value: &Value,
    errors: &FieldErrors,
    more_places: usize,
) -> FormView {
    let form = whole(tenant);
    let mut views = fields(speech, &form, &Typed { value, errors, prefix: "", more_places });
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
    form_view::form(groups, form_view::strays(speech, errors, &[&form]))
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
