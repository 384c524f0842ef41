//! A form that can't be taken is not lost: it comes back with everything typed, and acts only when a person sends it.

use serde_json::json;
use tablon_core::store::{JobQuery, NewChannel, Secrets};
use tablon_core::{Actor, Role};

use crate::board::{Answer, Board, PASSWORD, offer, on_each_database};
use crate::browser::{Browser, typed};

/// What a poster fills in, lists among it.
fn filled(title: &str) -> Vec<(&str, &str)> {
    let mut fields = typed(title);
    fields.extend([
        ("locations.1.city", "C\u{e1}diz"),
        ("employment_types", "FULL_TIME"),
        ("employment_types", "INTERN"),
        ("remote_countries", "PT"),
        ("apply_email", "jobs@acme.example"),
    ]);
    fields
}

#[track_caller]
fn assert_filled(page: &str, title: &str) {
    let checked = ["value=\"FULL_TIME\" checked", "value=\"INTERN\" checked", "value=\"PT\" checked"];
    let values = [
        title,
        "Acme &amp; Co",
        "Sevilla",
        "C\u{e1}diz",
        "42.000",
        "rust, back end",
        "hr@acme.example",
        "jobs@acme.example",
    ];
    for expected in values.map(|value| format!("value=\"{value}\"")).iter().map(String::as_str).chain(checked) {
        assert!(page.contains(expected), "{expected} is missing: {page}");
    }
    assert!(page.contains("We build **things**."), "{page}");
}

async fn offers(board: &Board) -> u64 {
    board.acme.jobs().count(&JobQuery::default()).await.expect("a count")
}

/// Sends a form as it is sent when its page was open for too long.
async fn send_stale(browser: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("csrf", &"ab".repeat(64)).extend_pairs(fields);
    browser.go("POST", path, body.finish()).await
}

