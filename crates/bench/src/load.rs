//! `wrk`, and what a server spends while it answers it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// Connections that ask at the same time.
const CONNECTIONS: &str = "32";
/// The kernel counts a process's time in hundredths of a second (`sysconf(_SC_CLK_TCK)` on Linux).
const TICK: Duration = Duration::from_millis(10);

/// What a server did under load.
pub(crate) struct Load {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Of the time to an answer, as `wrk` writes it.
    pub(crate) p99: String,
    /// User and system time an answer.
    pub(crate) cpu_micros: f64,
}

/// Asks for the address as often as it is answered, and counts what these processes spend.
pub(crate) fn load_and_count(url: &str, headers: &[(&str, &str)], seconds: u64, processes: &[u32]) -> Result<Load> {
    let before = cpu(processes)?;
    let report = load(url, headers, seconds)?;
    let spent = cpu(processes)?.saturating_sub(before);
    let number = |line_start: &str, place: usize| {
        let line = report.lines().map(str::trim).find(|line| line.starts_with(line_start));
        line.and_then(|line| line.split_whitespace().nth(place)).map(str::to_owned)
    };
    let requests: f64 = report
        .lines()
        .find(|line| line.contains(" requests in "))
        .and_then(|line| line.split_whitespace().next())
        .context("wrk counts requests")?
        .parse()?;
    ensure!(!report.contains("Non-2xx"), "not every answer was a 200:\n{report}");
    Ok(Load {
        rate: number("Requests/sec:", 1).context("wrk tells the rate")?.parse()?,
        p99: number("99%", 1).context("wrk tells the p99")?,
        cpu_micros: spent.as_secs_f64() * 1e6 / requests,
    })
}

/// `wrk`'s report of so many seconds.
pub(crate) fn load(url: &str, headers: &[(&str, &str)], seconds: u64) -> Result<String> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t", "1", "-c", CONNECTIONS, "-d", &format!("{seconds}s"), "--latency"]);
    for (name, value) in headers {
        wrk.args(["-H", &format!("{name}: {value}")]);
    }
    let output = wrk.arg(url).output()?;
    ensure!(output.status.success(), "wrk: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// User and system time of these processes.
fn cpu(processes: &[u32]) -> Result<Duration> {
    let mut ticks = 0;
    for process in processes {
        let stat =
            fs::read_to_string(format!("/proc/{process}/stat")).context("the process's time is not told here")?;
        // The name in brackets may hold spaces; utime and stime are the 12th and 13th fields after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        for place in [11, 12] {
            ticks += fields.get(place).context("a short line")?.parse::<u32>()?;
        }
    }
    Ok(TICK * ticks)
}
