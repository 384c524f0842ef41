//! Telegram's own sentences for everything that it refuses.

use std::time::Duration;

use serde_json::{Value, json};
use tablon_testkit::telegram::{Bot, Chat, Membership, Options, Rates, Rights};

use crate::client::{Asked, bad, forbidden};

const OTHER_TOKEN: &str = "220201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
const CHANNEL: &str = "@tablon_jobs";
const BOT: i64 = 110_201_543;

fn message(text: &str) -> Value {
    json!({"chat_id": CHANNEL, "text": text})
}

fn html(text: &str) -> Value {
    json!({"chat_id": CHANNEL, "text": text, "parse_mode": "HTML"})
}

#[tokio::test]
async fn an_unknown_or_revoked_token_is_unauthorized() {
    let mut telegram = Asked::new().await;
    telegram.revoke(&telegram.token);
    assert_eq!(telegram.refused("getMe", json!({})).await, (401, "Unauthorized".into()));
    telegram.token = "1:nobody".into();
    assert_eq!(telegram.refused("sendMessage", message("x")).await, (401, "Unauthorized".into()));
    assert!(telegram.messages(CHANNEL).is_empty());
}

#[tokio::test]
async fn an_unknown_method_is_not_found() {
    let telegram = Asked::new().await;
    assert_eq!(telegram.refused("sendMesage", message("x")).await, (404, "Not Found".into()));
}

#[tokio::test]
async fn an_empty_text_is_refused() {
    let telegram = Asked::new().await;
    for params in [json!({"chat_id": CHANNEL}), message(""), message(" \n\t "), html("<b></b>"), html("<i> </i>")] {
        assert_eq!(telegram.refused("sendMessage", params).await, bad("message text is empty"));
    }
}

#[tokio::test]
async fn a_text_may_have_4096_utf16_units_after_parsing_and_not_one_more() {
    let telegram = Asked::new().await;
    // A crab is two units and four bytes; tags count nothing, and an entity counts as its character.
    telegram.ok("sendMessage", html(&format!("<b>{}</b>", "🦀".repeat(2048)))).await;
    telegram.ok("sendMessage", html(&"&amp;".repeat(4096))).await;
    assert_eq!(
        telegram.refused("sendMessage", html(&format!("{}x", "🦀".repeat(2048)))).await,
        bad("message is too long")
    );
    let id = telegram.send("short").await;
    let edit = json!({"chat_id": CHANNEL, "message_id": id, "text": "x".repeat(4097)});
    assert_eq!(telegram.refused("editMessageText", edit).await, bad("MESSAGE_TOO_LONG"));
}

#[tokio::test]
async fn broken_html_is_refused_with_its_place() {
    let telegram = Asked::new().await;
    for (text, problem) in [
        ("12345<x>y</x>", "Unsupported start tag \"x\" at byte offset 5"),
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", "Unmatched end tag at byte offset 4, expected \"</b>\", found \"</i>\""),
        ("a <b", "Unclosed start tag at byte offset 2"),
    ] {
        assert_eq!(telegram.refused("sendMessage", html(text)).await, bad(&format!("can't parse entities: {problem}")));
    }
    assert_eq!(
        telegram.refused("sendMessage", json!({"chat_id": CHANNEL, "text": "x", "parse_mode": "BBCode"})).await,
        bad("unsupported parse_mode")
    );
}

#[tokio::test]
async fn a_chat_that_the_bot_cannot_find_is_not_found() {
    let hidden =
        Options::default().chat(Chat::channel(-1_009, "Hidden")).chat(Chat::private(77, "Ana").username("ana_77"));
    let telegram = Asked::with(hidden).await;
    for chat in [json!("@nobody_here"), json!(-1_008), json!(-1_009), json!("tablon_jobs"), json!("@ana_77")] {
        let refused = telegram.refused("sendMessage", json!({"chat_id": chat, "text": "x"})).await;
        assert_eq!(refused, bad("chat not found"), "{chat}");
    }
    assert_eq!(telegram.refused("sendMessage", json!({"text": "x"})).await, bad("chat_id is empty"));
    telegram.ok("sendMessage", json!({"chat_id": "77", "text": "x"})).await;
}

