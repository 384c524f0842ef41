//! Compares the fake with the description of the Bot API, if that file is there.

use serde_json::json;
use tablon_testkit::spec::Spec;
use tablon_testkit::telegram::{Membership, Rights};

use crate::client::Asked;

const CHANNEL: &str = "@tablon_jobs";

#[tokio::test]
async fn requests_and_answers_are_those_of_the_bot_api() {
    let Some(spec) = Spec::find().unwrap() else { return };
    let telegram = Asked::new().await;
    let sent = telegram
        .ok(
            "sendMessage",
            json!({
                "chat_id": "@tablon_forum", "message_thread_id": 5, "text": "<b>x</b> <a href=\"https://a.example\">y</a>", "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": true}, "disable_notification": true,
                "reply_markup": {"inline_keyboard": [[{"text": "Apply", "url": "https://a.example/"}]]},
            }),
        )
        .await;
    assert_eq!(spec.check_result("sendMessage", &sent), Vec::<String>::new());
    let id = telegram.send("x").await;
    for (method, params) in [
        ("getMe", json!({})),
        ("getChat", json!({"chat_id": CHANNEL})),
        ("getChat", json!({"chat_id": "@tablon_forum"})),
        ("getChatAdministrators", json!({"chat_id": CHANNEL})),
        ("getChatMember", json!({"chat_id": "@tablon_forum", "user_id": 110_201_543})),
        ("editMessageText", json!({"chat_id": CHANNEL, "message_id": id, "text": "y"})),
        ("deleteMessage", json!({"chat_id": CHANNEL, "message_id": id})),
    ] {
        let result = telegram.ok(method, params).await;
        assert_eq!(spec.check_result(method, &result), Vec::<String>::new(), "{method}: {result}");
    }
    for membership in
        [Membership::Stranger, Membership::Member, Membership::Restricted, Membership::Administrator(Rights::POST_ONLY)]
    {
        telegram.set_membership(CHANNEL, 110_201_543, membership);
        let member = telegram.ok("getChatMember", json!({"chat_id": CHANNEL, "user_id": 110_201_543})).await;
        assert_eq!(spec.check_result("getChatMember", &member), Vec::<String>::new(), "{member}");
    }
    assert!(spec.check_all(&telegram.requests()).is_empty(), "{:#?}", spec.check_all(&telegram.requests()));
}

#[tokio::test]
async fn a_request_that_the_bot_api_does_not_describe_is_found() {
    let Some(spec) = Spec::find().unwrap() else { return };
    let telegram = Asked::new().await;
    telegram
        .ok("sendMessage", json!({"chat_id": CHANNEL, "text": "x", "silent": true, "message_thread_id": null}))
        .await;
    telegram.call("sendMessage", json!({"chat_id": CHANNEL, "text": "x".repeat(4097)})).await;
    let mut found: Vec<String> =
        spec.check_all(&telegram.requests()).into_iter().map(|violation| violation.message).collect();
    // The order of parameters is that of a JSON object, which isn't fixed.
    found.sort();
    assert_eq!(
        found,
        [
            "message_thread_id is no Integer: null",
            "sendMessage has no parameter \"silent\"",
            "text has 4097 characters; 1 to 4096 are allowed"
        ]
    );
}
