//! The settings of a board, in the API, on their page, and in what visitors see.

use axum::body::Body;
use axum::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};
use tablon_core::store::NewTenant;
use tablon_core::{Actor, Conflict, Error, Role};

use crate::board::{Answer, Board, on_each_database, request};
use crate::browser::Browser;

async fn patch_if(board: &Board, tag: &str, patch: Value) -> Answer {
    let request = request("PATCH", "/t/acme/api/v1/tenant")
        .header(AUTHORIZATION, format!("Bearer {}", board.token_of(Role::Admin)))
        .header(CONTENT_TYPE, "application/merge-patch+json")
        .header(IF_MATCH, tag);
    board.send(request.body(Body::from(patch.to_string())).expect("a request")).await
}

async fn patch(board: &Board, patch: Value) -> Answer {
    board.call("PATCH", "/tenant", Some(Role::Admin), Some(patch)).await
}

#[tokio::test]
async fn the_api_reads_and_changes_every_setting() {
    on_each_database(async |board| {
        let first = board.call("GET", "/tenant", Some(Role::Moderator), None).await.expect(200);
        assert_eq!(first.header("etag"), "\"1\"");
        let read = first.json();
        assert_eq!(read["locales"], json!(["en", "es", "pt-BR"]), "every language, until somebody chooses");
        assert_eq!(
            (&read["currency"], &read["default_days"], &read["listed"]),
            (&json!("EUR"), &json!(60), &json!(true))
        );
        let none = json!({
            "require_pay": false, "require_place": "optional", "min_description": null, "blocked_words": [],
            "blocked_domains": [], "refuse_agencies": false, "consent": null, "auto_approve_after": null,
        });
        assert_eq!(read["rules"], none);

        let wanted = json!({
            "name": "Acme", "description": "Jobs for us.", "locale": "es", "locales": ["es", "pt-BR"],
            "time_zone": "America/Bogota", "currency": "COP", "default_days": 45, "listed": false,
            "rules": { "require_pay": true, "require_place": "country", "blocked_domains": ["BIT.ly"] },
        });
        let changed = patch_if(&board, "\"1\"", wanted.clone()).await.expect(200);
        assert_eq!(changed.header("etag"), "\"2\"");
        let now = changed.json();
        for name in ["name", "description", "locale", "locales", "time_zone", "currency", "default_days", "listed"] {
            assert_eq!(now[name], wanted[name], "{name}");
        }
        assert_eq!(
            (&now["rules"]["require_place"], &now["rules"]["blocked_domains"]),
            (&json!("country"), &json!(["bit.ly"]))
        );
        let again = board.call("GET", "/tenant", Some(Role::Moderator), None).await.expect(200);
        assert_eq!((again.json(), again.header("etag")), (now, "\"2\""));
        let own = patch(&board, json!({ "locales": ["en"] })).await.expect(200).json();
        assert_eq!(own["locales"], json!(["es", "en"]), "its own is always offered");
    })
    .await;
}