#[tokio::test]
async fn a_bot_that_is_not_in_the_chat_is_forbidden_to_write() {
    let telegram = Asked::new().await;
    for (membership, sentence) in [
        (Membership::Stranger, "bot is not a member of the channel chat"),
        (Membership::Kicked, "bot was kicked from the channel chat"),
    ] {
        telegram.set_membership(CHANNEL, BOT, membership);
        assert_eq!(telegram.refused("sendMessage", message("x")).await, forbidden(sentence));
        assert_eq!(telegram.refused("getChatAdministrators", json!({"chat_id": CHANNEL})).await, forbidden(sentence));
    }
    telegram.add_chat(Chat::private(77, "Ana").member(BOT, Membership::Kicked));
    assert_eq!(
        telegram.refused("sendMessage", json!({"chat_id": 77, "text": "x"})).await,
        forbidden("bot was blocked by the user")
    );
}

#[tokio::test]
async fn a_bot_without_the_right_to_post_is_told_so() {
    let telegram = Asked::new().await;
    for membership in [Membership::Member, Membership::Administrator(Rights::NONE)] {
        telegram.set_membership(CHANNEL, BOT, membership);
        assert_eq!(
            telegram.refused("sendMessage", message("x")).await,
            bad("need administrator rights in the channel chat")
        );
    }
    telegram.set_membership("@tablon_forum", BOT, Membership::Restricted);
    assert_eq!(
        telegram.refused("sendMessage", json!({"chat_id": "@tablon_forum", "text": "x"})).await,
        bad("not enough rights to send text messages to the chat")
    );
}

#[tokio::test]
async fn a_group_that_became_a_supergroup_says_its_new_id() {
    let telegram =
        Asked::with(Options::default().chat(Chat::group(-500, "Old group").member(BOT, Membership::Member))).await;
    telegram.ok("sendMessage", json!({"chat_id": -500, "text": "x"})).await;
    assert!(telegram.migrate(-500, -1_005));
    let (status, answer) = telegram.call("sendMessage", json!({"chat_id": -500, "text": "x"})).await;
    assert_eq!(status, 400);
    assert_eq!(answer["description"], "Bad Request: group chat was upgraded to a supergroup chat");
    assert_eq!(answer["parameters"], json!({"migrate_to_chat_id": -1_005}));
    telegram.ok("sendMessage", json!({"chat_id": -1_005, "text": "x"})).await;
}

#[tokio::test]
async fn an_identical_edit_is_not_modified() {
    let telegram = Asked::new().await;
    let sent = json!({"chat_id": CHANNEL, "text": "<b>Rust</b> &amp; co", "parse_mode": "HTML", "link_preview_options": {"is_disabled": true}});
    let id = telegram.ok("sendMessage", sent.clone()).await["message_id"].clone();
    let not_modified = bad(
        "message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
    );
    let mut edit = sent;
    edit["message_id"] = id;
    assert_eq!(telegram.refused("editMessageText", edit.clone()).await, not_modified);
    // The content is compared, not its markup.
    edit["text"] = json!(" <strong>Ru</strong><b>st</b> &#38; co\n");
    assert_eq!(telegram.refused("editMessageText", edit.clone()).await, not_modified);
    edit["text"] = json!("Rust &amp; co");
    telegram.ok("editMessageText", edit).await;
    assert_eq!(telegram.shown(CHANNEL)[0].history.len(), 1);
}

#[tokio::test]
async fn what_is_gone_can_neither_be_edited_nor_deleted() {
    let telegram = Asked::new().await;
    let id = telegram.send("soon gone").await;
    assert!(telegram.delete_by_hand(CHANNEL, id));
    for id in [id, 4711] {
        let edit = json!({"chat_id": CHANNEL, "message_id": id, "text": "x"});
        assert_eq!(telegram.refused("editMessageText", edit).await, bad("message to edit not found"));
        let delete = json!({"chat_id": CHANNEL, "message_id": id});
        assert_eq!(telegram.refused("deleteMessage", delete).await, bad("message to delete not found"));
    }
    assert_eq!(
        telegram.refused("deleteMessage", json!({"chat_id": CHANNEL})).await,
        bad("message identifier is not specified")
    );
}

#[tokio::test]
async fn an_old_message_is_deleted_only_with_the_right_to_delete() {
    let telegram = Asked::new().await;
    let id = telegram.send("two days old").await;
    telegram.advance(Duration::from_secs(48 * 3600));
    telegram.set_membership(CHANNEL, BOT, Membership::Administrator(Rights::POST_ONLY));
    let delete = json!({"chat_id": CHANNEL, "message_id": id});
    assert_eq!(telegram.refused("deleteMessage", delete.clone()).await, bad("message can't be deleted"));
    // It can still be edited, and a retraction falls back to that.
    telegram.ok("editMessageText", json!({"chat_id": CHANNEL, "message_id": id, "text": "closed"})).await;
    telegram.set_membership(CHANNEL, BOT, Membership::Administrator(Rights::ALL));
    telegram.ok("deleteMessage", delete).await;
    assert!(telegram.shown(CHANNEL).is_empty());
}

