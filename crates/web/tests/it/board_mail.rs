//! A board's own mail server, set on its page and over the API.

use axum::http::header::LOCATION;
use serde_json::{Value, json};
use tablon_core::Role;
use tablon_testkit::smtp::{FakeSmtp, Options};

use crate::board::{Board, on_each_database};
use crate::browser::Browser;

const OWNER: Option<Role> = Some(Role::Owner);
const PAGE: &str = "/t/acme/admin/mail";
const PASSWORD: &str = "secret-word";

/// A mail server that asks for a user and a password.
pub(crate) async fn server() -> FakeSmtp {
    FakeSmtp::start(Options::default().credentials("board", PASSWORD)).await.expect("a mail server")
}

async fn put(board: &Board, body: Value, status: u16) -> Value {
    let answer = board.call("PUT", "/mail-server", OWNER, Some(body)).await.expect(status);
    assert!(!answer.text.contains(PASSWORD), "{}", answer.text);
    answer.json()
}

fn told(problem: &Value, pointer: &str) -> String {
    let errors = problem["errors"].as_array().expect("a list");
    let error = errors.iter().find(|error| error["pointer"] == pointer).unwrap_or_else(|| panic!("{problem}"));
    error["message"].as_str().expect("a sentence").to_owned()
}

#[tokio::test]
async fn a_program_sets_a_server_that_is_greeted_first_and_never_reads_its_password() {
    on_each_database(async |board| {
        let smtp = server().await;
        let none = json!({"server": null, "sender": null, "problem": null, "problem_since": null, "waiting": null});
        let read = async || board.call("GET", "/mail-server", OWNER, None).await.expect(200).json();
        assert_eq!(read().await, none);
        assert!(told(&put(&board, json!({"sender": "a@acme.example"}), 422).await, "/url").contains("required"));

        let wrong = smtp.url().replace(PASSWORD, "wrong-word");
        let refused = put(&board, json!({"url": wrong, "sender": "jobs@acme.example"}), 422).await;
        assert!(told(&refused, "/url").contains("535"), "{refused}");
        assert!(!refused.to_string().contains("wrong-word"), "{refused}");
        let both = put(&board, json!({"url": "http://mail.example.org", "sender": "nobody"}), 422).await;
        assert!(told(&both, "/url").contains("smtp://") && told(&both, "/sender").contains("e-mail"), "{both}");
        let nameless = put(&board, json!({"url": smtp.url()}), 422).await;
        assert!(told(&nameless, "/sender").contains("required"), "{nameless}");
        assert_eq!(read().await, none, "nothing of it was saved");

        let saved = put(&board, json!({"url": smtp.url(), "sender": "jobs@acme.example"}), 200).await;
        let server = format!("smtp://{}", smtp.address());
        assert_eq!((&saved["server"], &saved["sender"]), (&json!(server), &json!("jobs@acme.example")));
        let renamed = put(&board, json!({"sender": "Acme <jobs@acme.example>"}), 200).await;
        assert_eq!(renamed["sender"], "Acme <jobs@acme.example>");
        let logged_in = smtp.conversations().into_iter().filter(|one| one.logged_in).count();
        assert_eq!(logged_in, 2, "with the stored password");

        // Another board neither sees it nor uses it.
        let rival = board.other_board().await;
        assert!(rival.board_mail().get().await.expect("the database").is_none());
        assert!(!rival.sends_mail().await.expect("the database"));
        board.call("DELETE", "/mail-server", OWNER, None).await.expect(204);
        assert_eq!(read().await, none);
        board.call("DELETE", "/mail-server", OWNER, None).await.expect(204);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_tenants_may_not_reach_is_refused_and_nothing_is_connected_to() {
    on_each_database(async |board| {
        for (url, why) in [
            ("smtps://u:secret-word@10.0.0.1", "a private network"),
            ("smtps://u:secret-word@169.254.169.254", "cloud metadata"),
            ("smtp://u:secret-word@[fd00::1]:587", "a private network"),
            ("smtp://192.0.2.7?tls=none", "a network for documentation"),
        ] {
            let refused = put(&board, json!({"url": url, "sender": "jobs@acme.example"}), 422).await;
            let said = told(&refused, "/url");
            assert!(said.contains(why) && said.contains("hasn't allowed"), "{url}: {said}");
        }
        let unencrypted = json!({"url": "smtp://8.8.8.8?tls=none", "sender": "jobs@acme.example"});
        assert!(told(&put(&board, unencrypted, 422).await, "/url").contains("unencrypted"));
    })
    .await;
}

#[tokio::test]
async fn checks_of_one_boards_server_are_counted() {
    on_each_database(async |board| {
        let smtp = server().await;
        let good = json!({"url": smtp.url(), "sender": "jobs@acme.example"});
        for _ in 0..10 {
            put(&board, good.clone(), 200).await;
        }
        let answer = board.call("PUT", "/mail-server", OWNER, Some(good)).await.expect(429);
        assert!(!answer.header("retry-after").is_empty());
        assert_eq!(smtp.conversations().len(), 10);
    })
    .await;
}

#[tokio::test]
async fn an_admin_sets_tries_out_and_removes_the_server_on_the_page() {
    on_each_database(async |board| {
        let smtp = server().await;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get(PAGE).await.expect(200);
        assert!(page.text.contains("nobody gets mail"), "{}", page.text);
        assert!(!page.text.contains("value=\"test\""), "there is nothing to try out");

        let wrong = smtp.url().replace(PASSWORD, "wrong-word");
        let typed = [("secrets.smtp_url", wrong.as_str()), ("sender", "Acme <jobs@acme.example>"), ("action", "save")];
        let refused = admin.send(PAGE, &typed).await.expect(422);
        assert!(refused.text.contains("535") && refused.text.contains("value=\"Acme &lt;jobs@acme.example&gt;\""));
        assert!(!refused.text.contains("wrong-word"), "a password is never sent back");

        let url = smtp.url();
        let typed = [("secrets.smtp_url", url.as_str()), ("sender", "Acme <jobs@acme.example>"), ("action", "save")];
        let saved = admin.send(PAGE, &typed).await;
        let saved = admin.follow(saved).await;
        assert!(saved.text.contains(&format!("smtp://{}", smtp.address())) && !saved.text.contains(PASSWORD));
        assert!(saved.text.contains("Leave empty to keep it"), "{}", saved.text);

        let empty = [("secrets.smtp_url", ""), ("sender", "Acme jobs <jobs@acme.example>"), ("action", "save")];
        let kept = admin.send(PAGE, &empty).await;
        admin.follow(kept).await;
        let tried = admin.send(PAGE, &[("action", "test")]).await.expect(200);
        assert!(tried.text.contains("took the test mail to admin@acme.example"), "{}", tried.text);
        let mail = smtp.mails().remove(0);
        assert_eq!((mail.from.as_str(), mail.to[0].as_str()), ("jobs@acme.example", "admin@acme.example"));
        assert!(mail.header("From").is_some_and(|from| from.contains("Acme jobs")), "{}", mail.raw);

        // The board's server is away: the test says so, and nothing goes another way.
        smtp.offline();
        let away = admin.send(PAGE, &[("action", "test")]).await.expect(200);
        assert!(
            away.text.contains("can&#39;t be reached") || away.text.contains("can&#x27;t be reached"),
            "{}",
            away.text
        );
        board.acme.store().notices().note_server(board.acme.id, 2, Some("421 away")).await.expect("the database");
        for page in [PAGE, "/t/acme/admin/notifications"] {
            let shown = admin.get(page).await.expect(200);
            assert!(shown.text.contains("421 away"), "{page}: {}", shown.text);
        }
        admin.get(PAGE).await;
        let removed = admin.send(PAGE, &[("action", "remove")]).await;
        assert_eq!(removed.expect(303).headers[LOCATION], format!("{PAGE}?done=mail-server-removed"));
        assert!(board.acme.board_mail().get().await.expect("the database").is_none());
        smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_moderator_neither_sees_nor_sets_the_server_and_its_problem_is_not_theirs() {
    on_each_database(async |board| {
        let smtp = server().await;
        put(&board, json!({"url": smtp.url(), "sender": "jobs@acme.example"}), 200).await;
        board.acme.store().notices().note_server(board.acme.id, 1, Some("421 away")).await.expect("the database");
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.get(PAGE).await.expect(403);
        let page = moderator.get("/t/acme/admin/notifications").await.expect(200);
        assert!(!page.text.contains("421 away"), "{}", page.text);
        moderator.send(PAGE, &[("action", "remove")]).await.expect(403);
        assert!(board.acme.board_mail().get().await.expect("the database").is_some());
    })
    .await;
}

#[tokio::test]
async fn the_preview_of_the_boards_words_loads_and_runs_nothing() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get("/t/acme/admin/mail/job.received").await.expect(200);
        let frame = page.text.split("srcdoc=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a frame");
        assert!(frame.starts_with("&lt;!doctype html&gt;&lt;meta http-equiv="), "{frame}");
        assert!(frame.contains("Content-Security-Policy") && frame.contains("default-src"), "{frame}");
    })
    .await;
}
