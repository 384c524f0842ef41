//! A channel's message template: read, tried out, kept, refused.

use std::time::Duration;

use serde_json::{Value, json};
use tablon_core::Role;
use tablon_testkit::telegram::BOT_TOKEN;

use crate::board::Board;
use crate::browser::Browser;
use crate::channels::{ADMIN, MODERATOR, add, on_each_database, settle};

/// Never ends, and needs hardly any memory for it.
const ENDLESS: &str = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}x";
/// Doubles a text until no memory is left.
const BOMB: &str =
    "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}";

/// The most characters of a template.
const MAX_TEMPLATE: usize = 20_000;

async fn template(board: &Board, id: &str) -> Value {
    board.call("GET", &format!("/channels/{id}/template"), MODERATOR, None).await.expect(200).json()
}

#[tokio::test]
async fn a_template_is_read_set_and_given_up_again() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let path = format!("/channels/{id}/template");
        let read = template(&board, &id).await;
        assert_eq!((&read["template"], &read["own"]), (&Value::Null, &json!(false)));
        assert_eq!(read["current"], read["default"]);
        assert!(read["default"].as_str().expect("text").contains("{{ title }}"), "{read}");
        assert!(read["variables"].is_array(), "{read}");

        let mine = json!({"template": "Ours: {{ title }}"});
        let set = board.call("PUT", &path, ADMIN, Some(mine)).await.expect(200).json();
        assert_eq!((&set["template"], &set["own"]), (&json!("Ours: {{ title }}"), &json!(true)));
        assert_eq!(set["current"], "Ours: {{ title }}");
        assert_eq!(template(&board, &id).await, set);

        let job = board.publish().await;
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs")[0].text(), "Ours: Rust engineer", "{job}");

        let back = board.call("PUT", &path, ADMIN, Some(json!({"template": null}))).await.expect(200).json();
        assert_eq!(back, read);
        let answer = board.call("PUT", &path, ADMIN, Some(json!({}))).await.expect(422);
        assert_eq!(answer.pointers(), ["/template"]);
        board.call("PUT", &path, MODERATOR, Some(json!({"template": "x"}))).await.expect(403);
    })
    .await;
}

#[tokio::test]
async fn a_preview_is_what_is_sent_and_works_without_a_job_and_in_any_state() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let path = format!("/channels/{id}/preview");
        let sample = board.call("GET", &path, MODERATOR, None).await.expect(200).json();
        let message = &sample["items"][0];
        assert_eq!((&message["format"], &message["unit"]), (&json!("telegram-html"), &json!("utf16")));
        assert_eq!(message["channel"]["id"], json!(id));
        assert!(message["content"].as_str().expect("text").contains("Backend engineer"), "{message}");
        assert_eq!(sample["next_cursor"], Value::Null);

        let job = board.submit().await;
        let seen = board.call("GET", &format!("{path}?job={job}"), MODERATOR, None).await.expect(200).json();
        board.call("POST", &format!("/jobs/{job}/approve"), MODERATOR, None).await.expect(200);
        settle(&board).await;
        assert_eq!(telegram.requests_of("sendMessage")[0].params["text"], seen["items"][0]["content"]);
        let rejected = board.submit().await;
        let reason = Some(json!({"reason": "No."}));
        board.call("POST", &format!("/jobs/{rejected}/reject"), MODERATOR, reason).await.expect(200);
        board.call("GET", &format!("{path}?job={rejected}"), MODERATOR, None).await.expect(200);

        let answer = board.call("GET", &format!("{path}?job=nonsense"), MODERATOR, None).await.expect(422);
        assert_eq!(answer.pointers(), ["/job"]);
        let nobody = "01890000-0000-7000-8000-000000000000";
        board.call("GET", &format!("{path}?job={nobody}"), MODERATOR, None).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn another_boards_job_is_not_previewed() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let rival = board.other_board().await;
        let offer = crate::board::offer();
        let job = rival.jobs().submit(&offer, tablon_core::Actor::Poster).await.expect("an offer").job.id;
        board.call("GET", &format!("/channels/{id}/preview?job={job}"), ADMIN, None).await.expect(404);
        let body = Some(json!({"job": job, "template": "x"}));
        board.call("POST", &format!("/channels/{id}/preview"), ADMIN, body).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn an_unsaved_template_is_tried_out_and_nothing_is_kept() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let job = board.submit().await;
        let path = format!("/channels/{id}/preview");
        let body = json!({"template": "Draft: {{ title }}", "job": job});
        let tried = board.call("POST", &path, ADMIN, Some(body)).await.expect(200).json();
        assert_eq!(tried["items"][0]["content"], "Draft: Rust engineer");
        assert_eq!(template(&board, &id).await["own"], false);
        // Without one: the channel's own; with null: the plugin's.
        board
            .call("PUT", &format!("/channels/{id}/template"), ADMIN, Some(json!({"template": "Own"})))
            .await
            .expect(200);
        let own = board.call("POST", &path, ADMIN, Some(json!({}))).await.expect(200).json();
        assert_eq!(own["items"][0]["content"], "Own");
        let default = board.call("POST", &path, ADMIN, Some(json!({"template": null}))).await.expect(200).json();
        assert!(default["items"][0]["content"].as_str().expect("text").contains("<b>"), "{default}");
        for (body, pointer) in
            [(json!({"job": 5}), "/job"), (json!({"template": 5}), "/template"), (json!({"x": 1}), "/x")]
        {
            let answer = board.call("POST", &path, ADMIN, Some(body)).await.expect(422);
            assert_eq!(answer.pointers(), [pointer]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_template_that_does_not_work_is_told_at_its_line_and_never_kept() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let long = "x".repeat(5000);
        for (wrong, says) in [
            ("a\n{{ titel }}", "line 2"),
            ("{% if %}", "line 1"),
            ("<u>open", ""),
            (long.as_str(), "longer"),
            (ENDLESS, ""),
            (BOMB, ""),
        ] {
            let body = json!({"template": wrong});
            for (method, path) in [("PUT", "template"), ("POST", "preview")] {
                let path = format!("/channels/{id}/{path}");
                let answer = board.call(method, &path, ADMIN, Some(body.clone())).await.expect(422);
                assert_eq!(answer.pointers(), ["/template"], "{wrong}: {}", answer.text);
                assert!(answer.text.contains(says), "{wrong}: {}", answer.text);
            }
            let answer = board.call("PATCH", &format!("/channels/{id}"), ADMIN, Some(body)).await.expect(422);
            assert_eq!(answer.pointers(), ["/template"], "{wrong}: {}", answer.text);
        }
        assert_eq!(template(&board, &id).await["own"], false, "nothing of it was kept");
        // The board and its other channels never noticed.
        let job = board.publish().await;
        settle(&board).await;
        assert_eq!(telegram.shown("@tablon_jobs").len(), 1, "{job}");
    })
    .await;
}

