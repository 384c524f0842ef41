//! How fast the program starts, and how much memory it takes when nobody asks anything.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::board::Board;
use crate::samples::{Samples, readable};
use crate::{Extent, Figure};

/// Boards on the instance whose memory is measured.
const TENANTS: usize = 10;
/// How long it is left alone before.
pub(crate) const IDLE: Duration = Duration::from_secs(3);

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let board = Board::new(&extent.program)?;
    for number in 0..TENANTS {
        board.json(&["tenant", "create", &format!("board-{number}")])?;
    }
    // The first start compiles the plugins and fills the cache.
    drop(board.serve()?);
    let mut starts = Samples::default();
    for _ in 0..(extent.rounds / 5).max(1) {
        starts.add(board.serve()?.1);
    }
    let (running, _) = board.serve()?;
    tokio::time::sleep(IDLE).await;
    let memory = resident_megabytes(running.id())?;
    Ok(vec![
        Figure::new(
            "start with a warm cache, to the first 200",
            format!("p50 {}", readable(starts.percentile(50))),
            "< 300 ms",
        ),
        Figure::new(
            format!("idle memory, {TENANTS} boards, bundled plugins loaded"),
            format!("{memory} MB RSS"),
            "< 80 MB",
        ),
    ])
}

pub(crate) fn resident_megabytes(process: u32) -> Result<u64> {
    let status =
        fs::read_to_string(format!("/proc/{process}/status")).context("the process's memory is not told here")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kilobytes.div_ceil(1024))
}
