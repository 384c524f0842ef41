//! The pages as a person uses them: links followed, forms sent, cookies kept, no script.

use axum::body::Body;
use tablon_core::store::JobQuery;
use tablon_core::{Actor, Role};

use crate::board::{PASSWORD, on_each_database, request};
use crate::browser::{Browser, typed};

#[tokio::test]
async fn an_offer_goes_from_the_form_to_the_board_and_to_its_end() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let answer = poster.send("/t/acme/submit", &typed("Rust <b>engineer</b>")).await;
        let thanks = poster.follow(answer).await;
        assert_eq!(thanks.header("referrer-policy"), "no-referrer");
        let link =
            thanks.text.split("copy-line\">").nth(1).and_then(|r| r.split('<').next()).expect("the private link");
        let path = url::Url::parse(link).expect("an address").path().to_owned();
        let answer = poster.get(&path).await;
        let mine = poster.follow(answer).await;
        assert!(
            mine.text.contains("hr@acme.example") && mine.text.contains("Rust &lt;b&gt;engineer&lt;"),
            "{}",
            mine.text
        );

        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let queue = moderator.get("/t/acme/admin").await.expect(200);
        let review = queue.text.split("/t/acme/admin/jobs/").nth(1).and_then(|r| r.split('"').next()).expect("a job");
        let review = format!("/t/acme/admin/jobs/{review}");
        moderator.get(&review).await.expect(200);
        let answer = moderator.send(&format!("{review}/approve"), &[("revision", "1")]).await;
        moderator.follow(answer).await;

        let mut candidate = Browser::new(&board);
        let list = candidate.get("/t/acme/?q=rust&tag=back-end&workplace=hybrid").await.expect(200);
        let job = list.text.split("href=\"/t/acme/jobs/").nth(1).and_then(|r| r.split('"').next()).expect("a row");
        let job = format!("/t/acme/jobs/{job}");
        let page = candidate.get(&job).await.expect(200);
        assert!(page.text.contains("application/ld+json") && page.text.contains("€42,000"), "{}", page.text);
        assert!(!page.text.contains("hr@acme.example"), "the contact address is nobody's business");
        assert!(candidate.cookies.is_empty(), "reading sets no cookie");

        let my = mine.text.split("action=\"").nth(1).and_then(|r| r.split("/close").next()).expect("a form").to_owned();
        poster.get(&my).await.expect(200);
        let answer = poster.send(&format!("{my}/fill"), &[]).await;
        poster.follow(answer).await;
        let gone = candidate.get(&job).await.expect(410);
        assert!(gone.text.contains("filled") && !gone.text.contains("ld+json"), "{}", gone.text);
    })
    .await;
}

#[tokio::test]
async fn what_was_typed_survives_a_mistake_and_the_mistake_stands_beside_its_field() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let mut fields = typed("My \"title\"");
        fields.retain(|(name, _)| *name != "organization.name");
        fields.push(("salary.max", "a lot"));
        let page = poster.send("/t/acme/submit", &fields).await.expect(422);
        assert!(page.text.contains("value=\"My &#34;title&#34;\""), "{}", page.text);
        assert!(page.text.contains("value=\"a lot\"") && page.text.contains("value=\"42.000\""), "{}", page.text);
        assert!(page.text.contains("href=\"#f-organization-name\""), "the summary leads to the field");
        assert!(page.text.contains("id=\"f-organization-name-error\""), "and the field has its own sentence");
        assert_eq!(board.acme.jobs().count(&JobQuery::default()).await.expect("a count"), 0);

        let more =
            poster.send("/t/acme/submit", &[("action", "add-place"), ("locations.0.city", "Cádiz")]).await.expect(200);
        assert!(
            more.text.contains("value=\"Cádiz\"") && more.text.contains("name=\"locations.1.city\""),
            "{}",
            more.text
        );
        let preview = poster.send("/t/acme/submit", &[&typed("Shown")[..12], &[("action", "preview")]].concat()).await;
        assert!(preview.expect(200).text.contains("class=\"sheet\""));
        assert_eq!(board.acme.jobs().count(&JobQuery::default()).await.expect("a count"), 0, "nothing was sent yet");
    })
    .await;
}

#[tokio::test]
async fn a_form_filler_that_fills_what_nobody_sees_costs_one_more_click() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        poster.get("/t/acme/submit").await.expect(200);
        let filled = [&typed("Rust engineer")[..], &[("hollow", "https://acme.example")]].concat();
        let again = poster.send("/t/acme/submit", &filled).await.expect(422);
        assert!(again.text.contains("once more") && again.text.contains("value=\"Rust engineer\""), "{}", again.text);
        assert!(again.text.contains("name=\"hollow\" tabindex=\"-1\" autocomplete=\"off\" value=\"\""));
        assert_eq!(board.acme.jobs().count(&JobQuery::default()).await.expect("a count"), 0);
        poster.send("/t/acme/submit", &typed("Rust engineer")).await.expect(303);
        assert_eq!(board.acme.jobs().count(&JobQuery::default()).await.expect("a count"), 1);
    })
    .await;
}

