//! What the fake accepts, stores and records.

use serde_json::json;
use tablon_testkit::discord::{Author, BOT, CHANNEL, WEBHOOK};

use crate::client::{Asked, id, messages, webhook};

#[tokio::test]
async fn a_webhooks_message_is_kept_as_it_was_sent_and_given_back_as_it_is_shown() {
    let discord = Asked::new().await;
    let body = json!({
        "username": "Acme jobs", "allowed_mentions": {"parse": []},
        "embeds": [{"title": " Rust engineer ", "url": "https://board.example/1", "color": 255,
            "fields": [{"name": "Pay", "value": "much"}], "footer": {"text": "Acme"}}],
    });
    let sent = discord.post(body.clone()).await;
    assert_eq!(
        sent["embeds"],
        json!([{"type": "rich", "title": "Rust engineer", "url": "https://board.example/1", "color": 255,
            "fields": [{"name": "Pay", "value": "much", "inline": false}], "footer": {"text": "Acme"}}])
    );
    assert_eq!((&sent["author"]["username"], &sent["webhook_id"]), (&json!("Acme jobs"), &json!(WEBHOOK.to_string())));
    let [message] = &discord.shown(CHANNEL)[..] else { panic!("one message") };
    assert_eq!(message.author, Author::Webhook { id: WEBHOOK, name: "Acme jobs".into() });
    assert_eq!((message.id.to_string(), &message.source), (id(&sent), &body));
    let request = &discord.requests()[0];
    assert_eq!((request.operation.as_str(), request.query["wait"].as_str()), ("execute_webhook", "true"));
    assert_eq!(request.path, format!("/api/v10/webhooks/{WEBHOOK}/<token>"));
    assert!(request.acted && request.status == Some(200));
    discord.assert_no_violations();
}

#[tokio::test]
async fn without_wait_a_webhook_says_nothing() {
    let discord = Asked::new().await;
    let (status, body) = discord.call("POST", &webhook(""), json!({"content": "x"})).await;
    assert_eq!((status, body), (204, json!(null)));
    assert_eq!(discord.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_webhook_also_answers_without_a_version_in_its_address() {
    let discord = Asked::new().await;
    let url = format!("{}?wait=true", discord.webhook_url());
    let response = discord.http().post(url).json(&json!({"content": "x"})).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let (status, _) = discord.page("/api/v5/users/@me").await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_webhook_edits_and_deletes_its_own_message() {
    let discord = Asked::new().await;
    let sent = discord.post(json!({"content": "first", "embeds": [{"title": "t"}]})).await;
    let path = webhook(&format!("/messages/{}", id(&sent)));
    let edited = discord.ok("PATCH", &path, json!({"content": "second"})).await;
    assert_eq!((&edited["content"], &edited["embeds"][0]["title"]), (&json!("second"), &json!("t")));
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(discord.get(&path).await.1["content"], "second");
    assert_eq!(discord.messages(CHANNEL)[0].history[0].content, "first");
    assert_eq!(discord.delete(&path).await.0, 204);
    assert!(discord.shown(CHANNEL).is_empty());
    assert_eq!(discord.messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_webhook_tells_where_it_posts() {
    let discord = Asked::new().await;
    let (status, hook) = discord.get(&webhook("")).await;
    assert_eq!((status, &hook["channel_id"]), (200, &json!(CHANNEL.to_string())));
    assert_eq!((&hook["name"], &hook["type"]), (&json!("Job board"), &json!(1)));
}

#[tokio::test]
async fn a_bot_sends_reads_edits_and_deletes() {
    let discord = Asked::new().await;
    let sent = discord.send(json!({"content": "x", "nonce": "n"})).await;
    assert_eq!((&sent["author"]["id"], &sent["nonce"]), (&json!(BOT.to_string()), &json!("n")));
    let path = messages(&format!("/{}", id(&sent)));
    discord.ok("PATCH", &path, json!({"content": "y"})).await;
    let (_, read) = discord.get(&path).await;
    assert_eq!(read["content"], "y");
    // Only the sender gets the nonce, not a later reader of the channel.
    assert_eq!(read.get("nonce"), None);
    assert_eq!(discord.delete(&path).await.0, 204);
    assert_eq!(discord.get(&messages("")).await, (200, json!([])));
}

#[tokio::test]
async fn messages_are_listed_newest_first_and_page_by_page() {
    let discord = Asked::new().await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(id(&discord.send(json!({"content": n.to_string()})).await));
    }
    let listed = async |query: &str| -> Vec<String> {
        let (_, list) = discord.get(&messages(query)).await;
        list.as_array().unwrap().iter().map(|m| m["content"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed("?limit=2").await, ["4", "3"]);
    assert_eq!(listed(&format!("?limit=2&before={}", ids[3])).await, ["2", "1"]);
    assert_eq!(listed(&format!("?limit=2&after={}", ids[0])).await, ["2", "1"]);
    assert_eq!(discord.get(&messages("?limit=101")).await.0, 400);
}

#[tokio::test]
async fn the_same_nonce_is_the_same_message_for_some_minutes() {
    let discord = Asked::new().await;
    let body = |text: &str| json!({"content": text, "nonce": "0123456789abcdef", "enforce_nonce": true});
    let first = discord.send(body("once")).await;
    let again = discord.send(body("twice")).await;
    assert_eq!((id(&again), &again["content"]), (id(&first), &json!("once")));
    assert_eq!(discord.shown(CHANNEL).len(), 1);
    // Discord only checks the nonce if it is asked to.
    discord.send(json!({"content": "three", "nonce": "0123456789abcdef"})).await;
    assert_eq!(discord.shown(CHANNEL).len(), 2);
    discord.advance(std::time::Duration::from_secs(301));
    discord.send(body("four")).await;
    assert_eq!(discord.shown(CHANNEL).len(), 3);
}

#[tokio::test]
async fn nobody_is_called_from_an_embed_or_against_the_senders_will() {
    let discord = Asked::new().await;
    discord.post(json!({"content": "@everyone", "allowed_mentions": {"parse": []}})).await;
    discord.post(json!({"embeds": [{"description": "@everyone <@1>"}]})).await;
    discord.post(json!({"content": "@here <@&7>"})).await;
    let pings: Vec<usize> = discord.shown(CHANNEL).iter().map(|message| message.pings.len()).collect();
    assert_eq!(pings, [0, 0, 2]);
}

#[tokio::test]
async fn an_embeds_address_comes_back_in_another_spelling() {
    let discord = Asked::new().await;
    let sent = discord.post(json!({"embeds": [{"title": "t", "url": "https://Board.Example?q=ñ"}]})).await;
    assert_eq!(sent["embeds"][0]["url"], "https://board.example/?q=%C3%B1");
}
