//! What people type is what everybody reads: on the form's preview, the review page, the board, in search engines and on
//! channels.

use serde_json::{Value, json};

use crate::board::{Board, offer, on_each_database};
use crate::browser::{Browser, typed};
use crate::channels::{self, MODERATOR, add};
use tablon_testkit::telegram::BOT_TOKEN;

/// Submits an offer with this description over the API and returns its id.
async fn submit(board: &Board, description: &str) -> String {
    let mut offer = offer();
    offer["description"] = description.into();
    let answer = board.call("POST", "/jobs", None, Some(offer)).await.expect(201);
    answer.json()["id"].as_str().expect("an id").to_owned()
}

async fn description(board: &Board, id: &str) -> String {
    let job = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
    job["description"].as_str().expect("text").to_owned()
}

async fn telegram_preview(board: &Board, id: &str) -> String {
    let previews = board.call("GET", &format!("/jobs/{id}/previews"), MODERATOR, None).await.expect(200).json();
    previews["items"][0]["content"].as_str().expect("a message").to_owned()
}

/// The page of a job once it is published, and the description in its markup for search engines.
async fn published(board: &Board, id: &str) -> (String, String) {
    let job = board.call("POST", &format!("/jobs/{id}/approve"), MODERATOR, None).await.expect(200).json();
    let page = board.get(&format!("/t/acme/jobs/{}", job["slug"].as_str().expect("a name"))).await.expect(200).text;
    let json_ld =
        page.split("<script type=\"application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let json_ld: Value = serde_json::from_str(json_ld.expect("JSON-LD")).expect("JSON");
    let description = json_ld["description"].as_str().expect("a description").to_owned();
    (page, description)
}

#[tokio::test]
async fn nothing_that_was_typed_vanishes_between_form_and_channel() {
    channels::on_each_database(async |board, telegram| {
        add(&board, &telegram, BOT_TOKEN).await;
        for (typed, stored, html, message) in [
            (
                "<p>We look for a <b>baker</b>.</p>",
                "We look for a **baker**.",
                "We look for a <strong>baker</strong>.",
                "We look for a <b>baker</b>.",
            ),
            ("Know Vec<T> well", "Know Vec<T> well", "Know Vec&lt;T&gt; well", "Know Vec&lt;T&gt; well"),
            (
                "Write to <hiring manager>.",
                "Write to <hiring manager>.",
                "Write to &lt;hiring manager&gt;.",
                "Write to &lt;hiring manager&gt;.",
            ),
            ("one<br>two", "one  \ntwo", "one<br>\ntwo", "one\ntwo"),
            (
                "If a<b && c>d <3",
                "If a<b && c>d <3",
                "If a&lt;b &amp;&amp; c&gt;d &lt;3",
                "If a&lt;b &amp;&amp; c&gt;d &lt;3",
            ),
            (
                "Tasks:\n• knead\n• bake",
                "Tasks:\n• knead\n• bake",
                "<p>Tasks:</p>\n<ul>\n<li>knead</li>\n<li>bake</li>\n</ul>",
                "Tasks:\n\n• knead\n• bake",
            ),
            (
                "First line\nsecond line",
                "First line\nsecond line",
                "First line<br>\nsecond line",
                "First line\nsecond line",
            ),
            (
                "Hello\n\n    you there",
                "Hello\n\n    you there",
                "<p>Hello</p>\n<p>you there</p>",
                "Hello\n\nyou there",
            ),
            (
                "See ![the office](https://e.org/a.png)",
                "See ![the office](https://e.org/a.png)",
                "See the office",
                "See the office",
            ),
            (
                "[Salary]: 30000\n\nA lot",
                "[Salary]: 30000\n\nA lot",
                "<p>[Salary]: 30000</p>",
                "[Salary]: 30000\n\nA lot",
            ),
        ] {
            let id = submit(&board, typed).await;
            assert_eq!(description(&board, &id).await, stored);
            let message_shown = telegram_preview(&board, &id).await;
            assert!(message_shown.contains(message), "{message:?} in {message_shown}");
            let (page, json_ld) = published(&board, &id).await;
            assert!(page.contains(html), "{html} on {page}");
            assert!(json_ld.contains(html), "{html} in {json_ld}");
            assert_eq!(telegram_preview(&board, &id).await, message_shown, "what was frozen is what was shown");
            // Changed by a patch, it is read in the same way.
            let patch = json!({ "description": format!("{typed}\n\nMore") });
            board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, Some(patch)).await.expect(200);
            assert_eq!(description(&board, &id).await, format!("{stored}\n\nMore"));
        }
    })
    .await;
}