#[tokio::test]
async fn no_title_gets_out_of_its_place() {
    on_each_database(async |board| {
        let mut offer = crate::board::offer();
        offer["title"] = "</script><script>alert(1)</script><!-- ' \" -->".into();
        let made = board.acme.jobs().submit(&offer, Actor::System).await.expect("submitted").job;
        board.acme.jobs().approve(made.id, Default::default(), Actor::System).await.expect("approved");
        let mut browser = Browser::new(&board);
        for path in ["/t/acme/".to_owned(), format!("/t/acme/jobs/{}", made.slug)] {
            let page = browser.get(&path).await.expect(200);
            assert!(!page.text.contains("<script>alert"), "{}", page.text);
            assert_eq!(
                page.text.matches("</script>").count(),
                page.text.matches("<script type=").count(),
                "{}",
                page.text
            );
        }
    })
    .await;
}

#[tokio::test]
async fn staff_pages_ask_who_one_is_and_look_at_the_role() {
    on_each_database(async |board| {
        let mut nobody = Browser::new(&board);
        for path in ["/t/acme/admin", "/t/acme/admin/jobs", "/t/acme/admin/placements", "/t/acme/admin/channels"] {
            let answer = nobody.get(path).await.expect(303);
            assert!(answer.header("location").starts_with("/login?next="), "{path}");
        }
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        moderator.get("/t/acme/admin/placements").await.expect(200);
        moderator.get("/t/acme/admin/channels").await.expect(403);
        let mut member = Browser::new(&board);
        member.log_in(Role::Member).await;
        member.get("/t/acme/admin").await.expect(403);
        let mut admin = Browser::new(&board);
        admin.log_in(Role::Admin).await;
        for path in ["/t/acme/admin", "/t/acme/admin/jobs", "/t/acme/admin/channels", "/t/acme/admin/channels/new"] {
            admin.get(path).await.expect(200);
        }
    })
    .await;
}

#[tokio::test]
async fn staff_edits_keep_what_was_typed_when_somebody_else_was_faster() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let edit = format!("/t/acme/admin/jobs/{id}/edit");
        moderator.get(&edit).await.expect(200);
        board
            .call("PATCH", &format!("/jobs/{id}"), Some(Role::Admin), Some(serde_json::json!({"title": "Faster"})))
            .await
            .expect(200);
        let fields = [&typed("Slower")[..], &[("revision", "1")]].concat();
        let page = moderator.send(&edit, &fields).await.expect(412);
        assert!(
            page.text.contains("value=\"Slower\"") && page.text.contains("name=\"revision\" value=\"2\""),
            "{}",
            page.text
        );
        let fields = [&typed("Slower")[..], &[("revision", "2")]].concat();
        moderator.send(&edit, &fields).await.expect(303);
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!(job.content.title, "Slower");
        assert_eq!(job.content.organization.url, None, "an emptied field is empty");
    })
    .await;
}

#[tokio::test]
async fn a_boards_own_host_shows_the_board_and_nothing_else() {
    on_each_database(async |board| {
        board.publish().await;
        let mut visitor = Browser { host: Some("jobs.acme.example"), ..Browser::new(&board) };
        let list = visitor.get("/").await.expect(200);
        assert!(list.text.contains("href=\"/jobs/") && list.text.contains("href=\"/submit\""), "{}", list.text);
        assert!(list.text.contains("/brand.css") && !list.text.contains("/t/acme"), "{}", list.text);
        let brand = list.text.split("href=\"/brand.css").nth(1).and_then(|r| r.split('"').next()).expect("the accent");
        let brand = visitor.get(&format!("/brand.css{brand}")).await.expect(200);
        assert!(brand.text.contains("--bulma-link-h") && brand.header("cache-control").contains("immutable"));
        for other in ["/brand.css", "/brand.css?c=000001"] {
            assert_eq!(visitor.get(other).await.expect(200).header("cache-control"), "no-cache", "{other}");
        }
        let sheet =
            list.text.split("href=\"/assets/tablon.").nth(1).and_then(|r| r.split('"').next()).expect("the sheet");
        let sheet = visitor.get(&format!("/assets/tablon.{sheet}")).await.expect(200);
        assert!(sheet.header("cache-control").contains("immutable"));
        visitor.get("/admin").await.expect(404);
        visitor.get("/submit").await.expect(200);
        let answer = visitor.send("/submit", &typed("From afar")).await;
        visitor.follow(answer).await;
    })
    .await;
}

#[tokio::test]
async fn a_private_link_opens_its_own_offer_only() {
    on_each_database(async |board| {
        let offer = crate::board::offer();
        let mine = board.acme.jobs().submit(&offer, Actor::Poster).await.expect("submitted");
        let other = board.acme.jobs().submit(&offer, Actor::Poster).await.expect("submitted");
        let mut poster = Browser::new(&board);
        poster.get(&format!("/t/acme/my/{}", mine.job.id)).await.expect(404);
        poster.get("/t/acme/edit/nonsense").await.expect(404);
        let answer = poster.get(&format!("/t/acme/edit/{}", mine.edit_token)).await;
        poster.follow(answer).await;
        poster.get(&format!("/t/acme/my/{}", other.job.id)).await.expect(404);
        board.acme.edit_links().revoke(mine.job.id, Actor::System).await.expect("revoked");
        poster.get(&format!("/t/acme/my/{}", mine.job.id)).await.expect(404);
    })
    .await;
}