/// Templates that are nested, chained or repeated without end, each as long as a template may be, with what is said.
fn without_end() -> Vec<(String, &'static str)> {
    let times = |text: &str| text.repeat((MAX_TEMPLATE - 100) / text.len());
    let nested = |open: &str, core: &str, close: &str| {
        let count = (MAX_TEMPLATE - 100) / (open.len() + close.len());
        format!("{}{core}{}", open.repeat(count), close.repeat(count))
    };
    let expression = |text: String| format!("a\n{{{{ {text} }}}}");
    let too_deep = "template exceeds maximum recursion limits";
    let too_long = "an expression has more than 1000 characters (line 2)";
    vec![
        (nested("{% if title %}", "x", "{% endif %}"), too_deep),
        (nested("{% for a in tags %}", "x", "{% endfor %}"), too_deep),
        (nested("{% with a = title %}", "x", "{% endwith %}"), too_deep),
        (times("{% if title %}"), too_deep),
        (format!("{{{{ {} }}}}", "(".repeat(800)), too_deep),
        (format!("{{{{ {} }}}}", "[".repeat(800)), too_deep),
        (expression(nested("(", "title", ")")), too_long),
        (expression(nested("[", "title", "]")), too_long),
        (expression(nested("{'a':", "title", "}")), too_long),
        (expression(format!("{}title", times("not "))), too_long),
        (expression(format!("{}1", times("-"))), too_long),
        (expression(format!("{}title", times("title if title else "))), too_long),
        (expression(format!("title{}", times("|upper"))), too_long),
        (expression(format!("title{}", times("~title"))), too_long),
        (expression(format!("title{}", times(".a"))), too_long),
        (expression(format!("title{}", times("[0:]"))), too_long),
        (expression(format!("1{}", times("**1"))), too_long),
        (expression(format!("1{}", times("<2"))), too_long),
        (expression(times("~'}}'")), too_long),
        (times("("), "longer than Telegram allows"),
        (
            format!("{{% for a in range(99999) %}}{}", nested("{% for b in range(99999) %}", "x", "{% endfor %}")),
            too_deep,
        ),
        ("{{ 'a' * 1000000000 }}".to_owned(), "repeated string is too large"),
        ("{% for a in ['a' * 100000] * 1000000 %}{{ a }}{% endfor %}".to_owned(), ""),
        ("{{ range(1000000000) }}".to_owned(), "range has too many elements"),
        ("{{ 9 ** 9 ** 9 ** 9 }}".to_owned(), ""),
    ]
}

