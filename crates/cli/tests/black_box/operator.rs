//! What somebody who runs a board meets: the first start, signals, locks, a database that goes away.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tablon_core::{Store, StoreOptions, SystemClock};
use tablon_testkit::{Backend, PostgresServer};

use crate::api::Api;
use crate::board::{Board, MODERATOR, Program, job, run};

#[tokio::test]
async fn the_first_start_prints_a_link_that_makes_the_operator() {
    let program = Program::new(Backend::Sqlite).await;
    let mut board = Board::start_empty(program).await;
    let started: Value = serde_json::from_str(&board.first_line()).expect("one JSON value");
    let link = started["setup_url"].as_str().expect("a link").to_owned();
    assert!(link.starts_with(&board.url("/setup/")), "{link}");
    let page = Api::new(link).get("").await.expect(200);
    assert!(page.as_str().expect("a page").contains("<form"), "{page}");
}

#[tokio::test]
async fn told_to_stop_it_ends_well_and_two_never_serve_one_file() {
    let mut board = Board::start(Backend::Sqlite).await;
    let second = run(&mut board.program().command(&["serve", "--listen", "127.0.0.1:0"]), "");
    assert!(!second.status.success());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("another process serves"), "{said}");
    assert!(board.stop().success());
    board.resume().await;
    board.kill();
    board.resume().await;
}

#[tokio::test]
async fn jobs_stored_by_an_older_version_are_searchable_soon_after_the_start() {
    for backend in Backend::all() {
        let mut board = Board::start(backend).await;
        let id = board.submit(job("Inżynier, Łódź")).await;
        let published = board.staff.post(&format!("/jobs/{id}/approve"), json!({})).await.expect(200);
        assert!(board.stop().success());
        board.program().execute("UPDATE jobs SET search_text = 'inżynier, łodz', fold_version = 0").await;
        board.resume().await;
        let found = async {
            loop {
                let found = board.api.get("/jobs?q=inzynier+lodz").await.expect(200);
                if found["items"][0]["url"] == published["url"] {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), found).await.expect("it is found again, at the same address");
    }
}

#[tokio::test]
async fn postgres_without_a_key_migrates_but_does_not_serve() {
    if !Backend::all().contains(&Backend::Postgres) {
        return;
    }
    let mut program = Program::new(Backend::Postgres).await;
    program.set("TABLON_SECRET_KEY", "");
    program.json(&["migrate"], "");
    program.json(&["tenant", "create", "acme"], "");
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["token", "create", "--tenant", "acme", "--role", "admin"]]
    {
        let refused = run(&mut program.command(args), "");
        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("TABLON_SECRET_KEY"), "{args:?}");
    }
}

