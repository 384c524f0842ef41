//! The pages of one channel and their API: what it is given and when, its lanes, its history, its end.

use serde_json::{Value, json};
use tablon_core::store::NewUser;
use tablon_core::{Actor, Role};
use tablon_testkit::telegram::{Action, BOT_TOKEN, Fault};

use crate::board::{Board, PASSWORD};
use crate::browser::Browser;
use crate::channels::{ADMIN, MODERATOR, add, on_each_database, settle};

async fn read(board: &Board, id: &str) -> Value {
    board.call("GET", &format!("/channels/{id}"), MODERATOR, None).await.expect(200).json()
}

#[tokio::test]
async fn a_channels_policy_is_merged_checked_and_kept() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let path = format!("/channels/{id}");
        assert_eq!(read(&board, &id).await["delivery"], json!({}));
        let rules = json!([{"field": "tags", "match": "any_of", "values": ["cobol"]}]);
        let policy = json!({"rules": rules, "schedule": {"at": "09:00", "per_day": 5}, "check_every_hours": 24});
        let set = board.call("PATCH", &path, ADMIN, Some(json!({"delivery": policy}))).await.expect(200).json();
        assert_eq!(set["delivery"], policy);
        let patch = json!({"delivery": {"schedule": {"at": null, "days": ["monday"]}, "check_every_hours": null}});
        let set = board.call("PATCH", &path, ADMIN, Some(patch)).await.expect(200).json();
        assert_eq!(set["delivery"], json!({"rules": rules, "schedule": {"per_day": 5, "days": ["monday"]}}));

        for (delivery, pointer) in [
            (
                json!({"rules": [{"field": "shoe_size", "match": "any_of", "values": ["42"]}]}),
                "/delivery/rules/0/field",
            ),
            (json!({"schedule": {"from": "18:00", "to": "09:00"}}), "/delivery/schedule/to"),
            (json!({"check_every_hours": 0}), "/delivery/check_every_hours"),
            (json!({"schedule": {"at": "25:00"}}), "/delivery"),
            (json!(5), "/delivery"),
        ] {
            let answer = board.call("PATCH", &path, ADMIN, Some(json!({"delivery": delivery}))).await.expect(422);
            assert_eq!(answer.pointers(), [pointer], "{delivery}");
        }

        let job = board.submit().await;
        let previews = board.call("GET", &format!("/jobs/{job}/previews"), MODERATOR, None).await.expect(200).json();
        assert_eq!(previews["items"], json!([]), "what won't be sent isn't previewed");
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let review = moderator.get(&format!("/t/acme/admin/jobs/{job}")).await.expect(200);
        assert!(
            review.text.contains(">Publish on the board<") && review.text.contains("rules leave it out"),
            "{}",
            review.text
        );
        board.call("POST", &format!("/jobs/{job}/approve"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        let list = board.call("GET", &format!("/jobs/{job}/placements"), MODERATOR, None).await.expect(200).json();
        assert_eq!(list["items"], json!([]), "a job that its rules don't want isn't placed there");
        let cleared = board.call("PATCH", &path, ADMIN, Some(json!({"delivery": null}))).await.expect(200).json();
        assert_eq!(cleared["delivery"], json!({}));
    })
    .await;
}

#[tokio::test]
async fn what_a_channel_is_given_is_a_form_too() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let own = json!([{"field": "organization", "match": "none_of", "values": ["Evil & Co"]}]);
        board
            .call("PATCH", &format!("/channels/{id}"), ADMIN, Some(json!({"delivery": {"rules": own}})))
            .await
            .expect(200);
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let path = format!("/t/acme/admin/channels/{id}/delivery");
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("none of Evil &amp; Co"), "{}", page.text);

        let wrong = [("tags", "rust, #sql"), ("at", "noon"), ("per_day", "many"), ("from", "10:00"), ("to", "18:00")];
        let again = admin.send(&path, &wrong).await.expect(422);
        assert!(
            again.text.contains("id=\"f-at-error\"") && again.text.contains("Write a time such as 09:30"),
            "{}",
            again.text
        );
        assert!(
            again.text.contains("id=\"f-per_day-error\"") && again.text.contains("value=\"many\""),
            "{}",
            again.text
        );
        let early = admin.send(&path, &[("from", "18:00"), ("to", "09:00")]).await.expect(422);
        assert!(early.text.contains("must be later than the beginning"), "{}", early.text);

        let right = [
            ("tags", "rust, #sql"),
            ("workplace", "remote"),
            ("workplace", "hybrid"),
            ("from", "08:00"),
            ("to", "18:00"),
            ("days", "monday"),
            ("days", "friday"),
            ("per_day", "5"),
            ("check_every_hours", "24"),
        ];
        let answer = admin.send(&path, &right).await;
        let saved = admin.follow(answer).await;
        assert!(saved.text.contains("value=\"08:00\"") && saved.text.contains("value=\"rust, sql\""), "{}", saved.text);
        let policy = json!({
            "rules": [
                {"field": "tags", "match": "any_of", "values": ["rust", "sql"]},
                {"field": "workplace", "match": "any_of", "values": ["remote", "hybrid"]},
                own[0],
            ],
            "schedule": {"from": "08:00", "to": "18:00", "days": ["monday", "friday"], "per_day": 5},
            "check_every_hours": 24,
        });
        assert_eq!(read(&board, &id).await["delivery"], policy);
    })
    .await;
}

