//! The control surface: the only access of a test in another process.

use serde_json::{Value, json};
use tablon_testkit::discord::{BOT, CHANNEL, THREAD, WEBHOOK};

use crate::client::{Asked, id, messages, webhook};

impl Asked {
    async fn look(&self, path: &str) -> Value {
        let (status, text) = self.page(path).await;
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn change(&self, path: &str, body: Value) -> u16 {
        self.http().post(format!("{}{path}", self.base_url())).json(&body).send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn another_process_sees_messages_requests_and_violations() {
    let discord = Asked::new().await;
    let sent = discord.post(json!({"content": "hello", "nonsense": 1})).await;
    let seen = discord.look(&format!("/_fake/messages?channel={CHANNEL}")).await;
    assert_eq!((&seen[0]["id"], &seen[0]["content"]), (&sent["id"], &json!("hello")));
    assert_eq!(seen[0]["author"], json!({"kind": "webhook", "id": WEBHOOK.to_string(), "name": "Job board"}));
    assert_eq!(seen.as_array().unwrap().len(), 1);
    let requests = discord.look("/_fake/requests?of=execute_webhook").await;
    assert_eq!(requests[0]["json"], json!({"content": "hello", "nonsense": 1}));
    assert_eq!(discord.look("/_fake/violations").await[0]["message"], "unknown property \"nonsense\"");
}

#[tokio::test]
async fn another_process_scripts_faults() {
    let discord = Asked::new().await;
    let faults = json!([
        {"on": "execute_webhook", "action": "rate_limit", "retry_after": 0.5, "scope": "global"},
        {"action": "server_error", "status": 503, "nth": 2, "times": null},
    ]);
    assert_eq!(discord.change("/_fake/faults", faults).await, 201);
    assert_eq!(discord.look("/_fake/faults").await.as_array().unwrap().len(), 2);
    let post = async || discord.call("POST", &webhook("?wait=true"), json!({"content": "x"})).await;
    assert_eq!(
        post().await,
        (429, json!({"message": "You are being rate limited.", "retry_after": 0.5, "global": true}))
    );
    assert_eq!(post().await.0, 503);
    discord.http().delete(format!("{}/_fake/faults", discord.base_url())).send().await.unwrap();
    assert_eq!(post().await.0, 200);
}

#[tokio::test]
async fn another_process_changes_the_world() {
    let discord = Asked::new().await;
    let sent = discord.post(json!({"content": "x"})).await;
    let gone: u64 = id(&sent).parse().unwrap();
    assert_eq!(discord.change("/_fake/delete", json!({"message": gone})).await, 200);
    assert_eq!(discord.look("/_fake/messages?shown=true").await, json!([]));
    assert_eq!(discord.change("/_fake/delete", json!({"message": gone})).await, 404);
    let deaf = json!({"channel": CHANNEL, "bot": BOT, "permissions": {"send": false}});
    assert_eq!(discord.change("/_fake/permissions", deaf).await, 200);
    assert_eq!(discord.call("POST", &messages(""), json!({"content": "x"})).await.0, 403);
    assert_eq!(discord.change("/_fake/archive", json!({"thread": THREAD, "locked": true})).await, 200);
    assert!(discord.channels().iter().any(|channel| channel.id == THREAD && channel.locked));
    let channel = json!({"id": 77, "kind": "text", "name": "new", "bots": {BOT.to_string(): {}}});
    assert_eq!(discord.change("/_fake/channels", channel).await, 201);
    assert_eq!(discord.get("/channels/77").await.1["name"], "new");
    let hook = json!({"id": 78, "token": "tok", "channel_id": 77, "name": "Hook"});
    assert_eq!(discord.change("/_fake/webhooks", hook).await, 201);
    assert_eq!(discord.call("POST", "/webhooks/78/tok", json!({"content": "x"})).await.0, 204);
    assert_eq!(discord.change("/_fake/delete", json!({"webhook": 78})).await, 200);
    assert_eq!(discord.change("/_fake/delete", json!({"channel": 77})).await, 200);
    assert_eq!(discord.get("/channels/77").await.0, 404);
    assert_eq!(discord.change("/_fake/revoke", json!({"token": discord.token})).await, 200);
    assert_eq!(discord.get("/users/@me").await.0, 401);
}
