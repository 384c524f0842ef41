//! What runs once, when a plugin is packed: every sandbox starts from the memory that it leaves.
//!
//! It reads the words of every language and the plugin's template, and lets the allocator grow to what a message needs.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::{Publisher, Target, fixtures, words};

/// Describes the plugin and renders a sample posting in every language it speaks. Sample settings that the plugin
/// refuses are no fault: then less is ready.
pub(crate) fn initialise(plugin: &impl Publisher) {
    let form: Value = serde_json::from_str(&plugin.describe().settings_schema).unwrap_or_default();
    let fields = form["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let posting = fixtures::posting();
    for locale in languages(fields) {
        let target = Target { locale, secrets: secrets(fields), ..fixtures::target(settings(fields)) };
        plugin.render(&posting, &target).ok();
    }
}

/// The languages of the form's labels, and those that every plugin speaks.
fn languages(fields: &[Value]) -> BTreeSet<String> {
    let labels = fields.iter().filter_map(|field| field["label"].as_object()).flat_map(Map::keys).cloned();
    labels.chain(words::standard_tags().map(str::to_owned)).collect()
}

/// Those that are required; where the channel works with one of several, the first.
fn secrets(fields: &[Value]) -> Vec<String> {
    let name = |field: &Value| field["name"].as_str().unwrap_or_default().to_owned();
    let secrets: Vec<&Value> = fields.iter().filter(|field| field["type"] == "secret").collect();
    let required: Vec<String> =
        secrets.iter().filter(|field| field["required"] == true).map(|field| name(field)).collect();
    if required.is_empty() { secrets.first().map(|field| name(field)).into_iter().collect() } else { required }
}

/// An answer to every setting that has a default, an example, or must be answered.
fn settings(fields: &[Value]) -> Value {
    let fields = fields.iter().filter(|field| field["type"] != "secret");
    let answers = fields.map(|field| (field["name"].as_str().unwrap_or_default().to_owned(), answer(field)));
    answers.filter(|(_, answer)| !answer.is_null()).collect::<Map<_, _>>().into()
}

fn answer(field: &Value) -> Value {
    let given = ["default", "placeholder"].iter().map(|key| &field[*key]).find(|given| !given.is_null());
    match (given, field["type"].as_str()) {
        (Some(given), _) => given.clone(),
        _ if field["required"] != true => Value::Null,
        (None, Some("url")) => json!("https://example.org/"),
        (None, Some("email")) => json!("jobs@example.org"),
        (None, Some("integer")) => {
            if field["min"].is_null() {
                json!(1)
            } else {
                field["min"].clone()
            }
        }
        (None, Some("boolean")) => json!(false),
        (None, Some("select")) => field["options"][0]["value"].clone(),
        (None, Some("multi_select")) => json!([field["options"][0]["value"]]),
        (None, _) => json!("jobs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Field, Form, Locales};

    #[test]
    fn the_sample_settings_answer_what_the_form_asks_for() {
        const LOCALES: Locales = Locales::new(&[("en", ""), ("de", "")]);
        let form = Form::new(&LOCALES)
            .field(Field::secret("token"))
            .field(Field::secret("webhook"))
            .field(Field::text("chat").required().placeholder("@mychannel"))
            .field(Field::select("size", &["small", "large"]).required())
            .field(Field::boolean("silent").default(true))
            .field(Field::url("server").required())
            .field(Field::text("prefix"));
        let form: Value = serde_json::from_str(&form.to_json()).expect("JSON");
        let fields = form["fields"].as_array().expect("fields");
        let expected =
            json!({ "chat": "@mychannel", "size": "small", "silent": true, "server": "https://example.org/" });
        assert_eq!(settings(fields), expected);
        assert_eq!(secrets(fields), ["token"]);
        let languages: Vec<String> = languages(fields).into_iter().collect();
        assert_eq!(languages, ["de", "en", "es", "pt-BR"]);
    }
}
