//! When a channel's turn comes: one row of the channel tells it, whatever waits there.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, QueryResult, Statement};
use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{ChannelUpdate, Lane, Operation, Outcome, PlacementState as P, Verdict};
use tablon_testkit::database::TestDatabase;
use uuid::Uuid;

use crate::fixture::{World, channel, lane, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, finish_and_claim, live, only};

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap()
}

/// Every channel without a call under way knows its next time, and every placement whether it is as desired. Looked at
/// after each test of this folder and before each claim.
pub(crate) async fn are_true(database: &TestDatabase) {
    let db = Database::connect(database.url()).await.unwrap();
    let mut due: HashMap<Uuid, DateTime<Utc>> = HashMap::new();
    let mut busy = Vec::new();
    for row in rows(&db, "SELECT * FROM placements").await {
        let channel: Uuid = row.try_get("", "channel_id").unwrap();
        if row.try_get::<Option<Uuid>>("", "lease_id").unwrap().is_some() {
            busy.push(channel);
        }
        if let Some(at) = row.try_get::<Option<DateTime<Utc>>>("", "due_at").unwrap() {
            due.entry(channel).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
        let text = |column: &str| row.try_get::<String>("", column).unwrap();
        let revision = |column: &str| row.try_get::<Option<i64>>("", column).unwrap();
        let there = text("state") == "published" && text("desired") == "present";
        let as_desired = there && revision("actual_revision") == revision("desired_revision");
        assert_eq!(row.try_get::<bool>("", "as_desired").unwrap(), as_desired);
    }
    for row in rows(&db, "SELECT id, next_at, held_until FROM channels").await {
        let id: Uuid = row.try_get("", "id").unwrap();
        let time = |column: &str| row.try_get::<Option<DateTime<Utc>>>("", column).unwrap();
        let expected = due.get(&id).map(|at| time("held_until").map_or(*at, |held| held.max(*at)));
        assert!(busy.contains(&id) || time("next_at") == expected, "{:?} instead of {expected:?}", time("next_at"));
    }
    db.close().await.unwrap();
}

async fn stored_times(world: &World) -> Vec<DateTime<Utc>> {
    let db = Database::connect(world.database.url()).await.unwrap();
    let rows = rows(&db, "SELECT due_at FROM placements WHERE due_at IS NOT NULL AND lease_id IS NULL").await;
    rows.iter().map(|row| row.try_get("", "due_at").unwrap()).collect()
}

#[tokio::test]
async fn a_full_lane_is_one_row_however_much_waits_behind_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", vec![lane(Lane::Destination, 1, 60_000)]).await;
        for n in 0..3 {
            published(&board, &format!("Job {n}")).await;
        }
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        let later = noon() + Duration::seconds(60);
        assert_eq!(world.store.queue().next_due().await.unwrap(), Some(later));
        assert_eq!(stored_times(&world).await, [noon(); 2], "what waits behind the lane wasn't touched");
        world.clock.set(later);
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_goes_elsewhere_waits_for_its_old_lanes_no_longer() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let full = channel(&board, "jobs", vec![lane(Lane::Destination, 1, 60_000)]).await;
        published(&board, "One").await;
        published(&board, "Two").await;
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        let settings = Some(json!({ "chat_id": "@elsewhere" }));
        let elsewhere = ChannelUpdate { settings, lanes: Some(Vec::new()), ..ChannelUpdate::default() };
        board.channels().update(full.id, elsewhere, Actor::System).await.unwrap();
        claim_one(&world, Operation::Publish).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_approved_while_a_lane_is_full_waits_too_and_says_until_when() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", vec![lane(Lane::Destination, 1, 60_000)]).await;
        published(&board, "One").await;
        published(&board, "Two").await;
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Published, live()).await;
        assert!(claim(&world).await.is_empty());
        world.clock.advance(Duration::seconds(10));
        let third = published(&board, "Three").await;
        assert!(claim(&world).await.is_empty());
        let waiting = only(&board, &third).await;
        assert_eq!((waiting.state, waiting.due_at), (P::Pending, Some(noon() + Duration::seconds(60))));
    })
    .await;
}

#[tokio::test]
async fn a_worker_goes_on_with_what_has_waited_longest() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let mut jobs = Vec::new();
        for title in ["One", "Two", "Three"] {
            jobs.push(published(&board, title).await);
            world.clock.advance(Duration::seconds(1));
        }
        let first = claim_one(&world, Operation::Publish).await;
        // Its copy has to follow an edit; the others have waited longer.
        board.jobs().patch(jobs[0].id, &json!({ "title": "Uno" }), None, Actor::System).await.unwrap();
        let second = finish_and_claim(&world, &first, Outcome::Published, live()).await.unwrap();
        assert_eq!((second.operation, second.posting.title.as_str()), (Operation::Publish, "Two"));
        let third = finish_and_claim(&world, &second, Outcome::Published, live()).await.unwrap();
        assert_eq!(third.posting.title, "Three");
        // Looks come last, though this one is due since long before.
        board.placements().check(second.placement_id, Actor::System).await.unwrap();
        world.clock.advance(Duration::seconds(1));
        let update = finish_and_claim(&world, &third, Outcome::Published, live()).await.unwrap();
        assert_eq!((update.operation, update.posting.title.as_str()), (Operation::Update, "Uno"));
        // The same placement again, edited during its own call.
        board.jobs().patch(jobs[0].id, &json!({ "title": "Eins" }), None, Actor::System).await.unwrap();
        let again = finish_and_claim(&world, &update, Outcome::Updated, live()).await.unwrap();
        assert_eq!((again.placement_id, again.posting.title.as_str()), (update.placement_id, "Eins"));
        let look = finish_and_claim(&world, &again, Outcome::Updated, live()).await.unwrap();
        assert_eq!((look.operation, look.placement_id), (Operation::Check, second.placement_id));
        let checked = Verdict::Checked { presence: tablon_core::store::Presence::Present };
        assert!(finish_and_claim(&world, &look, Outcome::Present, checked).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_call_is_made_with_the_secrets_its_channel_has_then() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let made = channel(&board, "jobs", Vec::new()).await;
        let other = world.board("other").await;
        for (token, title) in [("123:abc", "One"), ("123:new", "Two"), ("123:newer", "Three")] {
            let update = ChannelUpdate { secrets: [("bot_token", token)].into_iter().collect(), ..Default::default() };
            board.channels().update(made.id, update, Actor::System).await.unwrap();
            published(&board, title).await;
            let claim = claim_one(&world, Operation::Publish).await;
            for _ in 0..2 {
                let secrets = board.channels().secrets_of(&claim.channel).await.unwrap();
                assert_eq!(secrets.get("bot_token"), Some(token));
            }
            assert!(other.channels().secrets_of(&claim.channel).await.is_err());
            finish(&world, &claim, Outcome::Published, live()).await;
        }
    })
    .await;
}
