//! Threads and forums.

use serde_json::{Value, json};
use tablon_testkit::discord::{BOT, CHANNEL, ChannelKind, FORUM, Permissions, THREAD};

use crate::client::{Asked, forum_webhook, id, invalid, refusal, webhook};

fn text() -> Value {
    json!({"content": "x"})
}

#[tokio::test]
async fn a_webhook_posts_into_a_thread_of_its_channel() {
    let discord = Asked::new().await;
    let sent = discord.ok("POST", &webhook(&format!("?wait=true&thread_id={THREAD}")), text()).await;
    assert_eq!(sent["channel_id"], json!(THREAD.to_string()));
    // A channel's messages include those of its threads.
    assert_eq!(discord.shown(CHANNEL).len(), 1);
    // Without the thread in the query, the message isn't found.
    let path = |query: &str| webhook(&format!("/messages/{}{query}", id(&sent)));
    assert_eq!(discord.call("PATCH", &path(""), text()).await, refusal(404, 10_008, "Unknown Message"));
    discord.ok("PATCH", &path(&format!("?thread_id={THREAD}")), text()).await;
    assert_eq!(
        discord.call("POST", &webhook("?wait=true&thread_id=7"), text()).await,
        refusal(404, 10_003, "Unknown Channel")
    );
    assert_eq!(
        discord.call("POST", &webhook("?wait=true&thread_id=x"), text()).await,
        invalid("thread_id", "NUMBER_TYPE_COERCE", "Value \"x\" is not snowflake.")
    );
}

