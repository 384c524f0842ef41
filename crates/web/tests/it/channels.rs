//! Channels, previews and placements over the API, with the Telegram plugin and a strict fake of its platform.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tablon_core::store::{ChannelUpdate, Secrets};
use tablon_core::{Actor, Role};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions};
use tablon_testkit::Backend;
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Options};
use tablon_web::auth::lane_key;

use crate::board::{Board, offer};
use crate::browser::Browser;

pub(crate) const ADMIN: Option<Role> = Some(Role::Admin);
pub(crate) const MODERATOR: Option<Role> = Some(Role::Moderator);
/// A token of the right form that no bot has.
const WRONG_TOKEN: &str = "110201543:AAwrongwrongwrongwrongwrongwrongwro";

/// Where `cargo xtask plugins` puts what it builds.
pub(crate) fn plugins() -> PathBuf {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins");
    assert!(plugins.join("telegram.wasm").exists(), "no plugin in {}: run `cargo xtask plugins`", plugins.display());
    plugins
}

pub(crate) async fn on_each_database(test: impl AsyncFn(Board, FakeTelegram)) {
    for backend in Backend::all() {
        let telegram = FakeTelegram::start(Options::default()).await.expect("a fake");
        test(Board::new(backend, Some(&plugins())).await, telegram).await;
    }
}

pub(crate) fn channel(telegram: &FakeTelegram, token: &str) -> Value {
    json!({
        "plugin": "telegram", "name": "Our channel",
        "settings": {"chat_id": "@tablon_jobs", "api_base_url": telegram.base_url()},
        "secrets": {"bot_token": token}
    })
}

pub(crate) async fn add(board: &Board, telegram: &FakeTelegram, token: &str) -> String {
    let made = board.call("POST", "/channels", ADMIN, Some(channel(telegram, token))).await.expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

/// Lets everything that is due happen.
pub(crate) async fn settle(board: &Board) {
    let options = ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(lane_key(&board.keyring)) };
    let reconciler = Reconciler::new(board.store.clone(), board.state.host.clone(), options);
    reconciler.settle().await.expect("the database");
}

