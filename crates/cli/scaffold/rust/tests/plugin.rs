//! The plugin against a host that answers from a script. `tablon plugin test .` tries the component itself.

use serde_json::json;
use plugin::{LOCALES, Plugin};
use tablon_plugin::testing::{self, ScriptedHost};
use tablon_plugin::{Error, Publisher, Target};

fn target() -> Target {
    testing::target(json!({ "url": "https://chatter.example/jobs" }))
}

#[test]
fn what_is_shown_is_what_is_sent() {
    let host = ScriptedHost::answering([(201, json!({}))]);
    let shown = Plugin.render(&testing::posting(), &target()).expect("a preview");
    Plugin.publish(&host, &testing::posting(), &target(), &testing::attempt()).expect("a receipt");
    assert_eq!(host.requests()[0].body_bytes(), shown[0].content.as_bytes());
    assert!(shown[0].content.starts_with("Rust engineer"));
}

#[test]
fn the_token_is_named_and_never_seen() {
    let host = ScriptedHost::answering([(201, json!({}))]);
    let target = Target { secrets: vec!["token".to_owned()], ..target() };
    Plugin.publish(&host, &testing::posting(), &target, &testing::attempt()).expect("a receipt");
    assert_eq!(host.requests()[0].header_shape("authorization").as_deref(), Some("Bearer {token}"));
}

#[test]
fn a_refusal_says_what_to_do() {
    let host = ScriptedHost::answering([(401, json!({ "message": "who are you?" }))]);
    let refused = Plugin.publish(&host, &testing::posting(), &target(), &testing::attempt());
    assert!(matches!(refused, Err(Error::Unauthorized(why)) if why.contains("who are you?")));
}

#[test]
fn every_language_has_every_word() {
    testing::assert_words_agree(&LOCALES);
}
