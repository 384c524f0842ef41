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