#[tokio::test]
async fn a_template_without_end_is_refused_in_words_and_costs_little() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let path = format!("/channels/{id}/template");
        for (template, says) in without_end() {
            assert!(template.chars().count() <= MAX_TEMPLATE);
            let beginning: String = template.chars().take(60).collect();
            let began = std::time::Instant::now();
            let answer = board.call("PUT", &path, ADMIN, Some(json!({"template": template}))).await;
            assert!(began.elapsed() < Duration::from_secs(15), "{beginning}: {:?}", began.elapsed());
            assert_eq!(answer.status, 422, "{beginning}");
            assert_eq!(answer.pointers(), ["/template"], "{beginning}: {}", answer.text);
            assert!(answer.text.contains(says), "{beginning}: {}", answer.text);
            assert!(!answer.text.contains("too deeply"), "{beginning}: {}", answer.text);
        }
        // Long for a person, and no stack's end.
        for template in [
            format!("{{{{ title{} }}}}", "|upper".repeat(150)),
            format!("{{% if not title %}}a{}{{% endif %}}x", "{% elif not title %}b".repeat(900)),
            "{{ title }} ".repeat(20),
        ] {
            board.call("PUT", &path, ADMIN, Some(json!({"template": template}))).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn a_template_that_fails_for_an_offer_without_pay_is_found_out_before_it_is_kept() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let needs_pay = json!({"template": "{{ title }} {{ pay | upper | replace(pay, pay[0]) }}{% if not pay %}{{ nothing }}{% endif %}"});
        let answer = board.call("PUT", &format!("/channels/{id}/template"), ADMIN, Some(needs_pay)).await.expect(422);
        assert_eq!(answer.pointers(), ["/template"]);
    })
    .await;
}

#[tokio::test]
async fn the_editor_previews_saves_and_goes_back_without_a_script() {
    on_each_database(async |board, telegram| {
        let id = add(&board, &telegram, BOT_TOKEN).await;
        let job = board.submit().await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let path = format!("/t/acme/admin/channels/{id}/template");
        let page = admin.get(&path).await.expect(200);
        assert!(page.text.contains("Backend engineer") && page.text.contains("{{ title }}"), "{}", page.text);
        assert!(page.header("content-security-policy").contains("script-src 'self';"), "{:?}", page.headers);

        let typed = [("template", "Draft:\r\n{{ title }} <b>"), ("job", &job), ("action", "preview")];
        let wrong = admin.send(&path, &typed).await.expect(200);
        assert!(
            wrong.text.contains("Draft:\n{{ title }} &lt;b&gt;</textarea>"),
            "what was typed stays: {}",
            wrong.text
        );
        assert!(wrong.text.contains("note is-bad"), "{}", wrong.text);
        let typed = [("template", "Draft: {{ title }}"), ("job", &job), ("action", "preview")];
        let good = admin.send(&path, &typed).await.expect(200);
        assert!(good.text.contains("Draft: Rust engineer") && good.text.contains("Not saved yet"), "{}", good.text);
        assert_eq!(template(&board, &id).await["own"], false);

        let typed = [("template", "one\n{{ titel }}"), ("action", "save")];
        let refused = admin.send(&path, &typed).await.expect(422);
        assert!(
            refused.text.contains("Line 2:") && refused.text.contains("<code>{{ titel }}</code>"),
            "{}",
            refused.text
        );
        let answer = admin.send(&path, &[("template", "Ours: {{ title }}"), ("job", &job), ("action", "save")]).await;
        let saved = admin.follow(answer).await;
        assert!(saved.text.contains("Ours: Rust engineer"), "{}", saved.text);
        assert_eq!(template(&board, &id).await["template"], "Ours: {{ title }}");

        let live =
            admin.send(&path, &[("template", "Live {{ title }}"), ("job", &job), ("action", "live")]).await.expect(200);
        assert!(live.text.contains("Live Rust engineer") && !live.text.contains("<html"), "{}", live.text);
        admin.get(&path).await.expect(200);
        admin.send(&path, &[("template", "{{"), ("action", "live")]).await.expect(422);

        admin.get(&path).await.expect(200);
        let answer = admin.send(&path, &[("template", "x"), ("action", "default")]).await;
        admin.follow(answer).await;
        assert_eq!(template(&board, &id).await["own"], false);
    })
    .await;
}
