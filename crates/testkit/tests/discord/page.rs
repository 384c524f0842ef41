//! The channel as a person sees it.

use serde_json::json;
use tablon_testkit::discord::{CHANNEL, FORUM, GUILD};

use crate::client::{Asked, forum_webhook, id, webhook};

#[tokio::test]
async fn the_page_shows_what_the_channel_shows() {
    let discord = Asked::new().await;
    discord
        .post(json!({"embeds": [{
            "title": "Rust <script>", "url": "https://board.example/?a=1&b=2", "color": 0x000f_766e,
            "description": "We write **Rust** in [Sevilla](https://acme.example).",
            "fields": [{"name": "Pay", "value": "\\*much\\*", "inline": true}], "footer": {"text": "Acme devs"},
        }]}))
        .await;
    let edited = discord.post(json!({"content": "before"})).await;
    discord.ok("PATCH", &webhook(&format!("/messages/{}", id(&edited))), json!({"content": "after"})).await;
    let gone = discord.post(json!({"content": "a secret mistake"})).await;
    discord.delete(&webhook(&format!("/messages/{}", id(&gone)))).await;

    let (status, page) = discord.page(&format!("/channels/{CHANNEL}")).await;
    assert_eq!(status, 200);
    assert!(page.contains("href=\"https://board.example/?a=1&amp;b=2\""), "{page}");
    assert!(page.contains(">Rust &lt;script&gt;</a>") && page.contains("--edge:#0f766e"), "{page}");
    assert!(page.contains("We write <b>Rust</b> in <a href=\"https://acme.example\""), "{page}");
    assert!(page.contains("<dt>Pay</dt><dd>*much*</dd>") && page.contains("Acme devs"), "{page}");
    assert!(page.contains(">after<") && page.contains(">(edited)</span>") && !page.contains("before<"), "{page}");
    assert!(page.contains("<s>a secret mistake</s> deleted at"), "{page}");
}

#[tokio::test]
async fn a_forum_shows_its_threads_and_a_link_leads_to_its_message() {
    let discord = Asked::new().await;
    let body = json!({"content": "first", "thread_name": "Rust & co"});
    let sent = discord.ok("POST", &forum_webhook("?wait=true"), body).await;
    let (_, page) = discord.page(&format!("/channels/{FORUM}")).await;
    assert!(page.contains("Rust &amp; co</a>") && page.contains("first"), "{page}");
    let thread = sent["channel_id"].as_str().unwrap();
    let (status, page) = discord.page(&format!("/channels/{GUILD}/{thread}/{}", id(&sent))).await;
    assert!(status == 200 && page.contains("🧵 Rust &amp; co</h1>"), "{page}");
}

#[tokio::test]
async fn the_front_page_leads_to_a_channel_and_an_unknown_one_is_not_found() {
    let discord = Asked::new().await;
    let (status, front) = discord.page("/").await;
    assert!(status == 200 && front.contains("# jobs</h1>") && front.contains("💬 job-board"), "{front}");
    assert_eq!(discord.page("/channels/7").await.0, 404);
    assert_eq!(discord.page("/_fake/page.css").await.0, 200);
}
