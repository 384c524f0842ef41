//! The control surface: the only access of a test in another process.

use serde_json::{Value, json};

use crate::client::Asked;

impl Asked {
    async fn look(&self, path: &str) -> Value {
        let (status, text) = self.get_text(path).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn change(&self, path: &str, body: Value) -> u16 {
        self.http().post(format!("{}{path}", self.base_url())).json(&body).send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn another_process_sees_messages_requests_and_violations() {
    let telegram = Asked::new().await;
    let id = telegram.send("hello #world").await;
    telegram.ok("sendMessage", json!({"chat_id": "@tablon_forum", "text": "x", "nonsense": 1})).await;
    let messages = telegram.look("/_fake/messages?chat=@tablon_jobs").await;
    assert_eq!((&messages[0]["message_id"], &messages[0]["text"]), (&json!(id), &json!("hello #world")));
    assert_eq!(messages[0]["url"], json!(format!("https://t.me/tablon_jobs/{id}")));
    assert_eq!(messages.as_array().unwrap().len(), 1);
    let requests = telegram.look("/_fake/requests?of=sendMessage").await;
    assert_eq!(requests[0]["body"], "{\"chat_id\":\"@tablon_jobs\",\"text\":\"hello #world\"}");
    assert_eq!(telegram.look("/_fake/violations").await[0]["message"], "unknown parameter \"nonsense\"");
}

#[tokio::test]
async fn another_process_scripts_faults() {
    let telegram = Asked::new().await;
    let faults = json!([{"on": "sendMessage", "action": "rate_limit", "retry_after": 3}, {"action": "server_error", "code": 503, "nth": 2, "times": null}]);
    assert_eq!(telegram.change("/_fake/faults", faults).await, 201);
    assert_eq!(telegram.look("/_fake/faults").await.as_array().unwrap().len(), 2);
    let send = json!({"chat_id": "@tablon_jobs", "text": "x"});
    assert_eq!(telegram.call("sendMessage", send.clone()).await.0, 429);
    assert_eq!(telegram.call("sendMessage", send.clone()).await.0, 503);
    telegram.http().delete(format!("{}/_fake/faults", telegram.base_url())).send().await.unwrap();
    assert_eq!(telegram.call("sendMessage", send).await.0, 200);
}

#[tokio::test]
async fn another_process_changes_the_world() {
    let telegram = Asked::new().await;
    let id = telegram.send("x").await;
    assert_eq!(telegram.change("/_fake/delete", json!({"chat": "@tablon_jobs", "message_id": id})).await, 200);
    assert_eq!(telegram.look("/_fake/messages?shown=true").await, json!([]));
    assert_eq!(telegram.change("/_fake/delete", json!({"chat": "@tablon_jobs", "message_id": id})).await, 404);
    assert_eq!(
        telegram
            .change("/_fake/members", json!({"chat": "@tablon_jobs", "bot_id": 110_201_543, "membership": "kicked"}))
            .await,
        200
    );
    assert_eq!(telegram.call("sendMessage", json!({"chat_id": "@tablon_jobs", "text": "x"})).await.0, 403);
    let rights = json!({"administrator": {"can_delete_messages": false}});
    assert_eq!(
        telegram
            .change("/_fake/members", json!({"chat": "@tablon_jobs", "bot_id": 110_201_543, "membership": rights}))
            .await,
        200
    );
    telegram.send("y").await;
    let chat = json!({"id": -1_007, "kind": "channel", "title": "New", "username": "new_channel", "members": {"110201543": "member"}});
    assert_eq!(telegram.change("/_fake/chats", chat).await, 201);
    assert_eq!(telegram.ok("getChat", json!({"chat_id": "@new_channel"})).await["title"], "New");
    assert_eq!(telegram.change("/_fake/advance", json!({"seconds": 172_800})).await, 200);
    assert_eq!(
        telegram
            .change("/_fake/rates", json!({"per_chat_second": 1, "per_chat_minute": 1, "per_bot_second": 30}))
            .await,
        200
    );
    telegram.send("z").await;
    assert_eq!(telegram.call("sendMessage", json!({"chat_id": "@tablon_jobs", "text": "x"})).await.0, 429);
    assert_eq!(telegram.change("/_fake/revoke", json!({"token": telegram.token})).await, 200);
    assert_eq!(telegram.call("getMe", json!({})).await.0, 401);
}
