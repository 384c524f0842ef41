//! Failures of network and platform.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tablon_testkit::discord::{Action, CHANNEL, Fault};

use crate::client::{Asked, refusal, webhook};

const POST: &str = "execute_webhook";

fn message() -> Value {
    json!({"content": "x"})
}

impl Asked {
    async fn try_post(&self) -> reqwest::Result<(u16, Value)> {
        self.try_call("POST", &webhook("?wait=true"), Some(message())).await
    }
}

#[tokio::test]
async fn a_reset_before_acting_leaves_no_message() {
    let discord = Asked::new().await;
    discord.fault(Fault::on(POST, Action::Reset));
    let error = discord.try_post().await.unwrap_err();
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    assert!(discord.messages(CHANNEL).is_empty());
    assert_eq!(discord.requests()[0].status, None);
    discord.post(message()).await;
}

#[tokio::test]
async fn a_lost_answer_leaves_the_message() {
    let discord = Asked::new().await;
    discord.fault(Fault::on(POST, Action::LoseAnswer).nth(2));
    discord.post(message()).await;
    discord.try_post().await.unwrap_err();
    assert_eq!(discord.shown(CHANNEL).len(), 2);
    assert!(discord.requests()[1].acted);
}

#[tokio::test]
async fn a_cut_answer_is_begun_and_never_ends() {
    let discord = Asked::new().await;
    discord.fault(Fault::on(POST, Action::CutAnswer));
    discord.try_post().await.unwrap_err();
    assert_eq!(discord.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_server_error_may_or_may_not_have_acted() {
    let discord = Asked::new().await;
    discord.fault(Fault::on(POST, Action::ServerError { status: 503, acts: false }));
    assert_eq!(discord.try_post().await.unwrap(), refusal(503, 0, "503: Service Unavailable"));
    assert!(discord.shown(CHANNEL).is_empty());
    discord.fault(Fault::on(POST, Action::ProxyError { status: 504, acts: true }));
    let (status, body) = discord.try_post().await.unwrap();
    assert_eq!((status, body), (504, Value::Null));
    assert_eq!(discord.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn malformed_json_comes_with_a_200() {
    let discord = Asked::new().await;
    discord.fault(Fault::on(POST, Action::MalformedJson { acts: true }));
    assert_eq!(discord.try_post().await.unwrap(), (200, Value::Null));
    assert_eq!(discord.shown(CHANNEL).len(), 1);
}

#[tokio::test]
async fn any_refusal_can_be_scripted_for_any_operation() {
    let discord = Asked::new().await;
    discord.fault(Fault::on_any(Action::Unauthorized));
    assert_eq!(discord.get("/users/@me").await, refusal(401, 0, "401: Unauthorized"));
    let refuse = Action::Refuse {
        status: 403,
        code: 20_028,
        message: "The channel you are writing has hit the write rate limit".into(),
    };
    discord.fault(Fault::on(POST, refuse).always());
    for _ in 0..3 {
        assert_eq!(discord.try_post().await.unwrap().1["code"], 20_028);
    }
    discord.clear_faults();
    discord.post(message()).await;
    discord.fault(Fault::on(POST, Action::Banned { retry_after: 3600 }));
    let banned = discord.request("POST", &webhook(""), Some(message())).send().await.unwrap();
    assert_eq!((banned.status().as_u16(), banned.headers()["retry-after"].to_str().unwrap()), (429, "3600"));
    assert!(banned.text().await.unwrap().contains("1015"));
}

#[tokio::test]
async fn a_delay_comes_before_or_after_the_deed() {
    let discord = Asked::new().await;
    let wait = Duration::from_millis(150);
    discord.fault(Fault::on(POST, Action::DelayAnswer { ms: 150 }));
    let begun = Instant::now();
    let (_, seen) = tokio::join!(discord.try_post(), discord.wait_until(wait, |d| d.shown(CHANNEL).len() == 1));
    assert!(seen && begun.elapsed() >= wait);
    discord.fault(Fault::on(POST, Action::Delay { ms: 150 }));
    let begun = Instant::now();
    discord.post(message()).await;
    assert!(begun.elapsed() >= wait);
}

#[tokio::test]
async fn a_server_that_went_away_refuses_connections_and_remembers_its_messages() {
    let discord = Asked::new().await;
    discord.post(message()).await;
    discord.offline().await;
    assert!(discord.try_post().await.is_err());
    discord.online().await.unwrap();
    discord.post(message()).await;
    assert_eq!(discord.shown(CHANNEL).len(), 2);
}
