//! The life of a copy: sent, edited, struck through, deleted, looked after.

use serde_json::{Value, json};
use tablon_plugin::testing::{ScriptedHost, attempt, context, posting};
use tablon_plugin::{Answer, Attempt, Ending, Error, HttpError, Lane, Posting, Presence, Publisher, RetractMode};
use tablon_plugin_discord::Discord;

use crate::support::{body, bot, calls, hook, message, place, published, refused, render, sent, webhook};

fn handle(receipt: &tablon_plugin::Receipt) -> Value {
    serde_json::from_slice(&receipt.handle).expect("JSON")
}

#[test]
fn a_webhook_sends_exactly_what_was_previewed_and_waits_for_the_message() {
    let target = webhook(json!({}));
    let host = ScriptedHost::answering([hook(), sent("7")]);
    let receipt = Discord.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
    let calls = calls(&host);
    let [(_, asked, _), (method, url, content)] = &calls[..] else { panic!("two calls: {calls:?}") };
    assert_eq!((asked.as_str(), *method, url.as_str()), ("{webhook_url}", "POST", "{webhook_url}?wait=true"));
    assert_eq!(content, &body(&render(&posting(), &target)));
    assert_eq!(receipt.url.as_deref(), Some("https://discord.com/channels/1/55/7"));
    let handle = handle(&receipt);
    assert_eq!((&handle["v"], &handle["channel_id"], &handle["message_id"]), (&json!(1), &json!("55"), &json!("7")));
    assert_eq!(host.requests()[0].header_shape("authorization"), None);
}

#[test]
fn without_the_server_there_is_a_copy_and_no_link() {
    let answer = |(status, json): (u16, Value)| Ok(Answer::of_json(status, &json));
    for silent in [answer(refused(503, 0, "later")), Err(HttpError::NoAnswer("timed out".into()))] {
        let host = ScriptedHost::new([silent, answer(sent("7"))]);
        let receipt = Discord.publish(&host, &posting(), &webhook(json!({})), &attempt()).expect("a receipt");
        assert_eq!(receipt.url, None);
    }
    // A copy is a copy also where a proxy before Discord says no more than its id.
    let host = ScriptedHost::answering([hook(), (200, json!({ "id": "7" }))]);
    let receipt = Discord.publish(&host, &posting(), &webhook(json!({})), &attempt()).expect("a receipt");
    assert_eq!((receipt.url.as_deref(), &handle(&receipt)["message_id"]), (None, &json!("7")));
}

#[test]
fn a_bot_sends_with_a_nonce_made_of_the_attempts_key() {
    let host = ScriptedHost::answering([place(0), sent("7")]);
    let longest = Attempt { key: "f".repeat(32), ..attempt() };
    Discord.publish(&host, &posting(), &bot(json!({})), &longest).expect("a receipt");
    let calls = calls(&host);
    let (method, url, content) = &calls[1];
    assert_eq!((*method, url.as_str()), ("POST", "https://discord.com/api/v10/channels/55/messages"));
    assert_eq!((&content["nonce"], &content["enforce_nonce"]), (&json!("f5lxx1zz5pnorynqglhzmsp33"), &json!(true)));
    assert_eq!(host.requests()[1].header_shape("authorization").as_deref(), Some("Bot {bot_token}"));
}

#[test]
fn threads_are_named_in_the_address_and_new_ones_in_the_body() {
    let host = ScriptedHost::answering([hook(), sent("7")]);
    let receipt =
        Discord.publish(&host, &posting(), &webhook(json!({ "thread_id": "66" })), &attempt()).expect("a receipt");
    assert_eq!(calls(&host)[1].1, "{webhook_url}?wait=true&thread_id=66");
    assert_eq!(handle(&receipt)["thread"], json!(true));

    let host = ScriptedHost::answering([place(0), sent("7")]);
    Discord.publish(&host, &posting(), &bot(json!({ "thread_id": "66" })), &attempt()).expect("a receipt");
    assert_eq!(calls(&host)[1].1, "https://discord.com/api/v10/channels/66/messages");

    let opened = (201, json!({ "id": "77", "message": { "id": "77", "channel_id": "77" } }));
    let host = ScriptedHost::answering([place(15), opened]);
    let target = bot(json!({ "new_thread": true }));
    let receipt = Discord.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
    assert_eq!(calls(&host)[1].1, "https://discord.com/api/v10/channels/55/threads");
    assert_eq!(calls(&host)[1].2, body(&render(&posting(), &target)));
    assert_eq!(handle(&receipt)["channel_id"], json!("77"));
}

