//! Verifying a channel, and adopting a message that a person points at.

use serde_json::{Value, json};
use tablon_plugin::testing::ScriptedHost;
use tablon_plugin::{Effect, Error, Presence, Publisher, Receipt, Verified};
use tablon_plugin_telegram::Telegram;

use crate::support::{calls, context, handle, ok, posting, published, refused, sent, target, target_with};

const CHAT: i64 = -1_001_234_567_890;

fn me() -> (u16, Value) {
    ok(json!({ "id": 110201543, "is_bot": true, "first_name": "Acme", "username": "acme_bot" }))
}

fn chat(kind: &str) -> (u16, Value) {
    ok(json!({ "id": CHAT, "type": kind, "title": "Acme jobs", "username": "acme_jobs" }))
}

fn verify(script: Vec<(u16, Value)>) -> Result<Verified, Error> {
    verify_with(json!({}), script)
}

fn verify_with(settings: Value, script: Vec<(u16, Value)>) -> Result<Verified, Error> {
    let host = ScriptedHost::answering(script);
    let verified = Telegram.verify(&host, &target_with(settings), &context());
    calls(&host);
    verified
}

fn warnings(kind: &str, member: Value) -> Vec<String> {
    verify(vec![me(), chat(kind), ok(member)]).expect("verified").warnings
}

#[test]
fn a_channel_where_the_bot_may_do_all_is_fine() {
    let member = json!({ "status": "administrator", "can_post_messages": true, "can_edit_messages": true, "can_delete_messages": true });
    let verified = verify(vec![me(), chat("channel"), ok(member)]).expect("verified");
    assert_eq!(verified.account.label, "Acme jobs");
    assert_eq!(verified.account.url.as_deref(), Some("https://t.me/acme_jobs"));
    assert!(verified.warnings.is_empty());
}

#[test]
fn the_bots_own_rights_are_asked_for() {
    let host = ScriptedHost::answering([me(), chat("channel"), ok(json!({ "status": "creator" }))]);
    Telegram.verify(&host, &target(), &context()).expect("verified");
    let calls = calls(&host);
    assert_eq!(calls[0], ("getMe".into(), json!({})));
    assert_eq!(calls[1], ("getChat".into(), json!({ "chat_id": "@acme_jobs" })));
    assert_eq!(calls[2], ("getChatMember".into(), json!({ "chat_id": "@acme_jobs", "user_id": 110201543 })));
}

#[test]
fn missing_rights_to_edit_or_delete_are_warnings() {
    let poster = json!({ "status": "administrator", "can_post_messages": true, "can_edit_messages": false, "can_delete_messages": false });
    let warnings_of_a_channel = warnings("channel", poster);
    assert_eq!(warnings_of_a_channel.len(), 2);
    assert!(warnings_of_a_channel.iter().all(|w| w.contains("Acme jobs")));
    assert_eq!(warnings("supergroup", json!({ "status": "member" })).len(), 1);
}

#[test]
fn without_the_right_to_post_a_channel_is_refused() {
    for (kind, member) in [
        ("channel", json!({ "status": "administrator", "can_post_messages": false, "can_edit_messages": true })),
        ("channel", json!({ "status": "member" })),
        ("supergroup", json!({ "status": "restricted", "is_member": true, "can_send_messages": false })),
        ("supergroup", json!({ "status": "left" })),
        ("group", json!({ "status": "kicked" })),
    ] {
        let error = verify(vec![me(), chat(kind), ok(member.clone())]).expect_err("no right");
        let Error::InvalidSettings(fields) = error else { panic!("{member}") };
        assert_eq!(fields[0].pointer, "/chat_id");
        assert!(fields[0].message.contains("administrator that may post"));
    }
}

#[test]
fn a_group_whose_members_may_not_write_is_refused_to_a_plain_member() {
    let quiet =
        ok(json!({ "id": CHAT, "type": "supergroup", "title": "Acme", "permissions": { "can_send_messages": false } }));
    let error = verify(vec![me(), quiet, ok(json!({ "status": "member" }))]);
    assert!(matches!(error, Err(Error::InvalidSettings(_))));
}

#[test]
fn a_channel_that_hides_its_members_has_not_made_the_bot_its_administrator() {
    let hidden = || refused(400, "Bad Request: member list is inaccessible");
    assert!(matches!(verify(vec![me(), chat("channel"), hidden()]), Err(Error::InvalidSettings(_))));
    let verified = verify(vec![me(), chat("supergroup"), hidden()]).expect("verified");
    assert_eq!(verified.warnings.len(), 1);
    let verified = verify(vec![me(), chat("channel"), refused(404, "Not Found")]).expect("verified");
    assert!(verified.warnings[0].contains("The first post will show"));
}

#[test]
fn a_wrong_token_an_unknown_chat_and_a_wait_are_told_apart() {
    assert!(matches!(verify(vec![refused(401, "Unauthorized")]), Err(Error::Unauthorized(_))));
    let unknown = verify(vec![me(), refused(400, "Bad Request: chat not found")]);
    assert!(matches!(unknown, Err(Error::InvalidSettings(f)) if f[0].message.contains("@acme_jobs")));
    assert!(matches!(verify(vec![refused(502, "Bad Gateway")]), Err(Error::Transient(_))));
}

