//! Rate limits, which are only in the headers.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tablon_testkit::discord::{Action, CHANNEL, Fault, Options, Rates, Scope, Window};

use crate::client::{Asked, messages, webhook};

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn post(discord: &Asked, path: &str) -> Response {
    discord.request("POST", path, Some(json!({"content": "x"}))).send().await.unwrap()
}

#[tokio::test]
async fn a_route_counts_down_and_then_says_how_long_to_wait() {
    let rates = Rates { per_route: Window { limit: 2, per_ms: 60_000 }, ..Rates::default() };
    let discord = Asked::with(Options::default().rates(rates)).await;
    let path = webhook("?wait=true");
    let first = post(&discord, &path).await;
    assert_eq!(
        (header(&first, "x-ratelimit-limit"), header(&first, "x-ratelimit-remaining")),
        ("2".into(), "1".into())
    );
    let after: f64 = header(&first, "x-ratelimit-reset-after").parse().unwrap();
    assert!(after > 59.0 && after <= 60.0, "{after}");
    assert!(!header(&first, "x-ratelimit-bucket").is_empty());
    assert_eq!(header(&post(&discord, &path).await, "x-ratelimit-remaining"), "0");

    let third = post(&discord, &path).await;
    assert_eq!((third.status().as_u16(), header(&third, "x-ratelimit-scope")), (429, "user".into()));
    assert_eq!(header(&third, "retry-after"), "60");
    let body: Value = third.json().await.unwrap();
    assert_eq!((&body["message"], &body["global"]), (&json!("You are being rate limited."), &json!(false)));
    assert!(body["retry_after"].as_f64().unwrap() > 59.0);
    assert_eq!(discord.shown(CHANNEL).len(), 2);
    // Another route has its own limit.
    assert_eq!(discord.request("GET", &webhook(""), None).send().await.unwrap().status(), 200);
    discord.advance(Duration::from_secs(60));
    assert_eq!(post(&discord, &path).await.status(), 200);
}

#[tokio::test]
async fn a_bot_has_one_limit_over_everything_that_webhooks_do_not_have() {
    let rates = Rates { global: Window { limit: 1, per_ms: 60_000 }, ..Rates::default() };
    let discord = Asked::with(Options::default().rates(rates)).await;
    assert_eq!(post(&discord, &messages("")).await.status(), 200);
    let second = discord.request("GET", "/users/@me", None).send().await.unwrap();
    assert_eq!((second.status().as_u16(), header(&second, "x-ratelimit-scope")), (429, "global".into()));
    assert_eq!(header(&second, "x-ratelimit-global"), "true");
    assert_eq!(second.json::<Value>().await.unwrap()["global"], json!(true));
    assert_eq!(post(&discord, &webhook("?wait=true")).await.status(), 200);
}

#[tokio::test]
async fn a_limit_can_be_scripted() {
    let discord = Asked::new().await;
    discord.fault(Fault::on("execute_webhook", Action::RateLimit { retry_after: 1.25, scope: Scope::Shared }));
    let limited = post(&discord, &webhook("?wait=true")).await;
    assert_eq!((limited.status().as_u16(), header(&limited, "retry-after")), (429, "2".into()));
    assert_eq!(header(&limited, "x-ratelimit-scope"), "shared");
    assert_eq!(
        limited.json::<Value>().await.unwrap(),
        json!({"message": "The resource is being rate limited.", "retry_after": 1.25, "global": false})
    );
    let free = post(&discord, &webhook("?wait=true")).await;
    assert_eq!((free.status().as_u16(), header(&free, "x-ratelimit-limit")), (200, String::new()));
}
