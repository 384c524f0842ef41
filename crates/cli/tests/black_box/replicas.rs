//! Several processes on one database: they share the work, nobody does it twice, and a dead one's share is taken over.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::json;
use tablon_testkit::Backend;
use tablon_testkit::telegram::{Action, BOT_TOKEN, Fault};
use tokio::time::{Instant, sleep};

use crate::api::Api;
use crate::board::{Board, CHANNEL, Program, free_port, job};

/// Jobs, each on every channel.
const JOBS: usize = 20;
const CHANNELS: usize = 8;
/// Neither process can work on all channels at once.
const CONCURRENCY: usize = 4;

/// A further process on a board's database.
struct Replica {
    process: Child,
    log: PathBuf,
}

impl Replica {
    async fn start(program: &Program, name: &str) -> Self {
        let port = free_port();
        let log = program.folder().join(format!("{name}.log"));
        let listen = format!("127.0.0.1:{port}");
        let mut command = program.command(&["serve", "--listen", &listen, "--allow-network", "127.0.0.0/8"]);
        let process = command
            .env("TABLON_LOG_FILTER", "info")
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("the program starts");
        let root = Api::new(format!("http://127.0.0.1:{port}"));
        let deadline = Instant::now() + Duration::from_secs(30);
        while root.try_get("/readyz").await.is_none_or(|answer| answer.status != 200) {
            assert!(
                Instant::now() < deadline,
                "{name} is not ready: {}",
                std::fs::read_to_string(&log).expect("a log")
            );
            sleep(Duration::from_millis(20)).await;
        }
        Self { process, log }
    }

    fn kill(&mut self) {
        self.process.kill().expect("SIGKILL");
        self.process.wait().expect("it is dead");
    }

    /// How many calls this process has made.
    fn attempts(&self) -> usize {
        std::fs::read_to_string(&self.log).expect("a log").matches("placement attempted").count()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_work_and_a_dead_ones_share_is_taken_over() {
    if !Backend::all().contains(&Backend::Postgres) {
        return;
    }
    let mut program = Program::new(Backend::Postgres).await;
    // The one that is asked for pages delivers nothing itself.
    program.set("TABLON_RECONCILER_CONCURRENCY", "0");
    let board = Board::start_with(program).await;
    for _ in 0..CHANNELS {
        board.add_channel_with(json!({}), BOT_TOKEN).await;
    }
    board.telegram.fault(Fault::on("sendMessage", Action::DelayAnswer { ms: 30 }).always());
    let mut delivering = Program::beside(board.program());
    delivering.set("TABLON_RECONCILER_CONCURRENCY", CONCURRENCY.to_string());
    let one = Replica::start(&delivering, "one").await;
    let mut two = Replica::start(&delivering, "two").await;
    let mut ids = Vec::new();
    for number in 0..JOBS {
        let id = board.submit(job(&format!("Rust engineer №{number:04}"))).await;
        board.approve(&id).await;
        ids.push(id);
    }
    let half = JOBS * CHANNELS / 2;
    assert!(board.telegram.wait_until(Duration::from_secs(60), |t| t.messages(CHANNEL).len() >= half).await);
    two.kill();
    let (by_two, before) = (two.attempts(), one.attempts());
    assert!(by_two > 0 && before > 0, "one made {before} calls, two {by_two}");

    let states = settled(&board, &ids).await;
    let unverified = states.iter().filter(|state| *state == "unverified").count();
    assert!(unverified <= CONCURRENCY, "{unverified} unverified; the dead process had {CONCURRENCY} calls at most");
    assert!(states.iter().all(|state| state == "published" || state == "unverified"), "{states:?}");
    let mut copies = vec![0usize; JOBS];
    for message in board.telegram.messages(CHANNEL) {
        let number = message.text().split('№').nth(1).expect("a number").chars().take(4).collect::<String>();
        copies[number.parse::<usize>().expect("a number")] += 1;
    }
    assert!(copies.iter().all(|count| *count <= CHANNELS), "{copies:?}");
    let total: usize = copies.iter().sum();
    assert!(total >= JOBS * CHANNELS - unverified, "{total} copies, {unverified} unverified");
}

/// The states of all placements, when none is going to change any more.
async fn settled(board: &Board, ids: &[String]) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let mut states = Vec::new();
        for id in ids {
            for placement in board.placements(id).await {
                states.push(placement["state"].as_str().expect("a state").to_owned());
            }
        }
        if states.len() == ids.len() * CHANNELS && states.iter().all(|s| s != "pending" && s != "sending") {
            return states;
        }
        assert!(Instant::now() < deadline, "still on their way: {states:?}");
        sleep(Duration::from_millis(200)).await;
    }
}