#[tokio::test]
async fn a_stale_if_match_changes_nothing() {
    on_each_database(async |board| {
        patch(&board, json!({ "name": "First" })).await.expect(200);
        for tag in ["\"1\"", "W/\"1\"", "1"] {
            patch_if(&board, tag, json!({ "name": "Second" })).await.expect(412);
        }
        patch_if(&board, "\"x\"", json!({ "name": "Second" })).await.expect(400);
        let read = board.call("GET", "/tenant", Some(Role::Moderator), None).await.expect(200);
        assert_eq!((read.json()["name"].clone(), read.header("etag")), (json!("First"), "\"2\""));
        for tag in ["\"2\"", "*"] {
            patch_if(&board, tag, json!({ "name": format!("By {}", tag.len()) })).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn every_wrong_setting_is_told_at_once() {
    on_each_database(async |board| {
        let wrong = json!({
            "name": "", "locale": "x", "locales": ["fr"], "time_zone": "Mars", "accent": "red", "currency": "?",
            "default_days": 366, "listed": 1, "slug": "A slug",
            "rules": { "require_place": "moon", "min_description": 0, "blocked_domains": ["x"], "colour": 1 },
        });
        let mut pointers = patch(&board, wrong).await.expect(422).pointers();
        pointers.sort();
        let expected = [
            "/accent",
            "/currency",
            "/default_days",
            "/listed",
            "/locale",
            "/locales/0",
            "/name",
            "/rules/blocked_domains/0",
            "/rules/colour",
            "/rules/min_description",
            "/rules/require_place",
            "/slug",
            "/time_zone",
        ];
        assert_eq!(pointers, expected);
        assert_eq!(board.call("GET", "/tenant", Some(Role::Moderator), None).await.expect(200).header("etag"), "\"1\"");
    })
    .await;
}

async fn language_of(board: &Board, path: &str, wanted: &str) -> String {
    let request = request("GET", path).header(ACCEPT_LANGUAGE, wanted);
    let page = board.send(request.body(Body::empty()).expect("a request")).await.expect(200).text;
    page.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a language").to_owned()
}

#[tokio::test]
async fn visitors_get_the_most_wanted_of_the_offered_languages_and_staff_their_own() {
    on_each_database(async |board| {
        assert_eq!(language_of(&board, "/t/acme/", "en, es;q=0.5").await, "en");
        patch(&board, json!({ "locale": "pt-BR", "locales": ["pt-BR", "es"] })).await.expect(200);
        for path in ["/t/acme/", "/t/acme/submit"] {
            // Twice: the second answer may come out of the cache, where both ask for English first.
            for _ in 0..2 {
                assert_eq!(language_of(&board, path, "en, es;q=0.5").await, "es", "{path}");
                assert_eq!(language_of(&board, path, "en").await, "pt-BR", "{path}: the board's own");
            }
        }
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.headers = vec![("accept-language", "en".to_owned())];
        let page = moderator.get("/t/acme/admin").await.expect(200);
        assert!(page.text.contains("<html lang=\"en\">"), "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn an_unlisted_board_is_on_neither_front_page_nor_sitemap() {
    on_each_database(async |board| {
        board.other_board().await;
        let seen = async || {
            let (front, sitemap) = (board.get("/").await.expect(200), board.get("/sitemap.xml").await.expect(200));
            (front.text.contains("Acme devs"), sitemap.text.contains("jobs.acme.example"))
        };
        assert_eq!(seen().await, (true, true));
        patch(&board, json!({ "listed": false })).await.expect(200);
        assert_eq!(seen().await, (false, false));
        board.get("/t/acme/").await.expect(200);
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let front = moderator.get("/").await.expect(200);
        assert!(front.text.contains("/t/acme/admin"), "its staff find it: {}", front.text);
    })
    .await;
}

/// What an admin types on the page.
fn typed() -> Vec<(&'static str, &'static str)> {
    vec![
        ("slug", "acme"),
        ("name", "Acme & Co"),
        ("description", "Jobs \"for\" us"),
        ("listed", "true"),
        ("locale", "en"),
        ("locales", "en"),
        ("locales", "es"),
        ("time_zone", "Europe/Lisbon"),
        ("currency", "GBP"),
        ("default_days", "30"),
        ("rules.require_pay", "true"),
        ("rules.require_place", "place"),
        ("rules.min_description", "40"),
        ("rules.blocked_words", "crypto\r\nget rich quick, mlm"),
        ("rules.blocked_domains", "bit.ly\r\nhttps://www.evil.example/x"),
        ("rules.refuse_agencies", "true"),
        ("rules.consent", "We answer everybody.\r\nWe name the pay."),
        ("rules.auto_approve_after", "3"),
    ]
}

#[tokio::test]
async fn an_admin_saves_settings_on_their_page() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get("/t/acme/admin/settings").await.expect(200);
        assert!(page.text.contains("value=\"Acme devs\"") && page.text.contains("http://jobs.acme.example:8080/"));
        let saved = admin.send_whole("/t/acme/admin/settings", &typed()).await;
        let page = admin.follow(saved).await;
        assert!(page.text.contains("Saved."), "{}", page.text);
        assert!(page.text.contains("value=\"Acme &amp; Co\"") && page.text.contains("crypto\nget rich quick\nmlm"));
        let tenant = board.store.tenants().by_slug("acme").await.expect("read").expect("a board");
        assert_eq!((tenant.version, tenant.currency.as_str(), tenant.default_days), (2, "GBP", 30));
        assert_eq!(tenant.rules.blocked_domains, ["bit.ly", "evil.example"]);
        assert_eq!(tenant.rules.consent.as_deref(), Some("We answer everybody.\nWe name the pay."));
        assert_eq!(tenant.locales, ["en", "es"]);
        assert_eq!(tenant.rules.auto_approve_after, Some(3));
        let log = board.call("GET", "/audit?limit=1", Some(Role::Admin), None).await.expect(200).json();
        assert_eq!(log["items"][0]["action"], "tenant.update");
        assert!(log["items"][0]["detail"]["changed"].as_array().expect("names").contains(&json!("rules.require_pay")));
        assert!(!log.to_string().contains("everybody"), "names of fields alone: {log}");
    })
    .await;
}

#[tokio::test]
async fn wrong_settings_come_back_as_they_were_typed_with_every_error() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/settings").await.expect(200);
        let mut wrong = typed();
        wrong.retain(|(name, _)| !["name", "time_zone", "default_days", "rules.blocked_domains"].contains(name));
        wrong.extend([("time_zone", "Sevilla"), ("default_days", "many"), ("rules.blocked_domains", "bit.ly\r\nno")]);
        let page = admin.send_whole("/t/acme/admin/settings", &wrong).await.expect(422);
        for field in ["name", "time_zone", "default_days", "rules-blocked_domains"] {
            assert!(page.text.contains(&format!("f-{field}-error")), "{field}: {}", page.text);
        }
        assert!(page.text.contains("value=\"Sevilla\"") && page.text.contains("value=\"many\""), "{}", page.text);
        assert!(page.text.contains("bit.ly\nno") && page.text.contains("We answer everybody."), "{}", page.text);
        assert_eq!(page.text.matches("class=\"field-error\"").count(), 4, "{}", page.text);
    })
    .await;
}

#[tokio::test]
async fn of_two_admins_who_save_one_thing_the_second_sees_what_changed_and_loses_nothing() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/settings").await.expect(200);
        patch(&board, json!({ "default_days": 14, "rules": { "require_pay": true } })).await.expect(200);
        patch(&board, json!({ "description": "Theirs <b>" })).await.expect(200);
        let page = admin.send_whole("/t/acme/admin/settings", &typed()).await.expect(412);
        for told in ["Days that an offer stands, now:", "<strong class=\"said\">14</strong>", "Theirs &lt;b&gt;"] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
        assert!(!page.text.contains("Currency, now:"), "only what changed: {}", page.text);
        assert!(page.text.contains("value=\"Acme &amp; Co\"") && page.text.contains("value=\"30\""), "{}", page.text);
        let tenant = board.store.tenants().by_slug("acme").await.expect("read").expect("a board");
        assert_eq!((tenant.version, tenant.default_days), (3, 14), "nothing was saved");
        admin.send_whole("/t/acme/admin/settings", &typed()).await.expect(303);
        let tenant = board.store.tenants().by_slug("acme").await.expect("read").expect("a board");
        assert_eq!((tenant.version, tenant.default_days), (4, 30));
    })
    .await;
}