#[test]
fn a_good_answer_that_was_the_last_one_holds_the_lane() {
    let (status, json) = sent("7");
    let mut last = Answer::of_json(status, &json);
    last.headers = vec![("x-ratelimit-remaining".into(), "0".into()), ("x-ratelimit-reset-after".into(), "1.2".into())];
    let host = ScriptedHost::new([Ok(Answer::of_json(200, &hook().1)), Ok(last)]);
    Discord.publish(&host, &posting(), &webhook(json!({})), &attempt()).expect("a receipt");
    assert_eq!(host.holds(), [(Lane::Destination, 1200)]);
}

#[test]
fn a_lost_answer_is_uncertain_and_a_request_that_never_left_is_not() {
    let lost = |error: HttpError| {
        let host = ScriptedHost::new([Ok(Answer::of_json(200, &hook().1)), Err(error)]);
        Discord.publish(&host, &posting(), &webhook(json!({})), &attempt())
    };
    assert!(matches!(lost(HttpError::NoAnswer("reset".into())), Err(Error::Uncertain(_))));
    assert!(matches!(lost(HttpError::NotSent("no route".into())), Err(Error::Transient(_))));
}

#[test]
fn an_edit_edits_and_a_copy_that_is_gone_is_said_to_be() {
    let target = webhook(json!({ "thread_id": "55" }));
    let receipt = published(&target);
    let host = ScriptedHost::answering([sent("7")]);
    let edited = Posting { title: "Go engineer".into(), revision: 2, ..posting() };
    let after = Discord.update(&host, &receipt, &edited, &target, &attempt()).expect("a receipt");
    let (method, url, content) = calls(&host).remove(0);
    assert_eq!((method, url.as_str()), ("PATCH", "{webhook_url}/messages/7?thread_id=55"));
    assert_eq!(content["embeds"][0]["title"], "Go engineer");
    assert_eq!(after.url, receipt.url);
    assert_ne!(handle(&after)["mark"], handle(&receipt)["mark"]);

    let host = ScriptedHost::answering([refused(404, 10_008, "Unknown Message"), hook()]);
    assert_eq!(Discord.update(&host, &receipt, &edited, &target, &attempt()), Err(Error::Gone));
}

#[test]
fn another_webhook_knows_nothing_of_the_copy_and_that_is_not_the_same_as_gone() {
    let target = webhook(json!({}));
    let receipt = published(&target);
    let other = (200, json!({ "id": "9", "type": 1, "name": "New", "channel_id": "55", "guild_id": "1" }));
    let host = ScriptedHost::answering([refused(404, 10_008, "Unknown Message"), other]);
    let after = Discord.update(&host, &receipt, &posting(), &target, &attempt());
    assert!(matches!(after, Err(Error::Rejected(why)) if why.contains("another webhook")));
}

/// A proxy's page.
fn page(status: u16) -> Answer {
    Answer { body: b"<html><h1>404 Not Found</h1></html>".to_vec(), ..Answer::of_json(status, &json!({})) }
}

#[test]
fn a_404_that_is_not_discords_says_nothing_about_the_copy() {
    let unlike = || [page(404), page(410), Answer::of_json(404, &json!({ "message": "Not Found" }))];
    for target in [webhook(json!({})), bot(json!({}))] {
        let receipt = published(&target);
        for answer in unlike() {
            let host = || ScriptedHost::new([Ok(answer.clone()), Ok(Answer::of_json(200, &hook().1))]);
            let update = Discord.update(&host(), &receipt, &posting(), &target, &attempt());
            assert!(matches!(update, Err(Error::Transient(_))), "{update:?}");
            let retract = Discord.retract(&host(), &receipt, RetractMode::Delete, &posting(), &target, &attempt());
            assert!(matches!(retract, Err(Error::Transient(_))), "{retract:?}");
            let check = Discord.check(&host(), &receipt, &posting(), &target, &context());
            assert!(matches!(check, Err(Error::Transient(_))), "{check:?}");
            // Somebody has to look whether the message is there.
            let host = ScriptedHost::new([Ok(Answer::of_json(200, &hook().1)), Ok(answer)]);
            let publish = Discord.publish(&host, &posting(), &target, &attempt());
            assert!(matches!(publish, Err(Error::Uncertain(_))), "{publish:?}");
        }
    }
}

