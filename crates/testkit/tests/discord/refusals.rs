//! Unknown callers and missing permissions.

use serde_json::{Value, json};
use tablon_testkit::discord::{BOT, Bot, CHANNEL, Channel, Options, Permissions, WEBHOOK, Webhook};

use crate::client::{Answer, Asked, id, invalid, messages, refusal, webhook};

const OTHER_TOKEN: &str = "MjI.other.bot";

fn text() -> Value {
    json!({"content": "x"})
}

fn no_access() -> Answer {
    refusal(403, 50_001, "Missing Access")
}

fn no_permission() -> Answer {
    refusal(403, 50_013, "Missing Permissions")
}

#[tokio::test]
async fn an_unknown_or_reset_token_is_unauthorized() {
    let mut discord = Asked::new().await;
    let unauthorized = refusal(401, 0, "401: Unauthorized");
    discord.revoke(&discord.token);
    assert_eq!(discord.get("/users/@me").await, unauthorized);
    discord.token = "nobody".into();
    assert_eq!(discord.call("POST", &messages(""), text()).await, unauthorized);
    assert_eq!(discord.invalid_requests(), 2);
    assert!(discord.shown(CHANNEL).is_empty());
}

#[tokio::test]
async fn an_unknown_webhook_is_not_the_same_as_a_wrong_token() {
    let discord = Asked::new().await;
    assert_eq!(discord.call("POST", "/webhooks/7/x", text()).await, refusal(404, 10_015, "Unknown Webhook"));
    let wrong = format!("/webhooks/{WEBHOOK}/wrong");
    assert_eq!(discord.get(&wrong).await, refusal(401, 50_027, "Invalid Webhook Token"));
    assert_eq!(
        discord.get("/webhooks/abc/x").await,
        invalid("webhook_id", "NUMBER_TYPE_COERCE", "Value \"abc\" is not snowflake.")
    );
    assert!(discord.delete_webhook(WEBHOOK));
    assert_eq!(discord.call("POST", &webhook(""), text()).await, refusal(404, 10_015, "Unknown Webhook"));
}

#[tokio::test]
async fn an_unknown_path_or_method_is_refused() {
    let discord = Asked::new().await;
    assert_eq!(discord.get("/nonsense").await, refusal(404, 0, "404: Not Found"));
    assert_eq!(discord.delete("/users/@me").await, refusal(405, 0, "405: Method Not Allowed"));
}

#[tokio::test]
async fn a_body_that_is_no_json_is_refused() {
    let discord = Asked::new().await;
    let url = format!("{}?wait=true", discord.webhook_url());
    let send = async |kind: &str, body: &'static str| {
        let request = discord.http().post(&url).header("content-type", kind).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap()["code"].clone())
    };
    assert_eq!(send("application/json", "{\"content\":").await, (400, json!(50_109)));
    assert_eq!(send("application/json", "[1]").await, (400, json!(50_035)));
    assert_eq!(send("text/plain", "{\"content\":\"x\"}").await, (400, json!(50_035)));
    assert!(discord.shown(CHANNEL).is_empty());
}

#[tokio::test]
async fn a_bot_is_told_what_it_may_not_do() {
    let discord = Asked::new().await;
    let send = async || discord.call("POST", &messages(""), text()).await;
    assert_eq!(discord.get("/channels/7").await, refusal(404, 10_003, "Unknown Channel"));
    discord.set_permissions(CHANNEL, BOT, Permissions::NONE);
    assert_eq!(discord.get(&format!("/channels/{CHANNEL}")).await, no_access());
    assert_eq!(send().await, no_access());
    discord.set_permissions(CHANNEL, BOT, Permissions { send: false, ..Permissions::ALL });
    assert_eq!(send().await, no_permission());
    discord.set_permissions(CHANNEL, BOT, Permissions { read_history: false, ..Permissions::ALL });
    let sent = discord.send(text()).await;
    assert_eq!(discord.get(&messages("")).await, (200, json!([])));
    assert_eq!(discord.get(&messages(&format!("/{}", id(&sent)))).await, no_access());
}

#[tokio::test]
async fn an_embed_without_the_right_to_links_is_dropped() {
    let discord = Asked::new().await;
    discord.set_permissions(CHANNEL, BOT, Permissions { embed_links: false, ..Permissions::ALL });
    let body = json!({"content": "x", "embeds": [{"title": "t"}]});
    assert_eq!(discord.send(body).await["embeds"], json!([]));
    assert_eq!(discord.violations().len(), 1);
    let only_embed = discord.call("POST", &messages(""), json!({"embeds": [{"title": "t"}]})).await;
    assert_eq!(only_embed, refusal(400, 50_006, "Cannot send an empty message"));
}

#[tokio::test]
async fn nobody_writes_into_a_category() {
    let discord =
        Asked::with(Options::default().channel(Channel::category(9, "Work").bot(BOT, Permissions::ALL))).await;
    assert_eq!(
        discord.call("POST", "/channels/9/messages", text()).await,
        refusal(400, 50_008, "Cannot send messages in a non-text channel")
    );
}

#[tokio::test]
async fn what_is_gone_can_neither_be_edited_nor_deleted() {
    let discord = Asked::new().await;
    let sent = discord.post(text()).await;
    assert!(discord.delete_by_hand(id(&sent).parse().unwrap()));
    let unknown = refusal(404, 10_008, "Unknown Message");
    for gone in [id(&sent), "4711".to_owned()] {
        for path in [webhook(&format!("/messages/{gone}")), messages(&format!("/{gone}"))] {
            assert_eq!(discord.get(&path).await, unknown);
            assert_eq!(discord.call("PATCH", &path, text()).await, unknown);
            assert_eq!(discord.delete(&path).await, unknown);
        }
    }
}

#[tokio::test]
async fn another_webhooks_message_is_unknown_and_another_bots_cannot_be_edited() {
    let mut discord = Asked::with(Options::default().webhook(Webhook::new(8, "tok", CHANNEL, "Other"))).await;
    let posted = discord.post(text()).await;
    let foreign = format!("/webhooks/8/tok/messages/{}", id(&posted));
    assert_eq!(discord.call("PATCH", &foreign, text()).await, refusal(404, 10_008, "Unknown Message"));
    let sent = discord.send(text()).await;
    discord.add_bot(Bot::new(22, OTHER_TOKEN, "other"));
    discord.set_permissions(CHANNEL, 22, Permissions { manage_messages: false, ..Permissions::ALL });
    discord.token = OTHER_TOKEN.into();
    let path = messages(&format!("/{}", id(&sent)));
    assert_eq!(
        discord.call("PATCH", &path, text()).await,
        refusal(403, 50_005, "Cannot edit a message authored by another user")
    );
    assert_eq!(discord.delete(&path).await, no_permission());
    discord.set_permissions(CHANNEL, 22, Permissions::ALL);
    assert_eq!(discord.delete(&path).await.0, 204);
}
