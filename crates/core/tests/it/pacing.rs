//! How fast, and who goes first.

use chrono::Duration;
use tablon_core::Clock;
use tablon_core::store::{ClaimOptions, Lane, Operation, Outcome, Verdict};

use crate::fixture::{channel, lane, noon, on_both, published};
use crate::worker::{claim, claim_from, claim_one, finish, live, options};

#[tokio::test]
async fn a_lane_lets_so_many_through_and_no_more() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        for name in ["one", "two", "three"] {
            channel(&board, name, vec![lane(Lane::Credential, 2, 60_000)]).await;
        }
        published(&board, "Rust engineer").await;
        assert_eq!(claim(&world).await.len(), 2);
        let next = world.store.queue().next_due().await.unwrap();
        assert_eq!(next, Some(noon() + Duration::seconds(30)));
        world.clock.advance(Duration::seconds(29));
        assert!(claim(&world).await.is_empty());
        world.clock.advance(Duration::seconds(1));
        assert_eq!(claim(&world).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_platform_that_says_wait_holds_the_lane_even_without_pacing() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "one", vec![lane(Lane::Credential, 100, 1)]).await;
        channel(&board, "two", vec![lane(Lane::Credential, 100, 1)]).await;
        published(&board, "Rust engineer").await;
        let unpaced = ClaimOptions { pacing: false, ..options() };
        let first = claim_from(&world, 1, unpaced).await.remove(0);
        let until = noon() + Duration::seconds(17);
        finish(&world, &first, Outcome::RateLimited, Verdict::Hold { lane: Lane::Credential, until }).await;
        assert!(claim_from(&world, 1, unpaced).await.is_empty());
        world.clock.set(until - Duration::milliseconds(1));
        assert!(claim_from(&world, 1, unpaced).await.is_empty());
        world.clock.set(until);
        assert_eq!(claim_from(&world, 1, unpaced).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_backlog_on_one_channel_keeps_no_other_waiting() {
    on_both(|world| async move {
        let (busy, quiet) = (world.board("busy").await, world.board("quiet").await);
        channel(&busy, "busy", Vec::new()).await;
        channel(&quiet, "quiet", Vec::new()).await;
        for n in 0..10 {
            published(&busy, &format!("Job {n}")).await;
        }
        world.clock.advance(Duration::seconds(1));
        published(&quiet, "The one").await;
        let claims = claim_from(&world, 2, options()).await;
        let titles: Vec<&str> = claims.iter().map(|c| c.posting.title.as_str()).collect();
        assert_eq!(titles, ["Job 0", "The one"]);
    })
    .await;
}

#[tokio::test]
async fn a_full_lane_moves_the_whole_backlog_to_its_next_free_moment() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", vec![lane(Lane::Destination, 1, 60_000)]).await;
        for n in 0..3 {
            published(&board, &format!("Job {n}")).await;
        }
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        let page = board.placements().list(&Default::default()).await.unwrap();
        let waiting: Vec<_> = page.items.iter().filter_map(|p| p.due_at).collect();
        assert_eq!(waiting, [noon() + Duration::seconds(60); 2]);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_wait_is_left_alone_by_every_board_and_broken_by_none() {
    on_both(|world| async move {
        let (acme, other) = (world.board("acme").await, world.board("other").await);
        for board in [&acme, &other] {
            channel(board, "jobs", vec![lane(Lane::Server, 100, 1)]).await;
            published(board, "Rust engineer").await;
        }
        let first = claim_from(&world, 1, options()).await.remove(0);
        let until = noon() + Duration::seconds(30);
        finish(&world, &first, Outcome::RateLimited, Verdict::Hold { lane: Lane::Server, until }).await;
        assert!(claim(&world).await.is_empty());
        world.clock.set(until);
        for _ in 0..20 {
            for claim in claim(&world).await {
                let at = world.clock.now() + Duration::seconds(1);
                finish(&world, &claim, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
            }
            world.clock.advance(Duration::seconds(1));
        }
        assert_eq!(claim(&world).await.len(), 2);
    })
    .await;
}
