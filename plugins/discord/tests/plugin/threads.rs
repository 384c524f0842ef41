//! Threads of jobs' own in a forum: their names and tags.

use serde_json::{Value, json};
use tablon_plugin::testing::{ScriptedHost, attempt, context, posting};
use tablon_plugin::{Ending, Error, Posting, Publisher, Receipt, RetractMode, Target};
use tablon_plugin_discord::Discord;

use crate::support::{Calls, body, bot, calls, hook, me, place, refused, render, sent, webhook};

/// A forum with three tags, which may demand one.
fn forum(demands: bool) -> (u16, Value) {
    let (status, mut forum) = place(15);
    forum["flags"] = json!(if demands { 1 << 4 } else { 0 });
    forum["available_tags"] = json!([
        { "id": "301", "name": "Offers", "moderated": false, "emoji_id": null, "emoji_name": "📌" },
        { "id": "302", "name": "Rust", "moderated": false, "emoji_id": null, "emoji_name": null },
        { "id": "303", "name": "C++", "moderated": true, "emoji_id": null, "emoji_name": null },
    ]);
    (status, forum)
}

/// A bot's channel in the forum, as it is once it was verified.
fn verified(tags: &str) -> Target {
    let target = bot(json!({ "new_thread": true, "tags": tags }));
    let host = ScriptedHost::answering([me(), forum(true)]);
    let remembered = Discord.verify(&host, &target, &context()).expect("verified").remember;
    Target { remembered, ..target }
}

fn opened() -> (u16, Value) {
    (201, json!({ "id": "77", "message": { "id": "77", "channel_id": "77" } }))
}

fn publish(target: &Target, posting: &Posting) -> Receipt {
    let host = ScriptedHost::answering([forum(true), opened()]);
    let receipt = Discord.publish(&host, posting, target, &attempt()).expect("a receipt");
    assert_eq!(calls(&host)[1].2, body(&render(posting, target)), "what is shown is what is sent");
    receipt
}

