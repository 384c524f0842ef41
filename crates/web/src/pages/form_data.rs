//! From a browser's form to the JSON that the domain reads.
//!
//! Every field of the form is there afterwards, `null` where nothing was typed, so that the result is
//! a whole answer for a submission and clears what was emptied when it is used as a merge patch.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tablon_core::form::{Field, FieldKind, Form};

/// The pairs of a sent form, in order.
pub(super) type Pairs = Vec<(String, String)>;

/// The most entries of a list that are read. No list takes as many; people who paste too many see them again, to choose.
const MAX_CHOSEN: usize = 1_000;

/// The last value of `name`, trimmed; empty if there is none.
pub(super) fn text<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
}

/// The same as it was typed: spaces around a password are part of it.
pub(super) fn verbatim<'a>(pairs: &'a Pairs, name: &str) -> &'a str {
    pairs.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value)
}

/// What was typed into `form`, whose fields are named with `prefix` in front.
pub(super) fn to_json(form: &Form, prefix: &str, pairs: &Pairs) -> Value {
    let mut output = json!({});
    for field in form.fields.iter().filter(|field| !field.is_secret()) {
        let value = answer(field, &format!("{prefix}{}", field.name), pairs);
        put(&mut output, &field.name, value);
    }
    output
}

fn answer(field: &Field, name: &str, pairs: &Pairs) -> Value {
    let one = || {
        // Browsers send CRLF in text areas.
        let text = text(pairs, name).replace("\r\n", "\n");
        if text.is_empty() { Value::Null } else { Value::String(text) }
    };
    let all = || {
        let chosen = pairs.iter().filter(|(n, v)| n == name && !v.trim().is_empty()).map(|(_, v)| json!(v.trim()));
        chosen.take(MAX_CHOSEN)
    };
    match &field.kind {
        FieldKind::Boolean => json!(!text(pairs, name).is_empty()),
        FieldKind::Number { .. } => {
            let typed = text(pairs, name).replace(',', ".");
            match typed.parse::<i64>() {
                _ if typed.is_empty() => Value::Null,
                Ok(whole) => json!(whole),
                // What is no number stays as it was typed, for the validator to refuse and the form to show.
                Err(_) => {
                    typed.parse::<f64>().ok().filter(|n| n.is_finite()).map_or_else(|| json!(typed), |n| json!(n))
                }
            }
        }
        FieldKind::Tags { .. } => {
            let tags = text(pairs, name).split([',', ';', '\n']).map(str::trim).filter(|tag| !tag.is_empty());
            tags.take(MAX_CHOSEN).collect()
        }
        FieldKind::MultiSelect { .. } | FieldKind::Countries => all().collect(),
        FieldKind::Locations { max_items } => locations(name, pairs, *max_items),
        FieldKind::MoneyRange => money(name, pairs),
        _ => one(),
    }
}

/// The rows of places in their order. One row more than the form takes is kept, so that it is refused; a row costs
/// kilobytes when it is shown again.
fn locations(name: &str, pairs: &Pairs, max: usize) -> Value {
    let mut rows: BTreeMap<usize, Map<String, Value>> = BTreeMap::new();
    for (key, value) in pairs {
        let Some((index, part)) =
            key.strip_prefix(name).and_then(|r| r.strip_prefix('.')).and_then(|r| r.split_once('.'))
        else {
            continue;
        };
        let (Ok(index), "city" | "region" | "country") = (index.parse::<usize>(), part) else { continue };
        if value.trim().is_empty() || (rows.len() > max && !rows.contains_key(&index)) {
            continue;
        }
        rows.entry(index).or_default().insert(part.to_owned(), json!(value.trim()));
    }
    rows.into_values().map(Value::Object).collect()
}

fn money(name: &str, pairs: &Pairs) -> Value {
    let part = |part: &str| text(pairs, &format!("{name}.{part}")).to_owned();
    let (min, max) = (part("min"), part("max"));
    if min.is_empty() && max.is_empty() {
        return Value::Null;
    }
    let some = |text: String| if text.is_empty() { Value::Null } else { json!(text) };
    json!({ "min": some(min), "max": some(max), "currency": some(part("currency")), "period": some(part("period")) })
}

fn put(output: &mut Value, name: &str, value: Value) {
    let mut node = output;
    for part in name.split('.') {
        node = &mut node[part];
    }
    *node = value;
}

#[cfg(test)]
mod tests {
    use tablon_core::job::job_form;

    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn a_sent_form_becomes_the_wire_job() {
        let sent = pairs(&[
            ("title", " Rust engineer "),
            ("organization.name", "Acme"),
            ("description", "One\r\ntwo"),
            ("locations.1.city", "Lisboa"),
            ("locations.0.city", "Sevilla"),
            ("locations.0.country", "ES"),
            ("locations.2.city", ""),
            ("employment_types", "FULL_TIME"),
            ("employment_types", "INTERN"),
            ("salary.min", "42.000 €"),
            ("salary.max", ""),
            ("salary.currency", "EUR"),
            ("salary.period", "YEAR"),
            ("tags", "rust, , #backend"),
            ("csrf", "x"),
        ]);
        let job = to_json(&job_form(), "", &sent);
        assert_eq!(job["title"], "Rust engineer");
        assert_eq!(job["organization"], json!({ "name": "Acme", "url": null, "logo_url": null }));
        assert_eq!(job["description"], "One\ntwo");
        assert_eq!(job["locations"], json!([{ "city": "Sevilla", "country": "ES" }, { "city": "Lisboa" }]));
        assert_eq!(job["employment_types"], json!(["FULL_TIME", "INTERN"]));
        assert_eq!(job["salary"], json!({ "min": "42.000 €", "max": null, "currency": "EUR", "period": "YEAR" }));
        assert_eq!(job["tags"], json!(["rust", "#backend"]));
        assert_eq!(job["apply_email"], Value::Null);
        assert!(job.get("csrf").is_none());
    }

    #[test]
    fn a_currency_without_amounts_is_no_pay() {
        let sent = pairs(&[("salary.currency", "EUR"), ("salary.period", "YEAR")]);
        assert_eq!(to_json(&job_form(), "", &sent)["salary"], Value::Null);
    }
}
