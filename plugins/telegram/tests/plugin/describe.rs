//! What the plugin says of itself.

use serde_json::Value;
use tablon_plugin::testing::{assert_form_is_translated, assert_words_agree};
use tablon_plugin::{Features, Locales, Publisher, Repeat};
use tablon_plugin_telegram::Telegram;

use crate::support::target;

const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../../locales/en.ftl")),
    ("es", include_str!("../../locales/es.ftl")),
    ("pt-BR", include_str!("../../locales/pt-BR.ftl")),
]);

#[test]
fn every_setting_has_a_label_and_a_help_in_every_language() {
    let description = Telegram.describe();
    let schema: Value = serde_json::from_str(&description.settings_schema).expect("JSON");
    let fields = schema["fields"].as_array().expect("fields");
    let names: Vec<_> = fields.iter().filter_map(|f| f["name"].as_str()).collect();
    assert_eq!(names, ["bot_token", "chat_id", "message_thread_id", "silent", "link_preview", "api_base_url"]);
    assert_form_is_translated(&description.settings_schema, &LOCALES);
}

#[test]
fn a_publish_is_never_repeated_blindly() {
    assert!(matches!(Telegram.repeats(&target()), Repeat::Never));
    let can = Telegram.describe().features;
    assert_eq!(can, Features::UPDATE | Features::RETRACT | Features::CHECK | Features::ADOPT);
}

#[test]
fn all_languages_have_the_same_words_with_the_same_arguments() {
    assert_words_agree(&LOCALES);
}

#[test]
fn the_manifest_binds_the_token_to_the_address_of_the_settings() {
    let manifest = include_str!("../../plugin.toml");
    let schema = Telegram.describe().settings_schema;
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let pattern = schema["fields"][0]["pattern"].as_str().expect("a pattern");
    assert!(manifest.contains(&format!("pattern = \"{pattern}\"")));
    assert!(manifest.contains("origins = [\"setting:api_base_url\"]"));
}