#[tokio::test]
async fn lanes_tell_how_long_the_platform_wants_to_be_left_alone() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", Action::RateLimit { retry_after: 600 }));
        board.publish().await;
        settle(&board).await;
        let lanes = board.call("GET", &format!("/channels/{id}/lanes"), MODERATOR, None).await.expect(200).json();
        let held: Vec<&Value> =
            lanes["items"].as_array().expect("lanes").iter().filter(|lane| lane["held_until"].is_string()).collect();
        assert_eq!(held.len(), 1, "{lanes}");
        assert!(!lanes.to_string().contains("key"), "{lanes}");
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get(&format!("/t/acme/admin/channels/{id}")).await.expect(200);
        assert!(page.text.contains("The platform asked us to wait"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_removed_or_abandoned_and_its_page_says_how_many_copies_stay() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        board.publish().await;
        settle(&board).await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let path = format!("/t/acme/admin/channels/{id}/remove");
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("One copy is still there"), "{}", page.text);
        // Neither the plain removal nor a box that isn't ticked leaves a copy behind.
        for fields in [&[("action", "delete")][..], &[("action", "abandon")]] {
            let refused = admin.send(&path, fields).await.expect(409);
            assert!(refused.text.contains("One copy is still there"), "{}", refused.text);
        }
        board.call("DELETE", &format!("/channels/{id}"), ADMIN, None).await.expect(409);
        board.call("DELETE", &format!("/channels/{id}?abandon=maybe"), ADMIN, None).await.expect(422);
        board.call("DELETE", &format!("/channels/{id}?abandon=true"), MODERATOR, None).await.expect(403);
        let answer = admin.send(&path, &[("action", "abandon"), ("understood", "true")]).await;
        let list = admin.follow(answer).await;
        assert!(list.text.contains("Its copies stay where they are"), "{}", list.text);
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1, "the copy stays");
        board.call("GET", &format!("/channels/{id}"), MODERATOR, None).await.expect(404);

        let second = add(&board, &telegram, BOT_TOKEN).await;
        board.publish().await;
        settle(&board).await;
        board.call("DELETE", &format!("/channels/{second}?abandon=true"), ADMIN, None).await.expect(204);
        let third = add(&board, &telegram, BOT_TOKEN).await;
        let path = format!("/t/acme/admin/channels/{third}/remove");
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("It has no copies"), "{}", page.text);
        let answer = admin.send(&path, &[("action", "delete")]).await;
        admin.follow(answer).await;
        board.call("GET", &format!("/channels/{third}"), MODERATOR, None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_channels_history_tells_what_was_done_and_by_whom() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = format!("/t/acme/admin/channels/{id}");
        admin.get(&page).await.expect(200);
        admin.send(&format!("{page}/pause"), &[]).await.expect(303);
        let history = admin.get(&format!("{page}/history")).await.expect(200);
        let (paused, added) = (history.text.find("Paused <span"), history.text.find("<p>Added"));
        assert!(paused.is_some() && paused < added, "newest first: {}", history.text);
        assert!(history.text.contains("· admin<") && history.text.contains("· a program<"), "{}", history.text);
    })
    .await;
}

#[tokio::test]
async fn whoever_runs_the_instance_sees_its_plugins_and_nobody_else() {
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        let mut owner = Browser::new(&board);
        owner.get("/plugins").await.expect(303);
        owner.log_in(Role::Owner).await;
        owner.get("/plugins").await.expect(403);
        let new =
            NewUser { email: "op@example.org".into(), name: "Op".into(), password: PASSWORD.into(), operator: true };
        board.store.users().create(new, Actor::System).await.expect("a user");
        let mut operator = Browser::new(&board);
        operator.get("/login").await.expect(200);
        operator.send("/login", &[("email", "op@example.org"), ("password", PASSWORD), ("next", "")]).await.expect(303);
        let page = operator.get("/plugins").await.expect(200);
        for said in ["Telegram", "setting:api_base_url", "bot_token", "SHA-256", "telegram.wasm"] {
            assert!(page.text.contains(said), "{said} in {}", page.text);
        }
        assert!(!page.text.contains(BOT_TOKEN));
        let admin = operator.get("/t/acme/admin").await.expect(200);
        assert!(admin.text.contains("href=\"/plugins\""), "{}", admin.text);
    })
    .await;
}
