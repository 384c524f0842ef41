//! The length limits of a message's parts.

use serde_json::{Value, json};
use tablon_testkit::discord::{CHANNEL, message_body_problems, webhook_body_problems};

use crate::client::{Answer, Asked, invalid, refusal, webhook};

async fn post(discord: &Asked, body: Value) -> Answer {
    discord.call("POST", &webhook("?wait=true"), body).await
}

fn x(length: usize) -> String {
    "x".repeat(length)
}

#[tokio::test]
async fn every_part_has_a_length_that_it_may_have_and_not_one_more() {
    let discord = Asked::new().await;
    let with = |path: &str, text: String| -> Value {
        let embed = match path {
            "content" => return json!({ "content": text }),
            "embeds.0.title" => json!({ "title": text }),
            "embeds.0.description" => json!({ "description": text }),
            "embeds.0.footer.text" => json!({ "title": "t", "footer": {"text": text} }),
            "embeds.0.author.name" => json!({ "title": "t", "author": {"name": text} }),
            "embeds.0.fields.0.name" => json!({ "fields": [{"name": text, "value": "v"}] }),
            "embeds.0.fields.0.value" => json!({ "fields": [{"name": "n", "value": text}] }),
            other => panic!("{other}"),
        };
        json!({ "embeds": [embed] })
    };
    for (path, most) in [
        ("content", 2000),
        ("embeds.0.title", 256),
        ("embeds.0.description", 4096),
        ("embeds.0.footer.text", 2048),
        ("embeds.0.author.name", 256),
        ("embeds.0.fields.0.name", 256),
        ("embeds.0.fields.0.value", 1024),
    ] {
        assert_eq!(post(&discord, with(path, x(most))).await.0, 200, "{path}");
        // White space around a text is trimmed and doesn't count.
        assert_eq!(post(&discord, with(path, format!(" {}\n", x(most)))).await.0, 200, "{path}");
        let too_long = invalid(path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {most} or fewer in length."));
        assert_eq!(post(&discord, with(path, x(most + 1))).await, too_long, "{path}");
        // A crab is two units; Discord may count it as one, but a careful client doesn't rely on that.
        assert_eq!(post(&discord, with(path, "🦀".repeat(most / 2 + 1))).await, too_long, "{path}");
    }
}

#[tokio::test]
async fn a_message_has_ten_embeds_of_25_fields_and_6000_characters_in_all() {
    let discord = Asked::new().await;
    let embeds = |count: usize, embed: Value| json!({ "embeds": vec![embed; count] });
    assert_eq!(post(&discord, embeds(10, json!({"title": "t"}))).await.0, 200);
    let too_many =
        |path: &str, most: usize| invalid(path, "BASE_TYPE_MAX_LENGTH", &format!("Must be {most} or fewer in length."));
    assert_eq!(post(&discord, embeds(11, json!({"title": "t"}))).await, too_many("embeds", 10));
    let fields = |count: usize| json!({ "embeds": [{ "fields": vec![json!({"name": "n", "value": "v"}); count] }] });
    assert_eq!(post(&discord, fields(25)).await.0, 200);
    assert_eq!(post(&discord, fields(26)).await, too_many("embeds.0.fields", 25));

    let big = |more: usize| {
        json!({ "embeds": [
            {"title": x(200), "description": x(4096), "footer": {"text": x(1000)}},
            {"author": {"name": x(200)}, "fields": [{"name": x(4), "value": x(500 + more)}]},
        ]})
    };
    assert_eq!(post(&discord, big(0)).await.0, 200);
    let too_big = invalid("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000");
    assert_eq!(post(&discord, big(1)).await, too_big);
}

#[tokio::test]
async fn an_empty_message_is_refused_and_so_is_an_edit_that_leaves_one() {
    let discord = Asked::new().await;
    let empty = refusal(400, 50_006, "Cannot send an empty message");
    for body in [json!({}), json!({"content": " \n"}), json!({"embeds": []}), json!({"content": null})] {
        assert_eq!(post(&discord, body).await, empty);
    }
    let sent = discord.post(json!({"content": "x"})).await;
    let path = webhook(&format!("/messages/{}", sent["id"].as_str().unwrap()));
    assert_eq!(discord.call("PATCH", &path, json!({"content": ""})).await, empty);
    assert_eq!(discord.shown(CHANNEL)[0].content, "x");
}

#[tokio::test]
async fn parts_of_an_embed_must_be_there_and_of_the_right_kind() {
    let discord = Asked::new().await;
    let embed = |embed: Value| json!({ "embeds": [embed] });
    let required = |path: &str| invalid(path, "BASE_TYPE_REQUIRED", "This field is required");
    for (body, answer) in [
        (embed(json!({"fields": [{"name": "n", "value": " "}]})), required("embeds.0.fields.0.value")),
        (embed(json!({"title": "t", "footer": {}})), required("embeds.0.footer.text")),
        (embed(json!({"color": 1})), required("embeds.0")),
        (
            embed(json!({"title": "t", "color": 16_777_216})),
            invalid("embeds.0.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215."),
        ),
        (
            embed(json!({"title": "t", "url": "mailto:a@b.example"})),
            invalid(
                "embeds.0.url",
                "URL_TYPE_INVALID_SCHEME",
                "Scheme \"mailto\" is not supported. Scheme must be one of ('http', 'https').",
            ),
        ),
        (
            embed(json!({"title": "t", "url": "http://localhost:3000/jobs"})),
            invalid("embeds.0.url", "URL_TYPE_INVALID_URL", "Not a well formed URL."),
        ),
        (
            embed(json!({"title": "t", "timestamp": "yesterday"})),
            invalid("embeds.0.timestamp", "DATE_TIME_TYPE_PARSE", "Could not parse yesterday. Should be ISO8601."),
        ),
        (
            json!({"embeds": {"title": "t"}}),
            invalid("embeds", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"),
        ),
    ] {
        assert_eq!(post(&discord, body.clone()).await, answer, "{body}");
    }
}

#[tokio::test]
async fn a_webhooks_name_has_rules() {
    let discord = Asked::new().await;
    let named = |name: &str| json!({"content": "x", "username": name});
    let bad_length = invalid("username", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.");
    assert_eq!(post(&discord, named(&x(80))).await.0, 200);
    assert_eq!(post(&discord, named(&x(81))).await, bad_length);
    assert_eq!(post(&discord, named("")).await, bad_length);
    for (name, word) in [("My Discord board", "discord"), ("CLYDE", "clyde")] {
        let contains = invalid("username", "USERNAME_INVALID_CONTAINS", &format!("Username cannot contain \"{word}\""));
        assert_eq!(post(&discord, named(name)).await, contains);
    }
    assert_eq!(
        post(&discord, named("everyone")).await,
        invalid("username", "USERNAME_INVALID", "Username cannot be \"everyone\"")
    );
}

#[tokio::test]
async fn mentions_are_allowed_by_kind_or_by_name_but_not_by_both() {
    let discord = Asked::new().await;
    let with = |allowed: Value| json!({"content": "x", "allowed_mentions": allowed});
    assert_eq!(post(&discord, with(json!({"parse": []}))).await.0, 200);
    assert_eq!(
        post(&discord, with(json!({"parse": ["all"]}))).await,
        invalid(
            "allowed_mentions.parse.0",
            "BASE_TYPE_CHOICES",
            "Value must be one of ('users', 'everyone', 'roles')."
        )
    );
    assert_eq!(
        post(&discord, with(json!({"parse": ["users"], "users": ["1"]}))).await,
        invalid(
            "allowed_mentions",
            "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
            "parse:[\"users\"] and users: [ids...] are mutually exclusive."
        )
    );
}

#[tokio::test]
async fn a_nonce_has_25_characters_at_most() {
    let discord = Asked::new().await;
    let body = |nonce: String| json!({"content": "x", "nonce": nonce});
    let path = crate::client::messages("");
    assert_eq!(discord.call("POST", &path, body(x(25))).await.0, 200);
    assert_eq!(
        discord.call("POST", &path, body(x(26))).await,
        invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be 25 or fewer characters long.")
    );
}

#[tokio::test]
async fn what_discord_would_drop_in_silence_is_a_violation() {
    let discord = Asked::new().await;
    discord.post(json!({"content": "x", "nonce": "1", "embeds": [{"title": "t", "colour": 1}]})).await;
    let found: Vec<String> = discord.violations().into_iter().map(|violation| violation.message).collect();
    assert_eq!(found, ["unknown property \"nonce\"", "unknown property \"embeds.0.colour\""]);
}

#[test]
fn a_body_is_judged_without_a_server_too() {
    assert!(webhook_body_problems(&json!({"content": "x", "thread_name": "t"})).is_empty());
    assert_eq!(
        message_body_problems(&json!({"content": "x", "thread_name": "t"})),
        ["unknown property \"thread_name\""]
    );
    assert_eq!(webhook_body_problems(&json!({})), ["Cannot send an empty message"]);
    assert_eq!(
        webhook_body_problems(&json!({"embeds": [{"title": x(257)}]})),
        ["embeds.0.title: Must be 256 or fewer in length."]
    );
}
