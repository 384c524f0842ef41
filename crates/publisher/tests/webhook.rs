//! The whole way from an approval to a signed message, through the real plugin, to a strict receiver.
#![expect(clippy::unwrap_used, reason = "a test that can't go on should stop")]

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::store::{Channel, ChannelState, NewChannel, NewTenant, Placement, PlacementState as P};
use tablon_core::{Actor, Job, Keyring, Secrets, Store, StoreOptions, TenantScope};
use tablon_publisher::reconcile::{Reconciler, ReconcilerOptions, lane_specs};
use tablon_publisher::{HostOptions, PluginHost};
use tablon_testkit::database::{Backend, TestDatabase};
use tablon_testkit::receiver::{Action, FakeReceiver, Fault, Options, SECRET};

const LANE_KEY: [u8; 32] = [3; 32];

/// A board with a webhook, a receiver behind it, and a reconciler between.
struct World {
    receiver: FakeReceiver,
    board: TenantScope,
    channel: Channel,
    clock: ManualClock,
    reconciler: Reconciler,
    // Last: the database outlives whoever uses it.
    _database: TestDatabase,
}

impl World {
    async fn new(backend: Backend) -> Self {
        let receiver = FakeReceiver::start(Options::default()).await.unwrap();
        let database = TestDatabase::new(backend).await.unwrap();
        // A receiver refuses what isn't of its own time. PostgreSQL keeps milliseconds, as the store does.
        let now = chrono::DateTime::from_timestamp_millis(receiver.now().timestamp_millis()).unwrap();
        let clock = ManualClock::new(now);
        Store::migrate(database.url(), &clock).await.unwrap();
        let store = Store::open(StoreOptions {
            database_url: database.url().to_owned(),
            clock: Arc::new(clock.clone()),
            keyring: Some(Keyring::from_secret(&[1; 32]).unwrap()),
            base_url: "https://board.example".parse().unwrap(),
            max_connections: 5,
        })
        .await
        .unwrap();
        let board = store.tenants().create(NewTenant::new("acme".parse().unwrap(), "Acme devs")).await.unwrap();
        let options = HostOptions {
            cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache")),
            cache_key: [7; 32],
            allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
            ..HostOptions::new(Arc::new(clock.clone()))
        };
        let host = PluginHost::new(options).await.unwrap();
        let plugin = host.plugin("webhook").expect("the bundled plugin: run `cargo xtask plugins` first");
        let settings = plugin.validate_settings(&json!({ "url": receiver.url() })).unwrap();
        let secrets: Secrets = [("signing_secret", SECRET)].into_iter().collect();
        plugin.validate_secrets(&secrets).unwrap();
        let channel = NewChannel {
            plugin: "webhook".to_owned(),
            name: "Our program".to_owned(),
            lanes: lane_specs(&plugin, board.id, &settings, &secrets, &LANE_KEY),
            settings,
            secrets,
        };
        let channel = board.channels().create(channel, Actor::System).await.unwrap();
        let options = ReconcilerOptions { pacing: false, ..ReconcilerOptions::new(LANE_KEY) };
        Self { receiver, board, channel, clock, reconciler: Reconciler::new(store, host, options), _database: database }
    }

    async fn publish(&self) -> Job {
        let offer = json!({
            "title": "Rust engineer",
            "organization": { "name": "Acme & Sons" },
            "description": "We write **Rust** and “quotes”.",
            "locations": [{ "city": "Sevilla", "country": "ES" }],
            "workplace": "hybrid",
            "tags": ["rust"],
            "apply_url": "https://acme.example/jobs/1",
            "contact_email": "hr@acme.example",
        });
        let job = self.board.jobs().submit(&offer, Actor::Visitor).await.unwrap().job;
        let job = self.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        self.settle().await;
        job
    }

    async fn settle(&self) {
        self.reconciler.settle().await.unwrap();
    }

    async fn placement(&self, job: &Job) -> Placement {
        self.board.placements().for_job(job.id).await.unwrap().remove(0)
    }

    /// Lets the time pass until the placement is due, here and there, and does what is due then.
    async fn wait(&self, job: &Job) {
        let due = self.placement(job).await.due_at.expect("something to wait for");
        let passed = (due - tablon_core::clock::Clock::now(&self.clock)).to_std().unwrap_or_default();
        self.receiver.advance(passed);
        self.clock.set(due);
        self.settle().await;
    }

    fn state(&self, job: &Job) -> String {
        self.receiver.jobs()[&job.id.to_string()].state.clone()
    }

    fn kinds(&self) -> Vec<Value> {
        self.receiver.events().iter().map(|event| event["type"].clone()).collect()
    }
}

async fn on_both<F: Future<Output = ()>>(test: impl Fn(Arc<World>) -> F) {
    for backend in Backend::all() {
        println!("on {backend}");
        test(Arc::new(World::new(backend).await)).await;
    }
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
        let channel = world.board.channels().get(world.channel.id).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::Paused);
        assert!(format!("{channel:?}").contains("wants no more messages"), "{channel:?}");
        assert!(world.receiver.events().is_empty());
    })
    .await;
    on_both(|world| async move {
        world.receiver.rotate("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        world.publish().await;
        let channel = world.board.channels().get(world.channel.id).await.unwrap().unwrap();
        assert_eq!(channel.state, ChannelState::Paused);
        assert!(format!("{channel:?}").contains("same signing secret"), "{channel:?}");
        assert!(!format!("{channel:?}").contains(SECRET));
    })
    .await;
}
