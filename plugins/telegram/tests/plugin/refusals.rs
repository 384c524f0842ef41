//! What Telegram's refusals become, in its own words.

use serde_json::{Value, json};
use tablon_plugin::testing::ScriptedHost;
use tablon_plugin::{Error, Lane, Publisher, RetractMode};
use tablon_plugin_telegram::Telegram;

use crate::support::{attempt, posting, published, refused, target_with};

/// A group that isn't public.
fn publish(answer: (u16, Value)) -> Error {
    let host = ScriptedHost::answering([answer]);
    let target = target_with(json!({ "chat_id": "-4321", "message_thread_id": 3 }));
    Telegram.publish(&host, &posting(), &target, &attempt()).expect_err("a refusal")
}

fn update(answer: (u16, Value)) -> Error {
    let host = ScriptedHost::answering([answer]);
    let target = target_with(json!({ "chat_id": "-4321" }));
    Telegram.update(&host, &published(), &posting(), &target, &attempt()).expect_err("a refusal")
}

#[test]
fn a_bad_token_asks_for_another_one() {
    for (code, description) in [(401, "Unauthorized"), (404, "Not Found")] {
        let Error::Unauthorized(why) = publish(refused(code, description)) else { panic!("{description}") };
        assert!(why.contains(description), "{why}");
    }
}

#[test]
fn what_the_settings_can_mend_names_the_setting() {
    for (code, description, pointer) in [
        (400, "Bad Request: chat not found", "/chat_id"),
        (400, "Bad Request: PEER_ID_INVALID", "/chat_id"),
        (400, "Bad Request: not enough rights to send text messages to the chat", "/chat_id"),
        (400, "Bad Request: need administrator rights in the channel chat", "/chat_id"),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "/chat_id"),
        (403, "Forbidden: bot was kicked from the channel chat", "/chat_id"),
        (403, "Forbidden: bot was blocked by the user", "/chat_id"),
        (400, "Bad Request: message thread not found", "/message_thread_id"),
        (400, "Bad Request: TOPIC_CLOSED", "/message_thread_id"),
    ] {
        let Error::InvalidSettings(fields) = publish(refused(code, description)) else { panic!("{description}") };
        assert_eq!(fields[0].pointer, pointer);
        assert!(fields[0].message.contains(description), "{}", fields[0].message);
    }
}

#[test]
fn a_message_that_telegram_does_not_take_is_rejected_in_its_own_words() {
    for description in [
        "Bad Request: can't parse entities: Unsupported start tag \"p\" at byte offset 0",
        "Bad Request: message is too long",
        "Bad Request: something new",
    ] {
        let Error::Rejected(why) = publish(refused(400, description)) else { panic!("{description}") };
        assert!(why.contains(description), "{why}");
    }
}

#[test]
fn a_rate_limit_holds_the_destination_as_long_as_telegram_says() {
    let answer = (
        429,
        json!({ "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 17",
        "parameters": { "retry_after": 17 } }),
    );
    assert_eq!(publish(answer), Error::RateLimited((Lane::Destination, 17_000)));
}

#[test]
fn a_group_that_became_a_supergroup_is_followed() {
    let answer = (
        400,
        json!({ "ok": false, "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": { "migrate_to_chat_id": -1009999999999_i64 } }),
    );
    let Error::Moved(settings) = publish(answer.clone()) else { panic!("moved") };
    let settings: Value = serde_json::from_str(&settings).expect("JSON");
    assert_eq!(
        settings,
        json!({ "chat_id": "-1009999999999", "message_thread_id": 3, "api_base_url": "https://api.telegram.org" })
    );
    // The receipt's chat isn't the channel's any more: moving again would go round in circles.
    assert!(matches!(update(answer), Error::Rejected(why) if why.contains("old group")));
}

#[test]
fn a_fault_of_telegrams_own_is_uncertain_for_a_send_and_repeated_for_an_edit() {
    for (code, description) in [(500, "Internal Server Error"), (502, "Bad Gateway")] {
        assert!(matches!(publish(refused(code, description)), Error::Uncertain(why) if why.contains(description)));
        assert!(matches!(update(refused(code, description)), Error::Transient(_)));
    }
    assert!(matches!(publish(refused(409, "Conflict")), Error::Transient(_)));
}

#[test]
fn a_copy_that_can_not_be_changed_is_a_matter_for_a_person() {
    let refusal = || refused(400, "Bad Request: message can't be edited");
    assert!(matches!(update(refusal()), Error::Rejected(why) if why.contains("by hand")));
    let host = ScriptedHost::answering([refused(400, "Bad Request: message can't be deleted"), refusal()]);
    let target = target_with(json!({}));
    let kept = Telegram.retract(&host, &published(), RetractMode::Delete, &posting(), &target, &attempt());
    assert!(matches!(kept, Err(Error::Rejected(_))));
}

#[test]
fn settings_that_name_no_chat_are_refused() {
    let host = ScriptedHost::default();
    for chat in [json!(""), json!("acme jobs"), json!(null), json!(1.5)] {
        let target = target_with(json!({ "chat_id": chat }));
        let error = Telegram.publish(&host, &posting(), &target, &attempt());
        assert!(matches!(error, Err(Error::InvalidSettings(f)) if f[0].pointer == "/chat_id"));
    }
}
