//! Lists without end are counted before they are read, and are answered shortly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tablon_core::Role;

use crate::board::{offer, on_each_database};
use crate::browser::Browser;

/// Far more than an answer takes on a slow machine, far less than the work of a list that is read whole.
const SHORTLY: Duration = Duration::from_secs(10);
/// The longest answer to a wrong input.
const SHORT: usize = 100_000;

/// A member of an offer with more entries than any form takes, as large as the body may be.
fn too_long() -> Vec<(&'static str, Value)> {
    let numbered = |count: usize, entry: &dyn Fn(usize) -> Value| Value::Array((0..count).map(entry).collect());
    vec![
        ("tags", numbered(90_000, &|n| json!(format!("t{n}")))),
        ("locations", numbered(40_000, &|n| json!({"city": format!("c{n}")}))),
        ("remote_countries", numbered(120_000, &|n| json!(["ES", "PT", "FR"][n % 3]))),
        ("employment_types", numbered(70_000, &|_| json!("FULL_TIME"))),
        ("fields", Value::Object((0..60_000).map(|n| (format!("x{n}"), json!(1))).collect())),
        ("locations", json!([(0..60_000).map(|n| (format!("x{n}"), json!(1))).collect::<serde_json::Map<_, _>>()])),
        ("salary", Value::Object((0..60_000).map(|n| (format!("x{n}"), json!(1))).collect())),
    ]
}

#[tokio::test]
async fn a_list_without_end_is_refused_at_once_and_by_name() {
    on_each_database(async |board| {
        for (member, value) in too_long() {
            let mut body = offer();
            body[member] = value;
            let began = Instant::now();
            let answer = board.call("POST", "/jobs", Some(Role::Moderator), Some(body)).await.expect(422);
            assert!(began.elapsed() < SHORTLY, "{member}: {:?}", began.elapsed());
            assert!(answer.text.len() < SHORT, "{member}: {} bytes", answer.text.len());
            assert!(answer.pointers()[0].starts_with(&format!("/{member}")), "{member}: {:?}", answer.pointers());
        }
        let mut body = offer();
        body["tags"] = json!(["rust", "Rust", "", "#rust", "a", "b", "c", "d", "e", "f", "g", "h"]);
        board.call("POST", "/jobs", Some(Role::Moderator), Some(body)).await.expect(201);
    })
    .await;
}

#[tokio::test]
async fn rows_of_a_form_without_end_come_back_as_few() {
    on_each_database(async |board| {
        let rows: Vec<(String, String)> =
            (0..20_000).map(|n| (format!("locations.{n}.city"), format!("c{n}"))).collect();
        let countries: Vec<(String, String)> =
            (0..20_000).map(|_| ("remote_countries".to_owned(), "ES".to_owned())).collect();
        let tags = vec![("tags".to_owned(), (0..60_000).map(|n| format!("t{n},")).collect::<String>())];
        for sent in [rows, countries, tags] {
            let mut poster = Browser::new(&board);
            poster.get("/t/acme/submit").await.expect(200);
            let fields: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let began = Instant::now();
            let page = poster.send("/t/acme/submit", &fields).await.expect(422);
            assert!(began.elapsed() < SHORTLY, "{}: {:?}", sent[0].0, began.elapsed());
            assert!(page.text.len() < 4 * SHORT, "{}: {} bytes", sent[0].0, page.text.len());
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_with_lists_without_end_is_read_at_once() {
    on_each_database(async |board| {
        let names = |count: usize| (0..count).map(|n| format!("name {n}")).collect::<Vec<_>>();
        let places = |count: usize| (0..count).map(|n| json!({"address": format!("Town {n}")})).collect::<Vec<_>>();
        for posting in [
            json!({"@type": "JobPosting", "title": "A", "hiringOrganization": "Acme", "keywords": names(60_000)}),
            json!({"@type": "JobPosting", "title": "A", "hiringOrganization": "Acme", "employmentType": names(60_000)}),
            json!({"@type": "JobPosting", "title": "A", "hiringOrganization": "Acme", "jobLocation": places(20_000)}),
            json!({"@type": "JobPosting", "title": "A", "hiringOrganization": "Acme", "jobLocationType": "TELECOMMUTE",
                   "applicantLocationRequirements": names(60_000)}),
            json!({"title": "A", "organization": {"name": "Acme"}, "description": "B", "tags": names(60_000)}),
        ] {
            let began = Instant::now();
            let answer = board.call("POST", "/jobs/import", Some(Role::Moderator), Some(posting)).await.expect(200);
            assert!(began.elapsed() < SHORTLY, "{:?}", began.elapsed());
            assert!(answer.text.len() < SHORT, "{} bytes", answer.text.len());
            assert!(answer.json()["items"][0]["id"].is_string(), "{}", answer.text);
        }
    })
    .await;
}
