//! The power goes off, again and again, in the middle of publishing.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tablon_testkit::Backend;
use tablon_testkit::telegram::{Action, Fault};
use tokio::time::{Instant, sleep};

use crate::board::{Board, CHANNEL, Program, job};

const PUBLICATIONS: usize = 200;
const KILLS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice_on_sqlite() {
    kill_and_check(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_nothing_is_lost_and_nothing_is_sent_twice_on_postgres() {
    if Backend::all().contains(&Backend::Postgres) {
        kill_and_check(Backend::Postgres).await;
    }
}

async fn kill_and_check(backend: Backend) {
    let mut program = Program::new(backend).await;
    program.set("TABLON_RECONCILER_LEASE_SECONDS", "3");
    let mut board = Board::start_with(program).await;
    board.add_channel().await;
    // Slow enough that a kill finds calls on their way, before and after the platform has acted.
    board.telegram.fault(Fault::on("sendMessage", Action::DelayAnswer { ms: 40 }).always());

    let mut ids = Vec::new();
    for number in 0..PUBLICATIONS {
        ids.push(board.submit(job(&title(number))).await);
    }
    let mut waiting = ids.clone();
    let mut chance = Chance(0x7ab1_0000 + u64::from(backend == Backend::Postgres));
    for _ in 0..KILLS {
        let until = Instant::now() + Duration::from_millis(60 + chance.below(240));
        while Instant::now() < until {
            approve_next(&board, &mut waiting).await;
        }
        board.kill();
        board.resume().await;
    }
    while !waiting.is_empty() {
        approve_next(&board, &mut waiting).await;
    }

    let states = settled_placements(&board, &ids).await;
    let mut unverified = 0;
    let mut copies: HashMap<String, usize> = HashMap::new();
    for message in board.telegram.messages(CHANNEL) {
        let number = message.text().split('№').nth(1).map(|rest| rest.chars().take(4).collect::<String>());
        *copies.entry(number.expect("a title with its number")).or_default() += 1;
    }
    for (number, state) in states.iter().enumerate() {
        let count = copies.get(&format!("{number:04}")).copied().unwrap_or(0);
        match state.as_str() {
            "published" => assert_eq!(count, 1, "publication {number} is said to be there once"),
            "unverified" => {
                unverified += 1;
                assert!(count <= 1, "publication {number} was sent {count} times");
            }
            other => panic!("publication {number} ended as {other}"),
        }
    }
    // A channel has one call under way at a time, so each kill can have cut off one.
    assert!(unverified <= KILLS, "{unverified} unverified after {KILLS} kills");
}

fn title(number: usize) -> String {
    format!("Rust engineer №{number:04}")
}

/// Approves the next job. A job whose answer was lost in a kill is asked for again and must say 409.
async fn approve_next(board: &Board, waiting: &mut Vec<String>) {
    let Some(id) = waiting.last().cloned() else {
        sleep(Duration::from_millis(5)).await;
        return;
    };
    if let Some(answer) = board.staff.try_post(&format!("/jobs/{id}/approve"), json!({})).await {
        assert!(answer.status == 200 || answer.status == 409, "{answer:?}");
        waiting.pop();
    }
}

/// The state of each job's placement, when none is going to change any more.
async fn settled_placements(board: &Board, ids: &[String]) -> Vec<String> {
    let deadline = Instant::now() + Duration::from_secs(90);
    let mut states = vec![String::new(); ids.len()];
    loop {
        let mut moving = 0;
        for (id, state) in ids.iter().zip(&mut states) {
            if matches!(state.as_str(), "published" | "unverified") {
                continue;
            }
            let placements = board.placements(id).await;
            assert_eq!(placements.len(), 1, "one channel, one placement: {placements:#?}");
            *state = placements[0]["state"].as_str().unwrap_or_default().to_owned();
            if matches!(state.as_str(), "pending" | "sending") {
                moving += 1;
            } else if !matches!(state.as_str(), "published" | "unverified") {
                panic!("{:#}", Value::Array(placements));
            }
        }
        if moving == 0 {
            return states;
        }
        assert!(Instant::now() < deadline, "{moving} placements are still on their way");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Repeatable chance (splitmix64): a failure can be looked at again.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
