//! A copy's life: sent, edited, closed, deleted, looked after.

use serde_json::json;
use tablon_plugin::testing::ScriptedHost;
use tablon_plugin::{Ending, Error, HttpError, Located, Posting, Presence, Publisher, Receipt, RetractMode};
use tablon_plugin_telegram::Telegram;

use crate::support::{attempt, calls, context, handle, ok, posting, published, refused, sent, target, target_with};

const CHAT: i64 = -1_001_234_567_890;

fn update(host: &ScriptedHost, posting: &Posting) -> Result<Receipt, Error> {
    Telegram.update(host, &published(), posting, &target(), &attempt())
}

fn retract(host: &ScriptedHost, mode: RetractMode) -> Result<Option<Receipt>, Error> {
    Telegram.retract(host, &published(), mode, &posting(), &target(), &attempt())
}

fn check(host: &ScriptedHost, receipt: &Receipt, posting: &Posting) -> Result<Presence, Error> {
    Telegram.check(host, receipt, posting, &target(), &context())
}

#[test]
fn a_publish_is_one_send_and_its_receipt_holds_the_destination() {
    let host = ScriptedHost::answering([sent(7)]);
    let receipt = Telegram.publish(&host, &posting(), &target(), &attempt()).expect("a receipt");
    let [(method, parameters)] = calls(&host).try_into().expect("one call");
    assert_eq!(method, "sendMessage");
    assert_eq!(parameters["chat_id"], "@acme_jobs");
    assert_eq!(parameters["link_preview_options"], json!({ "is_disabled": true }));
    assert!(parameters.get("disable_notification").is_none() && parameters.get("message_thread_id").is_none());
    assert_eq!(receipt.url.as_deref(), Some("https://t.me/acme_jobs/7"));
    let handle = handle(&receipt);
    assert_eq!((&handle["v"], &handle["chat_id"], &handle["message_id"]), (&json!(1), &json!(CHAT), &json!(7)));
}

#[test]
fn topic_silence_preview_and_own_server_reach_the_request() {
    let target = target_with(json!({
        "chat_id": "-1001234567890", "message_thread_id": 3, "silent": true, "link_preview": "small",
        "api_base_url": "http://127.0.0.1:8081/",
    }));
    let host = ScriptedHost::answering([sent(7)]);
    Telegram.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
    let request = host.requests().remove(0);
    assert_eq!(request.url_shape(), "http://127.0.0.1:8081/bot{bot_token}/sendMessage");
    let body: serde_json::Value = serde_json::from_slice(request.body_bytes()).expect("JSON");
    assert_eq!(body["chat_id"], CHAT);
    assert_eq!(body["message_thread_id"], 3);
    assert_eq!(body["disable_notification"], true);
    assert_eq!(
        body["link_preview_options"],
        json!({ "url": "https://board.example/t/acme/jobs/rust-engineer", "prefer_small_media": true })
    );
}

#[test]
fn a_copy_in_a_private_channel_has_a_members_link() {
    let host = ScriptedHost::answering([ok(json!({ "message_id": 7, "chat": { "id": CHAT } }))]);
    let target = target_with(json!({ "chat_id": CHAT.to_string() }));
    let receipt = Telegram.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
    assert_eq!(receipt.url.as_deref(), Some("https://t.me/c/1234567890/7"));
}

#[test]
fn an_answer_that_says_little_still_gives_a_receipt() {
    let host = ScriptedHost::answering([ok(json!({ "message_id": 7 }))]);
    let receipt = Telegram.publish(&host, &posting(), &target(), &attempt()).expect("a receipt");
    assert_eq!(receipt.url.as_deref(), Some("https://t.me/acme_jobs/7"));
    assert_eq!(handle(&receipt)["chat_id"], "@acme_jobs");
}

