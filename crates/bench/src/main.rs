//! Measures the figures of `docs/performance.md`: run by `cargo xtask bench`, prints a markdown table. Named parts
//! (`tablon-bench deliveries`) are measured alone.
//!
//! The board is the release binary in a process of its own. What is compared with another program is
//! measured in the same run on the same machine, and given as a ratio.

mod board;
mod calls;
mod deliveries;
mod delivery;
mod listing;
mod load;
mod machine;
mod nginx;
mod process;
mod samples;
mod sink;
mod tenants;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

/// One line of the table.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) measured: String,
    pub(crate) goal: &'static str,
}

impl Figure {
    fn new(what: impl Into<String>, measured: impl Into<String>, goal: &'static str) -> Self {
        Self { what: what.into(), measured: measured.into(), goal }
    }
}

/// How much is measured.
pub(crate) struct Extent {
    /// The binary `tablon`.
    pub(crate) program: PathBuf,
    /// The folder with the plugins that tests use.
    pub(crate) testing_plugins: PathBuf,
    /// Jobs on the listing.
    pub(crate) jobs: usize,
    /// Seconds of load on each server.
    pub(crate) seconds: u64,
    /// Calls, approvals, starts.
    pub(crate) rounds: usize,
}

impl Extent {
    /// `--quick` tries everything out; its figures mean nothing.
    fn read() -> Result<Self> {
        let here = std::env::current_exe()?;
        let built = here.parent().context("this program lies in a folder")?;
        let target = built.parent().context("the build's folder lies in another")?;
        let quick = std::env::args().any(|arg| arg == "--quick");
        let program = built.join("tablon");
        ensure!(program.exists(), "{} is missing; `cargo xtask bench` builds it", program.display());
        let testing_plugins = target.join("plugins-testing");
        Ok(if quick {
            Self { program, testing_plugins, jobs: 200, seconds: 1, rounds: 5 }
        } else {
            Self { program, testing_plugins, jobs: 10_000, seconds: 10, rounds: 100 }
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let extent = Extent::read()?;
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wanted = |part: &str| chosen.is_empty() || chosen.iter().any(|name| name == part);
    let mut figures = Vec::new();
    if wanted("calls") {
        figures.extend(calls::measure(&extent).await?);
    }
    if wanted("process") {
        figures.extend(process::measure(&extent).await?);
    }
    if wanted("delivery") {
        figures.extend(delivery::measure(&extent).await?);
    }
    if wanted("deliveries") {
        figures.extend(deliveries::measure(&extent).await?);
    }
    if wanted("tenants") {
        figures.extend(tenants::measure(&extent).await?);
    }
    if wanted("listing") {
        figures.extend(listing::measure(&extent).await?);
    }
    println!("\nMeasured on {}.\n", machine::describe());
    println!("| what | measured | at least |\n|---|---|---|");
    for figure in figures {
        println!("| {} | {} | {} |", figure.what, figure.measured, figure.goal);
    }
    Ok(())
}