#[tokio::test]
async fn the_installed_plugins_come_with_the_schema_of_their_settings() {
    on_each_database(async |board, _| {
        let list = board.call("GET", "/plugins", MODERATOR, None).await.expect(200).json();
        let telegram = list["items"].as_array().and_then(|all| all.iter().find(|plugin| plugin["id"] == "telegram"));
        let telegram = telegram.unwrap_or_else(|| panic!("no Telegram in {list}"));
        assert!(telegram["settings_schema"]["properties"]["chat_id"].is_object(), "{telegram}");
        assert!(telegram["settings_schema"]["properties"].get("bot_token").is_none());
        assert_eq!(telegram["secrets"], json!(["bot_token"]));
        board.call("GET", "/plugins", None, None).await.expect(401);
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_made_verified_and_publishes_what_its_preview_showed() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let made = board.call("GET", "/channels", MODERATOR, None).await.expect(200).json();
        let shown = &made["items"][0];
        assert_eq!(shown["state"], "active");
        assert_eq!(shown["problem"], Value::Null);
        assert_eq!(shown["settings"]["chat_id"], "@tablon_jobs");
        let verified = board.call("POST", &format!("/channels/{id}/verify"), ADMIN, None).await.expect(200).json();
        assert!(verified["account"]["label"].is_string(), "{verified}");
        assert!(verified["account"]["url"].as_str().expect("a URL").contains("tablon_jobs"));

        let job = board.submit().await;
        let previews = board.call("GET", &format!("/jobs/{job}/previews"), MODERATOR, None).await.expect(200).json();
        let preview = &previews["items"][0];
        assert_eq!(preview["channel"], json!({"id": id, "name": "Our channel", "plugin": "telegram"}));
        assert_eq!(preview["format"], "telegram-html");
        assert_eq!(preview["unit"], "utf16");
        assert!(preview["length"].as_u64() <= preview["limit"].as_u64());

        board.call("POST", &format!("/jobs/{job}/approve"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        let sent = telegram.requests_of("sendMessage");
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].params["text"], preview["content"], "the preview is what was sent");

        let list = board.call("GET", &format!("/jobs/{job}/placements"), MODERATOR, None).await.expect(200).json();
        let placement = &list["items"][0];
        assert_eq!(placement["state"], "published", "{placement}");
        assert_eq!(placement["desired"], "present");
        assert!(placement["url"].as_str().expect("a link").starts_with("https://t.me/tablon_jobs/"));
        let attempt = &placement["attempts"][0];
        assert_eq!(attempt["operation"], "publish");
        assert_eq!(attempt["status"], 200);
        assert!(attempt["at"].is_string() && attempt["duration_ms"].is_u64(), "{attempt}");

        let patch = Some(json!({"title": "Senior Rust engineer"}));
        board.call("PATCH", &format!("/jobs/{job}"), MODERATOR, patch).await.expect(200);
        settle(&board).await;
        assert!(telegram.shown("@tablon_jobs")[0].text().contains("Senior Rust engineer"));
        telegram.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_wrong_token_is_told_by_verify_and_pauses_the_channel_when_something_is_published() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        // Revoked since the channel was set up.
        let secrets = Secrets::from_iter([("bot_token", WRONG_TOKEN)]);
        let revoked = ChannelUpdate { secrets, ..ChannelUpdate::default() };
        board.acme.channels().update(id.parse().expect("an id"), revoked, Actor::System).await.expect("an update");
        let refused = board.call("POST", &format!("/channels/{id}/verify"), ADMIN, None).await.expect(422);
        assert_eq!(refused.pointers(), ["/secrets"]);
        assert!(refused.text.to_lowercase().contains("unauthorized"), "{}", refused.text);

        let job = board.publish().await;
        settle(&board).await;
        let seen = board.call("GET", &format!("/jobs/{job}"), None, None).await.expect(200).json();
        assert_eq!(seen["state"], "published", "on the board all the same");
        let channel = board.call("GET", &format!("/channels/{id}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(channel["state"], "paused");
        assert!(channel["problem"].is_string());
        let list = board.call("GET", "/placements?state=blocked", MODERATOR, None).await.expect(200).json();
        let placement = list["items"][0]["id"].as_str().expect("a placement").to_owned();
        let attempts =
            board.call("GET", &format!("/placements/{placement}/attempts"), MODERATOR, None).await.expect(200).json();
        assert_eq!(attempts["items"][0]["status"], 401);

        let patch = Some(json!({"secrets": {"bot_token": BOT_TOKEN}}));
        let mended = board.call("PATCH", &format!("/channels/{id}"), ADMIN, patch).await.expect(200).json();
        assert_eq!(mended["state"], "active");
        settle(&board).await;
        let placement =
            board.call("GET", &format!("/placements/{placement}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(placement["state"], "published", "{placement}");
    })
    .await;
}

#[tokio::test]
async fn no_secret_ever_comes_back() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, WRONG_TOKEN).await;
        let job = board.publish().await;
        settle(&board).await;
        for (method, path) in [
            ("GET", "/channels".to_owned()),
            ("GET", format!("/channels/{id}")),
            ("POST", format!("/channels/{id}/verify")),
            ("POST", format!("/channels/{id}/pause")),
            ("POST", format!("/channels/{id}/resume")),
            ("GET", format!("/jobs/{job}/placements")),
            ("GET", format!("/jobs/{job}/previews")),
            ("GET", "/placements".to_owned()),
            ("GET", "/audit".to_owned()),
            ("GET", "/plugins".to_owned()),
        ] {
            let answer = board.call(method, &path, ADMIN, None).await;
            assert!(!answer.text.contains(WRONG_TOKEN), "{path}: {}", answer.text);
        }
        // Not even what was refused is repeated.
        for secrets in
            [json!({"bot_token": "s3cr3t not a token"}), json!({"other": "s3cr3t"}), json!({"bot_token": ["s3cr3t"]})]
        {
            let mut body = channel(&telegram, "");
            body["secrets"] = secrets.clone();
            let answer = board.call("POST", "/channels", ADMIN, Some(body)).await.expect(422);
            assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
            let patch = Some(json!({"secrets": secrets}));
            let answer = board.call("PATCH", &format!("/channels/{id}"), ADMIN, patch).await.expect(422);
            assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_wrong_with_a_channel_is_told_field_by_field() {
    on_each_database(async |board, telegram| {
        let wrong: [(Value, &[&str]); 6] = [
            (json!({"plugin": "carrier-pigeon"}), &["/plugin"]),
            (json!({"name": ""}), &["/name"]),
            (json!({"settings": {"api_base_url": "x"}}), &["/settings/chat_id", "/settings/api_base_url"]),
            (json!({"settings": []}), &["/settings"]),
            (json!({"secrets": {}}), &["/secrets/bot_token"]),
            (json!({"extra": 1}), &["/extra"]),
        ];
        for (change, pointers) in wrong {
            let mut body = channel(&telegram, BOT_TOKEN);
            for (name, value) in change.as_object().expect("an object") {
                body[name] = value.clone();
            }
            let answer = board.call("POST", "/channels", ADMIN, Some(body)).await.expect(422);
            for pointer in pointers {
                assert!(answer.pointers().iter().any(|p| p == pointer), "{pointer} in {:?}", answer.pointers());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_secret_does_not_follow_to_another_address_by_itself() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let elsewhere = json!({"api_base_url": "http://127.0.0.1:9"});
        let patch = Some(json!({"settings": elsewhere}));
        let answer = board.call("PATCH", &format!("/channels/{id}"), ADMIN, patch).await.expect(422);
        assert_eq!(answer.pointers(), ["/secrets/bot_token"]);
        let patch = Some(json!({"settings": elsewhere, "secrets": {"bot_token": BOT_TOKEN}}));
        board.call("PATCH", &format!("/channels/{id}"), ADMIN, patch).await.expect(200);
        let patch = Some(json!({"settings": {"chat_id": "@tablon_forum"}}));
        let changed = board.call("PATCH", &format!("/channels/{id}"), ADMIN, patch).await.expect(200).json();
        assert_eq!(changed["settings"]["chat_id"], "@tablon_forum");
        assert_eq!(changed["settings"]["api_base_url"], "http://127.0.0.1:9");
    })
    .await;
}

/// A channel with a secret that it could do without.
async fn add_list(board: &Board) -> String {
    let body = json!({
        "plugin": "email", "name": "List", "settings": {"to": "list@acme.example"},
        "secrets": {"smtp_url": "smtp://mail.acme.example"},
    });
    let made = board.call("POST", "/channels", ADMIN, Some(body)).await.expect(201).json();
    assert_eq!(made["secrets"], json!(["smtp_url"]));
    made["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_secret_is_taken_away_unless_the_plugin_needs_it() {
    on_each_database(async |board, telegram| {
        let list = format!("/channels/{}", add_list(&board).await);
        let without = Some(json!({"secrets": {"smtp_url": null}}));
        for _ in ["there", "gone already"] {
            let changed = board.call("PATCH", &list, ADMIN, without.clone()).await.expect(200).json();
            assert_eq!((&changed["secrets"], &changed["settings"]["to"]), (&json!([]), &json!("list@acme.example")));
        }
        let other = Some(json!({"secrets": {"carrier_pigeon": null}}));
        let answer = board.call("PATCH", &list, ADMIN, other).await.expect(422);
        assert_eq!(answer.pointers(), ["/secrets/carrier_pigeon"]);

        let telegram = format!("/channels/{}", add(&board, &telegram, BOT_TOKEN).await);
        let without = Some(json!({"secrets": {"bot_token": null}}));
        let answer = board.call("PATCH", &telegram, ADMIN, without).await.expect(422);
        assert_eq!(answer.pointers(), ["/secrets/bot_token"]);
        assert!(answer.text.contains("secrets.bot_token is required."), "{}", answer.text);
        let kept = board.call("GET", &telegram, MODERATOR, None).await.expect(200).json();
        assert_eq!(kept["secrets"], json!(["bot_token"]));
    })
    .await;
}

#[tokio::test]
async fn a_box_on_the_page_takes_a_secret_away_and_one_that_no_version_uses_any_more() {
    on_each_database(async |board, telegram| {
        let (list, required) = (add_list(&board).await, add(&board, &telegram, BOT_TOKEN).await);
        let left = ChannelUpdate { secrets: Secrets::from_iter([("old_token", "s3cr3t")]), ..Default::default() };
        let acme = board.store.tenants().by_slug("acme").await.expect("the database").expect("a board");
        acme.channels().update(list.parse().expect("an id"), left, Actor::System).await.expect("a secret");
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = format!("/t/acme/admin/channels/{list}");
        let form = [("channel_name", "List"), ("settings.to", "list@acme.example"), ("settings.delivery", "at_once")];
        let secrets = async || {
            board.call("GET", &format!("/channels/{list}"), MODERATOR, None).await.expect(200).json()["secrets"].clone()
        };

        let shown = admin.get(&page).await.expect(200);
        for secret in ["smtp_url", "old_token"] {
            assert!(shown.text.contains(&format!("name=\"forget\" value=\"{secret}\"")), "{}", shown.text);
        }
        assert!(!shown.text.contains("s3cr3t"));
        let refused = admin.send(&page, &form).await.expect(422);
        assert!(refused.text.contains("f-forget-old_token"), "what is left behind is in the way: {}", refused.text);
        let both = [&form[..], &[("forget", "old_token"), ("forget", "smtp_url")]].concat();
        admin.send(&page, &both).await.expect(303);
        admin.get(&page).await.expect(200);
        assert_eq!(secrets().await, json!([]));
        let again = [&form[..], &[("secrets.smtp_url", "smtp://mail.acme.example"), ("forget", "smtp_url")]].concat();
        admin.send(&page, &again).await.expect(303);
        assert_eq!(secrets().await, json!(["smtp_url"]), "what is typed is meant");

        let page = format!("/t/acme/admin/channels/{required}");
        let shown = admin.get(&page).await.expect(200);
        assert!(!shown.text.contains("name=\"forget\""), "{}", shown.text);
    })
    .await;
}

#[tokio::test]
async fn a_paused_channel_waits_and_one_with_copies_stays() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        board.call("POST", &format!("/channels/{id}/pause"), ADMIN, None).await.expect(200);
        let job = board.publish().await;
        settle(&board).await;
        assert!(telegram.shown("@tablon_jobs").is_empty());
        let previews = board.call("GET", &format!("/jobs/{job}/previews"), MODERATOR, None).await.expect(200).json();
        assert_eq!(previews["items"], json!([]), "only active channels are previewed");
        board.call("POST", &format!("/channels/{id}/resume"), ADMIN, None).await.expect(200);
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
        board.call("DELETE", &format!("/channels/{id}"), ADMIN, None).await.expect(409);

        let list = board.call("GET", "/placements", MODERATOR, None).await.expect(200).json();
        let placement = list["items"][0]["id"].as_str().expect("a placement").to_owned();
        board
            .call("POST", &format!("/placements/{placement}/resolve"), MODERATOR, Some(json!({"outcome": "not_sent"})))
            .await
            .expect(409);
        board.call("POST", &format!("/placements/{placement}/retract"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        assert!(telegram.shown("@tablon_jobs").is_empty());
        board.call("DELETE", &format!("/channels/{id}"), ADMIN, None).await.expect(204);
        board.call("GET", &format!("/channels/{id}"), MODERATOR, None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_person_answers_for_a_copy_whose_fate_nobody_knows() {
    use tablon_testkit::telegram::{Action, Fault};
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
        let job = board.publish().await;
        settle(&board).await;
        let list = board.call("GET", &format!("/jobs/{job}/placements"), MODERATOR, None).await.expect(200).json();
        let placement = &list["items"][0];
        assert_eq!(placement["state"], "unverified", "{placement}");
        let path = format!("/placements/{}/resolve", placement["id"].as_str().expect("an id"));
        let answer = board.call("POST", &path, MODERATOR, Some(json!({"outcome": "sent"}))).await.expect(422);
        assert_eq!(answer.pointers(), ["/url"]);
        let elsewhere = json!({"outcome": "sent", "url": "https://example.org/1"});
        let answer = board.call("POST", &path, MODERATOR, Some(elsewhere)).await.expect(422);
        assert_eq!(answer.pointers(), ["/url"]);
        let number = telegram.shown("@tablon_jobs")[0].id;
        let there = json!({"outcome": "sent", "url": format!("https://t.me/tablon_jobs/{number}")});
        let resolved = board.call("POST", &path, MODERATOR, Some(there)).await.expect(200).json();
        assert_eq!(resolved["state"], "published");
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1, "nothing was sent twice");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_link_to_a_copy_stands_beside_its_field_and_stays_typed() {
    use tablon_testkit::telegram::{Action, Fault};
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", Action::LoseAnswer));
        let job = board.publish().await;
        settle(&board).await;
        let list = board.call("GET", &format!("/jobs/{job}/placements"), MODERATOR, None).await.expect(200).json();
        let id = list["items"][0]["id"].as_str().expect("an id").to_owned();
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.get("/t/acme/admin/placements").await.expect(200);
        let path = format!("/t/acme/admin/placements/{id}/adopt");
        for typed in ["", "https://example.org/1"] {
            let again = moderator.send(&path, &[("url", typed)]).await.expect(422);
            assert!(again.text.contains(&format!("id=\"url-{id}-error\"")), "{}", again.text);
            assert!(again.text.contains(&format!("name=\"url\" value=\"{typed}\"")), "{}", again.text);
        }
        let number = telegram.shown("@tablon_jobs")[0].id;
        let link = format!("https://t.me/tablon_jobs/{number}");
        moderator.send(&path, &[("url", &link)]).await.expect(303);
        moderator.get(&format!("/t/acme/admin/jobs/{job}")).await.expect(200);
        let late = moderator.send(&path, &[("url", &link)]).await.expect(409);
        assert!(late.text.contains("You have decided on it already") && late.text.contains(&link), "{}", late.text);
    })
    .await;
}

#[tokio::test]
async fn publishing_the_offer_of_the_documentation_takes_a_moment_only() {
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        board.call("POST", "/jobs", None, Some(offer())).await.expect(201);
        let id = board.publish().await;
        tokio::time::timeout(Duration::from_secs(10), settle(&board)).await.expect("settled");
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1, "only what was approved: {id}");
    })
    .await;
}