#[test]
fn a_copy_is_gone_only_if_the_webhook_says_who_it_is() {
    let target = webhook(json!({}));
    let receipt = published(&target);
    let update = |webhooks_own: (u16, Value)| {
        let host = ScriptedHost::answering([refused(404, 10_008, "Unknown Message"), webhooks_own]);
        Discord.update(&host, &receipt, &posting(), &target, &attempt())
    };
    assert_eq!(update(hook()), Err(Error::Gone));
    assert!(matches!(update(refused(503, 0, "later")), Err(Error::Transient(_))));
    assert!(matches!(update(refused(404, 10_015, "Unknown Webhook")), Err(Error::Unauthorized(_))));
    assert!(matches!(update(refused(429, 0, "slowly")), Err(Error::RateLimited(_))));
}

/// A copy in a forum's post, as this target published it.
fn post(target: &tablon_plugin::Target) -> tablon_plugin::Receipt {
    let first = json!({ "id": "77", "channel_id": "77", "webhook_id": "8" });
    let bots = target.secrets.iter().any(|name| name == "bot_token");
    let opened = if bots { (201, json!({ "id": "77", "message": first })) } else { (200, first) };
    let host = ScriptedHost::answering([if bots { place(15) } else { hook() }, opened]);
    Discord.publish(&host, &posting(), target, &attempt()).expect("a receipt")
}

fn delete(host: &ScriptedHost, receipt: &tablon_plugin::Receipt, target: &tablon_plugin::Target) -> Deleted {
    Discord.retract(host, receipt, RetractMode::Delete, &posting(), target, &attempt())
}

type Deleted = Result<Option<tablon_plugin::Receipt>, Error>;

#[test]
fn a_bot_takes_its_post_away_with_the_thread() {
    let target = bot(json!({ "new_thread": true }));
    let receipt = post(&target);
    assert_eq!(handle(&receipt)["own_thread"], json!(true));
    // An older receipt tells it by the ids.
    let mut old = handle(&receipt);
    old.as_object_mut().expect("an object").remove("own_thread");
    let old = tablon_plugin::Receipt { handle: old.to_string().into_bytes(), url: None, extra: vec![] };
    for receipt in [&receipt, &old] {
        let host = ScriptedHost::answering([(200, json!({ "id": "77" }))]);
        assert_eq!(delete(&host, receipt, &target), Ok(None));
        let (method, url, _) = calls(&host).remove(0);
        assert_eq!((method, url.as_str()), ("DELETE", "https://discord.com/api/v10/channels/77"));
    }
    // Somebody did it before.
    let host = ScriptedHost::answering([refused(404, 10_003, "Unknown Channel")]);
    assert_eq!(delete(&host, &receipt, &target), Ok(None));
    let host = ScriptedHost::answering([refused(404, 10_003, "Unknown Channel")]);
    assert_eq!(Discord.check(&host, &receipt, &posting(), &target, &context()), Ok(Presence::Absent));
}

#[test]
fn who_may_not_take_a_post_away_marks_it_as_closed() {
    for (target, before) in [
        (webhook(json!({ "new_thread": true })), vec![]),
        (bot(json!({ "new_thread": true })), vec![refused(403, 50_013, "Missing Permissions")]),
    ] {
        let receipt = post(&target);
        let host = ScriptedHost::answering(before.into_iter().chain([sent("77")]));
        let left = delete(&host, &receipt, &target).expect("done").expect("still there");
        let (method, url, content) = calls(&host).pop().expect("a call");
        assert!(method == "PATCH" && url.contains("77"), "{method} {url}");
        assert_eq!(content["embeds"][0]["title"], "~~Rust engineer~~");
        assert_eq!(handle(&left)["closed"], "closed");
    }
}