#[tokio::test]
async fn a_database_that_goes_away_is_waited_for() {
    if !Backend::all().contains(&Backend::Postgres) {
        return;
    }
    let mut server = PostgresServer::start().expect("a server of its own");
    let mut program = Program::new(Backend::Postgres).await;
    program.set("TABLON_DATABASE_URL", server.url());
    let board = Board::start_with(program).await;
    board.add_channel().await;
    let id = board.submit(job("Rust engineer")).await;
    let root = Api::new(board.url(""));
    root.get("/readyz").await.expect(200);

    server.pause().expect("it stops");
    root.get("/readyz").await.expect(503);
    root.get("/healthz").await.expect(200);
    board.api.get("/jobs").await.expect(503);
    let page = root.get("/t/acme/").await;
    assert_eq!(page.status, 503);

    server.resume().expect("it starts");
    let ready = async {
        while root.get("/readyz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ready).await.expect("ready again");
    board.approve(&id).await;
    board.placement_in(&id, "published").await;
}

#[tokio::test]
async fn doctor_and_config_tell_what_is_set_and_by_whom() {
    let mut program = Program::new(Backend::Sqlite).await;
    program.set("TABLON_BASE_ULR", "https://jobs.example.org");
    let findings = program.json(&["doctor"], "");
    let findings = findings.as_array().expect("a list");
    let misspelt = findings.iter().find(|one| one["message"].to_string().contains("TABLON_BASE_ULR"));
    assert_eq!(misspelt.expect("a warning")["status"], "warning");
    assert!(findings.iter().all(|one| one["status"] != "failed"), "{findings:#?}");

    program.set("TABLON_SECRET_KEY", "correct horse battery staple, thrice");
    let keys = program.json(&["config", "--explain"], "");
    let key = |name: &str| keys.as_array().expect("a list").iter().find(|one| one["key"] == name).cloned();
    assert_eq!(key("reconciler.pacing").expect("a key")["source"], "TABLON_RECONCILER_PACING");
    assert_eq!(key("listen").expect("a key")["source"], "default");
    assert!(!keys.to_string().contains("battery"));
}

#[tokio::test]
async fn doctor_warns_of_what_is_unsafe_and_makes_nothing() {
    let mut program = Program::untouched(Backend::Sqlite).await;
    program.set("TABLON_BASE_URL", "https://jobs.example.org");
    program.set("TABLON_LISTEN", "0.0.0.0:8080");
    let findings = program.json(&["doctor"], "");
    let status = |check: &str| findings.as_array()?.iter().find(|one| one["check"] == check)?["status"].as_str();
    assert_eq!(status("trusted_proxies"), Some("warning"), "{findings:#}");
    assert_eq!(status("secret_key"), Some("ok"), "{findings:#}");
    assert_eq!(status("plugins"), Some("ok"), "{findings:#}");
    program.json(&["plugin", "list"], "");
    for made in ["secret.key", "cache"] {
        assert!(!program.folder().join(made).exists(), "{made}");
    }
}

#[tokio::test]
async fn the_api_describes_itself_in_json() {
    let output = run(Program::bare().arg("openapi"), "");
    let description: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert_eq!(description["openapi"], "3.1.0");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_its_sessions_end() {
    const NEW: &str = "another long password";
    let program = Program::new(Backend::Sqlite).await;
    program.json(&["user", "create", MODERATOR, "--password-stdin"], "a long password\n");
    let store = Store::open(StoreOptions {
        database_url: program.database_url().to_owned(),
        clock: Arc::new(SystemClock),
        keyring: None,
        base_url: "http://localhost".parse().expect("an address"),
        max_connections: 1,
    });
    let store = store.await.expect("a store");
    let signs_in = async |password: &str| {
        store.users().authenticate(&tablon_core::EmailKey::of(MODERATOR), password).await.expect("an answer")
    };
    let user = signs_in("a long password").await.expect("the moderator");
    let session = store.sessions().create(user.id, None).await.expect("a session");
    assert!(store.sessions().find(&session).await.expect("an answer").is_some());

    let changed = program.json(&["user", "password", MODERATOR, "--password-stdin"], &format!("{NEW}\n"));
    assert_eq!(changed, json!({"id": user.id, "email": MODERATOR}));
    assert!(signs_in("a long password").await.is_none() && signs_in(NEW).await.is_some());
    assert!(store.sessions().find(&session).await.expect("an answer").is_none());

    let made_up = program.json(&["user", "password", MODERATOR], "");
    assert!(signs_in(made_up["password"].as_str().expect("a password")).await.is_some());
    refused(&program, &["user", "password", "nobody@example.org"], "", "no user nobody@example.org");
    refused(&program, &["user", "password", MODERATOR, "--password-stdin"], "short\n", "at least 10 characters");
}

#[tokio::test]
async fn who_is_there_gets_a_role_and_nothing_is_dropped_silently() {
    let program = Program::new(Backend::Sqlite).await;
    program.json(&["tenant", "create", "acme"], "");
    program.json(&["user", "create", MODERATOR, "--name", "Maya"], "");
    let create = ["user", "create", MODERATOR, "--tenant", "acme", "--role", "admin"];
    for (flags, says) in [
        (&["--operator"][..], "--operator"),
        (&["--name", "Somebody else"], "--name"),
        (&["--password-stdin"], "tablon user password"),
    ] {
        refused(&program, &[&create, flags].concat(), "a long password\n", says);
    }
    assert_eq!(program.json(&create, "")["role"], "admin");
}

#[track_caller]
fn refused(program: &Program, args: &[&str], stdin: &str, says: &str) {
    let output = run(&mut program.command(args), stdin);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains(says), "{args:?}: {said}");
}

#[tokio::test]
async fn no_secret_is_in_any_answer_or_any_log_line() {
    const TOKEN: &str = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";
    let mut program = Program::new(Backend::Sqlite).await;
    program.set("TABLON_LOG_FILTER", "debug");
    let mut board = Board::start_logged(program).await;
    let channel = board.add_channel().await;
    let id = board.submit(job("Rust engineer")).await;
    board.approve(&id).await;
    board.placement_in(&id, "published").await;
    board.staff.post(&format!("/channels/{channel}/verify"), json!({})).await.expect(200);
    for path in ["/channels", &format!("/channels/{channel}"), "/plugins", &format!("/jobs/{id}/placements")] {
        let answer = board.staff.get(path).await.expect(200).to_string();
        assert!(!answer.contains(TOKEN) && !answer.contains("AAHdqTcvCH1"), "{path}");
    }
    board.stop();
    let log = board.log();
    assert!(log.len() > 500, "there is a log");
    assert!(!log.contains("AAHdqTcvCH1"), "the bot token is in the log");
    assert!(!log.contains("correct horse"), "a password is in the log");
    assert!(!log.contains("hr@acme.example"), "a person's address is in the log");
}

#[tokio::test]
async fn the_demo_shows_a_board_and_its_channels() {
    let anywhere = "127.0.0.1:0";
    let mut demo = Program::bare()
        .args([
            "demo",
            "--listen",
            anywhere,
            "--telegram",
            anywhere,
            "--discord",
            anywhere,
            "--mail",
            anywhere,
            "--json",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = demo.stdout.take().expect("a pipe");
    let guide = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line).map(|_| line)
    });
    let guide: Value = serde_json::from_str(&guide.await.expect("a thread").expect("a line")).expect("one JSON value");
    let page = |name: &str| Api::new(guide[name].as_str().expect("an address").to_owned());
    let board = page("board").get("").await.expect(200);
    assert!(board.as_str().expect("a page").contains("<html"));
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let title = tablon_testkit::sample_jobs()[0]["title"].as_str().expect("a title").to_owned();
    for platform in ["telegram", "discord", "mail"] {
        while !page(platform).get("").await.expect(200).to_string().contains(&title) {
            assert!(std::time::Instant::now() < deadline, "nothing appears on {platform}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    demo.kill().expect("it stops");
    demo.wait().expect("it ended");
}
