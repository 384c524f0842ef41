//! The API's description of itself.

use std::collections::BTreeSet;

use serde_json::Value;
use tablon_web::openapi;

use crate::board::on_each_database;

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
    assert!(description["components"]["schemas"]["JobContent"]["properties"]["organization"].is_object());
}