#[test]
fn a_lost_answer_is_uncertain_for_a_send_and_transient_for_an_edit() {
    let lost = || ScriptedHost::new([Err(HttpError::NoAnswer("reset".into()))]);
    let sent = Telegram.publish(&lost(), &posting(), &target(), &attempt());
    assert!(matches!(sent, Err(Error::Uncertain(_))));
    assert!(matches!(update(&lost(), &posting()), Err(Error::Transient(_))));
    let never = ScriptedHost::new([Err(HttpError::NotSent("no route".into()))]);
    let sent = Telegram.publish(&never, &posting(), &target(), &attempt());
    assert!(matches!(sent, Err(Error::Transient(_))));
}

#[test]
fn an_answer_that_is_not_telegrams_is_uncertain_for_a_send() {
    let host = ScriptedHost::answering([(200, json!("<html>Log in to the Wi-Fi"))]);
    let sent = Telegram.publish(&host, &posting(), &target(), &attempt());
    assert!(matches!(sent, Err(Error::Uncertain(_))));
    let host = ScriptedHost::answering([(405, json!("<html>405"))]);
    let sent = Telegram.publish(&host, &posting(), &target(), &attempt());
    assert!(matches!(sent, Err(Error::InvalidSettings(f)) if f[0].pointer == "/api_base_url"));
}

#[test]
fn an_update_edits_the_message_of_the_receipt() {
    let host = ScriptedHost::answering([sent(7)]);
    let changed = Posting { title: "Senior Rust engineer".into(), ..posting() };
    let receipt = update(&host, &changed).expect("a receipt");
    let [(method, parameters)] = calls(&host).try_into().expect("one call");
    assert_eq!(method, "editMessageText");
    assert_eq!((&parameters["chat_id"], &parameters["message_id"]), (&json!(CHAT), &json!(7)));
    assert!(parameters["text"].as_str().is_some_and(|t| t.starts_with("<b>Senior Rust engineer</b>")));
    assert_eq!(receipt.url, published().url);
}

#[test]
fn an_update_that_changes_nothing_succeeds_and_one_of_a_deleted_copy_is_gone() {
    let same = "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message";
    let host = ScriptedHost::answering([refused(400, same)]);
    assert_eq!(update(&host, &posting()), Ok(published()));
    let host = ScriptedHost::answering([refused(400, "Bad Request: message to edit not found")]);
    assert_eq!(update(&host, &posting()), Err(Error::Gone));
}

#[test]
fn a_filled_offer_is_struck_through() {
    let host = ScriptedHost::answering([sent(7)]);
    let receipt = retract(&host, RetractMode::MarkClosed(Ending::Filled)).expect("closed").expect("a receipt");
    let [(method, parameters)] = calls(&host).try_into().expect("one call");
    assert_eq!(method, "editMessageText");
    assert_eq!(
        parameters["text"],
        "<b>This position is filled</b>\n\n\
         <s><b>Rust engineer</b>\nAcme\nSevilla, Andalucía, ES · Hybrid</s>"
    );
    assert_eq!(handle(&receipt)["closed"], "filled");
}

#[test]
fn a_copy_that_somebody_deleted_needs_no_closing() {
    let host = ScriptedHost::answering([refused(400, "Bad Request: message to edit not found")]);
    assert_eq!(retract(&host, RetractMode::MarkClosed(Ending::Filled)), Ok(None));
}

#[test]
fn a_deleted_copy_is_gone_also_when_it_was_gone_before() {
    for answer in [ok(json!(true)), refused(400, "Bad Request: message to delete not found")] {
        let host = ScriptedHost::answering([answer]);
        assert_eq!(retract(&host, RetractMode::Delete), Ok(None));
        assert_eq!(calls(&host), [("deleteMessage".into(), json!({ "chat_id": CHAT, "message_id": 7 }))]);
    }
}

