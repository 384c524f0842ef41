//! The rules of a board, as posters, programs and staff meet them.

use serde_json::{Value, json};
use tablon_core::{Actor, Role};

use crate::board::{Board, offer, on_each_database};
use crate::browser::{Browser, typed};

async fn rule(board: &Board, rules: Value) {
    board.call("PATCH", "/tenant", Some(Role::Admin), Some(json!({ "rules": rules }))).await.expect(200);
}

async fn strict(board: &Board) {
    let rules = json!({
        "require_pay": true, "min_description": 30, "blocked_words": ["crypto"], "refuse_agencies": true,
        "consent": "We answer <everybody>.",
    });
    rule(board, rules).await;
}

#[tokio::test]
async fn the_api_tells_of_every_broken_rule() {
    on_each_database(async |board| {
        strict(&board).await;
        let mut broken = offer();
        broken["salary"] = Value::Null;
        broken["description"] = json!("Crypto.");
        let mut pointers = board.call("POST", "/jobs", None, Some(broken)).await.expect(422).pointers();
        pointers.sort();
        assert_eq!(pointers, ["/consent", "/description", "/description", "/is_employer", "/salary"]);
        let mut good = offer();
        good["consent"] = json!(true);
        good["is_employer"] = json!(true);
        let id = board.call("POST", "/jobs", None, Some(good)).await.expect(201).json()["id"].clone();
        let path = format!("/jobs/{}", id.as_str().expect("an id"));
        let job = board.call("GET", &path, Some(Role::Moderator), None).await.expect(200).json();
        assert!(job.get("consent").is_none(), "what was ticked is no part of the offer: {job}");
        // Staff may: the page of the offer warns them.
        board.call("PATCH", &path, Some(Role::Moderator), Some(json!({ "salary": null }))).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn a_poster_reads_each_broken_rule_beside_its_field_in_their_language_and_keeps_what_they_typed() {
    on_each_database(async |board| {
        strict(&board).await;
        let mut poster = Browser::new(&board);
        poster.headers = vec![("accept-language", "es".to_owned())];
        let form = poster.get("/t/acme/submit").await.expect(200).text;
        assert!(form.contains("We answer &lt;everybody&gt;.") && form.contains("Al menos 30 caracteres."), "{form}");
        let mut fields = typed("Crypto engineer");
        fields.retain(|(name, _)| *name != "salary.min");
        for action in ["preview", "submit"] {
            fields.retain(|(name, _)| *name != "action");
            fields.push(("action", action));
            let page = poster.send_whole("/t/acme/submit", &fields).await.expect(422).text;
            for field in ["title", "salary", "description", "is_employer", "consent"] {
                assert!(page.contains(&format!("id=\"f-{field}-error\"")), "{field}: {page}");
            }
            assert!(page.contains("Este tablón no admite estas palabras: crypto."), "{page}");
            assert!(page.contains("value=\"Crypto engineer\"") && page.contains("We build **things**."), "{page}");
        }
        let long = "We build things that people use every day.";
        let mut fields = typed("Rust engineer");
        fields.retain(|(name, _)| *name != "description");
        fields.extend([("description", long), ("is_employer", "true"), ("consent", "true")]);
        poster.send_whole("/t/acme/submit", &fields).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn the_pay_field_begins_with_the_boards_currency() {
    on_each_database(async |board| {
        board.call("PATCH", "/tenant", Some(Role::Admin), Some(json!({ "currency": "CHF" }))).await.expect(200);
        let mut poster = Browser::new(&board);
        let selected = "<option value=\"CHF\"";
        let form = poster.get("/t/acme/submit").await.expect(200).text;
        let option = form.split(selected).nth(1).and_then(|rest| rest.split('>').next()).expect("an option");
        assert!(option.ends_with(" selected"), "{option}");
        // A chosen one stays.
        let page = poster.send_whole("/t/acme/submit", &typed("")).await.expect(422).text;
        assert!(page.contains("<option value=\"EUR\" title=\"Euro\" selected>"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_posters_edit_keeps_the_rules_and_remembers_what_was_ticked() {
    on_each_database(async |board| {
        let consent = json!({ "consent": "We answer everybody." });
        rule(&board, consent).await;
        let acme = board.store.tenants().by_slug("acme").await.expect("read").expect("a board");
        let mut ticked = offer();
        ticked["consent"] = json!(true);
        let mine = acme.jobs().submit(&ticked, Actor::Poster).await.expect("an offer");
        let edit = format!("/t/acme/my/{}/edit", mine.job.id);
        let mut poster = Browser::new(&board);
        poster.get(&format!("/t/acme/edit/{}", mine.edit_token)).await.expect(303);
        let ticked = |page: &str| {
            let tag = page.split("name=\"consent\"").nth(1).and_then(|rest| rest.split('>').next()).unwrap_or_default();
            tag.contains(" checked")
        };
        assert!(ticked(&poster.get(&edit).await.expect(200).text), "it was ticked for this text");
        rule(&board, json!({ "consent": "We answer everybody within a week.", "blocked_domains": ["acme.example"] }))
            .await;
        assert!(!ticked(&poster.get(&edit).await.expect(200).text), "another text");
        let page = poster.send_whole(&edit, &typed("Baker")).await.expect(422).text;
        assert!(page.contains("id=\"f-consent-error\"") && page.contains("id=\"f-apply_url-error\""), "{page}");
        let mut fields = typed("Baker");
        fields.retain(|(name, _)| *name != "apply_url");
        fields.extend([("consent", "true"), ("apply_email", "jobs@baker.example")]);
        poster.send_whole(&edit, &fields).await.expect(303);
    })
    .await;
}

#[tokio::test]
async fn moderators_are_warned_of_broken_rules_and_not_stopped() {
    on_each_database(async |board| {
        let id = board.submit().await;
        rule(&board, json!({ "blocked_words": ["rust"] })).await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let path = format!("/t/acme/admin/jobs/{id}");
        let page = moderator.get(&path).await.expect(200).text;
        assert!(page.contains("This breaks the board&#39;s rules"), "{page}");
        assert!(page.contains("take these words: rust"), "{page}");
        moderator.get(&format!("{path}/edit")).await.expect(200);
        let fields = [&typed("Rust baker")[..], &[("revision", "1")]].concat();
        moderator.send(&format!("{path}/edit"), &fields).await.expect(303);
        moderator.get(&path).await.expect(200);
        moderator.send(&format!("{path}/approve"), &[("revision", "2")]).await.expect(303);
    })
    .await;
}
