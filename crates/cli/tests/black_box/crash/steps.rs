//! Killed before, during and after each step, on each kind of channel.

use std::time::Duration;

use serde_json::{Value, json};
use tablon_testkit::Backend;
use tokio::time::{Instant, sleep};

use super::platforms::{Kind, Moment, Platforms, Step};
use super::{settled, title};
use crate::board::{Board, Program, job};

const MOMENTS: [Moment; 3] = [Moment::Arrived, Moment::Done, Moment::Answered];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_any_step_telegram_shows_what_it_should_afterwards() {
    through_all_steps(Kind::Telegram).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_any_step_a_discord_webhook_shows_what_it_should_afterwards() {
    through_all_steps(Kind::DiscordWebhook).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_any_step_a_discord_bot_shows_what_it_should_afterwards() {
    through_all_steps(Kind::DiscordBot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_in_any_step_a_receiver_knows_what_it_should_afterwards() {
    through_all_steps(Kind::Webhook).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_is_sent_a_mail_arrives_once() {
    through_all_steps(Kind::Email).await;
}

async fn through_all_steps(kind: Kind) {
    let platforms = Platforms::start().await;
    let board = platforms.board(Program::new(Backend::Sqlite).await).await;
    let mut matrix = Matrix { board, platforms, kind };
    matrix.platforms.add_channel(&matrix.board, kind).await;
    let mut number = 0;
    for moment in MOMENTS {
        let id = matrix.publish(number, moment).await;
        if kind.follows() {
            let edited = format!("Go engineer №{number:04}");
            matrix.update(&id, &edited, moment).await;
            assert_offered(&matrix, number, "Go engineer", moment);
            matrix.end(&id, Step::Close, moment).await;
            assert_eq!(matrix.offered(number), Vec::<String>::new(), "{kind:?}, filled, {moment:?}");
            number += 1;
            let id = matrix.board.submit(job(&title(number))).await;
            matrix.board.approve(&id).await;
            matrix.settled(&id).await;
            assert_offered(&matrix, number, "Rust engineer", moment);
            matrix.end(&id, Step::Retract, moment).await;
            assert_eq!(matrix.offered(number), Vec::<String>::new(), "{kind:?}, closed, {moment:?}");
        }
        number += 1;
    }
    matrix.platforms.assert_no_violations(&matrix.board);
}

struct Matrix {
    board: Board,
    platforms: Platforms,
    kind: Kind,
}

#[track_caller]
fn assert_offered(matrix: &Matrix, number: usize, start: &str, moment: Moment) {
    let offered = matrix.offered(number);
    assert!(offered.len() == 1 && offered[0].contains(start), "{:?}, {moment:?}: {offered:?}", matrix.kind);
}

impl Matrix {
    fn offered(&self, number: usize) -> Vec<String> {
        self.platforms.offered(&self.board, self.kind, number)
    }

    /// Does something, kills the process when its request is at that moment, and starts it again.
    async fn killed_in<T>(&mut self, step: Step, moment: Moment, act: impl AsyncFnOnce(&Board) -> T) -> T {
        let before = self.platforms.requests(&self.board, self.kind, step);
        self.platforms.slow(&self.board, self.kind, step, moment);
        let done = act(&self.board).await;
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.platforms.requests(&self.board, self.kind, step) == before {
            assert!(Instant::now() < deadline, "{:?}: no request of {step:?}", self.kind);
            sleep(Duration::from_millis(2)).await;
        }
        if moment != Moment::Answered {
            sleep(Duration::from_millis(100)).await;
        }
        self.board.kill();
        // What had arrived is done by now, whoever asked for it is dead.
        sleep(Duration::from_millis(700)).await;
        self.platforms.calm(&self.board);
        self.board.resume().await;
        done
    }

    /// Publishes a job. Where nobody knows whether it was sent, looks and says so, as a moderator would.
    async fn publish(&mut self, number: usize, moment: Moment) -> String {
        let id = self
            .killed_in(Step::Publish, moment, async |board| {
                let id = board.submit(job(&title(number))).await;
                board.approve(&id).await;
                id
            })
            .await;
        let placement = self.settled(&id).await;
        let sent = || self.platforms.copies(&self.board, self.kind).get(&number).copied().unwrap_or(0);
        assert!(sent() <= 1, "{:?}, {moment:?}: sent {} times", self.kind, sent());
        match placement["state"].as_str() {
            Some("published") => {}
            Some("unverified") if sent() == 0 => {
                self.resolve(&placement, json!({ "outcome": "not_sent" })).await;
                assert_eq!(self.settled(&id).await["state"], "published");
            }
            Some("unverified") => {
                let url = self.platforms.link(&self.board, self.kind, number);
                self.resolve(&placement, json!({ "outcome": "sent", "url": url })).await;
                assert_eq!(self.settled(&id).await["state"], "published");
            }
            _ => panic!("{:?}, {moment:?}: {placement:#}", self.kind),
        }
        assert_eq!(sent(), 1, "{:?}, {moment:?}", self.kind);
        id
    }

    async fn update(&mut self, id: &str, edited: &str, moment: Moment) {
        self.killed_in(Step::Update, moment, async |board| {
            board.staff.patch(&format!("/jobs/{id}"), json!({ "title": edited })).await.expect(200);
        })
        .await;
        assert_eq!(self.settled(id).await["state"], "published");
    }

    async fn end(&mut self, id: &str, step: Step, moment: Moment) {
        let how = if step == Step::Close { "fill" } else { "close" };
        self.killed_in(step, moment, async |board| {
            board.staff.post(&format!("/jobs/{id}/{how}"), json!({})).await.expect(200);
        })
        .await;
        let state = self.settled(id).await["state"].as_str().expect("a state").to_owned();
        assert!(["closed", "retracted"].contains(&&*state), "{:?}, {step:?}, {moment:?}: {state}", self.kind);
    }

    async fn settled(&self, id: &str) -> Value {
        settled(&self.board, id, 1, Duration::from_secs(60)).await.remove(0)
    }

    async fn resolve(&self, placement: &Value, answer: Value) {
        let path = format!("/placements/{}/resolve", placement["id"].as_str().expect("an id"));
        self.board.staff.post(&path, answer).await.expect(200);
    }
}
