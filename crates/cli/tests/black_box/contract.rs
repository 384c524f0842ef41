//! The commands and the requests that others build on, exactly as they are written down.

use serde_json::{Value, json};
use tablon_testkit::Backend;
use tablon_testkit::telegram::BOT_TOKEN;

use crate::board::{Board, CHANNEL, MODERATOR, Program, job, run};

#[tokio::test]
async fn the_whole_path_works_from_the_command_line_and_the_api() {
    for backend in Backend::all() {
        let board = Board::start(backend).await;

        let job_out = board.api.post("/jobs", job("Rust engineer")).await.expect(201);
        assert_eq!(job_out["state"], "submitted");
        assert!(job_out["edit_url"].as_str().expect("a link").starts_with(&board.url("/t/acme/edit/")));
        let id = job_out["id"].as_str().expect("an id").to_owned();

        assert_list(&board.api.get("/jobs").await.expect(200), 0);
        assert_list(&board.staff.get("/jobs?state=submitted").await.expect(200), 1);
        board.api.get(&format!("/jobs/{id}")).await.expect(404);
        let seen = board.staff.get(&format!("/jobs/{id}")).await.expect(200);
        assert_eq!(seen["contact_email"], "hr@acme.example");

        let plugins = board.staff.get("/plugins").await.expect(200);
        let telegram = plugins["items"].as_array().expect("a list").iter().find(|one| one["id"] == "telegram");
        assert!(telegram.expect("the plugin").to_string().contains("chat_id"), "its settings schema is there");

        let channel = board
            .staff
            .post(
                "/channels",
                json!({"plugin": "telegram", "name": "Our channel",
                       "settings": {"chat_id": CHANNEL, "api_base_url": board.telegram.base_url()},
                       "secrets": {"bot_token": BOT_TOKEN}}),
            )
            .await
            .expect(201);
        assert_eq!((&channel["plugin"], &channel["state"]), (&json!("telegram"), &json!("active")));
        let channel_id = channel["id"].as_str().expect("an id");
        assert_list(&board.staff.get("/channels").await.expect(200), 1);
        let verified = board.staff.post(&format!("/channels/{channel_id}/verify"), json!({})).await.expect(200);
        assert!(verified["account"]["label"].is_string(), "{verified}");

        let previews = board.staff.get(&format!("/jobs/{id}/previews")).await.expect(200);
        assert_list(&previews, 1);
        let preview = &previews["items"][0];
        assert_eq!((&preview["format"], &preview["limit"]), (&json!("telegram-html"), &json!(4096)));
        assert_eq!(preview["channel"]["id"], channel_id);

        let approved = board.approve(&id).await;
        assert_eq!(approved["state"], "published");
        board.staff.post(&format!("/jobs/{id}/approve"), json!({})).await.expect(409);
        let placement = board.placement_in(&id, "published").await;
        assert_eq!(placement["desired"], "present");
        assert_eq!(placement["channel"], json!({"id": channel_id, "name": "Our channel", "plugin": "telegram"}));
        let attempt = &placement["attempts"][0];
        for field in ["at", "operation", "outcome", "status", "duration_ms", "message"] {
            assert!(attempt.get(field).is_some(), "{field}: {attempt}");
        }
        assert_eq!(board.telegram.shown(CHANNEL)[0].source, preview["content"], "what was shown is what was sent");

        let found = board.api.get("/jobs?q=engineer&tag=rust&workplace=hybrid").await.expect(200);
        assert_list(&found, 1);
        assert!(found["items"][0].get("contact_email").is_none_or(Value::is_null), "{found}");
        assert_list(&board.api.get("/jobs?tag=cobol").await.expect(200), 0);

        let patched = board.staff.patch(&format!("/jobs/{id}"), json!({"title": "Senior Rust engineer"})).await;
        assert_eq!(patched.expect(200)["title"], "Senior Rust engineer");
        let followed = board
            .telegram
            .wait_until(std::time::Duration::from_secs(10), |telegram| {
                telegram.shown(CHANNEL)[0].text().contains("Senior Rust engineer")
            })
            .await;
        assert!(followed, "the copy follows the edit");

        board.staff.post(&format!("/jobs/{id}/fill"), json!({})).await.expect(200);
        let placement = board.placement_in(&id, "closed").await;
        assert_eq!(placement["desired"], "closed");
        board.telegram.assert_no_violations();
    }
}

#[tokio::test]
async fn a_job_is_turned_away_or_sent_back_with_a_reason() {
    let board = Board::start(Backend::Sqlite).await;
    let id = board.submit(job("One")).await;
    let body = board.staff.post(&format!("/jobs/{id}/request-changes"), json!({"reason": "Say the pay"})).await;
    assert_eq!(body.expect(200)["state"], "changes_requested");
    let id = board.submit(job("Two")).await;
    let body = board.staff.post(&format!("/jobs/{id}/reject"), json!({"reason": "No agencies"})).await;
    assert_eq!(body.expect(200)["state"], "rejected");
    let id = board.submit(job("Three")).await;
    board.staff.post(&format!("/jobs/{id}/reject"), json!({})).await.expect(422);
    board.approve(&id).await;
    let body = board.staff.post(&format!("/jobs/{id}/close"), json!({})).await;
    assert_eq!(body.expect(200)["state"], "closed");
}

