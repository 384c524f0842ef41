//! The API's description of itself.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};
use serde_json::Value;
use tablon_core::Role;
use tablon_web::openapi;

use crate::board::{Answer, Board, on_each_database, request};

fn description() -> Value {
    serde_json::from_str(&openapi()).expect("JSON")
}

#[tokio::test]
async fn it_is_served_at_the_base_and_under_each_board() {
    on_each_database(async |board| {
        for path in ["/api/v1/openapi.json", "/t/acme/api/v1/openapi.json"] {
            let answer = board.get(path).await.expect(200);
            assert_eq!(answer.json(), description(), "{path}");
        }
    })
    .await;
}

async fn asked(board: &Board, header: axum::http::HeaderName, value: &str) -> Answer {
    let request = request("GET", "/t/acme/api/v1/openapi.json").header(header, value);
    board.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn it_is_sent_compressed_and_not_again_to_who_has_it() {
    on_each_database(async |board| {
        let plain = board.get("/t/acme/api/v1/openapi.json").await.expect(200);
        assert_eq!((plain.header("content-type"), plain.header("content-encoding")), ("application/json", ""));
        for encoding in ["br", "gzip"] {
            let packed = asked(&board, ACCEPT_ENCODING, encoding).await.expect(200);
            assert_eq!(packed.header("content-encoding"), encoding);
            assert!(packed.text.len() < plain.text.len() / 2, "{encoding}: {} bytes", packed.text.len());
            assert_ne!(packed.header("etag"), plain.header("etag"));
        }
        let again = asked(&board, IF_NONE_MATCH, plain.header("etag")).await.expect(304);
        assert_eq!((again.text.as_str(), again.header("etag")), ("", plain.header("etag")));
        asked(&board, IF_NONE_MATCH, "\"another\"").await.expect(200);
    })
    .await;
}

#[test]
fn every_operation_says_what_it_may_answer_instead() {
    let description = description();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let responses = operation["responses"].as_object().expect("responses");
            let named = |status: &str| responses.contains_key(status);
            let (name, takes) = (format!("{method} {path}"), |what: &str| operation[what].is_object());
            if path == "/openapi.json" {
                continue;
            }
            assert!(["401", "404", "500", "503"].into_iter().all(named), "{name}: {:?}", responses.keys());
            if takes("requestBody") {
                assert!(["400", "413", "415", "422"].into_iter().all(named), "{name}: {:?}", responses.keys());
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            if parameters.iter().any(|parameter| parameter["in"] == "query") {
                assert!(named("422"), "{name}: {:?}", responses.keys());
            }
            if parameters.iter().any(|parameter| parameter["name"] == "If-Match") {
                assert!(named("400") && named("412"), "{name}: {:?}", responses.keys());
            }
        }
    }
}

/// Values of a parameter that its schema takes, and some that it doesn't.
fn values(schema: &Value) -> (Vec<String>, Vec<&'static str>) {
    let items = if schema["type"] == "array" { &schema["items"] } else { schema };
    if let Some(options) = items["enum"].as_array() {
        return (options.iter().filter_map(Value::as_str).map(str::to_owned).collect(), vec!["", "nonsense", "%20"]);
    }
    let known = |good: &[String], bad: &[&'static str]| (good.to_vec(), bad.to_vec());
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => {
            let bounds = ["minimum", "maximum"].map(|bound| schema[bound].as_u64().expect("a bound").to_string());
            known(&bounds, &["", "0", "-1", "101", "1.5", "99999999999999999999", "x"])
        }
        (Some("boolean"), _) => known(&["true".into(), "false".into()], &["", "yes", "TRUE"]),
        (_, Some("uuid")) => known(&[uuid::Uuid::nil().to_string()], &["", "x", "00000000000000000000000000000000"]),
        _ => known(&["".into(), "%00".into(), "%FF".into(), "%F0%9F%98%80".into()], &[]),
    }
}

#[tokio::test]
async fn a_query_takes_what_is_described_and_nothing_else() {
    on_each_database(async |board| {
        let mut tried = 0;
        for (path, operations) in description()["paths"].as_object().expect("paths") {
            let parameters = operations["get"]["parameters"].as_array().cloned().unwrap_or_default();
            for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
                let name = parameter["name"].as_str().expect("a name");
                let (good, bad) = values(&parameter["schema"]);
                let path = path.replace("{id}", &uuid::Uuid::nil().to_string());
                for value in &good {
                    let answer = board.call("GET", &format!("{path}?{name}={value}"), Some(Role::Owner), None).await;
                    assert!([200, 404].contains(&answer.status.as_u16()), "{path}?{name}={value}: {}", answer.text);
                }
                for value in &bad {
                    let address = format!("{path}?{name}={value}");
                    let answer = board.call("GET", &address, Some(Role::Owner), None).await;
                    assert_eq!(answer.status, 422, "{address}: {}", answer.text);
                    assert_eq!(answer.pointers(), [format!("/{name}")], "{address}");
                }
                tried += good.len();
            }
        }
        assert!(tried > 40, "{tried} values");
    })
    .await;
}

#[tokio::test]
async fn a_method_that_a_path_does_not_have_is_405_with_those_it_has() {
    on_each_database(async |board| {
        for (path, operations) in description()["paths"].as_object().expect("paths") {
            let path = format!("/t/acme/api/v1{}", path.replace("{id}", &uuid::Uuid::nil().to_string()));
            for method in ["TRACE", "BREW", "OPTIONS"] {
                let answer =
                    board.send(request(method, &path).body(Body::empty()).expect("a request")).await.expect(405);
                assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
                let allowed: BTreeSet<_> =
                    answer.header("allow").split(',').map(|method| method.to_lowercase()).collect();
                for described in operations.as_object().expect("operations").keys() {
                    assert!(allowed.contains(described), "{described} {path} is not in {allowed:?}");
                }
            }
        }
    })
    .await;
}

#[test]
fn every_operation_has_a_summary_answers_and_says_who_may_call_it() {
    let description = description();
    assert_eq!(description["servers"][0]["url"], "/t/{tenant}/api/v1");
    let mut ids = BTreeSet::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let name = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name} has no summary");
            assert!(operation["security"].is_array(), "{name} doesn't say who may call it");
            let id = operation["operationId"].as_str().expect("an id");
            assert!(ids.insert(id), "two operations are named {id}");
            let responses = operation["responses"].as_object().expect("responses");
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => found.push(target.clone()),
                        _ => references(member, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let description = description();
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(!found.is_empty());
    for target in found {
        assert!(description.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
    }
}

#[test]
fn a_job_is_described_with_its_fields() {
    let description = description();
    let text = description["components"]["schemas"]["Job"].to_string();
    assert!(text.contains("JobContent"), "{text}");
    // Strangers get none of what staff know.
    assert!(description["components"]["schemas"]["JobForStaff"]["required"].is_null());
    let sent = &description["components"]["schemas"]["NewJob"]["allOf"][0];
    assert_eq!(sent["additionalProperties"], false);
    assert_eq!(sent["properties"]["title"]["maxLength"], 150);
    assert!(sent["properties"]["title"]["description"].is_string());
    let demanded = sent["required"].as_array().expect("names");
    assert!(
        ["title", "organization", "description", "contact_email"].iter().all(|name| demanded.contains(&(*name).into()))
    );
    assert!(description["components"]["schemas"]["JobContent"]["properties"]["organization"].is_object());
}
