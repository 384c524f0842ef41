//! Which mail servers are talked to now, and which are left alone for a while because they couldn't be used.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tablon_core::store::MailLane;
use tokio::time::Instant;

/// The pause after a server couldn't be used. A board's own waits twice as long each time it happens again.
const PAUSE: Duration = Duration::from_secs(15);
/// The longest pause of a board's own server. A changed server isn't paused: it is another lane.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// The most boards' own servers that are talked to at the same time. The installation's server always has its turn.
const MOST_BOARDS: usize = 32;
/// The most of them that couldn't be used the last time: each may take half a minute to fail again.
const MOST_FAILING: usize = 8;

/// What became of a turn with one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It was used, or there was nothing to send.
    Worked,
    /// It takes no mail now.
    Unusable,
    /// The database couldn't be reached, or a fault of ours: nothing is known about the server.
    Failed,
}

struct Pause {
    until: Instant,
    failures: u32,
}

/// The servers that are being talked to, and those that couldn't be used.
#[derive(Default)]
pub(super) struct Lanes {
    busy: HashSet<MailLane>,
    paused: HashMap<MailLane, Pause>,
}

impl Lanes {
    /// Of the lanes that have something due, those whose turn it is; they are busy from now on.
    pub(super) fn start(&mut self, due: Vec<MailLane>, now: Instant) -> Vec<MailLane> {
        // What has been left alone for long is forgotten: its server was changed, or nothing is due there.
        self.paused.retain(|_, pause| pause.until + LONGEST_PAUSE > now);
        let mut free: Vec<MailLane> = due.into_iter().filter(|lane| !self.busy.contains(lane)).collect();
        free.retain(|lane| self.paused.get(lane).is_none_or(|pause| pause.until <= now));
        // Those that work come first, then the one that failed longest ago.
        free.sort_by_key(|lane| self.paused.get(lane).map(|pause| pause.until));
        let is_boards = |lane: &&MailLane| **lane != MailLane::Installation;
        let mut boards = self.busy.iter().filter(is_boards).count();
        let mut failing = self.busy.iter().filter(|lane| is_boards(lane) && self.paused.contains_key(*lane)).count();
        free.retain(|lane| {
            if *lane == MailLane::Installation {
                return true;
            }
            let fails = self.paused.contains_key(lane);
            let starts = boards < MOST_BOARDS && (!fails || failing < MOST_FAILING);
            boards += usize::from(starts);
            failing += usize::from(starts && fails);
            starts
        });
        self.busy.extend(free.iter().copied());
        free
    }

    /// A lane's turn is over.
    pub(super) fn end(&mut self, lane: MailLane, turn: Turn, now: Instant) {
        self.busy.remove(&lane);
        let failures = match turn {
            Turn::Worked => {
                self.paused.remove(&lane);
                return;
            }
            Turn::Failed => self.paused.get(&lane).map_or(0, |pause| pause.failures),
            Turn::Unusable => self.paused.get(&lane).map_or(0, |pause| pause.failures + 1),
        };
        let pause = match lane {
            MailLane::Installation => PAUSE,
            MailLane::Board { .. } => (PAUSE * (1 << failures.min(6))).min(LONGEST_PAUSE),
        };
        self.paused.insert(lane, Pause { until: now + pause, failures });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn board(number: usize) -> MailLane {
        MailLane::Board { id: Uuid::from_u128(number as u128), version: 1 }
    }

    #[tokio::test]
    async fn servers_that_fail_leave_room_for_the_installations_and_for_those_that_work() {
        let mut lanes = Lanes::default();
        let now = Instant::now();
        let bad: Vec<MailLane> = (0..100).map(board).collect();
        for _ in 0..=bad.len() / MOST_BOARDS {
            for lane in lanes.start(bad.clone(), now) {
                lanes.end(lane, Turn::Unusable, now);
            }
        }
        let later = now + PAUSE;
        let mut due = bad.clone();
        due.push(board(1_000));
        due.push(MailLane::Installation);
        let started = lanes.start(due.clone(), later);
        assert!(started.contains(&MailLane::Installation) && started.contains(&board(1_000)), "{started:?}");
        assert_eq!(started.len(), 2 + MOST_FAILING);
        // All of them hang, and only what works starts again.
        lanes.end(board(1_000), Turn::Worked, later);
        lanes.end(MailLane::Installation, Turn::Worked, later);
        let again = lanes.start(due, later);
        assert!(again.contains(&MailLane::Installation), "{again:?}");
    }

    #[tokio::test]
    async fn a_server_that_failed_waits_longer_each_time_and_a_changed_one_not_at_all() {
        let mut lanes = Lanes::default();
        let mut now = Instant::now();
        for pause in [15, 30, 60, 120, 240, 480, 600, 600] {
            assert_eq!(lanes.start(vec![board(1)], now), [board(1)]);
            lanes.end(board(1), Turn::Unusable, now);
            now += Duration::from_secs(pause - 1);
            assert!(lanes.start(vec![board(1)], now).is_empty(), "{pause}");
            now += Duration::from_secs(1);
        }
        let changed = MailLane::Board { id: Uuid::from_u128(1), version: 2 };
        assert_eq!(lanes.start(vec![changed], now), [changed]);
        assert!(lanes.start(vec![changed], now).is_empty(), "one conversation with one server");
    }
}
