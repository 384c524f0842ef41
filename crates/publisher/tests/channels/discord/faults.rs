//! Networks and Discord at their worst: nothing is lost and nothing is sent twice.

use tablon_core::Actor;
use tablon_core::store::{ChannelState, PlacementState as P, Resolution};
use tablon_testkit::discord::{Action, BOT, CHANNEL, Fault, Options, Permissions, Rates, Scope, WEBHOOK, Window};

use super::fixture::{Way, World, offer};

#[tokio::test]
async fn a_webhooks_lost_answer_is_never_answered_by_a_second_message() {
    let world = World::new(Way::Webhook).await;
    world.discord.fault(Fault::on("execute_webhook", Action::LoseAnswer));
    let job = world.publish(&offer("Rust engineer")).await;
    assert_eq!(world.placement(&job).await.state, P::Unverified);
    world.clock.advance(chrono::Duration::hours(5));
    world.settle().await;
    assert_eq!((world.shown().len(), world.discord.requests_of("execute_webhook").len()), (1, 1));

    // A person looks, finds it, and gives the link.
    let message = &world.shown()[0];
    let link = format!("https://discord.com/channels/1/{}/{}", message.channel_id, message.id);
    let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
    let (target, secrets) = (world.target(), world.secrets().await);
    let receipt = world.plugin.adopt(&link, &posting, &target, &secrets).await.result.unwrap();
    let sent = Resolution::Sent { receipt: receipt.handle, url: receipt.url };
    let placement = world.placement(&job).await;
    world.board.placements().resolve(placement.id, sent, Actor::System).await.unwrap();
    // From now on the copy follows the job again.
    world.board.jobs().fill(job.id, Actor::System).await.unwrap();
    world.settle().await;
    assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Closed, 1));
}

#[tokio::test]
async fn a_bots_lost_answer_ends_with_exactly_one_message_known_to_the_board() {
    for action in [
        Action::LoseAnswer,
        Action::ProxyError { status: 404, acts: true },
        Action::CutAnswer,
        Action::Reset,
        Action::ProxyError { status: 504, acts: true },
        Action::ServerError { status: 500, acts: false },
        Action::MalformedJson { acts: true },
    ] {
        println!("{action:?}");
        let world = World::new(Way::Bot).await;
        world.discord.fault(Fault::on("create_message", action));
        let job = world.publish(&offer("Rust engineer")).await;
        for _ in 0..5 {
            world.wait_for(&job).await;
        }
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, world.shown().len()), (P::Published, 1), "{:?}", placement.problem);
        assert!(placement.url.is_some());
        // It is the copy that the board knows: the next edit reaches it.
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.shown()[0].embed().unwrap()["title"], "~~Rust engineer~~");
    }
}

#[tokio::test]
async fn a_proxys_404_takes_no_copy_for_gone() {
    let world = World::new(Way::Bot).await;
    let job = world.publish(&offer("Rust engineer")).await;
    world.discord.fault(Fault::on("update_message", Action::ProxyError { status: 404, acts: false }));
    world.board.jobs().fill(job.id, Actor::System).await.unwrap();
    world.settle().await;
    world.wait_for(&job).await;
    assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Closed, 1));
    assert_eq!(world.shown()[0].embed().unwrap()["title"], "~~Rust engineer~~");
}

#[tokio::test]
async fn nobody_at_home_is_simply_tried_again() {
    let world = World::new(Way::Webhook).await;
    world.discord.offline().await;
    let job = world.publish(&offer("Rust engineer")).await;
    assert_eq!(world.placement(&job).await.state, P::Pending);
    world.discord.online().await.unwrap();
    world.wait_for(&job).await;
    assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
}

#[tokio::test]
async fn a_wait_is_obeyed_to_the_millisecond() {
    for (way, operation, scope) in [
        (Way::Webhook, "execute_webhook", Scope::User),
        (Way::Bot, "create_message", Scope::Shared),
        (Way::Bot, "create_message", Scope::Global),
    ] {
        let world = World::new(way).await;
        world.discord.fault(Fault::on(operation, Action::RateLimit { retry_after: 17.25, scope }));
        let job = world.publish(&offer("Rust engineer")).await;
        assert_eq!(world.placement(&job).await.state, P::Pending);
        world.clock.advance(chrono::Duration::milliseconds(17_200));
        world.settle().await;
        assert_eq!(world.discord.requests_of(operation).len(), 1);
        world.clock.advance(chrono::Duration::milliseconds(60));
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 1));
    }
}

#[tokio::test]
async fn where_discord_says_that_nothing_remains_the_next_one_waits_unasked() {
    let rates = Rates { per_route: Window { limit: 1, per_ms: 30_000 }, ..Rates::default() };
    let world = World::with(Way::Webhook, Options::default().rates(rates)).await;
    world.publish(&offer("Rust engineer")).await;
    let second = world.publish(&offer("Go engineer")).await;
    assert_eq!((world.placement(&second).await.state, world.shown().len()), (P::Pending, 1));
    world.clock.advance(chrono::Duration::seconds(31));
    world.discord.advance(std::time::Duration::from_secs(31));
    world.settle().await;
    assert_eq!((world.placement(&second).await.state, world.shown().len()), (P::Published, 2));
    // It never came to a refusal.
    assert_eq!(world.discord.invalid_requests(), 0);
}

#[tokio::test]
async fn a_webhook_that_is_gone_pauses_the_channel_at_once_and_a_new_one_sends_what_waited() {
    let world = World::new(Way::Webhook).await;
    world.discord.delete_webhook(WEBHOOK);
    let job = world.publish(&offer("Rust engineer")).await;
    let channel = world.channel().await;
    assert_eq!((channel.state, world.placement(&job).await.state), (ChannelState::Paused, P::Blocked));
    let problem = channel.problem.unwrap();
    assert!(problem.contains("Unknown Webhook"), "{problem}");
    world.publish(&offer("Go engineer")).await;
    let asked = world.discord.requests_of("get_webhook_by_token").len();
    let sent = world.discord.requests_of("execute_webhook").len();
    assert_eq!((asked, sent), (1, 0), "a refusal is not asked about twice");

    let hook = tablon_testkit::discord::Webhook::new(77, "anothertoken", CHANNEL, "New");
    world.discord.add_webhook(hook);
    world.set_webhook(&format!("{}/api/webhooks/77/anothertoken", world.discord.base_url())).await;
    world.settle().await;
    assert_eq!((world.placement(&job).await.state, world.shown().len()), (P::Published, 2));
}

#[tokio::test]
async fn a_bot_that_may_not_write_pauses_the_channel_with_the_setting_to_change() {
    let world = World::new(Way::Bot).await;
    world.discord.set_permissions(CHANNEL, BOT, Permissions { send: false, ..Permissions::ALL });
    world.publish(&offer("Rust engineer")).await;
    let channel = world.channel().await;
    assert_eq!(channel.state, ChannelState::Paused);
    assert!(channel.problem.unwrap().contains("Missing Permissions"));
    assert_eq!(world.discord.requests_of("create_message").len(), 1);
}
