//! Failures of network and platform.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tablon_testkit::telegram::{Action, Fault};

use crate::client::Asked;

const CHANNEL: &str = "@tablon_jobs";

fn message() -> Value {
    json!({"chat_id": CHANNEL, "text": "x"})
}

#[tokio::test]
async fn a_reset_before_acting_leaves_no_message() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::Reset));
    let error = telegram.try_call("sendMessage", message()).await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    assert!(telegram.messages(CHANNEL).is_empty());
    assert_eq!(telegram.requests()[0].status, None);
    telegram.ok("sendMessage", message()).await;
}

#[tokio::test]
async fn a_lost_answer_leaves_the_message() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::LoseAnswer).nth(2));
    telegram.ok("sendMessage", message()).await;
    telegram.try_call("sendMessage", message()).await.unwrap_err();
    assert_eq!(telegram.shown(CHANNEL).len(), 2);
    assert!(telegram.requests()[1].acted);
}

#[tokio::test]
async fn a_cut_answer_is_begun_and_never_ends() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::CutAnswer));
    let sent = telegram.http().post(telegram.url("sendMessage")).json(&message()).send().await;
    // The kernel decides whether the status line arrives before the reset.
    if let Ok(response) = sent {
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap_err();
    }
    assert_eq!(telegram.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::RateLimit { retry_after: 7 }).times(2));
    for _ in 0..2 {
        let response = telegram.http().post(telegram.url("sendMessage")).json(&message()).send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "7"));
        let answer: Value = response.json().await.unwrap();
        assert_eq!(
            answer,
            json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}})
        );
    }
    telegram.ok("sendMessage", message()).await;
}

#[tokio::test]
async fn a_server_error_may_or_may_not_have_acted() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::ServerError { code: 502, acts: false }));
    assert_eq!(telegram.refused("sendMessage", message()).await, (502, "Bad Gateway".into()));
    assert!(telegram.shown(CHANNEL).is_empty());
    telegram.fault(Fault::on("sendMessage", Action::ProxyError { code: 504, acts: true }));
    let response = telegram.http().post(telegram.url("sendMessage")).json(&message()).send().await.unwrap();
    assert_eq!(response.status(), 504);
    assert!(response.text().await.unwrap().contains("<h1>504 Gateway Timeout</h1>"));
    assert_eq!(telegram.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn malformed_json_comes_with_a_200() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::MalformedJson { acts: true }));
    assert!(telegram.try_call("sendMessage", message()).await.unwrap_err().is_decode());
    assert_eq!(telegram.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn any_refusal_can_be_scripted_for_any_method() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on_any(Action::Unauthorized));
    assert_eq!(telegram.refused("getMe", json!({})).await, (401, "Unauthorized".into()));
    let refuse = Action::Refuse { code: 400, description: "Bad Request: CHAT_RESTRICTED".into(), parameters: None };
    telegram.fault(Fault::on("sendMessage", refuse).always());
    for _ in 0..3 {
        assert_eq!(telegram.refused("sendMessage", message()).await, (400, "Bad Request: CHAT_RESTRICTED".into()));
    }
    telegram.clear_faults();
    telegram.ok("sendMessage", message()).await;
}

#[tokio::test]
async fn a_delay_comes_before_or_after_the_deed() {
    let telegram = Asked::new().await;
    let wait = Duration::from_millis(150);
    telegram.fault(Fault::on("sendMessage", Action::DelayAnswer { ms: 150 }));
    let begun = Instant::now();
    let (_, seen) =
        tokio::join!(telegram.ok("sendMessage", message()), telegram.wait_until(wait, |t| t.shown(CHANNEL).len() == 1));
    assert!(seen && begun.elapsed() >= wait);
    telegram.fault(Fault::on("sendMessage", Action::Delay { ms: 150 }));
    let begun = Instant::now();
    telegram.ok("sendMessage", message()).await;
    assert!(begun.elapsed() >= wait);
}

#[tokio::test]
async fn a_server_that_went_away_refuses_connections_and_remembers_its_messages() {
    let telegram = Asked::new().await;
    telegram.ok("sendMessage", message()).await;
    telegram.offline().await;
    assert!(telegram.try_call("sendMessage", message()).await.is_err());
    telegram.online().await.unwrap();
    telegram.ok("sendMessage", message()).await;
    assert_eq!(telegram.shown(CHANNEL).len(), 2);
}

#[tokio::test]
async fn a_fault_happens_however_the_caller_spells_the_method() {
    let telegram = Asked::new().await;
    telegram.fault(Fault::on("sendMessage", Action::RateLimit { retry_after: 3 }));
    assert_eq!(telegram.call("SENDMESSAGE", message()).await.0, 429);
    assert_eq!(telegram.call("sendMessage", message()).await.0, 200);
}
