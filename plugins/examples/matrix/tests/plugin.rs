//! The plugin against a host that answers from a script. `tablon plugin test .` tries the component itself.

use plugin::{LOCALES, Plugin};
use proptest::prelude::*;
use serde_json::{Value, json};
use tablon_plugin::testing::{self, ScriptedHost, strategies::any_posting};
use tablon_plugin::{Ending, Error, Lane, Publisher, Receipt, RetractMode, Target};

fn target() -> Target {
    testing::target(json!({ "homeserver": "https://matrix.example", "room": "!abc:example.org" }))
}

fn publish(host: &ScriptedHost) -> Result<Receipt, Error> {
    Plugin.publish(host, &testing::posting(), &target(), &testing::attempt())
}

#[test]
fn what_is_shown_is_what_is_sent() {
    let host = ScriptedHost::answering([(200, json!({ "event_id": "$7" }))]);
    let receipt = publish(&host).expect("a receipt");
    let request = &host.requests()[0];
    let key = testing::attempt().key;
    assert_eq!(
        request.url_shape(),
        format!("https://matrix.example/_matrix/client/v3/rooms/%21abc%3Aexample.org/send/m.room.message/{key}")
    );
    assert_eq!(request.header_shape("authorization").as_deref(), Some("Bearer {access_token}"));
    let body: Value = serde_json::from_slice(request.body_bytes()).expect("JSON");
    let shown = Plugin.render(&testing::posting(), &target()).expect("a preview");
    assert_eq!(body["body"], shown[0].content.as_str());
    assert_eq!(body["m.mentions"], json!({}), "an older client would look for names in the text");
    assert_eq!(receipt.url.as_deref(), Some("https://matrix.to/#/!abc:example.org/$7"));
}

#[test]
fn a_filled_offer_is_edited_and_a_withdrawn_one_redacted() {
    let sent = || (200, json!({ "event_id": "$8" }));
    let receipt = publish(&ScriptedHost::answering([sent()])).expect("a receipt");
    let retract = |mode| {
        let host = ScriptedHost::answering([sent()]);
        let kept = Plugin.retract(&host, &receipt, mode, &testing::posting(), &target(), &testing::attempt());
        (kept.expect("retracted"), host.requests().remove(0))
    };
    let (kept, request) = retract(RetractMode::MarkClosed(Ending::Filled));
    let body: Value = serde_json::from_slice(request.body_bytes()).expect("JSON");
    assert_eq!(body["m.new_content"]["body"], "This position is filled: Rust engineer (Acme)");
    assert_eq!((&body["m.mentions"], &body["m.new_content"]["m.mentions"]), (&json!({}), &json!({})));
    assert!(kept.is_some());
    let (kept, request) = retract(RetractMode::Delete);
    assert!(kept.is_none() && request.url_shape().contains("/redact/%248/"));
}

#[test]
fn a_refusal_says_what_to_do() {
    let refused = |status, body| publish(&ScriptedHost::answering([(status, body)])).expect_err("a refusal");
    let wait =
        refused(429, json!({ "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 2000 }));
    assert_eq!(wait, Error::RateLimited((Lane::Credential, 2000)));
    let out = refused(403, json!({ "errcode": "M_FORBIDDEN", "error": "User not in room" }));
    assert!(matches!(out, Error::InvalidSettings(fields) if fields[0].message.contains("User not in room")));
    let token = refused(401, json!({ "errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token" }));
    assert!(matches!(token, Error::Unauthorized(_)));
}

#[test]
fn every_language_has_every_word() {
    testing::assert_words_agree(&LOCALES);
    testing::assert_form_is_translated(&Plugin.describe().settings_schema, &LOCALES);
}

proptest! {
    #[test]
    fn any_posting_fits(posting in any_posting()) {
        match Plugin.render(&posting, &target()) {
            Ok(previews) => prop_assert!(previews[0].length <= 4000),
            Err(error) => prop_assert!(matches!(error, Error::Rejected(_))),
        }
    }
}