#[tokio::test]
async fn a_forum_wants_a_thread_or_the_name_of_a_new_one() {
    let discord = Asked::new().await;
    assert_eq!(
        discord.call("POST", &forum_webhook("?wait=true"), text()).await,
        refusal(400, 220_001, "Webhooks posted to forum channels must have a thread_name or thread_id")
    );
    let named = json!({"content": "x", "thread_name": "Rust engineer"});
    let sent = discord.ok("POST", &forum_webhook("?wait=true"), named.clone()).await;
    let channels = discord.channels();
    let thread = channels.last().unwrap();
    assert_eq!(
        (thread.kind, thread.name.as_str(), thread.parent_id),
        (ChannelKind::Thread, "Rust engineer", Some(FORUM))
    );
    assert_eq!(sent["channel_id"], json!(thread.id.to_string()));
    let into = forum_webhook(&format!("?wait=true&thread_id={}", thread.id));
    discord.ok("POST", &into, text()).await;
    assert_eq!(
        discord.call("POST", &into, named.clone()).await,
        refusal(400, 220_002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id")
    );
    assert_eq!(
        discord.call("POST", &webhook("?wait=true"), named).await,
        refusal(400, 220_003, "Webhooks can only create threads in forum channels")
    );
    assert_eq!(
        discord.call("POST", &forum_webhook(""), json!({"content": "x", "thread_name": "x".repeat(101)})).await,
        invalid("thread_name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    );
    assert_eq!(discord.shown(FORUM).len(), 2);
}

#[tokio::test]
async fn a_bot_opens_a_thread_with_its_first_message() {
    let discord = Asked::new().await;
    let path = format!("/channels/{FORUM}/threads");
    let (status, thread) =
        discord.call("POST", &path, json!({"name": "Rust engineer", "message": {"content": "x"}})).await;
    assert_eq!((status, &thread["message"]["id"]), (201, &thread["id"]));
    assert_eq!(thread["parent_id"], json!(FORUM.to_string()));
    assert_eq!(
        discord.call("POST", &format!("/channels/{FORUM}/messages"), text()).await,
        refusal(400, 50_008, "Cannot send messages in a non-text channel")
    );
    assert_eq!(
        discord.call("POST", &path, json!({"name": "t"})).await,
        invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
    );
    assert_eq!(
        discord.call("POST", &format!("/channels/{CHANNEL}/threads"), json!({})).await,
        refusal(400, 50_024, "Cannot execute action on this channel type")
    );
    discord.set_permissions(FORUM, BOT, Permissions { send: false, ..Permissions::ALL });
    assert_eq!(
        discord.call("POST", &path, json!({"name": "t", "message": {"content": "x"}})).await,
        refusal(403, 50_013, "Missing Permissions")
    );
}

#[tokio::test]
async fn nothing_is_edited_in_an_archived_thread_until_it_is_opened_again() {
    let discord = Asked::new().await;
    let into = webhook(&format!("?wait=true&thread_id={THREAD}"));
    let sent = discord.ok("POST", &into, text()).await;
    let path = webhook(&format!("/messages/{}?thread_id={THREAD}", id(&sent)));
    assert!(discord.archive(THREAD, false));
    assert_eq!(discord.call("PATCH", &path, text()).await, refusal(400, 50_083, "Thread is archived"));
    assert_eq!(discord.delete(&path).await, refusal(400, 50_083, "Thread is archived"));
    discord.ok("PATCH", &format!("/channels/{THREAD}"), json!({"archived": false})).await;
    discord.ok("PATCH", &path, text()).await;
    // A new message reopens it, unless it is locked.
    discord.archive(THREAD, false);
    discord.ok("POST", &into, text()).await;
    discord.ok("PATCH", &path, text()).await;
    discord.archive(THREAD, true);
    assert_eq!(discord.call("POST", &into, text()).await, refusal(400, 160_005, "Thread is locked"));
}

#[tokio::test]
async fn a_post_is_taken_away_with_its_thread_and_stays_empty_without_its_first_message() {
    let discord = Asked::new().await;
    let named = json!({"name": "t", "message": {"content": "x"}});
    let opened = discord.ok("POST", &format!("/channels/{FORUM}/threads"), named).await;
    let thread = format!("/channels/{}", id(&opened));
    let webhooks = json!({"content": "x", "thread_name": "t"});
    let sent = discord.ok("POST", &forum_webhook("?wait=true"), webhooks).await;
    assert_eq!(sent["id"], sent["channel_id"]);
    let first = format!("/messages/{0}?thread_id={0}", id(&sent));
    discord.delete(&forum_webhook(&first)).await;
    assert!(discord.violations()[0].message.contains("stays there, empty"));

    discord.set_permissions(FORUM, BOT, Permissions { manage_threads: false, ..Permissions::ALL });
    let refused = refusal(403, 50_013, "Missing Permissions");
    assert_eq!(discord.delete(&thread).await, refused);
    discord.set_permissions(FORUM, BOT, Permissions::ALL);
    assert_eq!(discord.delete(&thread).await.1["id"], opened["id"]);
    assert!(discord.shown(FORUM).is_empty());
    assert_eq!(discord.delete(&thread).await, refusal(404, 10_003, "Unknown Channel"));
    assert_eq!(discord.delete(&format!("/channels/{CHANNEL}")).await, refused);
}

#[tokio::test]
async fn a_forum_may_demand_a_tag() {
    let discord = Asked::new().await;
    let forum = discord.channels().into_iter().find(|channel| channel.id == FORUM).unwrap();
    discord.add_channel(forum.requiring_tags().tag(301, "Offers"));
    let refused = refusal(400, 40_067, "A tag is required to create a forum post in this channel");
    let threads = format!("/channels/{FORUM}/threads");
    let mut named = json!({"name": "t", "message": {"content": "x"}});
    assert_eq!(discord.call("POST", &threads, named.clone()).await, refused);
    named["applied_tags"] = json!(["1"]);
    assert_eq!(discord.call("POST", &threads, named.clone()).await, refusal(404, 10_087, "Unknown tag"));
    named["applied_tags"] = json!(["301"]);
    let opened = discord.ok("POST", &threads, named).await;
    assert_eq!(opened["applied_tags"], json!(["301"]));
    let mut webhooks = json!({"content": "x", "thread_name": "t"});
    assert_eq!(discord.call("POST", &forum_webhook("?wait=true"), webhooks.clone()).await, refused);
    webhooks["applied_tags"] = json!(["301"]);
    discord.ok("POST", &forum_webhook("?wait=true"), webhooks).await;
    let forum = discord.get(&format!("/channels/{FORUM}")).await.1;
    assert_eq!((&forum["flags"], &forum["available_tags"][0]["name"]), (&json!(16), &json!("Offers")));
    // A post gets another name and other tags.
    let post = format!("/channels/{}", id(&opened));
    let renamed = discord.ok("PATCH", &post, json!({"name": "Go engineer", "applied_tags": ["301"]})).await;
    assert_eq!((&renamed["name"], &renamed["applied_tags"]), (&json!("Go engineer"), &json!(["301"])));
    assert_eq!(discord.call("PATCH", &post, json!({"applied_tags": ["2"]})).await, refusal(404, 10_087, "Unknown tag"));
    assert_eq!(discord.call("PATCH", &post, json!({"applied_tags": []})).await, refused);
}
