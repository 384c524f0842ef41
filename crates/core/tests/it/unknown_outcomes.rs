//! Calls whose outcome nobody knows: nothing is sent twice on a guess.

use chrono::Duration;
use serde_json::json;
use tablon_core::store::{Operation, Outcome, PlacementState as P, Presence, Resolution, Verdict};
use tablon_core::{Actor, Conflict, Error};

use crate::fixture::{channel, noon, on_both, published};
use crate::worker::{claim, claim_one, finish, live, one_live, only};

#[tokio::test]
async fn what_died_while_publishing_is_never_sent_again_by_itself() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let dead = claim_one(&world, Operation::Publish).await;
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 0);
        world.clock.advance(Duration::seconds(61));
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        // The platform is asked first; when it can't tell, a person is.
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, Outcome::Unknowable, Verdict::Unverified { locate: false }).await;
        world.clock.advance(Duration::days(1));
        assert!(claim(&world).await.is_empty());
        let asked = only(&board, &job).await;
        assert_eq!(asked.state, P::Unverified);
        // Its answer came after all: that settles it.
        finish(&world, &dead, Outcome::Published, live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_person_settles_what_is_unverified() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        for (answer, sent) in [("There it is", true), ("It isn't there", false)] {
            let job = published(&board, answer).await;
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
            let placement = only(&board, &job).await;
            assert_eq!((placement.state, placement.due_at), (P::Unverified, None));
            let resolution = if sent {
                Resolution::Sent { receipt: b"found".to_vec(), url: Some("https://t.me/jobs/9".to_owned()) }
            } else {
                Resolution::NotSent
            };
            let after = board.placements().resolve(placement.id, resolution.clone(), Actor::System).await.unwrap();
            if sent {
                assert_eq!((after.state, after.url.as_deref()), (P::Published, Some("https://t.me/jobs/9")));
            } else {
                assert_eq!(after.state, P::Pending);
                let again = claim_one(&world, Operation::Publish).await;
                finish(&world, &again, Outcome::Published, live()).await;
            }
            let twice = board.placements().resolve(placement.id, resolution, Actor::System).await.unwrap_err();
            assert!(matches!(twice, Error::Conflict(Conflict::PlacementState { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn a_copy_in_doubt_is_not_forgotten_when_its_job_ends() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        for asked_before in [true, false] {
            let job = published(&board, "Rust engineer").await;
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
            let repeatable = Verdict::NotSent { certain: false };
            if asked_before {
                let locate = claim_one(&world, Operation::Locate).await;
                finish(&world, &locate, Outcome::Repeatable, repeatable.clone()).await;
                assert_eq!(only(&board, &job).await.state, P::Pending);
            }
            board.jobs().close(job.id, Actor::System).await.unwrap();
            if !asked_before {
                let locate = claim_one(&world, Operation::Locate).await;
                finish(&world, &locate, Outcome::Repeatable, repeatable).await;
            }
            // Nobody repeats it now, and nobody may say that it is gone.
            let placement = only(&board, &job).await;
            assert_eq!((placement.state, placement.due_at), (P::Unverified, None));
            assert!(placement.problem.is_some_and(|problem| problem.contains("please look")));
            let gone = board.placements().resolve(placement.id, Resolution::NotSent, Actor::System).await.unwrap();
            assert_eq!(gone.state, P::Retracted);
        }
    })
    .await;
}

#[tokio::test]
async fn a_late_success_counts_also_while_the_copy_waits_to_be_sent_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let cut_off = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(61));
        assert_eq!(world.store.queue().recover(false).await.unwrap(), 1);
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, Outcome::Repeatable, Verdict::NotSent { certain: false }).await;
        assert_eq!(only(&board, &job).await.state, P::Pending);
        finish(&world, &cut_off, Outcome::Published, live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
        assert!(claim(&world).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn bringing_a_changed_copy_back_in_line_is_another_update() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        let update = claim_one(&world, Operation::Update).await;
        finish(&world, &update, Outcome::Updated, live()).await;
        let placement = only(&board, &job).await;
        board.placements().check(placement.id, Actor::System).await.unwrap();
        let look = claim_one(&world, Operation::Check).await;
        finish(&world, &look, Outcome::Altered, Verdict::Checked { presence: Presence::Altered }).await;
        board.placements().retry(placement.id, Actor::System).await.unwrap();
        let again = claim_one(&world, Operation::Update).await;
        assert_eq!(again.posting.revision, update.posting.revision);
        assert_ne!(again.key, update.key, "a platform may take the same key for what it did already");
    })
    .await;
}

