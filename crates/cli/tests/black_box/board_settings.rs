//! A board is set up through its API, and its offers keep its rules.

use serde_json::{Value, json};
use tablon_testkit::Backend;

use crate::api::Api;
use crate::board::{Board, Program, job};

/// The pointers of what is wrong.
fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().expect("a list of errors");
    let mut pointers: Vec<&str> = errors.iter().map(|error| error["pointer"].as_str().expect("a pointer")).collect();
    pointers.sort_unstable();
    pointers
}

#[tokio::test]
async fn settings_and_rules_hold_from_the_moment_they_are_saved() {
    for backend in Backend::all() {
        let mut board = Board::start(backend).await;
        let wanted = json!({
            "name": "Acme", "description": "Jobs for us.", "locale": "es", "locales": ["es", "en"],
            "time_zone": "Europe/Madrid", "currency": "GBP", "default_days": 30, "listed": false,
            "rules": { "require_pay": true, "blocked_words": ["crypto"], "consent": "We answer everybody." },
        });
        let saved = board.staff.if_match(1).patch("/tenant", wanted.clone()).await.expect(200);
        for (name, value) in wanted.as_object().expect("members").iter().filter(|(name, _)| *name != "rules") {
            assert_eq!(&saved[name], value, "{name}");
        }
        board.staff.if_match(1).patch("/tenant", json!({ "name": "Late" })).await.expect(412);
        let wrong = json!({ "name": "", "currency": "x", "default_days": 0, "rules": { "require_place": "moon" } });
        let problem = board.staff.patch("/tenant", wrong).await.expect(422);
        assert_eq!(pointers(&problem), ["/currency", "/default_days", "/name", "/rules/require_place"]);

        let mut offer = job("Crypto engineer");
        offer["salary"] = Value::Null;
        let problem = board.api.post("/jobs", offer).await.expect(422);
        assert_eq!(pointers(&problem), ["/consent", "/salary", "/title"]);
        let mut offer = job("Rust engineer");
        offer["consent"] = json!(true);
        board.api.post("/jobs", offer.clone()).await.expect(201);

        // Another process on the same database holds to them too.
        assert!(board.stop().success());
        board.resume().await;
        assert_eq!(board.staff.get("/tenant").await.expect(200), saved);
        offer["consent"] = json!(false);
        assert_eq!(pointers(&board.api.post("/jobs", offer).await.expect(422)), ["/consent"]);
    }
}

#[tokio::test]
async fn a_board_gets_another_address_and_what_leads_to_the_old_one_goes_on_working() {
    for backend in Backend::all() {
        let mut board = Board::start(backend).await;
        board.add_channel().await;
        let id = board.submit(job("Rust engineer")).await;
        board.approve(&id).await;
        board.placement_in(&id, "published").await;
        let old = board.staff.get(&format!("/jobs/{id}")).await.expect(200)["url"].as_str().expect("a URL").to_owned();
        let moved = board.staff.patch("/tenant", json!({ "slug": "acme-devs" })).await.expect(200);
        assert_eq!(moved["url"], board.url("/t/acme-devs"));

        // The address in the message on the channel, and programs that know the old one, reading and writing.
        let page = Api::new(old.clone()).get("").await.expect(200);
        assert!(page.as_str().expect("a page").contains("Rust engineer"), "{old}");
        assert_eq!(board.api.get("/jobs").await.expect(200)["items"][0]["id"], json!(id));
        let second = board.submit(job("Go engineer")).await;
        board.staff.post(&format!("/jobs/{second}/reject"), json!({ "reason": "No." })).await.expect(200);
        let refused = board.program().command(&["tenant", "create", "acme", "--name", "Impostor"]);
        let refused = crate::board::run(&mut { refused }, "");
        assert!(!refused.status.success(), "the name is still the board's");

        assert!(board.stop().success());
        board.resume().await;
        assert_eq!(board.api.get("/jobs").await.expect(200)["items"][0]["id"], json!(id));
    }
}

#[tokio::test]
async fn the_link_of_the_first_start_is_gone_once_somebody_can_sign_in() {
    for backend in Backend::all() {
        let mut board = Board::start_empty(Program::new(backend).await).await;
        let started: Value = serde_json::from_str(&board.first_line()).expect("one JSON value");
        let link = Api::new(started["setup_url"].as_str().expect("a link").to_owned());
        let page = link.get("").await.expect(200);
        assert!(page.as_str().expect("a page").contains("name=\"board_slug\""));
        let add = ["user", "create", "ana@example.org", "--operator", "--password-stdin"];
        board.program().json(&add, "correct horse battery\n");
        let gone = link.get("").await.expect(410);
        assert!(gone.as_str().expect("a page").contains("used already"), "{gone}");
    }
}
