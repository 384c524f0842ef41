//! The copy follows the job.

use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{Outcome, PlacementState as P};
use tablon_testkit::telegram::{Membership, Rights};

use super::fixture::{CHAT, offer, on_both};

#[tokio::test]
async fn an_edit_edits_the_message() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        world.board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        world.settle().await;
        let shown = world.shown();
        assert_eq!(shown.len(), 1);
        assert!(shown[0].text().contains("Go engineer") && !shown[0].text().contains("Rust engineer"));
        let outcomes: Vec<Outcome> = world.attempts(&job).await.into_iter().map(|a| a.outcome).collect();
        assert_eq!(outcomes, [Outcome::Published, Outcome::Updated]);
    })
    .await;
}

#[tokio::test]
async fn filled_strikes_the_message_through() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        let shown = world.shown();
        assert_eq!(shown.len(), 1);
        let struck = world.telegram.requests_of("editMessageText");
        assert!(struck[0].params["text"].as_str().unwrap().contains("<s>"));
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, placement.desired.as_str()), (P::Closed, "closed"));
    })
    .await;
}

#[tokio::test]
async fn closed_deletes_the_message_or_strikes_it_through_where_that_is_refused() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        world.board.jobs().close(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert!(world.shown().is_empty());
        assert_eq!(world.placement(&job).await.state, P::Retracted);

        let bot = tablon_testkit::telegram::BOT_TOKEN.split(':').next().unwrap().parse().unwrap();
        world.telegram.set_membership(CHAT, bot, Membership::Administrator(Rights::POST_ONLY));
        let old = world.publish(&offer("Go engineer")).await;
        world.telegram.advance(std::time::Duration::from_secs(49 * 3600));
        world.board.jobs().close(old.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.shown().len(), 1);
        assert_eq!(world.placement(&old).await.state, P::Closed);
    })
    .await;
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_noticed() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        let id = world.shown()[0].id;
        world.telegram.delete_by_hand(CHAT, id);
        world.board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!(placement.state, P::Failed);
        assert!(placement.problem.is_some());
        assert!(world.shown().is_empty());
        world.board.placements().retry(placement.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.shown().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_job_that_expires_leaves_the_channel() {
    on_both(|world| async move {
        let job = world.publish(&offer("Rust engineer")).await;
        world.clock.advance(chrono::Duration::days(100));
        world.settle().await;
        assert_eq!(world.board.jobs().get(job.id).await.unwrap().unwrap().state.as_str(), "expired");
        assert!(world.shown().is_empty());
    })
    .await;
}
