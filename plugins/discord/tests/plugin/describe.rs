//! What the plugin says about itself.

use serde_json::{Value, json};
use tablon_plugin::testing::{assert_form_is_translated, assert_words_agree};
use tablon_plugin::{Features, Locales, Publisher, Repeat};
use tablon_plugin_discord::Discord;

use crate::support::{bot, webhook};

const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../../locales/en.ftl")),
    ("es", include_str!("../../locales/es.ftl")),
    ("pt-BR", include_str!("../../locales/pt-BR.ftl")),
]);

#[test]
fn it_does_everything_but_attachments() {
    let description = Discord.describe();
    assert_eq!(description.features, Features::all());
    assert!(description.extra.iter().any(|(name, _)| name == "template-variables"));
}

#[test]
fn words_and_form_speak_every_language() {
    assert_words_agree(&LOCALES);
    assert_form_is_translated(&Discord.describe().settings_schema, &LOCALES);
}

#[test]
fn the_form_and_the_manifest_demand_the_same_of_a_secret() {
    let schema: Value = serde_json::from_str(&Discord.describe().settings_schema).expect("JSON");
    let manifest = include_str!("../../plugin.toml");
    let secrets: Vec<&Value> =
        schema["fields"].as_array().into_iter().flatten().filter(|field| field["type"] == "secret").collect();
    assert_eq!(secrets.len(), 2);
    for field in secrets {
        let pattern = field["pattern"].as_str().expect("a pattern").replace('\\', "\\\\");
        assert!(manifest.contains(&format!("pattern = \"{pattern}\"")), "{pattern}");
        assert_eq!(field["required"], json!(false));
    }
}

#[test]
fn a_bots_message_may_be_repeated_for_some_minutes_and_nothing_else_ever() {
    assert_eq!(Discord.repeats(&bot(json!({}))), Repeat::WithinMs(120_000));
    assert_eq!(Discord.repeats(&bot(json!({ "thread_id": "66" }))), Repeat::WithinMs(120_000));
    assert_eq!(Discord.repeats(&bot(json!({ "new_thread": true }))), Repeat::Never);
    assert_eq!(Discord.repeats(&webhook(json!({}))), Repeat::Never);
}
