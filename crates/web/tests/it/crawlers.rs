//! What search engines are told of a board.

use axum::body::Body;
use axum::http::header::{HOST, IF_NONE_MATCH};
use serde_json::{Value, json};
use tablon_core::store::ApproveOptions;
use tablon_core::{Actor, Job, Role};
use tablon_testkit::Backend;
use tablon_web::WebConfig;

use crate::board::{Answer, Board, config, offer, on_each_database, request};
use crate::browser::Browser;

async fn published(board: &Board, change: Value) -> Job {
    let mut job = offer();
    for (name, value) in change.as_object().expect("members") {
        job[name] = value.clone();
    }
    let job = board.acme.jobs().submit(&job, Actor::Visitor).await.expect("an offer").job;
    board.acme.jobs().approve(job.id, ApproveOptions::default(), Actor::System).await.expect("published")
}

async fn at_own_host(board: &Board, path: &str) -> Answer {
    let mut asked = request("GET", path).body(Body::empty()).expect("a request");
    asked.headers_mut().insert(HOST, "jobs.acme.example".parse().expect("a host"));
    board.send(asked).await
}

fn locations(document: &str) -> Vec<&str> {
    document.split("<loc>").skip(1).filter_map(|rest| rest.split("</loc>").next()).collect()
}

#[tokio::test]
async fn a_boards_sitemap_has_its_list_and_its_published_jobs_alone() {
    on_each_database(async |board| {
        let one = published(&board, json!({})).await;
        let ended = published(&board, json!({})).await;
        board.submit().await;
        let first = board.get("/t/acme/sitemap.xml").await.expect(200);
        assert!(locations(&first.text).contains(&ended.url.as_str()));
        board.acme.jobs().close(ended.id, Actor::System).await.expect("closed");
        let answer = board.get("/t/acme/sitemap.xml").await.expect(200);
        assert_eq!(locations(&answer.text), ["http://jobs.acme.example:8080/", one.url.as_str()], "{}", answer.text);
        assert!(answer.header("content-type").starts_with("application/xml"));
        assert!(answer.text.contains("<lastmod>"), "{}", answer.text);
        assert_eq!(at_own_host(&board, "/sitemap.xml").await.expect(200).text, answer.text);
        let known = request("GET", "/t/acme/sitemap.xml").header(IF_NONE_MATCH, answer.header("etag"));
        board.send(known.body(Body::empty()).expect("a request")).await.expect(304);
        for nonsense in ["0", "2", "x", "99999999999999999999"] {
            board.get(&format!("/t/acme/sitemap.xml?page={nonsense}")).await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn the_instances_sitemap_is_an_index_of_its_boards() {
    on_each_database(async |board| {
        board.other_board().await;
        let answer = board.get("/sitemap.xml").await.expect(200);
        let boards = ["http://jobs.acme.example:8080/sitemap.xml", "http://jobs.test:8080/t/rival/sitemap.xml"];
        assert_eq!(locations(&answer.text), boards, "{}", answer.text);
        assert!(answer.text.contains("<sitemapindex") && !answer.header("etag").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_board_with_more_pages_than_one_sitemap_may_have_has_an_index_of_several() {
    for backend in Backend::all() {
        let board = Board::with_config(backend, None, WebConfig { sitemap_entries: 3, ..config() }).await;
        let mut pages = vec!["http://jobs.acme.example:8080/".to_owned()];
        for _ in 0..2 {
            pages.push(published(&board, json!({})).await.url);
        }
        let one = board.get("/t/acme/sitemap.xml").await.expect(200);
        assert!(one.text.contains("<urlset") && locations(&one.text) == pages, "{}", one.text);
        for _ in 0..3 {
            pages.push(published(&board, json!({})).await.url);
        }
        let index = board.get("/t/acme/sitemap.xml").await.expect(200);
        let files: Vec<String> =
            (1..=3).map(|n| format!("http://jobs.acme.example:8080/sitemap.xml?page={n}")).collect();
        assert!(index.text.contains("<sitemapindex") && locations(&index.text) == files, "{}", index.text);
        let mut found = Vec::new();
        for file in &files {
            let file = at_own_host(&board, file.trim_start_matches("http://jobs.acme.example:8080")).await.expect(200);
            let listed = locations(&file.text);
            assert!(file.text.contains("<urlset") && (1..=3).contains(&listed.len()), "{}", file.text);
            found.extend(listed.into_iter().map(str::to_owned));
        }
        assert_eq!(found, pages, "each page once");
        board.get("/t/acme/sitemap.xml?page=4").await.expect(404);
        // An index may not tell of another one.
        assert_eq!(locations(&board.get("/sitemap.xml").await.expect(200).text), files);
    }
}

#[tokio::test]
async fn robots_are_kept_out_of_what_is_no_page_to_be_found() {
    on_each_database(async |board| {
        let own = at_own_host(&board, "/robots.txt").await.expect(200);
        for path in ["/admin", "/my", "/submit", "/login", "/edit", "/api"] {
            assert!(own.text.lines().any(|line| line == format!("Disallow: {path}")), "{path} in {}", own.text);
        }
        assert!(own.text.contains("Sitemap: http://jobs.acme.example:8080/sitemap.xml"), "{}", own.text);
        let below = board.get("/t/acme/robots.txt").await.expect(200);
        assert!(below.text.contains("Disallow: /t/acme/admin\n"), "{}", below.text);
        let root = board.get("/robots.txt").await.expect(200);
        for line in ["Disallow: /login", "Disallow: /t/*/admin/", "Disallow: /t/*/my$", "Disallow: /t/*/submit$"] {
            assert!(root.text.lines().any(|said| said == line), "{line} in {}", root.text);
        }
        assert!(root.text.contains("Sitemap: http://jobs.test:8080/sitemap.xml"), "{}", root.text);
        assert!(root.header("content-type").starts_with("text/plain") && !root.header("etag").is_empty());
        assert!(board.get("/t/nobody/robots.txt").await.status == 404);
    })
    .await;
}

#[tokio::test]
async fn pages_name_their_canonical_address_and_say_what_a_shared_link_shows() {
    on_each_database(async |board| {
        let logo = json!({ "name": "Acme", "url": null, "logo_url": "https://acme.example/logo.png" });
        let job = published(&board, json!({ "organization": logo })).await;
        let page = board.get(&format!("/t/acme/jobs/{}", job.slug)).await.expect(200);
        let canonical = format!("<link rel=\"canonical\" href=\"{}\">", job.url);
        for part in [
            canonical.as_str(),
            "<meta property=\"og:title\" content=\"Rust engineer · Acme\">",
            "<meta property=\"og:description\" content=\"We build things in Rust.",
            "<meta property=\"og:image\" content=\"https://acme.example/logo.png\">",
            "<meta property=\"article:published_time\"",
            "<meta property=\"og:locale\" content=\"en_US\">",
        ] {
            assert!(page.text.contains(part), "{part} in {}", page.text);
        }
        let list = board.get("/t/acme/").await.expect(200);
        board.other_board().await;
        let front = board.get("/").await.expect(200);
        for (page, address) in [(&list, "http://jobs.acme.example:8080/"), (&front, "http://jobs.test:8080/")] {
            for part in [
                format!("<link rel=\"canonical\" href=\"{address}\">"),
                format!("<meta property=\"og:url\" content=\"{address}\">"),
                "<meta property=\"og:description\" content=\"".to_owned(),
            ] {
                assert!(page.text.contains(&part), "{part} in {}", page.text);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn markup_that_google_would_refuse_is_left_out_and_the_moderator_is_told_why() {
    on_each_database(async |board| {
        let mut moderator = Browser::new(&board);
        moderator.log_in(Role::Moderator).await;
        let town = |country: Option<&str>| json!([{ "city": "Sevilla", "region": null, "country": country }]);
        for (change, has_markup) in [
            (json!({ "workplace": "remote", "locations": [], "remote_countries": [] }), false),
            (json!({ "workplace": "remote", "locations": town(None), "remote_countries": [] }), false),
            (json!({ "workplace": "remote", "locations": [], "remote_countries": ["ES"] }), true),
            (json!({ "workplace": "remote", "locations": town(Some("ES")), "remote_countries": [] }), true),
            (json!({ "workplace": "on-site", "locations": [] }), false),
            (json!({ "workplace": "hybrid", "locations": town(None) }), false),
            (json!({ "workplace": "on-site", "locations": town(Some("ES")) }), true),
        ] {
            let job = published(&board, change.clone()).await;
            let page = board.get(&format!("/t/acme/jobs/{}", job.slug)).await.expect(200);
            assert_eq!(page.text.contains("application/ld+json"), has_markup, "{change}");
            let review = moderator.get(&format!("/t/acme/admin/jobs/{}", job.id)).await.expect(200);
            assert_eq!(!review.text.contains("won&#39;t list this job"), has_markup, "{change}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_form_asks_for_what_search_engines_demand_and_takes_offers_without() {
    on_each_database(async |board| {
        let mut poster = Browser::new(&board);
        let form = poster.get("/t/acme/submit").await.expect(200);
        assert!(form.text.contains("list a remote job only when it names its countries"), "{}", form.text);
        let mut remote = crate::browser::typed("Anywhere");
        remote.retain(|(name, _)| !name.starts_with("locations") && *name != "workplace" && *name != "action");
        remote.push(("workplace", "remote"));
        let preview =
            poster.send("/t/acme/submit", &[&remote[..], &[("action", "preview")]].concat()).await.expect(200);
        assert!(preview.text.contains("it is remote and names no country"), "{}", preview.text);
        poster.send("/t/acme/submit", &[&remote[..], &[("action", "submit")]].concat()).await.expect(303);
    })
    .await;
}
