//! What feed readers get of a board.

use axum::body::Body;
use axum::http::header::{HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use feed_rs::model::Feed;
use serde_json::{Value, json};
use tablon_core::store::ApproveOptions;
use tablon_core::{Actor, Job};

use crate::board::{Answer, Board, offer, on_each_database, request};

const FEEDS: [(&str, &str); 3] = [
    ("feed.rss", "application/rss+xml"),
    ("feed.atom", "application/atom+xml"),
    ("feed.json", "application/feed+json"),
];

async fn published(board: &Board, change: impl Fn(&mut Value)) -> Job {
    let mut job = offer();
    change(&mut job);
    let job = board.acme.jobs().submit(&job, Actor::Visitor).await.expect("an offer").job;
    board.acme.jobs().approve(job.id, ApproveOptions::default(), Actor::System).await.expect("published")
}

fn parsed(answer: &Answer) -> Feed {
    feed_rs::parser::parse(answer.text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {}", answer.text))
}

fn ids(feed: &Feed) -> Vec<String> {
    feed.entries.iter().map(|entry| entry.id.clone()).collect()
}

fn html(entry: &feed_rs::model::Entry) -> String {
    let content = entry.content.as_ref().and_then(|content| content.body.clone());
    content.or_else(|| entry.summary.as_ref().map(|text| text.content.clone())).unwrap_or_default()
}

#[tokio::test]
async fn every_feed_tells_the_published_jobs_newest_first_whole_and_safe() {
    on_each_database(async |board| {
        let older = published(&board, |job| job["title"] = "Baker & <b>friends</b> ]]> \u{1F980}".into()).await;
        let newer = published(&board, |job| {
            job["description"] = "**Rust** <script>alert(1)</script>\n\n- [a](https://a.example)".into();
            job["language"] = "en".into();
        })
        .await;
        let ended = published(&board, |_| ()).await;
        board.submit().await;
        board.acme.jobs().fill(ended.id, Actor::System).await.expect("filled");
        for (file, media_type) in FEEDS {
            let answer = board.get(&format!("/t/acme/{file}")).await.expect(200);
            assert!(answer.header("content-type").starts_with(media_type), "{}", answer.header("content-type"));
            assert!(!answer.text.contains("hr@acme.example"), "the contact address is nobody's business");
            let feed = parsed(&answer);
            assert_eq!(ids(&feed), [newer.id.urn().to_string(), older.id.urn().to_string()], "{file}");
            let entry = &feed.entries[0];
            assert_eq!(entry.title.as_ref().map(|t| t.content.as_str()), Some("Rust engineer"));
            assert_eq!(entry.links[0].href, newer.url);
            assert!(entry.published.is_some(), "{file}");
            assert!(entry.updated >= entry.published, "{file}: {:?} {:?}", entry.updated, entry.published);
            let html = html(entry);
            assert!(html.contains("<strong>Rust</strong>") && html.contains("href=\"https://a.example\""), "{html}");
            assert!(!html.contains("<script") && !answer.text.contains("<script"), "{html}");
            let title = feed.entries[1].title.as_ref().expect("a title");
            assert!(title.content.contains("Baker") && title.content.contains('\u{1F980}'), "{title:?}");
            assert_eq!(feed.title.expect("a title").content, "Acme devs");
        }
    })
    .await;
}

#[tokio::test]
async fn a_feed_is_narrowed_as_the_list_is_and_goes_on_page_by_page() {
    on_each_database(async |board| {
        for n in 0..53 {
            published(&board, |job| job["title"] = format!("Job {n}").into()).await;
        }
        let remote = published(&board, |job| {
            job["workplace"] = "remote".into();
            job["tags"] = json!(["Łódź"]);
        })
        .await;
        for (file, _) in FEEDS {
            for narrow in ["workplace=remote", "tag=lodz", "q=engineer"] {
                let feed = parsed(&board.get(&format!("/t/acme/{file}?{narrow}")).await.expect(200));
                assert_eq!(ids(&feed), [remote.id.urn().to_string()], "{file} {narrow}");
            }
            board.get(&format!("/t/acme/{file}?q={}", "x".repeat(300))).await.expect(400);
            let first = board.get(&format!("/t/acme/{file}")).await.expect(200);
            let next =
                first.text.split("cursor=").nth(1).and_then(|r| r.split(['"', '&']).next()).expect("a next page");
            let second = board.get(&format!("/t/acme/{file}?cursor={next}")).await.expect(200);
            let (first, second) = (ids(&parsed(&first)), ids(&parsed(&second)));
            assert_eq!((first.len(), second.len()), (50, 4), "{file}");
            assert!(second.iter().all(|id| !first.contains(id)), "{file}");
        }
        let listing = board.get("/t/acme/?tag=rust&q=job").await.expect(200);
        for (file, media_type) in FEEDS {
            let link = format!("<link rel=\"alternate\" type=\"{media_type}\"");
            let address = format!("href=\"http://jobs.acme.example:8080/{file}?q=job&amp;tag=rust\"");
            assert!(listing.text.contains(&link) && listing.text.contains(&address), "{file} in {}", listing.text);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reader_that_has_the_feed_gets_304_until_a_job_comes_changes_or_ends() {
    on_each_database(async |board| {
        let job = published(&board, |_| ()).await;
        for (file, _) in FEEDS {
            let path = format!("/t/acme/{file}");
            let asked = async |tag: &str| {
                board
                    .send(request("GET", &path).header(IF_NONE_MATCH, tag).body(Body::empty()).expect("a request"))
                    .await
            };
            let first = board.get(&path).await.expect(200).header("etag").to_owned();
            let same = asked(&first).await.expect(304);
            assert_eq!((same.header("etag"), same.text.as_str()), (first.as_str(), ""), "{file}");
            let patch = json!({ "title": format!("Changed for {file}") });
            board.acme.jobs().patch(job.id, &patch, None, Actor::System).await.expect("an edit");
            let second = asked(&first).await.expect(200).header("etag").to_owned();
            assert_ne!(first, second, "{file}");
            let other = published(&board, |_| ()).await;
            let third = asked(&second).await.expect(200).header("etag").to_owned();
            board.acme.jobs().close(other.id, Actor::System).await.expect("closed");
            assert!(!asked(&third).await.expect(200).text.contains(&other.id.to_string()), "{file}: it leaves at once");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_dated_answers_304_until_the_board_changes() {
    on_each_database(async |board| {
        published(&board, |_| ()).await;
        let ended = published(&board, |_| ()).await;
        let asked = async |path: &str, since: &str, tag: Option<&str>| {
            let mut asked = request("GET", path).header(IF_MODIFIED_SINCE, since);
            if let Some(tag) = tag {
                asked = asked.header(IF_NONE_MATCH, tag);
            }
            board.send(asked.body(Body::empty()).expect("a request")).await
        };
        let paths = ["feed.rss", "feed.atom", "feed.json", "sitemap.xml"].map(|file| format!("/t/acme/{file}"));
        for path in &paths {
            let fresh = board.get(&format!("{path}?fresh")).await.expect(200);
            assert_eq!(fresh.header("last-modified"), "", "{path}: another change may come in the same second");
        }
        board.clock.skip_days(1);
        let mut dates = Vec::new();
        for path in &paths {
            let first = board.get(path).await.expect(200);
            let date = first.header("last-modified").to_owned();
            assert!(date.ends_with(" GMT"), "{path}: {date:?}");
            let same = asked(path, &date, None).await.expect(304);
            assert_eq!((same.header("etag"), same.text.as_str()), (first.header("etag"), ""), "{path}");
            asked(path, &date, Some("\"other\"")).await.expect(200);
            asked(path, "Mon, 01 Jan 2001 00:00:00 GMT", None).await.expect(200);
            dates.push(date);
        }
        // No job that stays has a later date than before.
        board.acme.jobs().close(ended.id, Actor::System).await.expect("closed");
        for (path, date) in paths.iter().zip(&dates) {
            let changed = asked(path, date, None).await.expect(200);
            assert!(!changed.text.contains(&ended.slug), "{path}");
        }
        board.clock.skip_days(1);
        for (path, date) in paths.iter().zip(&dates) {
            let later = board.get(&format!("{path}?later")).await.expect(200);
            assert!(!later.header("last-modified").is_empty() && later.header("last-modified") != date, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn addresses_in_feeds_are_the_boards_own_whatever_host_was_named() {
    on_each_database(async |board| {
        let job = published(&board, |_| ()).await;
        for (file, _) in FEEDS {
            let at_host = request("GET", &format!("/{file}")).method("GET");
            let mut asked = at_host.body(Body::empty()).expect("a request");
            asked.headers_mut().insert(HOST, "jobs.acme.example".parse().expect("a host"));
            let answer = board.send(asked).await.expect(200);
            assert!(answer.text.contains(&job.url) && !answer.text.contains("jobs.test"), "{}", answer.text);
            assert_eq!(answer.text, board.get(&format!("/t/acme/{file}")).await.expect(200).text, "{file}");
        }
    })
    .await;
}
