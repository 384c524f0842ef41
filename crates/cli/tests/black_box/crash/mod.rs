//! The power goes off, again and again, in the middle of publishing to every kind of channel.

mod platforms;
mod steps;
mod storm;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::board::Board;

/// A job's title, with a number that tells its copies from others.
fn title(number: usize) -> String {
    format!("Rust engineer №{number:04}")
}

/// The number in a title, wherever it stands in a message.
fn number_in(text: &str) -> Option<usize> {
    let digits: String = text.split('№').nth(1)?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The placements of a job, when none is going to change any more by itself.
async fn settled(board: &Board, id: &str, channels: usize, within: Duration) -> Vec<Value> {
    let deadline = Instant::now() + within;
    loop {
        let placements = board.placements(id).await;
        let moving = |placement: &&Value| !placement["due_at"].is_null() || placement["state"] == "sending";
        if placements.len() == channels && !placements.iter().any(|placement| moving(&placement)) {
            return placements;
        }
        assert!(Instant::now() < deadline, "still on their way: {placements:#?}");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Approves a job; one whose answer was lost in a kill is asked for again and must say 409.
async fn approve(board: &Board, id: &str) -> bool {
    let Some(answer) = board.staff.try_post(&format!("/jobs/{id}/approve"), json!({})).await else { return false };
    assert!(answer.status == 200 || answer.status == 409, "{answer:?}");
    true
}
