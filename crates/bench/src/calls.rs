//! What one call of a plugin costs.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use serde_json::json;
use tablon_core::clock::SystemClock;
use tablon_core::form::Form;
use tablon_core::job::{JobContent, Strictness};
use tablon_core::store::{NewTenant, StoreOptions};
use tablon_core::{Actor, Clock, Posting, Store};
use tablon_publisher::{self as publisher, HostOptions, Plugin, PluginHost, Target};
use tablon_testkit::sample_jobs;

use crate::board::Board;
use crate::samples::{Samples, readable};
use crate::{Extent, Figure};

/// Calls for one approval's worth of rounds.
const CALLS_A_ROUND: usize = 50;

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let posting = posting(extent).await?;
    let options =
        HostOptions { plugin_dirs: vec![extent.testing_plugins.clone()], ..HostOptions::new(Arc::new(SystemClock)) };
    let host = PluginHost::new(options).await?;
    // It hands back the title: what is left is the sandbox itself, made and thrown away.
    let bare = plugin(&host, "hostile")?;
    let settings = json!({ "mode": "", "base_url": "https://example.org" });
    let bare = calls(extent, &bare, &posting, settings).await?;
    let telegram = plugin(&host, "telegram")?;
    let settings = telegram
        .validate_settings(&json!({ "chat_id": "@tablon_jobs" }))
        .map_err(|errors| anyhow!("the plugin's settings: {errors}"))?;
    let telegram = calls(extent, &telegram, &posting, settings).await?;
    let both = |samples: &Samples| {
        format!("p50 {}, p99 {}", readable(samples.percentile(50)), readable(samples.percentile(99)))
    };
    Ok(vec![
        Figure::new("plugin call, nothing but the sandbox", both(&bare), "p50 ≤ 50 µs"),
        Figure::new("plugin call, preview of a job for Telegram", both(&telegram), "p50 ≤ 160 µs"),
    ])
}

fn plugin(host: &PluginHost, id: &str) -> Result<Arc<Plugin>> {
    host.plugin(id).with_context(|| format!("the plugin {id} is missing; `cargo xtask plugins` builds it"))
}

async fn calls(extent: &Extent, plugin: &Plugin, posting: &Posting, settings: serde_json::Value) -> Result<Samples> {
    let target = Target {
        id: "channel".to_owned(),
        board: publisher::Board::default(),
        settings,
        secret_names: Vec::new(),
        template: None,
        locale: "en".to_owned(),
        remembered: Default::default(),
        outbox: None,
    };
    let mut samples = Samples::default();
    let rounds = extent.rounds * CALLS_A_ROUND;
    for round in 0..rounds + rounds / 10 {
        let start = Instant::now();
        plugin.render(posting, &target).await.result.map_err(|error| anyhow!("{}: {error}", plugin.id()))?;
        // The first calls fill pools and caches.
        if round >= rounds / 10 {
            samples.add(start.elapsed());
        }
    }
    Ok(samples)
}

async fn posting(extent: &Extent) -> Result<Posting> {
    let board = Board::new(&extent.program)?;
    let clock = Arc::new(SystemClock);
    Store::migrate(&board.database_url(), &*clock).await?;
    let store = Store::open(StoreOptions {
        database_url: board.database_url(),
        clock: clock.clone(),
        keyring: None,
        base_url: "https://jobs.example.org/".parse()?,
        max_connections: 1,
    })
    .await?;
    let tenant = store.tenants().create(NewTenant::new("bench".parse()?, "Bench"), Actor::System).await?;
    let jobs = sample_jobs();
    let job = jobs.first().context("there are sample jobs")?;
    let today = tenant.today(clock.now());
    let content = JobContent::parse(job, &Form { fields: Vec::new() }, today, Strictness::Full)
        .map_err(|errors| anyhow!("the sample job: {errors}"))?;
    let posting = tenant.jobs().draft_posting(&content).await;
    store.close().await?;
    Ok(posting)
}
