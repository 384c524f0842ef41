//! How long a reader of the channel waits after the moderator has pressed Publish.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tablon_core::clock::{Clock as _, SystemClock};
use tablon_testkit::sample_jobs;
use tablon_testkit::telegram::{BOT_TOKEN, FakeTelegram, Options};

use crate::board::Board;
use crate::samples::{Samples, readable};
use crate::{Extent, Figure};

const CHANNEL: &str = "@tablon_jobs";

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let telegram = FakeTelegram::start(Options::default()).await?;
    let board = Board::new(&extent.program)?;
    board.json(&["tenant", "create", "bench"])?;
    let token = board.json(&["token", "create", "--tenant", "bench", "--role", "admin"])?;
    let token = token["token"].as_str().context("a token")?.to_owned();
    let (running, _) = board.serve()?;
    let post = |path: &str, body: &Value| -> Result<Value> {
        let path = format!("/t/bench/api/v1{path}");
        let (status, answer) = board.request("POST", &path, Some(&token), &body.to_string())?;
        ensure!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(serde_json::from_slice(&answer)?)
    };
    let channel = json!({
        "plugin": "telegram", "name": "Channel", "secrets": { "bot_token": BOT_TOKEN },
        "settings": { "chat_id": CHANNEL, "api_base_url": telegram.base_url() },
    });
    post("/channels", &channel)?;
    let jobs = sample_jobs();
    let mut samples = Samples::default();
    for round in 0..extent.rounds {
        let job = post("/jobs", &jobs[round % jobs.len()])?;
        let id = job["id"].as_str().context("an id")?;
        let pressed = SystemClock.now();
        post(&format!("/jobs/{id}/approve"), &json!({}))?;
        let arrived = telegram
            .wait_until(Duration::from_secs(10), |telegram| telegram.requests_of("sendMessage").len() > round)
            .await;
        ensure!(arrived, "message {round} did not arrive");
        let request = telegram.requests_of("sendMessage").pop().context("a request")?;
        samples.add((request.at - pressed).to_std().unwrap_or_default());
    }
    drop(running);
    let measured = format!("p50 {}, p95 {}", readable(samples.percentile(50)), readable(samples.percentile(95)));
    Ok(vec![Figure::new("approve → message at the platform, lane free", measured, "p95 < 200 ms")])
}
