//! Copies of jobs as moderators see them: lists, history, drift, and what can be done.

use serde_json::{Value, json};
use tablon_core::Role;
use tablon_testkit::telegram::{Action, BOT_TOKEN, FakeTelegram, Fault};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::board::Board;
use crate::browser::Browser;
use crate::channels::{ADMIN, MODERATOR, add, on_each_database, settle};

async fn the_copy(board: &Board) -> Value {
    let list = board.call("GET", "/placements", MODERATOR, None).await.expect(200).json();
    list["items"][0].clone()
}

fn id_of(copy: &Value) -> String {
    copy["id"].as_str().expect("an id").to_owned()
}

fn refusal(description: &str) -> Action {
    Action::Refuse { code: 400, description: description.to_owned(), parameters: None }
}

/// Somebody uses the bot without us.
async fn post_by_hand(telegram: &FakeTelegram, text: &str) {
    let body = json!({"chat_id": "@tablon_jobs", "text": text}).to_string();
    let address = telegram.base_url().trim_start_matches("http://").to_owned();
    let mut stream = tokio::net::TcpStream::connect(&address).await.expect("a connection");
    let request = format!(
        "POST /bot{BOT_TOKEN}/sendMessage HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn lists_are_narrowed_by_state_and_channel() {
    on_each_database(async |board, telegram| {
        let first = add(&board, &telegram, BOT_TOKEN).await;
        let second = add(&board, &telegram, BOT_TOKEN).await;
        board.call("POST", &format!("/channels/{second}/pause"), ADMIN, None).await.expect(200);
        board.publish().await;
        settle(&board).await;
        let count = async |query: String| {
            let list = board.call("GET", &format!("/placements?{query}"), MODERATOR, None).await.expect(200).json();
            list["items"].as_array().expect("a list").len()
        };
        assert_eq!(count(String::new()).await, 2);
        assert_eq!(count("state=published".into()).await, 1);
        assert_eq!(count(format!("state=published&channel={first}")).await, 1);
        assert_eq!(count(format!("state=blocked&channel={first}")).await, 0);
        assert_eq!(count(format!("state=blocked&channel={second}")).await, 1);
        for (query, pointer) in [("state=nonsense", "/state"), ("channel=x", "/channel"), ("presence=x", "/presence")] {
            let answer = board.call("GET", &format!("/placements?{query}"), MODERATOR, None).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }

        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let overview = moderator.get("/t/acme/admin/placements").await.expect(200);
        assert!(overview.text.contains("One copy waits for its channel"), "{}", overview.text);
        assert!(!overview.text.contains("Fix the channel"), "a moderator can't");
        let list = moderator.get(&format!("/t/acme/admin/placements?state=all&channel={first}")).await.expect(200);
        assert_eq!(list.text.matches("class=\"copy\"").count(), 1, "{}", list.text);
        assert!(list.text.contains("Rust engineer"), "{}", list.text);
        moderator.get("/t/acme/admin/placements?state=nonsense&channel=nonsense&cursor=nonsense").await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_copys_page_tells_what_was_tried_and_who_did_what() {
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", refusal("Bad Request: no & never")));
        board.publish().await;
        settle(&board).await;
        let copy = the_copy(&board).await;
        assert_eq!(copy["state"], "failed", "{copy}");
        let (page, id) = (format!("/t/acme/admin/placements/{}", id_of(&copy)), id_of(&copy));
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let shown = moderator.get(&page).await.expect(200);
        assert!(shown.text.contains("no &amp; never") && shown.text.contains("answer 400"), "{}", shown.text);
        assert!(shown.text.contains("Try again") && !shown.text.contains(BOT_TOKEN), "{}", shown.text);
        let overview = moderator.get("/t/acme/admin/placements").await.expect(200);
        assert!(overview.text.contains("One copy couldn&#39;t be made or kept"), "{}", overview.text);
        assert!(overview.text.contains(&page), "{}", overview.text);

        moderator.get(&page).await.expect(200);
        let answer = moderator.send(&format!("{page}/retry"), &[("from", "copy")]).await;
        let again = moderator.follow(answer).await;
        assert!(again.text.contains("Sent again by hand"), "{}", again.text);
        settle(&board).await;
        assert_eq!(the_copy(&board).await["state"], "published");
        let shown = moderator.get(&page).await.expect(200);
        assert_eq!(shown.text.matches("<strong>Publish</strong>").count(), 2, "{}", shown.text);
        let late = moderator.send(&format!("{page}/retry"), &[("from", "copy")]).await.expect(409);
        assert!(late.text.contains("You have decided on it already"), "{}", late.text);
        assert!(!late.text.contains("Somebody was faster"), "nobody was: {}", late.text);

        let read = board.call("GET", &format!("/placements/{id}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(read["attempts"].as_array().map(Vec::len), Some(2));
        assert_eq!(read["attempts"][0]["status"], 400);
        assert!(read["published_at"].is_string(), "{read}");
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_deleted_on_the_platform_is_noticed_and_sent_again_on_request() {
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        board.publish().await;
        settle(&board).await;
        let copy = the_copy(&board).await;
        let check = format!("/placements/{}/check", id_of(&copy));
        board.call("POST", &check, MODERATOR, None).await.expect(200);
        settle(&board).await;
        let looked = the_copy(&board).await;
        assert_eq!(looked["presence"], "present", "{looked}");
        assert!(looked["checked_at"].is_string(), "{looked}");

        let number = telegram.shown("@tablon_jobs")[0].id;
        assert!(telegram.delete_by_hand("@tablon_jobs", number));
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/placements/{}", id_of(&copy));
        let shown = moderator.get(&page).await.expect(200);
        assert!(shown.text.contains("Look whether it is still there"), "{}", shown.text);
        let answer = moderator.send(&format!("{page}/check"), &[]).await;
        moderator.follow(answer).await;
        settle(&board).await;
        let gone = the_copy(&board).await;
        assert_eq!((&gone["presence"], &gone["state"]), (&json!("absent"), &json!("failed")), "{gone}");
        let shown = moderator.get(&page).await.expect(200);
        assert!(
            shown.text.contains("Gone from the platform") && shown.text.contains("Send it again"),
            "{}",
            shown.text
        );
        assert!(telegram.shown("@tablon_jobs").is_empty(), "not by itself");
        moderator.send(&format!("{page}/retry"), &[]).await.expect(303);
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
        board.call("POST", &check, MODERATOR, None).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_posted_by_hand_is_taken_over() {
    on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        telegram.fault(Fault::on("sendMessage", refusal("Bad Request: no")));
        board.publish().await;
        settle(&board).await;
        let copy = the_copy(&board).await;
        assert_eq!(copy["state"], "failed", "{copy}");
        let path = format!("/placements/{}/resolve", id_of(&copy));
        board.call("POST", &path, MODERATOR, Some(json!({"outcome": "not_sent"}))).await.expect(409);
        let elsewhere = json!({"outcome": "sent", "url": "https://example.org/1"});
        assert_eq!(board.call("POST", &path, MODERATOR, Some(elsewhere)).await.expect(422).pointers(), ["/url"]);
        post_by_hand(&telegram, "Rust engineer").await;
        let number = telegram.shown("@tablon_jobs")[0].id;
        let there = json!({"outcome": "sent", "url": format!("https://t.me/tablon_jobs/{number}")});
        let adopted = board.call("POST", &path, MODERATOR, Some(there.clone())).await.expect(200).json();
        assert_eq!(adopted["state"], "published", "{adopted}");
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1);
        assert!(telegram.shown("@tablon_jobs")[0].text().contains("Acme"), "it is brought in line");
        board.call("POST", &path, MODERATOR, Some(there)).await.expect(409);
    })
    .await;
}