#[tokio::test]
async fn the_preview_of_the_form_and_the_review_page_show_what_was_typed() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let text = "<p>We look for a <b>baker</b>.</p>\n\nVec<T>\n· knead\n· bake";
        let shown = "<p>We look for a <strong>baker</strong>.</p>\n<p>Vec&lt;T&gt;</p>\n<ul>\n<li>knead</li>\n<li>bake</li>\n</ul>";
        let mut fields = typed("Baker");
        fields.retain(|(name, _)| *name != "description" && *name != "action");
        fields.extend([("description", text), ("action", "preview")]);
        let preview = poster.send("/t/acme/submit", &fields).await.expect(200);
        assert!(preview.text.contains(shown), "{}", preview.text);
        fields.retain(|(name, _)| *name != "action");
        fields.push(("action", "submit"));
        poster.send("/t/acme/submit", &fields).await.expect(303);
        let jobs = board.call("GET", "/jobs?state=submitted", MODERATOR, None).await.expect(200).json();
        let id = jobs["items"][0]["id"].as_str().expect("an id").to_owned();
        let mut moderator = Browser::new(&board);
        moderator.log_in(tablon_core::Role::Moderator).await;
        let review = moderator.get(&format!("/t/acme/admin/jobs/{id}")).await.expect(200);
        assert!(review.text.contains(shown), "{}", review.text);
        let edit = moderator.get(&format!("/t/acme/admin/jobs/{id}/edit")).await.expect(200);
        assert!(edit.text.contains("We look for a **baker**.\n\nVec&lt;T&gt;\n· knead\n· bake</textarea>"), "{}", edit.text);
    })
    .await;
}

#[tokio::test]
async fn what_would_show_nothing_is_missing() {
    on_each_database(async |board| {
        let id = board.submit().await;
        for nothing in
            ["<p> </p>", "---", "![](https://e.org/a.png)", "<script>alert(1)</script>", "&nbsp;", "\u{200b}"]
        {
            let mut offer = offer();
            offer["description"] = nothing.into();
            let answer = board.call("POST", "/jobs", None, Some(offer)).await.expect(422);
            assert_eq!(answer.pointers(), ["/description"], "{nothing:?}");
            assert!(answer.text.contains("required"), "{}", answer.text);
            let patch = json!({ "description": nothing });
            board.call("PATCH", &format!("/jobs/{id}"), MODERATOR, Some(patch)).await.expect(422);
        }
    })
    .await;
}

#[tokio::test]
async fn invisible_characters_become_what_they_meant() {
    on_each_database(async |board| {
        let mut offer = offer();
        offer["title"] = "Bak\u{200b}er\u{b}and\u{feff} cook 30\u{96}40\u{0}".into();
        offer["organization"]["name"] = "Acme\u{85}Bread".into();
        offer["description"] =
            "one\u{b}two\u{c}three\rfour\u{85}five \u{93}six\u{94} sev\u{200b}en 👩\u{200d}🍳".into();
        offer["tags"] = json!(["so\u{ad}ur dough"]);
        offer["locations"] = json!([{ "city": "San\rSebastián", "country": "ES" }]);
        offer["apply_email"] = "jobs@acme.example\u{200b}".into();
        let answer = board.call("POST", "/jobs", None, Some(offer)).await.expect(201).json();
        let id = answer["id"].as_str().expect("an id").to_owned();
        let job = board.call("GET", &format!("/jobs/{id}"), MODERATOR, None).await.expect(200).json();
        assert_eq!(job["title"], "Baker and cook 30–40");
        assert_eq!(job["organization"]["name"], "Acme Bread");
        assert_eq!(job["description"], "one\ntwo\nthree\nfour\nfive “six” seven 👩\u{200d}🍳");
        assert_eq!(job["tags"], json!(["sour-dough"]));
        assert_eq!(job["locations"][0]["city"], "San Sebastián");
        assert_eq!(job["apply_email"], "jobs@acme.example");
        let (page, _) = published(&board, &id).await;
        assert!(page.contains("<p>one<br>\ntwo<br>\nthree<br>\nfour<br>\nfive “six” seven"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn what_is_nested_too_deep_is_refused_with_the_limit_and_the_others_go_on() {
    on_each_database(async |board| {
        for deep in [
            format!("{}x{}", "<b>".repeat(3_000), "</b>".repeat(3_000)),
            format!("{}x{}", "<ul><li>".repeat(1_500), "</li></ul>".repeat(1_500)),
            format!("{}x{}", "<div>".repeat(2_000), "</div>".repeat(2_000)),
            ">".repeat(29_999),
            format!("{}x", "> ".repeat(14_000)),
            format!("{}x", "- + ".repeat(7_000)),
            format!("{}x", "1. ".repeat(9_000)),
        ] {
            let mut one = offer();
            one["description"] = deep.clone().into();
            let answer = board.call("POST", "/jobs", None, Some(one)).await.expect(422);
            assert_eq!(answer.pointers(), ["/description"]);
            assert!(answer.text.contains("32 levels"), "{}", answer.text);
            let posting = |description: &str| {
                json!({
                    "@type": "JobPosting", "title": "Baker", "description": description,
                    "hiringOrganization": { "name": "Acme" }, "url": "https://acme.example/1"
                })
            };
            let file = json!([posting(&deep), posting("Fine")]);
            let read = board.call("POST", "/jobs/import", MODERATOR, Some(file)).await.expect(200).json();
            let errors = read["items"][0]["errors"].to_string();
            assert!(errors.contains("/description") && errors.contains("32 levels"), "{read}");
            assert!(read["items"][1]["id"].is_string(), "{read}");
        }
        // Without end tags it is no HTML.
        let id = submit(&board, &"<b>".repeat(3_000)).await;
        assert_eq!(description(&board, &id).await, "<b>".repeat(3_000));
    })
    .await;
}
