//! The channel as a person sees it.

use serde_json::json;

use crate::client::Asked;

#[tokio::test]
async fn the_page_shows_what_the_channel_shows() {
    let telegram = Asked::new().await;
    let keyboard = json!({"inline_keyboard": [[{"text": "Apply <now>", "url": "https://a.example/"}]]});
    let text = "<b>Rust &lt;script&gt;</b>";
    telegram
        .ok(
            "sendMessage",
            json!({"chat_id": "@tablon_jobs", "text": text, "parse_mode": "HTML", "reply_markup": keyboard}),
        )
        .await;
    let edited = telegram.send("before").await;
    telegram.ok("editMessageText", json!({"chat_id": "@tablon_jobs", "message_id": edited, "text": "after"})).await;
    let gone = telegram.send("a secret mistake").await;
    telegram.ok("deleteMessage", json!({"chat_id": "@tablon_jobs", "message_id": gone})).await;

    let (status, page) = telegram.get_text("/@tablon_jobs").await;
    assert_eq!(status, 200);
    assert!(page.contains("<b>Rust &lt;script&gt;</b>"), "{page}");
    assert!(page.contains("Apply &lt;now&gt;</a>"), "{page}");
    assert!(page.contains(">after<") && page.contains(">edited</span>") && !page.contains("before<"), "{page}");
    assert!(page.contains("<s>a secret mistake</s></span> deleted at"), "{page}");
    assert!(page.contains("@tablon_jobs · 2 messages"), "{page}");
}

#[tokio::test]
async fn topics_of_a_forum_are_named() {
    let telegram = Asked::new().await;
    telegram.ok("sendMessage", json!({"chat_id": "@tablon_forum", "text": "x", "message_thread_id": 5})).await;
    assert!(telegram.get_text("/@tablon_forum").await.1.contains("<span class=\"topic\">Jobs</span>"));
}

#[tokio::test]
async fn the_front_page_lists_chats_and_an_unknown_one_is_not_found() {
    let telegram = Asked::new().await;
    let (status, front) = telegram.get_text("/").await;
    assert_eq!(status, 200);
    assert!(front.contains("href=\"./@tablon_jobs\"") && front.contains("Tablón forum"), "{front}");
    assert_eq!(telegram.get_text("/@nobody").await.0, 404);
    assert_eq!(telegram.get_text("/_fake/page.css").await.0, 200);
}