#[tokio::test]
async fn a_posters_edit_of_a_live_offer_waits_and_is_shown_field_by_field() {
    on_each_database(async |board| {
        let id = board.publish().await;
        let mut offer = crate::board::offer();
        offer["title"] = "Principal engineer".into();
        board.acme.jobs().propose(id.parse().expect("an id"), &offer, Actor::Poster).await.expect("proposed");
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let page = format!("/t/acme/admin/jobs/{id}");
        let shown = moderator.get(&page).await.expect(200);
        assert!(
            shown.text.contains("<del>Rust engineer</del>") && shown.text.contains("<ins>Principal engineer</ins>")
        );
        moderator.send(&format!("{page}/approve-revision"), &[("revision", "9")]).await.expect(409);
        moderator.get(&page).await.expect(200);
        moderator.send(&format!("{page}/approve-revision"), &[("revision", "2")]).await.expect(303);
        let job = board.acme.jobs().get(id.parse().expect("an id")).await.expect("read").expect("a job");
        assert_eq!((job.content.title.as_str(), job.pending_revision), ("Principal engineer", None));
    })
    .await;
}

#[tokio::test]
async fn the_setup_link_makes_the_operator_and_the_first_board_once() {
    on_each_database(async |board| {
        let token = board.store.setup_links().issue().await.expect("a link");
        let path = format!("/setup/{token}");
        let mut founder = Browser::new(&board);
        founder.get("/setup/nonsense").await.expect(404);
        founder.get(&path).await.expect(200);
        let typed = [("name", "Ana"), ("email", "nobody"), ("password", "short"), ("board_slug", "Not a slug")];
        let page = founder.send(&path, &typed).await.expect(422);
        for field in ["email", "password", "board_name", "board_slug", "board_locale", "board_time_zone"] {
            assert!(page.text.contains(&format!("f-{field}-error")), "{field}: {}", page.text);
        }
        assert!(page.text.contains("value=\"Ana\"") && page.text.contains("value=\"Not a slug\""), "{}", page.text);
        let taken = founder.send(&path, &[("board_name", "Acme"), ("board_slug", "acme")]).await.expect(422);
        assert!(taken.text.contains("f-board_slug-error") && !taken.text.contains("f-board_name-error"));
        let whole = [
            ("name", "Ana"),
            ("email", "ana@example.org"),
            ("password", PASSWORD),
            ("board_name", "Rust Sevilla"),
            ("board_slug", "rust-sevilla"),
            ("board_locale", "es"),
            ("board_time_zone", "Europe/Madrid"),
        ];
        // In another tab: the page that is still open says so when it is sent.
        let mut late = Browser::new(&board);
        late.get(&path).await.expect(200);
        let answer = founder.send(&path, &whole).await;
        assert_eq!(answer.header("location"), "/t/rust-sevilla/admin/channels/new");
        founder.follow(answer).await;
        let used = founder.get(&path).await.expect(410);
        assert!(used.text.contains("used already"), "{}", used.text);
        late.send(&path, &whole).await.expect(410);
    })
    .await;
}

#[tokio::test]
async fn the_setup_page_proposes_language_zone_and_address() {
    on_each_database(async |board| {
        let token = board.store.setup_links().issue().await.expect("a link");
        let path = format!("/setup/{token}");
        let mut founder = Browser::new(&board);
        founder.headers = vec![("accept-language", "es-MX,es;q=0.9".to_owned())];
        let page = founder.get(&path).await.expect(200).text;
        assert!(page.contains("value=\"America/Mexico_City\"") && page.contains("value=\"es\" selected"), "{page}");
        assert!(page.contains(" data-fresh") && page.contains("<option value=\"Europe/Madrid\">"), "{page}");
        let whole = [
            ("name", "Ana"),
            ("email", "ana@example.org"),
            ("password", PASSWORD),
            ("board_name", "Rust · México"),
            ("board_slug", ""),
            ("board_locale", "es"),
            ("board_time_zone", "America/Mexico_City"),
        ];
        let answer = founder.send(&path, &whole).await.expect(303);
        assert_eq!(answer.header("location"), "/t/rust-mexico/admin/channels/new");
    })
    .await;
}

#[tokio::test]
async fn error_pages_speak_the_visitors_language() {
    on_each_database(async |board| {
        let request = request("GET", "/t/nowhere/").header("accept-language", "es-MX,es;q=0.9");
        let page = board.send(request.body(Body::empty()).expect("a request")).await.expect(404);
        assert!(page.text.contains("lang=\"es\"") && page.text.contains("Aquí no hay nada"), "{}", page.text);
    })
    .await;
}