fn pointer_and_words(target: &Target, answers: Vec<(u16, Value)>) -> (String, String) {
    match Discord.verify(&ScriptedHost::answering(answers), target, &context()) {
        Err(Error::InvalidSettings(fields)) => (fields[0].pointer.clone(), fields[0].message.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_post_has_the_channels_tags_and_those_that_the_job_shares_with_the_forum() {
    // The job's are `rust` and `c++`; the forum keeps the latter for its moderators.
    let shown = body(&render(&posting(), &verified("offers")));
    assert_eq!(shown["applied_tags"], json!(["301", "302"]));
    let shown = body(&render(&posting(), &verified("Rust, 301")));
    assert_eq!(shown["applied_tags"], json!(["302", "301"]));
    publish(&verified("offers"), &posting());
    let untagged = bot(json!({ "new_thread": true }));
    assert_eq!(body(&render(&posting(), &untagged)).get("applied_tags"), None);
}

#[test]
fn discord_takes_five_tags_and_is_given_no_more() {
    let mut target = verified("offers");
    let many: Vec<Value> = (1..=9).map(|n| json!({ "id": n.to_string(), "name": format!("tag {n}") })).collect();
    target.remembered = vec![("forum_tags".into(), json!(many).to_string())];
    target.settings = target.settings.replace("offers", "tag 9");
    let posting = Posting { tags: (1..=9).map(|n| format!("Tag {n}")).collect(), ..posting() };
    assert_eq!(body(&render(&posting, &target))["applied_tags"], json!(["9", "1", "2", "3", "4"]));
}

#[test]
fn a_webhook_gives_tags_by_their_ids() {
    let target = webhook(json!({ "new_thread": true, "tags": "301" }));
    let host = ScriptedHost::answering([hook(), sent("7")]);
    Discord.publish(&host, &posting(), &target, &attempt()).expect("a receipt");
    let content = &calls(&host)[1].2;
    assert_eq!((&content["thread_name"], &content["applied_tags"]), (&json!("Rust engineer"), &json!(["301"])));
    let named = webhook(json!({ "new_thread": true, "tags": "Offers" }));
    let (pointer, words) = pointer_and_words(&named, vec![hook()]);
    assert!(pointer == "/tags" && words.contains("ID of Offers"), "{words}");
}

#[test]
fn a_forum_that_demands_a_tag_warns_and_one_that_it_does_not_have_is_told() {
    let with = |tags: &str| bot(json!({ "new_thread": true, "tags": tags }));
    let warned = |tags: &str, demands: bool| {
        let host = ScriptedHost::answering([me(), forum(demands)]);
        let verified = Discord.verify(&host, &with(tags), &context()).expect("verified");
        verified.warnings.iter().any(|warning| warning.contains("no post without a tag"))
    };
    assert!(warned(" , ", true) && !warned("Offers", true) && !warned("", false));
    for unknown in ["Jobs", "999"] {
        let (pointer, words) = pointer_and_words(&with(unknown), vec![me(), forum(true)]);
        assert!(pointer == "/tags" && words.contains(unknown), "{words}");
    }
}

#[test]
fn a_tag_that_is_not_known_is_told_in_the_preview_and_not_sent() {
    let target = Target { settings: bot(json!({ "new_thread": true, "tags": "Jobs" })).settings, ..verified("Offers") };
    assert!(render(&posting(), &target).warnings.iter().any(|warning| warning.contains("Jobs")));
    let host = ScriptedHost::default();
    let refused = Discord.publish(&host, &posting(), &target, &attempt());
    assert!(matches!(refused, Err(Error::InvalidSettings(fields)) if fields[0].pointer == "/tags"));
    assert!(host.requests().is_empty());
}

#[test]
fn as_long_as_the_forum_was_not_asked_for_its_tags_a_job_goes_there_without() {
    let target = bot(json!({ "new_thread": true, "tags": "Offers" }));
    assert!(render(&posting(), &target).warnings.iter().any(|warning| warning.contains("Offers")));
    publish(&target, &posting());
}

#[test]
fn what_discord_says_of_tags_is_a_matter_of_the_setting() {
    let target = verified("offers");
    for (status, code, said) in [(400, 40_067, "A tag is required"), (404, 10_087, "Unknown tag")] {
        let host = ScriptedHost::answering([forum(true), refused(status, code, said)]);
        let error = Discord.publish(&host, &posting(), &target, &attempt());
        assert!(matches!(error, Err(Error::InvalidSettings(fields)) if fields[0].pointer == "/tags"), "{said}");
    }
}

fn renamed() -> Posting {
    Posting { title: "Go engineer".into(), revision: 2, ..posting() }
}

fn update(receipt: &Receipt, answers: Vec<(u16, Value)>) -> (Result<Receipt, Error>, Calls) {
    let host = ScriptedHost::answering(answers);
    let updated = Discord.update(&host, receipt, &renamed(), &verified("offers"), &attempt());
    (updated, calls(&host))
}

#[test]
fn a_thread_follows_the_jobs_title_and_tags() {
    let receipt = publish(&verified("offers"), &posting());
    let (updated, calls) = update(&receipt, vec![sent("77"), forum(true)]);
    let (method, url, content) = &calls[1];
    assert_eq!((*method, url.as_str()), ("PATCH", "https://discord.com/api/v10/channels/77"));
    assert_eq!(content, &json!({ "name": "Go engineer", "applied_tags": ["301", "302"] }));
    // It has its name: another update leaves it alone.
    let updated = updated.expect("a receipt");
    assert_eq!(update(&updated, vec![sent("77")]).1.len(), 1);
}

#[test]
fn a_thread_that_is_not_named_yet_is_unfinished_and_the_message_is_done() {
    let receipt = publish(&verified("offers"), &posting());
    let limited = (429, json!({ "message": "You are being rate limited.", "retry_after": 480.0, "global": false }));
    let (Err(Error::Unfinished((half, why))), _) = update(&receipt, vec![sent("77"), limited]) else {
        panic!("unfinished")
    };
    assert!(why.contains("its thread were not yet") && why.contains("rate limited"), "{why}");
    assert_eq!(half.url, receipt.url);
    let (finished, calls) = update(&half, vec![sent("77"), forum(true)]);
    assert!(finished.is_ok() && calls[1].2["name"] == "Go engineer", "{calls:?}");
}

#[test]
fn a_thread_that_may_not_be_named_is_asked_once_for_each_name() {
    let receipt = publish(&verified("offers"), &posting());
    let (updated, _) = update(&receipt, vec![sent("77"), refused(403, 50_013, "Missing Permissions")]);
    let updated = updated.expect("a receipt");
    assert_eq!(update(&updated, vec![sent("77")]).1.len(), 1);
}

#[test]
fn a_thread_keeps_its_name_when_its_offer_is_over() {
    let receipt = publish(&verified("offers"), &posting());
    let host = ScriptedHost::answering([sent("77")]);
    let mode = RetractMode::MarkClosed(Ending::Filled);
    let kept = Discord.retract(&host, &receipt, mode, &renamed(), &verified("offers"), &attempt());
    assert!(kept.is_ok_and(|kept| kept.is_some()) && calls(&host).len() == 1);
}
