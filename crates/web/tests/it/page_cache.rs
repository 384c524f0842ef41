//! Public pages, answered from memory and as if they weren't.

use std::io::Read as _;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use axum::response::IntoResponse as _;
use serde_json::json;
use tablon_core::Role;
use tower::ServiceExt as _;

use crate::board::{Board, on_each_database, request};

const LISTING: &str = "/t/acme/";

/// An answer with its bytes as they were sent.
struct Raw {
    status: u16,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Raw {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn text(&self) -> String {
        let mut text = String::new();
        match self.header("content-encoding") {
            "gzip" => flate2::read::GzDecoder::new(&*self.bytes).read_to_string(&mut text).expect("gzip"),
            "br" => brotli::Decompressor::new(&*self.bytes, 4096).read_to_string(&mut text).expect("brotli"),
            "" => (&*self.bytes).read_to_string(&mut text).expect("text"),
            other => panic!("{other}"),
        };
        text
    }
}

async fn ask(board: &Board, method: &str, path: &str, headers: &[(&str, &str)]) -> Raw {
    let mut asked = request(method, path);
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    let asked: Request<Body> = asked.body(Body::empty()).expect("a request");
    let answer: Response<Body> = board.router.clone().oneshot(asked).await.into_response();
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body").to_vec();
    Raw { status: parts.status.as_u16(), headers: parts.headers, bytes }
}

async fn get(board: &Board, path: &str) -> Raw {
    ask(board, "GET", path, &[]).await
}

/// Publishes an offer and returns the path of its page.
async fn published(board: &Board) -> (String, String) {
    let id = board.publish().await;
    let job = board.call("GET", &format!("/jobs/{id}"), None, None).await.expect(200).json();
    let slug = job["url"].as_str().expect("a URL").rsplit('/').next().expect("a slug").to_owned();
    (id, format!("/t/acme/jobs/{slug}"))
}

#[tokio::test]
async fn a_remembered_page_is_the_same_byte_for_byte_and_is_counted() {
    on_each_database(async |board| {
        let (_, job) = published(&board).await;
        for path in [LISTING, &job, "/t/acme/?q=rust&tag=rust"] {
            let first = get(&board, path).await;
            let second = get(&board, path).await;
            assert_eq!((first.status, second.status), (200, 200));
            assert_eq!(first.bytes, second.bytes, "{path}");
            assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
            assert_eq!(second.header("x-request-id").len(), 32);
            let others = |mut headers: HeaderMap| {
                headers.remove("x-request-id");
                headers
            };
            assert_eq!(others(first.headers), others(second.headers), "{path}");
        }
        let mut counters = String::new();
        let peer: std::net::SocketAddr = "127.0.0.1:4000".parse().expect("an address");
        let scrape = Request::builder().uri("/metrics").extension(axum::extract::ConnectInfo(peer));
        counters.push_str(&board.send(scrape.body(Body::empty()).expect("a request")).await.expect(200).text);
        let line = "tablon_http_requests_total{route=\"/t/{tenant}/jobs/{slug}\",method=\"GET\",status=\"200\"} 2";
        assert!(counters.contains(line), "{counters}");
    })
    .await;
}

#[tokio::test]
async fn a_remembered_page_needs_no_database_and_is_for_nobody_who_is_signed_in() {
    on_each_database(async |board| {
        let (_, job) = published(&board).await;
        let warm = get(&board, &job).await;
        assert_eq!(warm.status, 200);
        board.store.close().await.expect("closed");
        assert_eq!(get(&board, &job).await.bytes, warm.bytes);
        assert_eq!(ask(&board, "GET", &job, &[("cookie", "other=1")]).await.status, 200);
        for (name, value) in [("cookie", "tablon_session=x"), ("authorization", "Bearer x")] {
            assert_eq!(ask(&board, "GET", &job, &[(name, value)]).await.status, 503, "{name}");
        }
        assert_eq!(get(&board, &format!("{job}?again")).await.status, 503, "another address");
        assert_eq!(ask(&board, "GET", &job, &[("accept-language", "es")]).await.status, 503, "another language");
        assert_eq!(ask(&board, "POST", &job, &[]).await.status, 405, "another method");
    })
    .await;
}

#[tokio::test]
async fn feeds_and_sitemaps_are_remembered_as_pages_are() {
    on_each_database(async |board| {
        published(&board).await;
        let paths = ["feed.rss", "feed.atom", "feed.json?tag=rust", "sitemap.xml", "robots.txt"];
        let paths = paths.map(|path| format!("/t/acme/{path}"));
        let mut warm = Vec::new();
        for path in &paths {
            let first = get(&board, path).await;
            assert_eq!(first.status, 200, "{path}");
            // The tag names the content: it is the same in every encoding.
            let short = ask(&board, "GET", path, &[("accept-encoding", "gzip")]).await;
            assert_eq!(
                (short.header("etag"), short.text().as_bytes()),
                (first.header("etag"), &*first.bytes),
                "{path}"
            );
            // Who has it already leaves the whole answer behind.
            let known = [("if-none-match", first.header("etag")), ("accept-language", "es")];
            assert_eq!(ask(&board, "GET", path, &known).await.status, 304, "{path}");
            warm.push(first);
        }
        board.store.close().await.expect("closed");
        for (path, warm) in paths.iter().zip(warm) {
            assert_eq!(get(&board, path).await.bytes, warm.bytes, "{path}");
            let known = [("if-none-match", warm.header("etag"))];
            let again = ask(&board, "GET", path, &known).await;
            assert_eq!(
                (again.status, again.bytes.len(), again.header("etag")),
                (304, 0, warm.header("etag")),
                "{path}"
            );
            let spanish = ask(&board, "GET", path, &[("accept-language", "es")]).await;
            assert_eq!(spanish.bytes, warm.bytes, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_change_shows_at_once_in_every_encoding() {
    on_each_database(async |board| {
        let (id, job) = published(&board).await;
        for encoding in ["identity", "gzip", "br"] {
            let page = ask(&board, "GET", LISTING, &[("accept-encoding", encoding)]).await;
            assert!(page.text().contains("Rust engineer"), "{encoding}");
        }
        assert_eq!(get(&board, &job).await.status, 200);
        let change = Some(json!({ "title": "Gleam engineer" }));
        board.call("PATCH", &format!("/jobs/{id}"), Some(Role::Moderator), change).await.expect(200);
        for encoding in ["identity", "gzip", "br"] {
            let page = ask(&board, "GET", LISTING, &[("accept-encoding", encoding)]).await;
            assert!(page.text().contains("Gleam engineer"), "{encoding}");
        }
        assert!(get(&board, &job).await.text().contains("Gleam engineer"));
        board.call("PATCH", "/tenant", Some(Role::Admin), Some(json!({ "name": "Umbrella" }))).await.expect(200);
        assert!(get(&board, LISTING).await.text().contains("Umbrella"));
        board.call("POST", &format!("/jobs/{id}/close"), Some(Role::Moderator), Some(json!({}))).await.expect(200);
        assert!(!get(&board, LISTING).await.text().contains("Gleam engineer"));
        assert_eq!(get(&board, &job).await.status, 410);
    })
    .await;
}

#[tokio::test]
async fn a_page_comes_in_the_encoding_asked_for_and_once_only() {
    on_each_database(async |board| {
        published(&board).await;
        let plain = get(&board, LISTING).await;
        for (asked, encoding) in [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip;q=0.5", "gzip")] {
            for _ in 0..2 {
                let page = ask(&board, "GET", LISTING, &[("accept-encoding", asked)]).await;
                assert_eq!(page.header("content-encoding"), encoding, "{asked}");
                assert_eq!(page.header("content-length"), page.bytes.len().to_string());
                assert!(
                    page.header("vary").contains("accept-encoding") && page.header("vary").contains("accept-language")
                );
                assert_eq!(page.text().as_bytes(), plain.bytes);
                assert_ne!(page.header("etag"), plain.header("etag"), "other bytes have another tag");

                let known = [("accept-encoding", asked), ("if-none-match", page.header("etag"))];
                let again = ask(&board, "GET", LISTING, &known).await;
                assert_eq!((again.status, again.bytes.len()), (304, 0));
                assert_eq!(again.header("etag"), page.header("etag"));
            }
        }
        let head = ask(&board, "HEAD", LISTING, &[]).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
        assert_eq!(head.header("content-length"), plain.bytes.len().to_string());
    })
    .await;
}

#[tokio::test]
async fn each_host_and_each_language_has_its_own_page() {
    on_each_database(async |board| {
        published(&board).await;
        let asked = |path: &str, host: &str, language: &str| {
            let peer: std::net::SocketAddr = "203.0.113.7:4000".parse().expect("an address");
            let request = Request::builder().uri(path).header("host", host).header("accept-language", language);
            board.send(request.extension(axum::extract::ConnectInfo(peer)).body(Body::empty()).expect("a request"))
        };
        for _ in 0..2 {
            assert!(asked("/", "jobs.acme.example", "en").await.expect(200).text.contains("href=\"/jobs/"));
            assert!(asked(LISTING, "jobs.test", "en").await.expect(200).text.contains("href=\"/t/acme/jobs/"));
            assert!(asked(LISTING, "jobs.test", "es").await.expect(200).text.contains("<html lang=\"es\""));
            asked(LISTING, "jobs.acme.example", "en").await.expect(404);
            asked(LISTING, "evil.example", "en").await.expect(404);
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_with_a_form_is_made_for_each_visitor() {
    on_each_database(async |board| {
        let token = |page: &Raw| page.text().split("name=\"csrf\" value=\"").nth(1).map(|rest| rest[..128].to_owned());
        let (one, other) = (get(&board, "/t/acme/submit").await, get(&board, "/t/acme/submit").await);
        assert!(token(&one).is_some());
        assert_ne!(token(&one), token(&other));
        assert_eq!(one.header("etag"), "");
        assert!(!one.header("set-cookie").is_empty() && !other.header("set-cookie").is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_style_sheet_is_sent_compressed_and_kept_for_ever() {
    on_each_database(async |board| {
        let page = get(&board, LISTING).await.text();
        let sheet = page.split('"').find(|part| part.starts_with("/assets/tablon.")).expect("a style sheet").to_owned();
        let plain = get(&board, &sheet).await;
        for (asked, encoding) in [("gzip", "gzip"), ("gzip, br", "br")] {
            let sent = ask(&board, "GET", &sheet, &[("accept-encoding", asked)]).await;
            assert_eq!(sent.header("content-encoding"), encoding);
            assert_eq!(sent.text().as_bytes(), plain.bytes);
            assert!(sent.header("cache-control").contains("immutable"));
            assert!(sent.header("vary").contains("accept-encoding"));
            assert_eq!(sent.header("content-length"), sent.bytes.len().to_string());
            assert_ne!(sent.header("etag"), plain.header("etag"));
            let known = [("accept-encoding", asked), ("if-none-match", sent.header("etag"))];
            assert_eq!(ask(&board, "GET", &sheet, &known).await.status, 304);
        }
        let font = plain.text();
        let font = font.split("url(\"").find_map(|part| part.split_once("woff2")).expect("a font").0.to_owned();
        let font = ask(&board, "GET", &format!("/assets/{font}woff2"), &[("accept-encoding", "gzip, br")]).await;
        assert_eq!((font.status, font.header("content-encoding")), (200, ""));
    })
    .await;
}