#[test]
fn where_deletion_is_refused_the_copy_is_struck_through() {
    for refusal in [
        "Bad Request: message can't be deleted",
        "Bad Request: message can't be deleted for everyone",
        "Bad Request: not enough rights to delete a message",
    ] {
        let host = ScriptedHost::answering([refused(400, refusal), sent(7)]);
        let receipt = retract(&host, RetractMode::Delete).expect("closed").expect("still there");
        assert_eq!(handle(&receipt)["closed"], "closed");
        let calls = calls(&host);
        assert_eq!((calls[0].0.as_str(), calls[1].0.as_str()), ("deleteMessage", "editMessageText"));
        assert!(calls[1].1["text"].as_str().is_some_and(|t| t.contains("<s><b>Rust engineer</b>")));
    }
}

#[test]
fn a_check_tells_present_altered_and_absent() {
    let receipt = published();
    for (answer, presence) in [
        (refused(400, "Bad Request: message is not modified"), Presence::Present),
        (sent(7), Presence::Altered("The message on Telegram wasn't as it was sent.".to_owned())),
        (refused(400, "Bad Request: message to edit not found"), Presence::Absent),
    ] {
        let host = ScriptedHost::answering([answer]);
        assert_eq!(check(&host, &receipt, &posting()), Ok(presence));
        assert_eq!(calls(&host)[0].0, "editMessageText");
    }
}

#[test]
fn a_check_changes_nothing_where_the_content_has_changed_since() {
    let host = ScriptedHost::answering([refused(400, "Bad Request: message is not modified")]);
    let changed = Posting { title: "Other".into(), ..posting() };
    assert_eq!(check(&host, &published(), &changed), Ok(Presence::Present));
    let [(method, parameters)] = calls(&host).try_into().expect("one call");
    assert_eq!(method, "editMessageReplyMarkup");
    assert_eq!(parameters, json!({ "chat_id": CHAT, "message_id": 7 }));
}

#[test]
fn a_check_that_the_server_can_not_answer_pauses_nothing() {
    let host = ScriptedHost::answering([refused(404, "Not Found")]);
    let changed = Posting { title: "Other".into(), ..posting() };
    assert_eq!(check(&host, &published(), &changed), Ok(Presence::Unknowable));
}

#[test]
fn a_check_of_a_closed_copy_expects_it_closed() {
    let host = ScriptedHost::answering([sent(7), refused(400, "Bad Request: message is not modified")]);
    let closed = retract(&host, RetractMode::MarkClosed(Ending::Expired)).expect("closed").expect("a receipt");
    assert_eq!(check(&host, &closed, &posting()), Ok(Presence::Present));
    let calls = calls(&host);
    assert_eq!(calls[0], calls[1]);
}

#[test]
fn a_bot_can_not_look_for_a_message() {
    let host = ScriptedHost::default();
    let located = Telegram.locate(&host, &posting(), &target(), &attempt());
    assert!(matches!(located, Ok(Located::Unknowable)));
    assert!(host.requests().is_empty());
}

#[test]
fn receipts_of_the_first_version_are_read_and_newer_ones_are_not() {
    let receipt = |handle: &str| Receipt { handle: handle.as_bytes().to_vec(), url: None, extra: vec![] };
    let host = ScriptedHost::answering([sent(7)]);
    let first = receipt(r#"{"v":1,"chat_id":"@jobs","message_id":7,"thread":3,"closed":"filled","mark":"m"}"#);
    let updated = Telegram.update(&host, &first, &posting(), &target(), &attempt()).expect("a receipt");
    assert_eq!(calls(&host)[0].1["chat_id"], "@jobs");
    assert_eq!((&handle(&updated)["thread"], handle(&updated).get("closed")), (&json!(3), None));
    let newer = receipt(r#"{"v":2,"chat_id":1,"message_id":7}"#);
    let refused = Telegram.update(&host, &newer, &posting(), &target(), &attempt());
    assert!(matches!(refused, Err(Error::Rejected(why)) if why.contains("version 2")));
}
