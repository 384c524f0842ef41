//! The fake receiver over HTTP: what it accepts, what it refuses, how it fails.
#![cfg(feature = "receiver")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tablon_testkit::receiver::{Action, FakeReceiver, Fault, Options, SECRET};

fn event(kind: &str) -> String {
    json!({ "type": kind, "timestamp": "2026-03-01T09:30:00Z", "data": { "job": { "id": "j1", "title": "x" } } })
        .to_string()
}

#[expect(clippy::disallowed_methods, reason = "the fake is on this machine")]
fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

/// Posts an event, signed with the receiver's current time.
async fn deliver(receiver: &FakeReceiver, secret: &str, id: &str, body: &str) -> reqwest::Result<reqwest::Response> {
    let timestamp = receiver.now().timestamp();
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    client()
        .post(receiver.url())
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", format!("v1,{signature}"))
        .body(body.to_owned())
        .send()
        .await
}

async fn status(receiver: &FakeReceiver, id: &str, kind: &str) -> u16 {
    deliver(receiver, SECRET, id, &event(kind)).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_signed_event_is_taken_once() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    assert_eq!(status(&receiver, "m1", "job.published").await, 200);
    let again: Value = deliver(&receiver, SECRET, "m1", &event("job.published")).await.unwrap().json().await.unwrap();
    assert_eq!(again["duplicate"], true);
    assert_eq!((receiver.events().len(), receiver.requests().len()), (1, 2));
    assert_eq!(status(&receiver, "m2", "job.closed").await, 200);
    assert_eq!(receiver.jobs()["j1"].state, "closed");
    receiver.assert_no_violations();
    assert_eq!(status(&receiver, "m1", "job.removed").await, 200);
    assert!(receiver.violations()[0].contains("one id for two events"));
}

#[tokio::test]
async fn what_is_not_signed_or_no_event_is_refused_and_recorded() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(deliver(&receiver, other, "m1", &event("job.published")).await.unwrap().status(), 401);
    assert_eq!(deliver(&receiver, SECRET, "m1", "{}").await.unwrap().status(), 422);
    assert_eq!(client().get(receiver.url()).send().await.unwrap().status(), 405);
    let unsigned = client().post(receiver.url()).header("content-type", "application/json").body("{}");
    assert_eq!(unsigned.send().await.unwrap().status(), 400);
    let statuses: Vec<_> = receiver.requests().iter().map(|delivery| delivery.status).collect();
    assert_eq!(statuses, [Some(401), Some(422), Some(405), Some(400)]);
    assert!(receiver.events().is_empty());
    receiver.rotate(other);
    assert_eq!(deliver(&receiver, other, "m1", &event("job.published")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_bad_signature_may_be_answered_like_any_bad_request() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    receiver.refuse_signatures_with(400);
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(deliver(&receiver, other, "m1", &event("job.published")).await.unwrap().status(), 400);
    let control = format!("http://{}/_fake/secret", receiver.address());
    let rotated = client().post(control).json(&json!({ "secret": other, "refuses_with": 403 })).send().await.unwrap();
    assert!(rotated.status().is_success());
    assert_eq!(deliver(&receiver, SECRET, "m1", &event("job.published")).await.unwrap().status(), 403);
    assert_eq!(deliver(&receiver, other, "m1", &event("job.published")).await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_old_message_is_refused() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    receiver.fault(Fault::on_any(Action::Delay { ms: 1 }));
    let body = event("job.published");
    let request = deliver(&receiver, SECRET, "m1", &body).await.unwrap();
    assert_eq!(request.status(), 200);
    let first = receiver.requests().remove(0);
    receiver.advance(Duration::from_secs(600));
    let mut replay = client().post(receiver.url()).body(body);
    for (name, value) in first.headers.iter().filter(|(name, _)| name != "host" && name != "content-length") {
        replay = replay.header(name, value);
    }
    assert_eq!(replay.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn it_fails_as_a_test_asks_for() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    let body = event("job.published");
    for (id, action, acts) in
        [("reset", Action::Reset, false), ("lost", Action::LoseAnswer, true), ("cut", Action::CutAnswer, true)]
    {
        let before = receiver.events().len();
        receiver.fault(Fault::on("job.published", action));
        let broken = match deliver(&receiver, SECRET, id, &body).await {
            Ok(answer) => answer.bytes().await.is_err(),
            Err(_) => true,
        };
        assert!(broken, "{id}");
        assert_eq!(receiver.events().len() - before, usize::from(acts), "{id}");
    }
    receiver.fault(Fault::on_any(Action::RateLimit { retry_after: 7 }));
    let limited = deliver(&receiver, SECRET, "limited", &body).await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    receiver.fault(Fault::on_any(Action::Status { code: 503, acts: false }).times(2));
    assert_eq!(status(&receiver, "busy", "job.published").await, 503);
    assert_eq!(status(&receiver, "busy", "job.published").await, 503);
    assert_eq!(status(&receiver, "busy", "job.published").await, 200);
    receiver.offline().await;
    assert!(deliver(&receiver, SECRET, "gone", &body).await.is_err());
    receiver.online().await.unwrap();
    assert_eq!(status(&receiver, "back", "job.published").await, 200);
}

#[tokio::test]
async fn another_process_sees_and_changes_it() {
    let receiver = FakeReceiver::start(Options::default()).await.unwrap();
    let fake = |path: &str| format!("http://{}/_fake/{path}", receiver.address());
    let fault = json!({ "on": "job.published", "action": "status", "code": 410 });
    assert_eq!(client().post(fake("faults")).json(&fault).send().await.unwrap().status(), 201);
    assert_eq!(status(&receiver, "m1", "job.published").await, 410);
    assert_eq!(status(&receiver, "m1", "job.published").await, 200);
    let read = async |path: &str| -> Value { client().get(fake(path)).send().await.unwrap().json().await.unwrap() };
    assert_eq!(read("jobs").await["j1"]["state"], "published");
    assert_eq!(read("events").await.as_array().unwrap().len(), 1);
    assert_eq!(read("requests?of=job.published").await[0]["status"], 410);
    assert_eq!((read("violations").await, read("faults").await), (json!([]), json!([])));
}