#[tokio::test]
async fn settings_with_a_stale_token_come_back_filled_in() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/settings").await.expect(200);
        let mut stale = vec![("csrf", "00"), ("version", "1")];
        stale.extend(typed());
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        let page = admin.go("POST", "/t/acme/admin/settings", body.extend_pairs(stale).finish()).await.expect(403);
        assert!(
            page.text.contains("value=\"Acme &amp; Co\"") && page.text.contains("value=\"GBP\" selected"),
            "{}",
            page.text
        );
        let saved = admin.send_whole("/t/acme/admin/settings", &typed()).await;
        admin.follow(saved).await;
    })
    .await;
}

#[tokio::test]
async fn a_change_of_settings_is_seen_at_once_on_cached_pages() {
    on_each_database(async |board| {
        for _ in 0..2 {
            assert!(board.get("/t/acme/").await.expect(200).text.contains("Acme devs"));
        }
        patch(&board, json!({ "name": "Renamed devs" })).await.expect(200);
        let page = board.get("/t/acme/").await.expect(200).text;
        assert!(page.contains("Renamed devs") && !page.contains("Acme devs"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_new_boards_queue_shows_its_first_steps_until_they_are_put_away() {
    on_each_database(async |board| {
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        assert!(!moderator.get("/t/acme/admin").await.expect(200).text.contains("First steps"));
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        let page = admin.get("/t/acme/admin").await.expect(200).text;
        assert!(page.contains("First steps") && page.contains("href=\"/t/acme/admin/settings\""), "{page}");
        let open = page.matches("To do").count();
        patch(&board, json!({ "description": "Jobs for us." })).await.expect(200);
        let page = admin.get("/t/acme/admin").await.expect(200).text;
        assert_eq!(page.matches("To do").count(), open - 2, "described, and settings saved: {page}");
        let hidden = admin.send_whole("/t/acme/admin/first-steps/hide", &[]).await;
        let page = admin.follow(hidden).await.text;
        assert!(!page.contains("First steps"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_board_that_moves_is_found_at_its_old_address_and_nobody_else_gets_that() {
    on_each_database(async |board| {
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        admin.get("/t/acme/admin/settings").await.expect(200);
        let mut moved = typed();
        moved[0].1 = "acme-devs";
        let saved = admin.send_whole("/t/acme/admin/settings", &moved).await;
        let page = admin.follow(saved).await;
        assert!(
            page.text.contains("<code>/t/acme/</code>") && page.text.contains("value=\"acme-devs\""),
            "{}",
            page.text
        );

        let mut visitor = Browser::new(&board);
        for (old, new) in [
            ("/t/acme/?q=rust&tag=a%20b", "/t/acme-devs/?q=rust&tag=a%20b"),
            ("/t/acme/feed.rss", "/t/acme-devs/feed.rss"),
            ("/t/acme/edit/some-token", "/t/acme-devs/edit/some-token"),
        ] {
            let answer = visitor.get(old).await.expect(308);
            assert_eq!(answer.header("location"), new);
            assert_eq!(answer.header("cache-control"), "no-cache", "the board can return");
        }
        visitor.get("/t/acme-devs/").await.expect(200);
        visitor.get("/t/acme-dev/").await.expect(404);

        // The name is the board's: another one can't have it, neither new nor by moving, and it can return.
        let new = NewTenant::new("acme".parse().expect("a slug"), "Impostor");
        let refused = board.store.tenants().create(new, Actor::System).await.expect_err("refused");
        assert!(matches!(refused, Error::Conflict(Conflict::SlugTaken(_))), "{refused}");
        let other = NewTenant::new("other".parse().expect("a slug"), "Other");
        let other = board.store.tenants().create(other, Actor::System).await.expect("a board");
        for taken in ["acme", "acme-devs", "admin"] {
            let patch = json!({ "slug": taken });
            let refused = board.store.tenants().update(&other, &patch, None, &["en"], Actor::System).await;
            let Err(Error::Invalid(errors)) = refused else { panic!("{taken}: {refused:?}") };
            assert_eq!((errors.0[0].pointer.as_str(), errors.0[0].problem.key()), ("/slug", "error-taken"), "{taken}");
        }
        admin.get("/t/acme-devs/admin/settings").await.expect(200);
        let back = admin.send_whole("/t/acme-devs/admin/settings", &typed()).await;
        admin.follow(back).await.expect(200);
        visitor.get("/t/acme/").await.expect(200);
        assert_eq!(visitor.get("/t/acme-devs/").await.expect(308).header("location"), "/t/acme/");
    })
    .await;
}

#[tokio::test]
async fn five_earlier_addresses_stay_a_boards_and_older_ones_are_free() {
    on_each_database(async |board| {
        for slug in ["one", "two", "three", "four", "five", "six"] {
            let now = board.store.tenants().by_id(board.acme.id).await.expect("read").expect("a board");
            let patch = json!({ "slug": slug });
            board.store.tenants().update(&now, &patch, None, &["en"], Actor::System).await.expect("moved");
        }
        let former = board.acme.former_slugs().await.expect("read");
        assert_eq!(former, ["five", "four", "three", "two", "one"]);
        let new = NewTenant::new("acme".parse().expect("a slug"), "Another Acme");
        board.store.tenants().create(new, Actor::System).await.expect("it is free");
    })
    .await;
}
