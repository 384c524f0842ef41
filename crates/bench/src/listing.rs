//! The listing page under load, beside nginx with the same bytes in a file: as it is, and compressed as browsers ask.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, ensure};
use tablon_core::clock::SystemClock;
use tablon_core::store::{ApproveOptions, NewTenant, StoreOptions};
use tablon_core::{Actor, Store};
use tablon_testkit::sample_jobs;

use crate::board::Board;
use crate::load::{Load, load, load_and_count};
use crate::nginx::Nginx;
use crate::{Extent, Figure};

const PATH: &str = "/t/bench/";

/// How the page is asked for.
#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    Gzip,
}

impl Encoding {
    const ALL: [Self; 2] = [Self::Plain, Self::Gzip];

    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "as it is",
            Self::Gzip => "gzip",
        }
    }

    /// The header lines that ask for it.
    const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Plain => &[],
            Self::Gzip => &[("Accept-Encoding", "gzip")],
        }
    }

    /// The file from which nginx answers such a request.
    const fn file(self) -> &'static str {
        match self {
            Self::Plain => "index.html",
            Self::Gzip => "index.html.gz",
        }
    }
}

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let board = Board::new(&extent.program)?;
    fill(&board, extent.jobs).await?;
    let (running, _) = board.serve()?;
    let page = ask(&board, Encoding::Plain)?;
    let what = format!("listing page, {} jobs, {} KB", extent.jobs, page.len() / 1024);
    if !is_installed("wrk") || !is_installed("nginx") {
        let start = Instant::now();
        ask(&board, Encoding::Plain)?;
        let one = crate::samples::readable(start.elapsed());
        return Ok(vec![Figure::new(what, format!("one request {one}; install nginx and wrk for the rest"), "")]);
    }
    let pages = board.folder().join("pages");
    fs::create_dir_all(&pages)?;
    let url = format!("http://{}{PATH}", board.address());
    let mut ours = Vec::new();
    for encoding in Encoding::ALL {
        fs::write(pages.join(encoding.file()), ask(&board, encoding)?)?;
        ours.push(loaded(extent, &url, encoding, &[running.id()])?);
    }
    drop(running);
    let nginx = Nginx::serve(board.folder(), &pages)?;
    let mut figures = Vec::new();
    for (encoding, ours) in Encoding::ALL.into_iter().zip(ours) {
        let theirs = loaded(extent, nginx.url(), encoding, &nginx.workers()?)?;
        figures.extend(compare(&format!("{what}, {}", encoding.name()), &ours, &theirs));
    }
    Ok(figures)
}

/// The page's bytes as they are sent, without the head.
fn ask(board: &Board<'_>, encoding: Encoding) -> Result<Vec<u8>> {
    let (status, page) = board.request_with("GET", PATH, encoding.headers(), "")?;
    ensure!(status == 200, "the listing answered {status}");
    Ok(page)
}

/// Warm: the first requests fill whatever is kept.
fn loaded(extent: &Extent, url: &str, encoding: Encoding, processes: &[u32]) -> Result<Load> {
    load(url, encoding.headers(), 1)?;
    load_and_count(url, encoding.headers(), extent.seconds, processes)
}

fn compare(what: &str, ours: &Load, theirs: &Load) -> [Figure; 3] {
    [
        Figure::new(
            format!("{what}: requests a second, beside nginx with the same bytes in a file"),
            format!("{:.0} and {:.0}: {:.0} %", ours.rate, theirs.rate, 100.0 * ours.rate / theirs.rate),
            "≥ 80 %",
        ),
        Figure::new(
            "the same: CPU a request",
            format!(
                "{:.0} µs and {:.0} µs: {:.1} ×",
                ours.cpu_micros,
                theirs.cpu_micros,
                ours.cpu_micros / theirs.cpu_micros
            ),
            "≤ 1.5 ×",
        ),
        Figure::new("the same: p99 at 32 connections", ours.p99.clone(), "< 10 ms"),
    ]
}

async fn fill(board: &Board<'_>, jobs: usize) -> Result<()> {
    let clock = Arc::new(SystemClock);
    Store::migrate(&board.database_url(), &*clock).await?;
    let store = Store::open(StoreOptions {
        database_url: board.database_url(),
        clock,
        keyring: None,
        base_url: format!("http://{}/", board.address()).parse()?,
        max_connections: 4,
    })
    .await?;
    let tenant = store.tenants().create(NewTenant::new("bench".parse()?, "Bench"), Actor::System).await?;
    let samples = sample_jobs();
    for number in 0..jobs {
        let submitted = tenant.jobs().submit(&samples[number % samples.len()], Actor::Visitor).await?;
        tenant.jobs().approve(submitted.job.id, ApproveOptions::default(), Actor::System).await?;
    }
    Ok(store.close().await?)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