#[tokio::test]
async fn an_interrupted_update_is_simply_repeated() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let job = one_live(&world, &board).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        let late = claim_one(&world, Operation::Update).await;
        assert_eq!(world.store.queue().recover(true).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Published);
        let again = claim_one(&world, Operation::Update).await;
        // The dead worker's late word doesn't take the claim from the living one.
        finish(&world, &late, Outcome::Updated, live()).await;
        assert!(claim(&world).await.is_empty());
        finish(&world, &again, Outcome::Updated, live()).await;
        assert_eq!(only(&board, &job).await.actual_revision, Some(2));
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_dies_while_asking_the_platform_leaves_the_question_open() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        claim_one(&world, Operation::Locate).await;
        assert_eq!(world.store.queue().recover(true).await.unwrap(), 1);
        assert_eq!(only(&board, &job).await.state, P::Unverified);
        claim_one(&world, Operation::Locate).await;
    })
    .await;
}

#[tokio::test]
async fn a_late_receipt_settles_the_question_even_while_the_platform_is_being_asked() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let slow = claim_one(&world, Operation::Publish).await;
        world.clock.advance(Duration::seconds(61));
        world.store.queue().recover(false).await.unwrap();
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &slow, Outcome::Published, live()).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
        finish(&world, &locate, Outcome::Unknowable, Verdict::Unverified { locate: false }).await;
        assert_eq!(only(&board, &job).await.state, P::Published);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_is_found_later_is_brought_up_to_date() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "First").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        board.jobs().patch(job.id, &json!({ "title": "Second" }), None, Actor::System).await.unwrap();
        // What may be there is what was sent, not what is desired now.
        let locate = claim_one(&world, Operation::Locate).await;
        assert_eq!(locate.posting.title, "First");
        finish(&world, &locate, Outcome::Unknowable, Verdict::Unverified { locate: false }).await;
        let sent = Resolution::Sent { receipt: b"found".to_vec(), url: None };
        board.placements().resolve(only(&board, &job).await.id, sent, Actor::System).await.unwrap();
        assert_eq!(claim_one(&world, Operation::Update).await.posting.title, "Second");
    })
    .await;
}

#[tokio::test]
async fn an_open_question_on_a_paused_channel_is_asked_when_it_works_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let shown = channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        board.channels().pause(shown.id, None, Actor::System).await.unwrap();
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        assert!(claim(&world).await.is_empty());
        board.channels().resume(shown.id, Actor::System).await.unwrap();
        claim_one(&world, Operation::Locate).await;
    })
    .await;
}

#[tokio::test]
async fn trying_again_by_hand_keeps_the_key_of_what_may_be_out_already() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        let locate = claim_one(&world, Operation::Locate).await;
        assert_eq!(locate.key, first.key);
        finish(&world, &locate, Outcome::Repeatable, Verdict::NotSent { certain: false }).await;
        let repeat = claim_one(&world, Operation::Publish).await;
        let at = noon() + Duration::minutes(5);
        finish(&world, &repeat, Outcome::Transient, Verdict::Retry { at, trouble: true }).await;
        board.placements().retry(first.placement_id, Actor::System).await.unwrap();
        let again = claim_one(&world, Operation::Publish).await;
        assert_eq!(again.key, first.key, "the platform has to recognise it");
        assert!(again.maybe_sent_at.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_repetition_is_of_the_revision_that_may_be_out_and_the_copy_follows_afterwards() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        board.jobs().patch(job.id, &json!({ "title": "Go engineer" }), None, Actor::System).await.unwrap();
        finish(&world, &first, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, Outcome::Repeatable, Verdict::NotSent { certain: false }).await;
        let repeat = claim_one(&world, Operation::Publish).await;
        assert_eq!((repeat.posting.title.as_str(), &repeat.key), ("Rust engineer", &first.key));
        finish(&world, &repeat, Outcome::Published, live()).await;
        let update = claim_one(&world, Operation::Update).await;
        assert_eq!(update.posting.title, "Go engineer");
        assert_ne!(update.key, first.key);
        finish(&world, &update, Outcome::Updated, live()).await;
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_turned_up_is_no_open_question_any_more() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        published(&board, "Rust engineer").await;
        let first = claim_one(&world, Operation::Publish).await;
        finish(&world, &first, Outcome::Unverified, Verdict::Unverified { locate: true }).await;
        let locate = claim_one(&world, Operation::Locate).await;
        finish(&world, &locate, Outcome::Located, live()).await;
        board.placements().retract(first.placement_id, Actor::System).await.unwrap();
        let retract = claim_one(&world, Operation::Retract).await;
        finish(&world, &retract, Outcome::Retracted, Verdict::Retracted).await;
        board.placements().retry(first.placement_id, Actor::System).await.unwrap();
        let anew = claim_one(&world, Operation::Publish).await;
        assert_eq!(anew.maybe_sent_at, None);
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_turns_up_after_the_job_has_ended_is_taken_away() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
        board.jobs().close(job.id, Actor::System).await.unwrap();
        let there = Resolution::Sent { receipt: b"there".to_vec(), url: None };
        board.placements().resolve(publish.placement_id, there, Actor::System).await.unwrap();
        claim_one(&world, Operation::Retract).await;
    })
    .await;
}
