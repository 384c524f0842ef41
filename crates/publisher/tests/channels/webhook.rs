//! The webhook: signed messages to a strict receiver.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Value, json};
use tablon_core::store::{ChannelState, PlacementState as P};
use tablon_core::{Actor, Job};
use tablon_testkit::database::Backend;
use tablon_testkit::receiver::{Action, FakeReceiver, Fault, Options, SECRET};

use crate::site::{self, Setup, Site, offer};

/// A board with a webhook, and a receiver behind it.
struct World {
    receiver: FakeReceiver,
    site: Site,
}

impl Deref for World {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl World {
    async fn new(backend: Backend) -> Self {
        let receiver = FakeReceiver::start(Options::default()).await.unwrap();
        // A receiver refuses what isn't of its own time. PostgreSQL keeps milliseconds, as the store does.
        let now = chrono::DateTime::from_timestamp_millis(receiver.now().timestamp_millis()).unwrap();
        let setup = Setup {
            backend,
            now,
            locale: "en",
            plugin: "webhook",
            settings: json!({ "url": receiver.url() }),
            secrets: [("signing_secret", SECRET)].into_iter().collect(),
        };
        Self { site: Site::open(setup).await, receiver }
    }

    async fn publish(&self) -> Job {
        self.site.publish(&offer("Rust “engineer”")).await
    }

    /// Lets the time pass until the placement is due, here and there, and does what is due then.
    async fn wait(&self, job: &Job) {
        let due = self.placement(job).await.due_at.expect("something to wait for");
        let passed = (due - tablon_core::clock::Clock::now(&self.clock)).to_std().unwrap_or_default();
        self.receiver.advance(passed);
        self.wait_for(job).await;
    }

    fn state(&self, job: &Job) -> String {
        self.receiver.jobs()[&job.id.to_string()].state.clone()
    }

    fn kinds(&self) -> Vec<Value> {
        self.receiver.events().iter().map(|event| event["type"].clone()).collect()
    }
}

async fn on_both<F: Future<Output = ()>>(test: impl Fn(Arc<World>) -> F) {
    site::on_both(World::new, test).await;
}

#[tokio::test]
async fn a_jobs_life_arrives_in_signed_events() {
    on_both(|world| async move {
        let job = world.publish().await;
        let placement = world.placement(&job).await;
        assert_eq!(placement.state, P::Published, "{:?}", world.receiver.requests());
        world.board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        world.settle().await;
        let known = world.receiver.jobs()[&job.id.to_string()].data["job"]["title"].clone();
        assert_eq!(known, "Go engineer");
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.state(&job), "closed");

        let other = world.publish().await;
        world.board.jobs().close(other.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.state(&other), "removed");
        let kinds = ["job.published", "job.updated", "job.closed", "job.published", "job.removed"];
        assert_eq!(world.kinds(), kinds);
        assert!(world.receiver.requests().iter().all(|delivery| delivery.acted));
        world.receiver.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_job_that_is_open_again_is_told_each_time_under_an_id_of_its_own() {
    on_both(|world| async move {
        let job = world.publish().await;
        for _ in 0..2 {
            world.board.jobs().fill(job.id, Actor::System).await.unwrap();
            world.settle().await;
            assert_eq!(world.state(&job), "closed");
            world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
            world.settle().await;
            assert_eq!((world.state(&job).as_str(), world.placement(&job).await.state), ("published", P::Published));
        }
        world.board.jobs().close(job.id, Actor::System).await.unwrap();
        world.settle().await;
        world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let kinds = ["published", "closed", "updated", "closed", "updated", "removed", "published"];
        assert_eq!(world.kinds(), kinds.map(|kind| format!("job.{kind}")));
        assert!(world.receiver.requests().iter().all(|delivery| delivery.acted && !delivery.duplicate));
        world.receiver.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_sent_again_and_known_by_its_id() {
    on_both(|world| async move {
        for action in [Action::LoseAnswer, Action::CutAnswer, Action::Reset] {
            world.receiver.fault(Fault::on("job.published", action));
            let job = world.publish().await;
            while world.placement(&job).await.state != P::Published {
                world.wait(&job).await;
            }
            assert_eq!(world.receiver.jobs()[&job.id.to_string()].events, 1);
        }
        let deliveries = world.receiver.requests();
        let ids: Vec<_> = deliveries.iter().map(|delivery| delivery.id.clone()).collect();
        assert_eq!(deliveries.len(), 6);
        assert!(ids.chunks(2).all(|pair| pair[0] == pair[1] && pair[0].is_some()), "{ids:?}");
        assert_eq!(deliveries.iter().filter(|delivery| delivery.duplicate).count(), 2);
        world.receiver.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_is_slow_or_in_trouble_is_waited_for() {
    on_both(|world| async move {
        world.receiver.fault(Fault::on_any(Action::RateLimit { retry_after: 90 }));
        let job = world.publish().await;
        let due = world.placement(&job).await.due_at.expect("a wait");
        let wait = due - tablon_core::clock::Clock::now(&world.clock);
        assert!((89..=95).contains(&wait.num_seconds()), "{wait}");
        world.receiver.fault(Fault::on_any(Action::Status { code: 503, acts: false }));
        world.wait(&job).await;
        assert_eq!(world.placement(&job).await.state, P::Pending);
        world.wait(&job).await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        assert_eq!(world.kinds(), ["job.published"]);
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_is_switched_off_or_has_another_secret_pauses_the_channel() {
    on_both(|world| async move {
        world.receiver.fault(Fault::on_any(Action::Status { code: 410, acts: false }));
        world.publish().await;
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        assert!(format!("{channel:?}").contains("wants no more messages"), "{channel:?}");
        assert!(world.receiver.events().is_empty());
    })
    .await;
    on_both(|world| async move {
        world.receiver.rotate("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        world.publish().await;
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        assert!(format!("{channel:?}").contains("same signing secret"), "{channel:?}");
        assert!(!format!("{channel:?}").contains(SECRET));
    })
    .await;
}
