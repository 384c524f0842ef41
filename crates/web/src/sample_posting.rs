//! Sample offers, for a preview without a job and for testing a template.

use chrono::Days;
use serde_json::{Value, json};
use tablon_core::form::{Field, FieldKind};
use tablon_core::job::Workplace;
use tablon_core::{Posting, TenantScope};
use uuid::Uuid;

use crate::language::{LOCALES, supported};
use crate::state::AppState;

/// An offer with every field, in the board's language.
pub fn full(state: &AppState, tenant: &TenantScope) -> Posting {
    let locale = supported(&tenant.locale).unwrap_or(LOCALES[0]);
    let say = |key: &str| state.theme.locales().message(locale, key, &[]).unwrap_or_default();
    let own = tenant.form.fields.iter().map(|field| (field, answer(field, locale)));
    Posting {
        title: say("sample-title"),
        organization: say("sample-organization"),
        description: say("sample-description"),
        summary: say("sample-summary"),
        apply_url: "https://example.org/jobs/1".to_owned(),
        locations: vec![say("sample-place")],
        workplace: Workplace::Hybrid,
        tags: ["rust", "postgresql", "linux"].map(str::to_owned).to_vec(),
        pay: Some(say("sample-pay")),
        expires_at: tenant.now().checked_add_days(Days::new(30)),
        extra: extra(json!(["FULL_TIME"]), json!(["ES", "PT"]), own),
        ..barest(state, tenant)
    }
}

/// An offer with only the required fields.
pub fn barest(state: &AppState, tenant: &TenantScope) -> Posting {
    let locale = supported(&tenant.locale).unwrap_or(LOCALES[0]);
    let say = |key: &str| state.theme.locales().message(locale, key, &[]).unwrap_or_default();
    let url = format!("{}/jobs/1", tenant.public_url());
    Posting {
        id: Uuid::nil(),
        revision: 1,
        title: say("sample-title"),
        organization: say("sample-organization"),
        description: say("sample-summary"),
        summary: String::new(),
        apply_url: url.clone(),
        url,
        locations: Vec::new(),
        workplace: Workplace::Remote,
        tags: Vec::new(),
        pay: None,
        language: tenant.locale.clone(),
        published_at: tenant.now(),
        expires_at: None,
        extra: extra(json!([]), json!([]), tenant.form.fields.iter().map(|field| (field, Value::Null))),
    }
}

/// The entries of a posting's `extra`, with the names that a frozen one has.
fn extra<'a>(types: Value, countries: Value, own: impl Iterator<Item = (&'a Field, Value)>) -> Vec<(String, String)> {
    let own = own.map(|(field, value)| (format!("fields.{}", field.name), value.to_string()));
    [("employment_types".to_owned(), types.to_string()), ("remote_countries".to_owned(), countries.to_string())]
        .into_iter()
        .chain(own)
        .collect()
}

/// An answer of the right kind to one of the board's own questions.
fn answer(field: &Field, locale: &str) -> Value {
    let label = match field.label.get(locale) {
        "" => &field.name,
        label => label,
    };
    match &field.kind {
        FieldKind::Text { .. } | FieldKind::Markdown { .. } => json!(label),
        FieldKind::Number { min, .. } => json!(min.unwrap_or(3.0)),
        FieldKind::Select { options } => json!(options.first().map(|option| &option.value)),
        FieldKind::MultiSelect { options } => json!(options.iter().take(2).map(|o| &o.value).collect::<Vec<_>>()),
        FieldKind::Tags { .. } => json!([label]),
        FieldKind::Date { .. } => json!("2027-01-31"),
        FieldKind::Url | FieldKind::Image => json!("https://example.org/"),
        FieldKind::Email => json!("name@example.org"),
        FieldKind::Boolean => json!(true),
        FieldKind::Countries => json!(["ES"]),
        FieldKind::Language => json!(locale),
        FieldKind::Locations { .. } | FieldKind::MoneyRange | FieldKind::Secret { .. } => Value::Null,
    }
}
