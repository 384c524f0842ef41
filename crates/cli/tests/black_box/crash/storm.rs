//! A thousand publications on five channels, on platforms that misbehave, while the process is killed at any moment.

use std::collections::BTreeMap;
use std::time::Duration;

use tablon_testkit::Backend;
use tokio::time::{Instant, sleep};

use super::platforms::{Kind, Platforms};
use super::{approve, settled, title};
use crate::board::{Program, job};

const JOBS: usize = 200;
const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_kills_and_faults_nothing_is_lost_and_nothing_is_sent_twice_on_sqlite() {
    storm(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_kills_and_faults_nothing_is_lost_and_nothing_is_sent_twice_on_postgres() {
    if Backend::all().contains(&Backend::Postgres) {
        storm(Backend::Postgres).await;
    }
}

async fn storm(backend: Backend) {
    let mut program = Program::new(backend).await;
    program.set("TABLON_RECONCILER_LEASE_SECONDS", "3");
    let platforms = Platforms::start().await;
    let mut board = platforms.board(program).await;
    let mut channels = BTreeMap::new();
    let mut lost = BTreeMap::new();
    for kind in Kind::ALL {
        channels.insert(platforms.add_channel(&board, kind).await, kind);
        lost.insert(kind, platforms.misbehave(&board, kind, JOBS as u64));
    }
    let mut ids = Vec::new();
    for number in 0..JOBS {
        ids.push(board.submit(job(&title(number))).await);
    }

    let mut waiting = ids.clone();
    let mut chance = Chance(0x7ab1_0000 + u64::from(backend == Backend::Postgres));
    for _ in 0..KILLS {
        let until = Instant::now() + Duration::from_millis(80 + chance.below(400));
        while Instant::now() < until {
            match waiting.last().cloned() {
                Some(id) if approve(&board, &id).await => drop(waiting.pop()),
                _ => sleep(Duration::from_millis(5)).await,
            }
        }
        board.kill();
        board.resume().await;
    }
    while let Some(id) = waiting.last().cloned() {
        if approve(&board, &id).await {
            waiting.pop();
        }
    }

    let mut unverified: BTreeMap<Kind, usize> = BTreeMap::new();
    let copies: BTreeMap<Kind, _> = {
        let mut settled_all = Vec::new();
        for id in &ids {
            settled_all.push(settled(&board, id, channels.len(), Duration::from_secs(180)).await);
        }
        let copies: BTreeMap<Kind, _> = Kind::ALL.map(|kind| (kind, platforms.copies(&board, kind))).into();
        for (number, placements) in settled_all.iter().enumerate() {
            for placement in placements {
                let kind = channels[placement["channel"]["id"].as_str().expect("a channel")];
                let count = copies[&kind].get(&number).copied().unwrap_or(0);
                match placement["state"].as_str() {
                    Some("published") => {
                        assert_eq!(count, 1, "{kind:?}: job {number} is said to be there once: {placement:#}");
                    }
                    Some("unverified") => {
                        *unverified.entry(kind).or_default() += 1;
                        assert!(count <= 1, "{kind:?}: job {number} was sent {count} times");
                    }
                    _ => panic!("{kind:?}: job {number} ended as {placement:#}"),
                }
            }
        }
        copies
    };
    for (kind, count) in &unverified {
        // One call is under way on a channel at a time: a kill can cut off one.
        assert!(*count <= KILLS + lost[kind], "{kind:?}: {count} unverified after {KILLS} kills, {} lost", lost[kind]);
    }
    // Where the platform can be asked or knows repetitions, nobody has to be asked.
    assert_eq!(unverified.get(&Kind::Webhook), None);
    assert_eq!(unverified.get(&Kind::DiscordBot), None);
    println!("unverified on {backend}: {unverified:?}; copies: {}", copies.values().map(BTreeMap::len).sum::<usize>());
    platforms.assert_no_violations(&board);
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
