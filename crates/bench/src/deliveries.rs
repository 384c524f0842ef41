//! Many deliveries at once: what the reconciler and the plugin host get through, and what it costs.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tablon_testkit::sample_jobs;
use tablon_testkit::telegram::BOT_TOKEN;
use tokio::time::Instant;

use crate::board::Board;
use crate::process::{IDLE, resident_megabytes};
use crate::samples::{Samples, readable};
use crate::sink::Sink;
use crate::{Extent, Figure};

/// How long the platform takes for an answer.
const ANSWER: Duration = Duration::from_millis(50);
/// A process that serves pages and publishes nothing: what is to be delivered is prepared with it.
const NO_DELIVERIES: [(&str, &str); 1] = [("TABLON_RECONCILER_CONCURRENCY", "0")];

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let small = extent.rounds < 50;
    let mut figures = one_job(extent).await?;
    figures.extend(backlog(extent, "over 50 channels", 50, if small { 2 } else { 20 }, "≥ 850/s, ≤ 0.9 ms").await?);
    figures.extend(backlog(extent, "through 100 lanes", 100, if small { 2 } else { 100 }, "").await?);
    Ok(figures)
}

/// From the approval of one job until the last of 50 channels has it, and the memory that stays afterwards.
async fn one_job(extent: &Extent) -> Result<Vec<Figure>> {
    let sink = Sink::start(Duration::ZERO).await?;
    let board = Board::new(&extent.program)?;
    let prepared = Prepared::new(&board, &sink, 50, 0)?;
    let (running, _) = board.serve()?;
    let mut samples = Samples::default();
    for round in 0..(extent.rounds / 5).max(2) {
        let id = prepared.submit(round)?;
        let start = Instant::now();
        prepared.approve(&id)?;
        samples.add(sink.wait_for(50 * (round + 1), start).await?);
    }
    tokio::time::sleep(IDLE).await;
    let memory = resident_megabytes(running.id())?;
    let measured = format!("p50 {}, p95 {}", readable(samples.percentile(50)), readable(samples.percentile(95)));
    Ok(vec![
        Figure::new("approve → the last of 50 channels", measured, "p95 < 200 ms"),
        Figure::new("the same: idle memory afterwards", format!("{memory} MB RSS"), ""),
    ])
}

/// `jobs` × `channels` deliveries that wait when the server starts.
async fn backlog(extent: &Extent, how: &str, channels: usize, jobs: usize, goal: &'static str) -> Result<Vec<Figure>> {
    let sink = Sink::start(ANSWER).await?;
    let board = Board::new(&extent.program)?;
    Prepared::new(&board, &sink, channels, jobs)?;
    let deliveries = channels * jobs;
    let (running, _) = board.serve_with(&[("TABLON_RECONCILER_CONCURRENCY", "100")])?;
    // From the first message on: the start has a figure of its own.
    sink.wait_for(1, Instant::now()).await?;
    let (start, cpu, first) = (Instant::now(), cpu_time(running.id())?, sink.messages());
    let took = sink.wait_for(deliveries, start).await?;
    let cpu = cpu_time(running.id())? - cpu;
    let counted = (deliveries - first).max(1) as f64;
    let measured =
        format!("{:.0}/s, {:.2} ms of CPU each", counted / took.as_secs_f64(), cpu.as_secs_f64() * 1000.0 / counted);
    let what = format!("{deliveries} deliveries {how}, the platform answers in {} ms", ANSWER.as_millis());
    Ok(vec![Figure::new(what, measured, goal)])
}

/// A board with channels and, if asked for, jobs that wait for them.
struct Prepared<'a> {
    board: &'a Board<'a>,
    token: String,
}

impl<'a> Prepared<'a> {
    fn new(board: &'a Board<'a>, sink: &Sink, channels: usize, jobs: usize) -> Result<Self> {
        board.json(&["tenant", "create", "bench"])?;
        let token = board.json(&["token", "create", "--tenant", "bench", "--role", "admin"])?;
        let token = token["token"].as_str().context("a token")?.to_owned();
        let prepared = Self { board, token };
        let (running, _) = board.serve_with(&NO_DELIVERIES)?;
        for number in 0..channels {
            let settings = json!({ "chat_id": format!("@jobs_{number}"), "api_base_url": sink.base_url() });
            let secrets = json!({ "bot_token": BOT_TOKEN });
            let name = format!("Channel {number}");
            let channel = json!({ "plugin": "telegram", "name": name, "settings": settings, "secrets": secrets });
            prepared.post("/channels", &channel)?;
        }
        for number in 0..jobs {
            let id = prepared.submit(number)?;
            prepared.approve(&id)?;
        }
        ensure!(sink.messages() == 0, "a process without deliveries delivered");
        drop(running);
        Ok(prepared)
    }

    fn submit(&self, number: usize) -> Result<String> {
        let jobs = sample_jobs();
        let job = self.post("/jobs", &jobs[number % jobs.len()])?;
        Ok(job["id"].as_str().context("an id")?.to_owned())
    }

    fn approve(&self, id: &str) -> Result<()> {
        self.post(&format!("/jobs/{id}/approve"), &json!({})).map(|_| ())
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let path = format!("/t/bench/api/v1{path}");
        let (status, answer) = self.board.request("POST", &path, Some(&self.token), &body.to_string())?;
        ensure!(status < 300, "{path}: {status} {}", String::from_utf8_lossy(&answer));
        Ok(serde_json::from_slice(&answer)?)
    }
}

/// What a process has computed so far. The kernel counts it in hundredths of a second.
fn cpu_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).context("the process's time is not told here")?;
    // The name may hold blanks; the fields after it don't.
    let fields: Vec<&str> = stat.rsplit(')').next().context("no fields")?.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(Duration::from_millis(ticks * 10))
}
