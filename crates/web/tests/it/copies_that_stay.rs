//! Copies on plugins that can't change them, plugins that fail, and copies at places that a channel doesn't lead to any
//! more: each is told as what it is.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use tablon_core::Role;
use tablon_testkit::Backend;

use crate::board::Board;
use crate::browser::Browser;
use crate::channels::{ADMIN, MODERATOR, settle};

/// A folder with the plugin that does what its setting `mode` says, and nothing else.
fn hostile() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins-testing/hostile.wasm");
    assert!(built.is_file(), "{} is missing: run `cargo xtask plugins` first", built.display());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::copy(built, folder.join("hostile.wasm")).expect("a copy");
    folder
}

/// A platform that takes everything, as long as it answers 200.
struct Platform {
    base: String,
    status: Arc<Mutex<StatusCode>>,
    requests: Arc<Mutex<u32>>,
}

type Shared = (Arc<Mutex<StatusCode>>, Arc<Mutex<u32>>);

impl Platform {
    async fn start() -> Self {
        let (status, requests) = (Arc::new(Mutex::new(StatusCode::OK)), Arc::new(Mutex::new(0)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let answer = async |State((status, requests)): State<Shared>| {
            *requests.lock().expect("a lock") += 1;
            *status.lock().expect("a lock")
        };
        let router = axum::Router::new().fallback(answer).with_state((status.clone(), requests.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base, status, requests }
    }

    fn answers(&self, status: StatusCode) {
        *self.status.lock().expect("a lock") = status;
    }

    fn requests(&self) -> u32 {
        *self.requests.lock().expect("a lock")
    }
}

async fn on_each_database(test: impl AsyncFn(Board, Platform)) {
    let folder = hostile();
    for backend in Backend::all() {
        test(Board::new(backend, Some(&folder)).await, Platform::start().await).await;
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

fn settings(mode: &str, platform: &Platform) -> Value {
    json!({ "mode": mode, "base_url": platform.base, "url": format!("{}/{{token}}", platform.base) })
}

async fn add(board: &Board, mode: &str, platform: &Platform) -> String {
    let channel = json!({
        "plugin": "hostile", "name": "Our list", "settings": settings(mode, platform),
        "secrets": {"token": "12345:s3cr3t"}
    });
    let made = board.call("POST", "/channels", ADMIN, Some(channel)).await.expect(201).json();
    let id = made["id"].as_str().expect("an id").to_owned();
    // A plugin that fails fails its check too: an admin insists.
    if made["state"] == "paused" {
        board.call("POST", &format!("/channels/{id}/resume"), ADMIN, None).await.expect(200);
    }
    *platform.requests.lock().expect("a lock") = 0;
    id
}

async fn copies(board: &Board) -> Vec<Value> {
    let list = board.call("GET", "/placements", MODERATOR, None).await.expect(200).json();
    list["items"].as_array().expect("a list").clone()
}

async fn the_copy(board: &Board) -> Value {
    let copies = copies(board).await;
    assert_eq!(copies.len(), 1, "{copies:?}");
    copies[0].clone()
}

fn last_outcome(copy: &Value) -> &str {
    copy["attempts"]
        .as_array()
        .and_then(|all| all.last())
        .and_then(|last| last["outcome"].as_str())
        .expect("an attempt")
}

async fn edit(board: &Board, job: &str, title: &str) {
    board.call("PATCH", &format!("/jobs/{job}"), MODERATOR, Some(json!({ "title": title }))).await.expect(200);
    settle(board).await;
}

async fn moderator(board: &Board) -> Browser<'_> {
    let mut moderator = Browser::new(board);
    moderator.log_in(Role::Moderator).await;
    moderator
}

async fn page_of(moderator: &mut Browser<'_>, copy: &Value) -> String {
    let id = copy["id"].as_str().expect("an id");
    moderator.get(&format!("/t/acme/admin/placements/{id}")).await.expect(200).text
}

#[tokio::test]
async fn a_copy_that_cannot_be_edited_is_live_with_the_text_before_the_edit_and_needs_nobody() {
    on_each_database(async |board, platform| {
        add(&board, "only-publishes", &platform).await;
        let job = board.publish().await;
        settle(&board).await;
        assert_eq!(the_copy(&board).await["state"], "published");
        edit(&board, &job, "Senior Rust engineer").await;
        let copy = the_copy(&board).await;
        assert_eq!(
            (&copy["state"], &copy["problem"], &copy["due_at"]),
            (&json!("outdated"), &Value::Null, &Value::Null)
        );
        assert_eq!(last_outcome(&copy), "unsupported");
        let mut moderator = moderator(&board).await;
        let page = page_of(&mut moderator, &copy).await;
        assert!(page.contains("Live, with the text before the edit"), "{page}");
        assert!(!page.contains("shows the current text") && !page.contains("refused"), "{page}");
        let overview = moderator.get("/t/acme/admin/placements").await.expect(200).text;
        assert!(overview.contains("Nobody has to do anything"), "{overview}");
        let queue = moderator.get("/t/acme/admin").await.expect(200).text;
        assert!(!queue.contains("What needs attention"), "{queue}");
        let listed = board.call("GET", "/placements?state=outdated", MODERATOR, None).await.expect(200).json();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");

        // The next edit asks the plugin again, which may be a newer one by then.
        edit(&board, &job, "Rust engineer, again").await;
        let copy = the_copy(&board).await;
        assert_eq!(copy["state"], "outdated");
        assert_eq!(copy["attempts"].as_array().map(Vec::len), Some(3), "{copy}");
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_a_filled_job_that_cannot_be_struck_through_stays_there_and_needs_nobody() {
    on_each_database(async |board, platform| {
        add(&board, "only-publishes", &platform).await;
        let mut moderator = moderator(&board).await;
        for (number, ending) in ["fill", "close"].into_iter().enumerate() {
            let job = board.publish().await;
            settle(&board).await;
            board.call("POST", &format!("/jobs/{job}/{ending}"), MODERATOR, None).await.expect(200);
            settle(&board).await;
            let copies = copies(&board).await;
            let copy = copies.iter().find(|copy| copy["job_id"] == json!(job)).expect("a copy");
            assert_eq!((&copy["state"], &copy["problem"]), (&json!("remains"), &Value::Null), "{ending}: {copy}");
            assert!(copy["url"].is_null() && copy["due_at"].is_null(), "{copy}");
            let page = page_of(&mut moderator, copy).await;
            assert!(page.contains("Stays there") && !page.contains("Failed"), "{page}");
            let overview = moderator.get("/t/acme/admin/placements").await.expect(200).text;
            assert!(overview.contains("Nobody has to do anything"), "{overview}");
            let listed = board.call("GET", "/placements?state=remains", MODERATOR, None).await.expect(200).json();
            assert_eq!(listed["items"].as_array().map(Vec::len), Some(number + 1), "{listed}");
        }
        let metrics = board.store.figures().await.expect("figures");
        assert!(metrics.placements.iter().all(|(_, state, _)| state.as_str() == "remains"), "{metrics:?}");
    })
    .await;
}

/// The copies of one new offer by the mode of their channel.
async fn publish_on(board: &Board, platform: &Platform, modes: &[&'static str]) -> Vec<(String, &'static str)> {
    let mut channels = Vec::new();
    for mode in modes {
        channels.push((add(board, mode, platform).await, *mode));
    }
    board.publish().await;
    settle(board).await;
    channels
}

async fn copy_on(board: &Board, channel: &str) -> Value {
    let list = board.call("GET", &format!("/placements?channel={channel}"), MODERATOR, None).await;
    list.expect(200).json()["items"][0].clone()
}

#[tokio::test]
async fn a_plugin_that_breaks_off_or_loops_is_told_as_that_and_not_as_a_refusal() {
    on_each_database(async |board, platform| {
        let channels = publish_on(&board, &platform, &["trap", "panic", "memory", "loop"]).await;
        // A plugin doesn't mend itself: after the third time a person is asked.
        for _ in 0..60 {
            if copies(&board).await.iter().all(|copy| copy["state"] == "failed") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
            settle(&board).await;
        }
        let mut moderator = moderator(&board).await;
        for (channel, mode) in channels {
            let (outcome, words) = match mode {
                "loop" => ("plugin_timeout", "The plugin took too long"),
                _ => ("plugin_trapped", "The plugin crashed"),
            };
            let copy = copy_on(&board, &channel).await;
            assert_eq!((&copy["state"], &copy["cause"]), (&json!("failed"), &json!(outcome)), "{mode}: {copy}");
            assert_eq!(last_outcome(&copy), outcome, "{mode}: {copy}");
            let page = page_of(&mut moderator, &copy).await;
            assert!(page.contains(words), "{mode}: {page}");
            assert!(!page.contains("platform refused") && !page.contains("connection broke"), "{mode}: {page}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_plugin_that_fails_after_it_has_sent_something_leaves_a_question_that_names_it() {
    on_each_database(async |board, platform| {
        let modes = ["send-then-trap", "send-then-loop", "huge-receipt", "huge-answer", "no-receipt"];
        let channels = publish_on(&board, &platform, &modes).await;
        assert_eq!(platform.requests(), 5, "each sent once, and none again on a guess");
        let mut moderator = moderator(&board).await;
        for (channel, mode) in channels {
            let outcome = match mode {
                "send-then-trap" => "plugin_trapped",
                "send-then-loop" => "plugin_timeout",
                "no-receipt" => "plugin_fault",
                _ => "plugin_oversized",
            };
            let copy = copy_on(&board, &channel).await;
            assert_eq!((&copy["state"], &copy["cause"]), (&json!("unverified"), &json!(outcome)), "{mode}: {copy}");
            assert_eq!(copy["attempts"][0]["outcome"], outcome, "{mode}: {copy}");
            let page = page_of(&mut moderator, &copy).await;
            assert!(page.contains("The plugin failed after something had been sent"), "{mode}: {page}");
            assert!(!page.contains("connection broke") && !page.contains("No answer"), "{mode}: {page}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_old_copy_at_a_place_that_the_channel_left_does_not_pause_the_channel() {
    on_each_database(async |board, old| {
        let channel = add(&board, "follows-receipt", &old).await;
        let first = board.publish().await;
        settle(&board).await;
        assert_eq!(the_copy(&board).await["state"], "published");
        // The channel moves: the token may not be sent to the old place any more.
        let new = Platform::start().await;
        let change = json!({"settings": settings("follows-receipt", &new), "secrets": {"token": "12345:s3cr3t"}});
        board.call("PATCH", &format!("/channels/{channel}"), ADMIN, Some(change)).await.expect(200);
        edit(&board, &first, "Senior Rust engineer").await;
        let copy = the_copy(&board).await;
        assert_eq!((&copy["state"], &copy["cause"]), (&json!("failed"), &json!("elsewhere")), "{copy}");
        let shown = board.call("GET", &format!("/channels/{channel}"), ADMIN, None).await.expect(200).json();
        assert_eq!(shown["state"], "active", "{shown}");
        let page = page_of(&mut moderator(&board).await, &copy).await;
        assert!(page.contains("The channel works, but this copy is where"), "{page}");

        let second = board.publish().await;
        settle(&board).await;
        let list = board.call("GET", &format!("/jobs/{second}/placements"), MODERATOR, None).await.expect(200).json();
        assert_eq!(list["items"][0]["state"], "published", "{list}");
        // What really doesn't work pauses the channel as before.
        new.answers(StatusCode::FORBIDDEN);
        edit(&board, &second, "Junior Rust engineer").await;
        let shown = board.call("GET", &format!("/channels/{channel}"), ADMIN, None).await.expect(200).json();
        assert_eq!(shown["state"], "paused", "{shown}");
    })
    .await;
}

#[tokio::test]
async fn a_look_at_a_copy_at_an_old_place_changes_nothing() {
    on_each_database(async |board, old| {
        let channel = add(&board, "follows-receipt", &old).await;
        board.publish().await;
        settle(&board).await;
        let new = Platform::start().await;
        let change = json!({"settings": settings("follows-receipt", &new), "secrets": {"token": "12345:s3cr3t"}});
        board.call("PATCH", &format!("/channels/{channel}"), ADMIN, Some(change)).await.expect(200);
        let copy = the_copy(&board).await;
        let check = format!("/placements/{}/check", copy["id"].as_str().expect("an id"));
        board.call("POST", &check, MODERATOR, None).await.expect(200);
        settle(&board).await;
        let copy = the_copy(&board).await;
        assert_eq!((&copy["state"], &copy["presence"]), (&json!("published"), &json!("unknowable")), "{copy}");
        let shown = board.call("GET", &format!("/channels/{channel}"), ADMIN, None).await.expect(200).json();
        assert_eq!(shown["state"], "active", "{shown}");
    })
    .await;
}