#[tokio::test]
async fn bad_input_is_answered_with_what_is_wrong() {
    let board = Board::start(Backend::Sqlite).await;
    let mut wrong = job("Rust engineer");
    wrong["apply_url"] = json!("javascript:alert(1)");
    wrong["salary"]["currency"] = json!("XXL");
    let problem = board.api.post("/jobs", wrong).await.expect(422);
    assert_eq!(problem["status"], 422);
    let pointers: Vec<&str> =
        problem["errors"].as_array().expect("errors").iter().filter_map(|error| error["pointer"].as_str()).collect();
    assert!(pointers.contains(&"/apply_url"), "{problem:#}");
    assert!(pointers.iter().any(|pointer| pointer.starts_with("/salary")), "{problem:#}");
    assert!(problem["errors"][0]["message"].as_str().is_some_and(|message| message.len() > 5));

    let empty = board.api.post("/jobs", json!({})).await.expect(422);
    let text = empty.to_string();
    for field in ["/title", "/organization/name", "/description", "/contact_email"] {
        assert!(text.contains(field), "{field}: {text}");
    }
    board.api.post_text("/jobs", "{").await.expect(400);
    board.api.get("/jobs/0192f0c1-0000-7000-8000-000000000000").await.expect(404);
    board.api.get("/jobs?state=submitted").await.expect(401);
    board.api.get("/channels").await.expect(401);
    let elsewhere = crate::api::Api::new(board.url("/t/nobody/api/v1"));
    elsewhere.get("/jobs").await.expect(404);

    let token = board.program().json(&["token", "create", "--tenant", "acme", "--role", "moderator"], "");
    let moderator = board.api.with_token(token["token"].as_str().expect("a token"));
    moderator.get("/jobs?state=submitted").await.expect(200);
    let channel = json!({"plugin": "telegram", "name": "x", "settings": {}, "secrets": {}});
    moderator.post("/channels", channel).await.expect(403);
    let id = token["id"].as_str().expect("an id");
    board.program().json(&["token", "revoke", id, "--tenant", "acme"], "");
    moderator.get("/jobs?state=submitted").await.expect(401);
}

#[tokio::test]
async fn a_wrong_bot_token_pauses_the_channel_and_leaves_the_board_alone() {
    const WRONG: &str = "110201543:AAWrongTokenThatTelegramNeverGaveOut00";
    let board = Board::start(Backend::Sqlite).await;
    let channel = board.add_channel_with(json!({}), WRONG).await;
    let id = board.submit(job("Rust engineer")).await;
    assert_eq!(board.approve(&id).await["state"], "published");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let paused = loop {
        let channels = board.staff.get("/channels").await.expect(200);
        if channels["items"][0]["state"] == "paused" {
            break channels;
        }
        assert!(std::time::Instant::now() < deadline, "{channels:#}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(paused["items"][0]["problem"].as_str().is_some_and(|problem| !problem.is_empty()), "{paused:#}");
    assert!(!paused.to_string().contains("AAWrongToken"), "no secret comes back");
    board.placement_in(&id, "blocked").await;
    assert_list(&board.api.get("/jobs").await.expect(200), 1);
    board.staff.post(&format!("/channels/{channel}/verify"), json!({})).await.expect(422);

    let right = json!({"secrets": {"bot_token": BOT_TOKEN}});
    board.staff.patch(&format!("/channels/{channel}"), right).await.expect(200);
    board.staff.post(&format!("/channels/{channel}/resume"), json!({})).await.expect(200);
    board.placement_in(&id, "published").await;
}

#[tokio::test]
async fn one_command_migrates_and_the_flags_stand_where_they_are_documented() {
    for backend in Backend::all() {
        let program = Program::new(backend).await;
        let url = program.database_url().to_owned();
        let dir = program.folder().display().to_string();
        let run_bare = |args: &[&str], stdin: &str| {
            let mut command = Program::bare();
            command.current_dir(program.folder()).args(args).args(["--database-url", &url, "--data-dir", &dir]);
            command.env("TABLON_SECRET_KEY", "a key for tests alone, long enough");
            let output = run(&mut command, stdin);
            assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("text")
        };
        run_bare(&["migrate"], "");
        let tenant = run_bare(&["tenant", "create", "acme", "--name", "Acme devs", "--json"], "");
        let tenant: Value = serde_json::from_str(&tenant).expect("one JSON value");
        assert_eq!(tenant["slug"], "acme");
        assert!(tenant["id"].is_string());
        let user = ["user", "create", MODERATOR, "--tenant", "acme", "--role", "owner", "--password-stdin", "--json"];
        let user: Value = serde_json::from_str(&run_bare(&user, "a long password\n")).expect("one JSON value");
        assert_eq!(user["email"], MODERATOR);
        let token = run_bare(&["token", "create", "--tenant", "acme", "--role", "admin", "--json"], "");
        let token: Value = serde_json::from_str(&token).expect("one JSON value");
        assert!(token["token"].is_string());
    }
}

#[track_caller]
fn assert_list(list: &Value, length: usize) {
    assert_eq!(list["items"].as_array().map(Vec::len), Some(length), "{list:#}");
    assert!(list.get("next_cursor").is_some(), "{list:#}");
}