#[tokio::test]
async fn a_submission_with_a_stale_token_comes_back_filled_in() {
    on_each_database(async |board| {
        for forget_cookies in [false, true] {
            let before = offers(&board).await;
            let mut poster = Browser::new(&board);
            poster.get("/t/acme/submit").await.expect(200);
            if forget_cookies {
                poster.cookies.clear();
            }
            let again = send_stale(&mut poster, "/t/acme/submit", &filled("Baker")).await.expect(403);
            assert_filled(&again.text, "Baker");
            assert_eq!(offers(&board).await, before, "nothing was sent");
            poster.send_whole("/t/acme/submit", &filled("Baker")).await.expect(303);
            assert_eq!(offers(&board).await, before + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn a_posters_edit_with_a_stale_token_comes_back_filled_in() {
    on_each_database(async |board| {
        let mine = board.acme.jobs().submit(&offer(), Actor::Poster).await.expect("an offer");
        let edit = format!("/t/acme/my/{}/edit", mine.job.id);
        let mut poster = Browser::new(&board);
        poster.get(&format!("/t/acme/edit/{}", mine.edit_token)).await.expect(303);
        let again = send_stale(&mut poster, &edit, &filled("Baker")).await.expect(403);
        assert_filled(&again.text, "Baker");
        let job = board.acme.jobs().get(mine.job.id).await.expect("read").expect("a job");
        assert_eq!(job.content.title, "Rust engineer", "nothing was changed");
        poster.send_whole(&edit, &filled("Baker")).await.expect(303);

        // The private link's cookie ends with the browser's session.
        poster.cookies.remove("tablon_poster");
        let kept = send_stale(&mut poster, &edit, &filled("Pastry chef")).await.expect(404);
        assert!(kept.text.contains("private link") && kept.text.contains("Pastry chef"), "{}", kept.text);
        let page = poster.page.clone();
        poster.get(&format!("/t/acme/edit/{}", mine.edit_token)).await.expect(303);
        poster.page = page;
        poster.send_whole(&edit, &[]).await.expect(303);
        let job = board.acme.jobs().get(mine.job.id).await.expect("read").expect("a job");
        assert_eq!(job.content.title, "Pastry chef");
    })
    .await;
}

#[tokio::test]
async fn staff_forms_with_a_stale_token_come_back_filled_in() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let new = NewChannel {
            plugin: "none".into(),
            name: "Ours".into(),
            settings: json!({}),
            secrets: Secrets::default(),
            lanes: Vec::new(),
        };
        let channel = board.acme.channels().create(new, Actor::System).await.expect("a channel").id;
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let edit = format!("/t/acme/admin/jobs/{id}/edit");
        let again = send_stale(&mut admin, &edit, &[&filled("Baker")[..], &[("revision", "1")]].concat()).await;
        assert_filled(&again.expect(403).text, "Baker");
        let delivery = format!("/t/acme/admin/channels/{channel}/delivery");
        let again = send_stale(&mut admin, &delivery, &[("tags", "rust, bakery"), ("per_day", "7")]).await.expect(403);
        assert!(again.text.contains("value=\"rust, bakery\"") && again.text.contains("value=\"7\""), "{}", again.text);
        let policy = board.acme.channels().get(channel).await.expect("read").expect("a channel").delivery;
        assert!(policy.rules.is_empty() && policy.schedule.is_empty(), "nothing was saved");
        // A decision has no form of its own: what was typed is carried along.
        let reject = format!("/t/acme/admin/jobs/{id}/reject");
        let fields = [("reason", "No <pay> is named."), ("revision", "1")];
        let again = send_stale(&mut admin, &reject, &fields).await.expect(403);
        assert!(again.text.contains("No &lt;pay&gt;"), "{}", again.text);
        assert_eq!(again.header("cache-control"), "no-store");
        admin.send_whole(&reject, &[]).await.expect(303);
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!(job.reason.as_deref(), Some("No <pay> is named."));
    })
    .await;
}

#[tokio::test]
async fn staff_whose_session_has_ended_log_in_and_go_on_where_they_were() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let edit = format!("/t/acme/admin/jobs/{id}/edit");
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.get(&edit).await.expect(200);
        moderator.cookies.remove("tablon_session");
        let fields = [&filled("Baker \"Rust\" <b>")[..], &[("revision", "1")]].concat();
        let login = moderator.send(&edit, &fields).await.expect(403);
        assert!(login.text.contains("name=\"password\""), "{}", login.text);
        let wrong = [("email", "moderator@acme.example"), ("password", "wrong")];
        moderator.send_whole("/login", &wrong).await.expect(422);
        let account = [("email", "moderator@acme.example"), ("password", PASSWORD)];
        let kept = moderator.send_whole("/login", &account).await.expect(200);
        assert!(kept.text.contains("Baker &#34;Rust&#34; &lt;b&gt;"), "{}", kept.text);
        assert!(!kept.text.contains(PASSWORD));
        let page = moderator.page.clone();
        let form = moderator.send_whole(&edit, &[("again", "1")]).await.expect(403);
        assert!(form.text.contains("value=\"Baker &#34;Rust&#34; &lt;b&gt;\""), "{}", form.text);
        moderator.page = page;
        moderator.send_whole(&edit, &[]).await.expect(303);
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!(job.content.title, "Baker \"Rust\" <b>");
        assert_eq!(job.content.tags, ["rust", "back-end"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_of_a_form_that_another_site_sent_is_shown() {
    on_each_database(async |board| {
        let id = board.submit().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let mut stranger = Browser::new(&board);
        let signs = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ];
        for sign in signs {
            let headers = vec![(sign.0, sign.1.to_owned())];
            moderator.headers.clone_from(&headers);
            stranger.headers = headers;
            for path in [
                "/t/acme/submit",
                "/login",
                &format!("/t/acme/admin/jobs/{id}/edit"),
                &format!("/t/acme/admin/jobs/{id}/reject"),
            ] {
                for browser in [&mut moderator, &mut stranger] {
                    let fields = [("title", "planted words"), ("email", "planted words"), ("reason", "planted words")];
                    let answer = send_stale(browser, path, &fields).await;
                    assert!(matches!(answer.status.as_u16(), 403 | 303), "{path} {sign:?}: {}", answer.status);
                    assert!(!answer.text.contains("planted words"), "{path} {sign:?}: {}", answer.text);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn passwords_and_secrets_are_not_carried_along() {
    on_each_database(async |board| {
        let mut person = Browser::new(&board);
        let again =
            send_stale(&mut person, "/login", &[("email", "a@b.example"), ("password", "hunter2hunter2")]).await;
        let again = again.expect(403);
        assert!(again.text.contains("value=\"a@b.example\"") && !again.text.contains("hunter2"), "{}", again.text);
        let new = "/t/acme/admin/channels/new?plugin=x";
        let fields = [("settings.chat_id", "@acme"), ("secrets.bot_token", "123:hunter2")];
        let login = send_stale(&mut person, new, &fields).await.expect(403);
        assert!(login.text.contains("@acme") && !login.text.contains("hunter2"), "{}", login.text);
    })
    .await;
}

#[tokio::test]
async fn a_flood_is_told_to_wait_before_its_forms_are_read_and_a_person_loses_nothing() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let fields = [&filled("Baker")[..filled("Baker").len() - 6], &[("action", "preview")]].concat();
        let mut held = None;
        for _ in 0..70 {
            let answer = send_stale(&mut poster, "/t/acme/submit", &fields).await;
            if answer.status == 429 {
                held = Some(answer);
                break;
            }
        }
        let held = held.expect("held back");
        assert!(held.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
        assert!(held.text.contains("Baker"), "{}", held.text);
        // Even a form that can't be read isn't looked at.
        poster.go("POST", "/t/acme/submit", "%ff".repeat(1000)).await.expect(429);
        poster.peer = Some("198.51.100.9");
        poster.page = held.text;
        poster.send_whole("/t/acme/submit", &[]).await.expect(200);
        let mut here = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        for _ in 0..70 {
            send_stale(&mut here, "/t/acme/submit", &[]).await.expect(403);
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_in_that_is_held_back_says_how_long() {
    on_each_database(async |board| {
        let mut guesser = Browser { peer: Some("127.0.0.1"), ..Browser::new(&board) };
        for _ in 0..11 {
            guesser.get("/login").await.expect(200);
            guesser.send("/login", &[("email", "a@b.example"), ("password", "wrong")]).await;
        }
        guesser.get("/login").await.expect(200);
        let held = guesser.send("/login", &[("email", "a@b.example"), ("password", "wrong")]).await.expect(429);
        assert!(held.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{:?}", held.headers);
    })
    .await;
}

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_offer() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let page = poster.page.clone();
        let first = poster.send_whole("/t/acme/submit", &filled("Baker")).await.expect(303);
        poster.page.clone_from(&page);
        let second = poster.send_whole("/t/acme/submit", &filled("Baker")).await.expect(303);
        assert_eq!(first.header("location"), second.header("location"), "the same private link");
        assert_eq!(offers(&board).await, 1);
        poster.get(second.header("location")).await.expect(200);

        // Somebody else who has got hold of the form is not led to the link.
        let key = poster_key(&page);
        let mut other = Browser::new(&board);
        other.get("/t/acme/submit").await.expect(200);
        let answer =
            other.send("/t/acme/submit", &[&filled("Baker")[..], &[("submission", &key)]].concat()).await.expect(409);
        assert!(!answer.text.contains("/edit/"), "{}", answer.text);
        assert_eq!(offers(&board).await, 1);

        // Going back and writing another offer into the same form is no repetition.
        poster.page = page;
        poster.send_whole("/t/acme/submit", &filled("Pastry chef")).await.expect(303);
        assert_eq!(offers(&board).await, 2);
    })
    .await;
}

/// The key of the submission form on a page.
fn poster_key(page: &str) -> String {
    let rest = page.split("name=\"submission\" value=\"").nth(1).expect("a key");
    rest.split('"').next().expect("its end").to_owned()
}

#[tokio::test]
async fn a_form_that_is_sent_twice_at_once_makes_one_offer() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let send =
            async |mut browser: Browser<'_>| browser.send_whole("/t/acme/submit", &filled("Baker")).await.expect(303);
        let copy = || Browser { cookies: poster.cookies.clone(), page: poster.page.clone(), ..Browser::new(&board) };
        let (first, second) = tokio::join!(send(copy()), send(copy()));
        assert_eq!(first.header("location"), second.header("location"));
        assert_eq!(offers(&board).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_discarded_edit_prefills_the_next_one() {
    on_each_database(async |board| {
        let mine = board.acme.jobs().submit(&offer(), Actor::Poster).await.expect("an offer");
        let id = mine.job.id;
        board.acme.jobs().approve(id, Default::default(), Actor::System).await.expect("approved");
        let mut poster = Browser::new(&board);
        poster.get(&format!("/t/acme/edit/{}", mine.edit_token)).await.expect(303);
        let edit = format!("/t/acme/my/{id}/edit");
        poster.get(&edit).await.expect(200);
        poster.send_whole(&edit, &filled("Master baker")).await.expect(303);
        board.acme.jobs().discard_revision(id, "Say what you pay.", None, Actor::System).await.expect("discarded");
        let form = poster.get(&edit).await.expect(200);
        assert!(
            form.text.contains("value=\"Master baker\"") && form.text.contains("Say what you pay."),
            "{}",
            form.text
        );
        // What staff wrote afterwards is newer.
        let patch = json!({"title": "Head baker"});
        board.acme.jobs().patch(id, &patch, None, Actor::System).await.expect("changed");
        let form = poster.get(&edit).await.expect(200);
        assert!(form.text.contains("value=\"Head baker\""), "{}", form.text);
    })
    .await;
}
