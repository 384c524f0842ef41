//! What the fake accepts, stores and records.

use serde_json::{Value, json};
use tablon_testkit::telegram::{BodyKind, EntityKind};

use crate::client::Asked;

const CHANNEL: &str = "@tablon_jobs";

#[tokio::test]
async fn a_message_is_kept_as_it_was_sent_and_as_it_is_shown() {
    let telegram = Asked::new().await;
    let text = "<b>Rust</b> <a href=\"https://a.example/?x=1&amp;y=2\">go</a> #rust";
    let sent = telegram
        .ok("sendMessage", json!({"chat_id": -1_001_000_000_001_i64, "text": text, "parse_mode": "HTML", "disable_notification": true}))
        .await;
    assert_eq!(sent["text"], "Rust go #rust");
    assert_eq!(
        sent["entities"],
        json!([
            {"type": "bold", "offset": 0, "length": 4},
            {"type": "text_link", "offset": 5, "length": 2, "url": "https://a.example/?x=1&y=2"},
            {"type": "hashtag", "offset": 8, "length": 5},
        ])
    );
    assert_eq!(sent["chat"]["username"], "tablon_jobs");
    let [message] = &telegram.shown(CHANNEL)[..] else { panic!("one message") };
    assert_eq!((message.source.as_str(), message.text(), message.silent), (text, "Rust go #rust", true));
    assert_eq!(message.content.entities[2].kind, EntityKind::Hashtag);
    telegram.assert_no_violations();
}

#[tokio::test]
async fn an_edit_keeps_what_was_said_before() {
    let telegram = Asked::new().await;
    let id = telegram.send("first").await;
    let edited = telegram.ok("editMessageText", json!({"chat_id": CHANNEL, "message_id": id, "text": "second"})).await;
    assert_eq!(edited["text"], "second");
    assert!(edited["edit_date"].is_i64());
    let message = &telegram.messages(CHANNEL)[0];
    assert_eq!((message.text(), message.history[0].content.text.as_str()), ("second", "first"));
}

#[tokio::test]
async fn parameters_come_in_a_query_a_form_or_json() {
    let telegram = Asked::new().await;
    let (http, url) = (telegram.http(), telegram.url("sendMessage"));
    let query = [("chat_id", CHANNEL), ("text", "ñ in a query"), ("disable_notification", "true")];
    assert_eq!(http.get(&url).query(&query).send().await.unwrap().status(), 200);
    let form = [("chat_id", CHANNEL), ("text", "in a form"), ("link_preview_options", "{\"is_disabled\":true}")];
    assert_eq!(http.post(&url).form(&form).send().await.unwrap().status(), 200);
    telegram.ok("sendMessage", json!({"chat_id": CHANNEL, "text": "in JSON"})).await;
    let texts: Vec<String> = telegram.shown(CHANNEL).iter().map(|message| message.text().to_owned()).collect();
    assert_eq!(texts, ["ñ in a query", "in a form", "in JSON"]);
    let kinds: Vec<BodyKind> = telegram.requests().iter().map(|request| request.body_kind).collect();
    assert_eq!(kinds, [BodyKind::Query, BodyKind::Form, BodyKind::Json]);
    telegram.assert_no_violations();
}

#[tokio::test]
async fn every_request_is_recorded_byte_for_byte_and_without_its_token() {
    let telegram = Asked::new().await;
    let body = "{ \"chat_id\":\"@tablon_jobs\",\n\"text\":\"\\u00f1 {{ bot_token }}\" }";
    let request = telegram
        .http()
        .post(telegram.url("sendMessage"))
        .header("content-type", "application/json")
        .header("x-own", "1")
        .body(body);
    request.send().await.unwrap();
    let [recorded] = &telegram.requests()[..] else { panic!("one request") };
    assert_eq!(recorded.body, body.as_bytes());
    assert_eq!(recorded.params["text"], "ñ {{ bot_token }}");
    assert_eq!((recorded.http_method.as_str(), recorded.path.as_str()), ("POST", "/bot<token>/sendMessage"));
    assert!(recorded.headers.contains(&("x-own".into(), "1".into())));
    assert_eq!((recorded.status, recorded.acted, recorded.bot_id), (Some(200), true, Some(110_201_543)));
    assert!(!serde_json::to_string(recorded).unwrap().contains(&telegram.token));
}

#[tokio::test]
async fn what_telegram_would_ignore_is_a_violation() {
    let telegram = Asked::new().await;
    let text = "<a href=\"mailto:hr@a.example\">write</a>";
    telegram
        .ok(
            "sendMessage",
            json!({"chat_id": CHANNEL, "text": text, "parse_mode": "HTML", "disable_web_page_preview": true}),
        )
        .await;
    let messages: Vec<String> = telegram.violations().into_iter().map(|violation| violation.message).collect();
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert!(messages[0].contains("disable_web_page_preview") && messages[1].contains("mailto:"), "{messages:?}");
}

#[tokio::test]
async fn the_names_of_methods_ignore_case() {
    let telegram = Asked::new().await;
    assert_eq!(telegram.ok("GETME", json!({})).await["username"], "tablon_bot");
}

#[tokio::test]
async fn a_bot_can_learn_where_it_is_and_what_it_may() {
    let telegram = Asked::new().await;
    let chat = telegram.ok("getChat", json!({"chat_id": CHANNEL})).await;
    assert_eq!((&chat["type"], &chat["title"]), (&json!("channel"), &json!("Tablón jobs")));
    let member = telegram.ok("getChatMember", json!({"chat_id": CHANNEL, "user_id": 110_201_543})).await;
    assert_eq!((&member["status"], &member["can_post_messages"]), (&json!("administrator"), &json!(true)));
    let administrators = telegram.ok("getChatAdministrators", json!({"chat_id": CHANNEL})).await;
    assert_eq!(administrators.as_array().map(Vec::len), Some(1));
    let forum = telegram.ok("getChat", json!({"chat_id": "@Tablon_Forum"})).await;
    assert_eq!(forum["is_forum"], Value::Bool(true));
}