#[test]
fn a_message_in_somebodys_thread_is_deleted_alone() {
    let target = bot(json!({ "thread_id": "55" }));
    let host = ScriptedHost::answering([(204, Value::Null)]);
    assert_eq!(delete(&host, &published(&target), &target), Ok(None));
    assert_eq!(calls(&host)[0].1, "https://discord.com/api/v10/channels/55/messages/7");
}

#[test]
fn a_bot_opens_an_archived_thread_before_it_edits_there() {
    let target = bot(json!({ "thread_id": "55" }));
    let receipt = published(&target);
    let archived = || refused(400, 50_083, "Thread is archived");
    let host = ScriptedHost::answering([archived(), place(11), sent("7")]);
    Discord.update(&host, &receipt, &posting(), &target, &attempt()).expect("a receipt");
    let calls = calls(&host);
    assert_eq!((calls[1].0, calls[1].1.as_str()), ("PATCH", "https://discord.com/api/v10/channels/55"));
    assert_eq!((&calls[1].2, calls.len()), (&json!({ "archived": false }), 3));
    // A webhook can't.
    let target = webhook(json!({ "new_thread": true }));
    let receipt = published(&target);
    let host = ScriptedHost::answering([archived()]);
    let after = Discord.update(&host, &receipt, &posting(), &target, &attempt());
    assert!(matches!(after, Err(Error::Rejected(why)) if why.contains("archived")));
}

#[test]
fn an_offer_that_is_over_is_struck_through_in_grey() {
    let target = webhook(json!({}));
    let host = ScriptedHost::answering([sent("7")]);
    let mode = RetractMode::MarkClosed(Ending::Filled);
    let receipt = Discord.retract(&host, &published(&target), mode, &posting(), &target, &attempt());
    let receipt = receipt.expect("done").expect("still there");
    let embed = calls(&host).remove(0).2["embeds"][0].clone();
    assert_eq!((&embed["title"], &embed["color"]), (&json!("~~Rust engineer~~"), &json!(0x0080_848e)));
    assert_eq!(embed["description"], "**This position is filled**");
    assert_eq!(embed["fields"].as_array().map(Vec::len), Some(1));
    assert_eq!(handle(&receipt)["closed"], "filled");
}

#[test]
fn a_copy_is_taken_away_once_and_its_being_gone_already_is_as_good() {
    let target = webhook(json!({}));
    let delete = |answers: Vec<(u16, Value)>| {
        let host = ScriptedHost::answering(answers);
        let after = Discord.retract(&host, &published(&target), RetractMode::Delete, &posting(), &target, &attempt());
        assert_eq!((calls(&host)[0].0, calls(&host)[0].1.as_str()), ("DELETE", "{webhook_url}/messages/7"));
        after
    };
    assert_eq!(delete(vec![(204, Value::Null)]), Ok(None));
    assert_eq!(delete(vec![refused(404, 10_008, "Unknown Message"), hook()]), Ok(None));
    assert!(matches!(delete(vec![refused(404, 10_015, "Unknown Webhook")]), Err(Error::Unauthorized(_))));
}

#[test]
fn a_check_tells_present_altered_and_absent_apart() {
    let target = webhook(json!({}));
    let receipt = published(&target);
    let shown = body(&render(&posting(), &target))["embeds"].clone();
    let check = |answers: Vec<(u16, Value)>, posting: &Posting| {
        Discord.check(&ScriptedHost::answering(answers), &receipt, posting, &target, &context())
    };
    assert_eq!(check(vec![(200, message("7", &shown))], &posting()), Ok(Presence::Present));
    // A moderator can take a message's embeds away.
    assert_eq!(
        check(vec![(200, message("7", &json!([])))], &posting()),
        Ok(Presence::Altered("The message on Discord wasn't as it was sent.".to_owned()))
    );
    assert_eq!(check(vec![refused(404, 10_008, "Unknown Message"), hook()], &posting()), Ok(Presence::Absent));
    // What was sent before a template changed can't be compared with what would be sent now.
    let newer = Posting { title: "Go engineer".into(), ..posting() };
    assert_eq!(check(vec![(200, message("7", &shown))], &newer), Ok(Presence::Present));
}