#[tokio::test]
async fn a_young_message_of_its_own_needs_no_right_to_delete() {
    let telegram = Asked::new().await;
    telegram.set_membership(CHANNEL, BOT, Membership::Administrator(Rights::POST_ONLY));
    let id = telegram.send("x").await;
    telegram.ok("deleteMessage", json!({"chat_id": CHANNEL, "message_id": id})).await;
}

#[tokio::test]
async fn another_bots_message_takes_the_right_to_edit() {
    let mut telegram = Asked::new().await;
    let id = telegram.send("mine").await;
    telegram.add_bot(Bot::new(OTHER_TOKEN, "other_bot"));
    telegram.set_membership(CHANNEL, 220_201_543, Membership::Administrator(Rights::POST_ONLY));
    telegram.token = OTHER_TOKEN.into();
    let edit = json!({"chat_id": CHANNEL, "message_id": id, "text": "yours"});
    assert_eq!(telegram.refused("editMessageText", edit.clone()).await, bad("message can't be edited"));
    assert_eq!(
        telegram.refused("deleteMessage", json!({"chat_id": CHANNEL, "message_id": id})).await,
        bad("message can't be deleted")
    );
    telegram.set_membership(CHANNEL, 220_201_543, Membership::Administrator(Rights::ALL));
    telegram.ok("editMessageText", edit).await;
}

#[tokio::test]
async fn a_topic_that_does_not_exist_is_no_thread() {
    let telegram = Asked::new().await;
    let into = |chat: &str, thread: i64| json!({"chat_id": chat, "text": "x", "message_thread_id": thread});
    assert_eq!(telegram.refused("sendMessage", into("@tablon_forum", 6)).await, bad("message thread not found"));
    assert_eq!(telegram.refused("sendMessage", into(CHANNEL, 5)).await, bad("message thread not found"));
    let sent = telegram.ok("sendMessage", into("@tablon_forum", 5)).await;
    assert_eq!((&sent["message_thread_id"], &sent["is_topic_message"]), (&json!(5), &json!(true)));
}

#[tokio::test]
async fn a_keyboard_with_a_wrong_button_is_refused() {
    let telegram = Asked::new().await;
    let with = |markup: Value| json!({"chat_id": CHANNEL, "text": "x", "reply_markup": markup});
    assert_eq!(
        telegram
            .refused(
                "sendMessage",
                with(json!({"inline_keyboard": [[{"text": "Apply", "url": "mailto:a@b.example"}]]}))
            )
            .await,
        bad("inline keyboard button URL 'mailto:a@b.example' is invalid: Wrong HTTP URL")
    );
    assert_eq!(telegram.refused("sendMessage", with(json!("keyboard"))).await, bad("object expected as reply markup"));
    telegram
        .ok("sendMessage", with(json!({"inline_keyboard": [[{"text": "Apply", "url": "https://b.example/"}]]})))
        .await;
}

#[tokio::test]
async fn a_bot_that_writes_too_fast_is_told_how_long_to_wait() {
    let telegram = Asked::with(Options::default().rates(Rates::default())).await;
    telegram.send("first").await;
    let (status, answer) = telegram.call("sendMessage", message("second")).await;
    assert_eq!((status, &answer["description"]), (429, &json!("Too Many Requests: retry after 1")));
    assert_eq!(answer["parameters"], json!({"retry_after": 1}));
    telegram.advance(Duration::from_secs(1));
    telegram.send("second").await;
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let telegram = Asked::new().await;
    for body in ["[1]", "{\"chat_id\":", "nonsense"] {
        let request =
            telegram.http().post(telegram.url("sendMessage")).header("content-type", "application/json").body(body);
        assert_eq!(request.send().await.unwrap().status(), 400, "{body}");
    }
}

#[tokio::test]
async fn taking_buttons_from_a_message_without_any_changes_nothing_and_tells_whether_it_is_there() {
    let telegram = Asked::new().await;
    telegram.send("x").await;
    let probe = |id: i64| json!({"chat_id": CHANNEL, "message_id": id});
    let id = telegram.shown(CHANNEL)[0].id;
    let (status, words) = telegram.refused("editMessageReplyMarkup", probe(id)).await;
    assert!(status == 400 && words.starts_with("Bad Request: message is not modified"), "{words}");
    assert_eq!(telegram.refused("editMessageReplyMarkup", probe(999)).await, bad("message to edit not found"));
    assert_eq!(telegram.shown(CHANNEL)[0].edited_at, None);
}