#[test]
fn a_topic_in_a_chat_without_topics_is_a_warning() {
    let member = json!({ "status": "creator" });
    let verified = verify_with(json!({ "message_thread_id": 3 }), vec![me(), chat("supergroup"), ok(member)]);
    assert!(verified.expect("verified").warnings[0].contains("no topics"));
}

#[test]
fn a_private_conversation_needs_no_rights() {
    let person = ok(json!({ "id": 42, "type": "private", "first_name": "Ana" }));
    let verified = verify_with(json!({ "chat_id": "42" }), vec![me(), person]).expect("verified");
    assert_eq!((verified.account.label.as_str(), verified.account.url), ("Ana", None));
}

#[test]
fn a_chat_given_by_a_link_is_stored_as_the_bot_api_writes_it() {
    for (typed, stored) in [
        ("https://t.me/acme_jobs", "@acme_jobs"),
        ("acme_jobs", "@acme_jobs"),
        ("t.me/acme_jobs/123", "@acme_jobs"),
        ("https://t.me/c/123456/7", "-100123456"),
    ] {
        let moved = verify_with(json!({ "chat_id": typed, "silent": true }), vec![]);
        let Err(Error::Moved(settings)) = moved else { panic!("{typed}: {moved:?}") };
        let settings: Value = serde_json::from_str(&settings).expect("JSON");
        assert_eq!(settings["chat_id"], stored, "{typed}");
        assert_eq!(settings["silent"], true, "the rest stays");
    }
}

#[test]
fn an_invitation_link_is_refused_in_words_that_say_what_to_give() {
    let refused = verify_with(json!({ "chat_id": "https://t.me/+AbCdEf" }), vec![]);
    let Err(Error::InvalidSettings(fields)) = refused else { panic!("{refused:?}") };
    assert_eq!(fields[0].pointer, "/chat_id");
    assert!(fields[0].message.contains("invitation link"), "{}", fields[0].message);
}

fn adopt(url: &str, script: Vec<(u16, Value)>) -> Result<Receipt, Error> {
    let host = ScriptedHost::answering(script);
    let receipt = Telegram.adopt(&host, url, &posting(), &target(), &context());
    calls(&host);
    receipt
}

#[test]
fn a_message_of_the_bot_in_the_channel_is_adopted() {
    let there = || refused(400, "Bad Request: message is not modified");
    for url in ["https://t.me/acme_jobs/7", "t.me/ACME_jobs/7?single", "https://t.me/c/1234567890/7"] {
        let receipt = adopt(url, vec![chat("channel"), there()]).expect("adopted");
        let mark = handle(&published())["mark"].clone();
        assert_eq!(handle(&receipt), json!({ "v": 1, "chat_id": CHAT, "message_id": 7, "mark": mark }));
        assert_eq!(receipt.url.as_deref(), Some("https://t.me/acme_jobs/7"));
    }
    let receipt = adopt("https://t.me/acme_jobs/3/7", vec![chat("supergroup"), there()]).expect("adopted");
    assert_eq!(handle(&receipt)["thread"], 3);
}

#[test]
fn a_copy_that_was_adopted_is_put_right_by_a_check() {
    let there = refused(400, "Bad Request: message is not modified");
    let receipt = adopt("https://t.me/acme_jobs/7", vec![chat("channel"), there]).expect("adopted");
    let host = ScriptedHost::answering([sent(7)]);
    let found = Telegram.check(&host, &receipt, &posting(), &target(), &context());
    assert!(matches!(found, Ok(Presence::Altered(_))), "{found:?}");
    assert_eq!(calls(&host)[0].0, "editMessageText");
}

#[test]
fn questions_leave_nothing_behind() {
    let host = ScriptedHost::answering([me(), chat("channel"), ok(json!({ "status": "creator" }))]);
    Telegram.verify(&host, &target(), &context()).expect("verified");
    assert!(host.requests().iter().all(|request| request.effect() == Effect::Reads), "{:?}", host.requests());
}

#[test]
fn a_link_to_elsewhere_or_to_nothing_is_not_adopted() {
    let rejected = |result: Result<Receipt, Error>, words: &str| {
        assert!(matches!(&result, Err(Error::Rejected(why)) if why.contains(words)), "{words}: {result:?}");
    };
    rejected(adopt("https://board.example/jobs/7", vec![]), "no link to a Telegram message");
    rejected(adopt("https://t.me/others/7", vec![chat("channel")]), "not in Acme jobs");
    rejected(adopt("https://t.me/c/555/7", vec![chat("channel")]), "not in Acme jobs");
    let missing = refused(400, "Bad Request: message to edit not found");
    rejected(adopt("https://t.me/acme_jobs/9", vec![chat("channel"), missing]), "no such message");
    let foreign = refused(400, "Bad Request: message can't be edited");
    rejected(adopt("https://t.me/acme_jobs/9", vec![chat("channel"), foreign]), "not posted by this bot");
}

#[test]
fn a_server_that_can_not_tell_takes_the_persons_word() {
    let unknown = refused(404, "Not Found: method not found");
    assert!(adopt("https://t.me/acme_jobs/7", vec![chat("channel"), unknown]).is_ok());
}
