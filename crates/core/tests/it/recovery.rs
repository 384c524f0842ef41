//! Claims of workers that died, and of some that were only thought dead.

use std::time::Duration as StdDuration;

use chrono::Duration;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DbBackend};
use tablon_core::Clock;
use tablon_core::store::{Operation, PlacementState as P};

use crate::fixture::{channel, on_both, published};
use crate::worker::{claim, claim_one, finish, live, only};

#[tokio::test]
async fn who_is_alone_on_a_database_waits_for_no_lease_of_the_process_before() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        claim_one(&world, Operation::Publish).await;
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 0, "its worker may be another replica");
        assert_eq!(only(&board, &job).await.state, P::Sending);
        assert_eq!(world.store.queue().recover(true).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        let attempts = board.placements().attempts(only(&board, &job).await.id).await.unwrap();
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0].outcome, "unverified", "its attempt isn't open any more");
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_another_replica_took_over_meanwhile_is_not_taken_from_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::minutes(2));
        // The other replica has found the dead claim too and was faster: it holds what a change of the placement locks.
        let mut one = ConnectOptions::new(world.database.url());
        one.max_connections(1);
        let other = Database::connect(one).await.unwrap();
        let (begin, hex) = match other.get_database_backend() {
            DbBackend::Sqlite => ("BEGIN IMMEDIATE", "x'0123456789abcdef0123456789abcdef'"),
            _ => ("BEGIN", "'01234567-89ab-cdef-0123-456789abcdef'"),
        };
        other.execute_unprepared(begin).await.unwrap();
        other.execute_unprepared("UPDATE channels SET name = name").await.unwrap();
        let store = world.store.clone();
        let slower = tokio::spawn(async move { store.queue().recover(false).await.unwrap() });
        tokio::time::sleep(StdDuration::from_millis(200)).await;
        let until = (world.clock.now() + Duration::minutes(1)).to_rfc3339();
        let takes_over = format!("UPDATE placements SET lease_id = {hex}, lease_until = '{until}'");
        other.execute_unprepared(&takes_over).await.unwrap();
        other.execute_unprepared("COMMIT").await.unwrap();
        assert_eq!(slower.await.unwrap(), 0);
        assert_eq!(only(&board, &job).await.state, P::Sending);
        assert!(claim(&world).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_comes_after_the_lease_changes_nothing_that_another_worker_does() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, "published", live()).await;
        board.jobs().close(job.id, tablon_core::Actor::System).await.unwrap();
        let slow = claim_one(&world, Operation::Retract).await;
        world.clock.advance(Duration::minutes(2));
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 1);
        let second = claim_one(&world, Operation::Retract).await;
        finish(&world, &slow, "rejected", tablon_core::store::Verdict::Rejected).await;
        finish(&world, &second, "retracted", tablon_core::store::Verdict::Retracted).await;
        assert_eq!(only(&board, &job).await.state, P::Retracted);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_renewed_meanwhile_is_not_taken_back_and_one_that_was_not_is() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let lives = claim_one(&world, Operation::Publish).await;
        let queue = world.store.queue();
        let seen = queue.leases().await.unwrap();
        assert_eq!((seen.len(), seen[0].placement_id), (1, lives.placement_id));
        world.clock.advance(Duration::seconds(3));
        assert!(queue.renew(&lives, StdDuration::from_secs(10)).await.unwrap());
        assert!(!queue.take_back(&seen[0]).await.unwrap(), "its worker lives");
        assert_eq!(only(&board, &job).await.state, P::Sending);

        let seen = queue.leases().await.unwrap();
        assert!(queue.take_back(&seen[0]).await.unwrap(), "its worker has died since");
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        assert!(!queue.renew(&lives, StdDuration::from_secs(10)).await.unwrap(), "it learns that it was given up");
        assert!(!queue.take_back(&seen[0]).await.unwrap(), "once is enough");
        assert!(queue.leases().await.unwrap().is_empty());
    })
    .await;
}
