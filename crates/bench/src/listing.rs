//! The listing page under load, beside nginx with the same bytes in a file.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tablon_core::clock::SystemClock;
use tablon_core::store::{ApproveOptions, NewTenant, StoreOptions};
use tablon_core::{Actor, Store};
use tablon_testkit::sample_jobs;

use crate::board::Board;
use crate::{Extent, Figure};

/// Connections that ask at the same time.
const CONNECTIONS: &str = "32";
const PATH: &str = "/t/bench/";
/// The kernel counts a process's time in hundredths of a second (`sysconf(_SC_CLK_TCK)` on Linux).
const TICK: Duration = Duration::from_millis(10);

pub(crate) async fn measure(extent: &Extent) -> Result<Vec<Figure>> {
    let board = Board::new(&extent.program)?;
    fill(&board, extent.jobs).await?;
    let (running, _) = board.serve()?;
    let (status, page) = board.request("GET", PATH, None, "")?;
    ensure!(status == 200, "the listing answered {status}");
    let what = format!("listing page, {} jobs, {} KB", extent.jobs, page.len() / 1024);
    if !is_installed("wrk") || !is_installed("nginx") {
        let start = Instant::now();
        board.request("GET", PATH, None, "")?;
        let one = crate::samples::readable(start.elapsed());
        return Ok(vec![Figure::new(what, format!("one request {one}; install nginx and wrk for the rest"), "")]);
    }
    // Warm: the first requests fill whatever is kept.
    load(&format!("http://{}{PATH}", board.address()), 1)?;
    let ours = load_and_count(extent, &format!("http://{}{PATH}", board.address()), &[running.id()])?;
    drop(running);
    let (nginx, url) = nginx(board.folder(), &page)?;
    load(&url, 1)?;
    let theirs = load_and_count(extent, &url, &workers(nginx.id())?)?;
    drop(nginx);
    Ok(vec![
        Figure::new(
            format!("{what}: requests a second, beside nginx with the same bytes in a file"),
            format!("{:.0} and {:.0}: {:.0} %", ours.rate, theirs.rate, 100.0 * ours.rate / theirs.rate),
            "≥ 50 %",
        ),
        Figure::new(
            "the same: CPU a request",
            format!(
                "{:.0} µs and {:.0} µs: {:.1} ×",
                ours.cpu_micros,
                theirs.cpu_micros,
                ours.cpu_micros / theirs.cpu_micros
            ),
            "≤ 2 ×",
        ),
        Figure::new("the same: p99 at 32 connections", ours.p99, "< 10 ms"),
    ])
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

/// What a server did under load.
struct Load {
    rate: f64,
    p99: String,
    cpu_micros: f64,
}

fn load_and_count(extent: &Extent, url: &str, processes: &[u32]) -> Result<Load> {
    let before = cpu(processes)?;
    let report = load(url, extent.seconds)?;
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

fn load(url: &str, seconds: u64) -> Result<String> {
    let duration = format!("{seconds}s");
    let output =
        Command::new("wrk").args(["-t", "1", "-c", CONNECTIONS, "-d", &duration, "--latency", url]).output()?;
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

/// An nginx with one worker a core, as its own packages set it up.
fn nginx(folder: &Path, page: &[u8]) -> Result<(Server, String)> {
    let root = folder.join("nginx");
    fs::create_dir_all(root.join("page"))?;
    fs::write(root.join("page/index.html"), page)?;
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let base = root.display();
    // Root's folders are closed to the user that nginx would change to.
    let config = format!(
        "worker_processes auto; daemon off; pid {base}/pid; error_log {base}/error.log; {}\n\
         events {{ worker_connections 1024; }}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; types {{ text/html html; }}\n\
         client_body_temp_path {base}/body; proxy_temp_path {base}/proxy; fastcgi_temp_path {base}/fcgi;\n\
         uwsgi_temp_path {base}/uwsgi; scgi_temp_path {base}/scgi;\n\
         server {{ listen {address}; root {base}/page; }} }}\n",
        if is_root() { "user root;" } else { "" }
    );
    fs::write(root.join("nginx.conf"), config)?;
    let child = Command::new("nginx")
        .arg("-p")
        .arg(&root)
        .arg("-c")
        .arg(root.join("nginx.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let server = Server(child);
    let deadline = Instant::now() + Duration::from_secs(5);
    while std::net::TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            bail!("nginx doesn't listen: {}", fs::read_to_string(root.join("error.log")).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok((server, format!("http://{address}/")))
}

/// nginx's master process; its workers end with it.
struct Server(Child);

impl Server {
    fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Killed, it would leave its workers behind.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

/// The children of nginx's master process.
fn workers(master: u32) -> Result<Vec<u32>> {
    let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
    Ok(children.split_whitespace().filter_map(|id| id.parse().ok()).collect())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
