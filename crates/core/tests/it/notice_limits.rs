//! What people can cause to others by mail, and what is told once.

use std::sync::Arc;
use std::time::Duration as Lease;

use chrono::Duration;
use serde_json::json;
use tablon_core::clock::ManualClock;
use tablon_core::notice::{NoticeKind, NoticeState, Timing, Way};
use tablon_core::store::{MailLane, Operation, Outcome, Prepared, Resolution, StaffPreference, Verdict};
use tablon_core::{Actor, Job, Keyring, Store, StoreOptions, TenantScope};
use uuid::Uuid;

use crate::fixture::{World, channel, noon, offer, on_both, published, submitted};
use crate::notices::{MODERATOR, POSTER, due, send_all, told, with_staff};
use crate::worker::{claim_one, finish, only};

async fn reject(board: &TenantScope, id: Uuid, by: Uuid) {
    board.jobs().reject(id, "No.", None, Actor::User(by)).await.unwrap();
}

async fn submitted_for(board: &TenantScope, address: &str) -> Job {
    let mut offer = offer("Rust engineer");
    offer["contact_email"] = json!(address);
    board.jobs().submit(&offer, Actor::Visitor).await.unwrap().job
}

/// How many of the mails that are due about offers to their posters go out.
async fn sent(world: &World) -> usize {
    send_all(world).await.into_iter().filter(|allowed| *allowed).count()
}

#[tokio::test]
async fn an_offer_that_staff_send_back_and_forth_makes_ten_mails_a_day() {
    on_both(|world| async move {
        let (board, moderator) = with_staff(&world).await;
        let job = submitted(&board, "Rust engineer").await;
        send_all(&world).await;
        let mut mails = 0;
        for _ in 0..15 {
            reject(&board, job.id, moderator).await;
            mails += sent(&world).await;
            board.jobs().reopen(job.id, Actor::User(moderator)).await.unwrap();
        }
        assert_eq!(mails, 10);
        let held_back = board.failed_notices_of(job.id).await.unwrap();
        assert_eq!((held_back.len(), held_back[0].state), (5, NoticeState::Limited), "the offer's page shows it");
        // Others of the same poster are told.
        let other = submitted(&board, "Go engineer").await;
        reject(&board, other.id, moderator).await;
        assert_eq!(told(&world, POSTER).await.last(), Some(&vec![NoticeKind::JobRejected]));
        send_all(&world).await;
        world.clock.advance(Duration::hours(25));
        reject(&board, job.id, moderator).await;
        assert_eq!(sent(&world).await, 1, "a day later it begins anew");
    })
    .await;
}

#[tokio::test]
async fn a_mailbox_gets_forty_mails_a_day_that_staff_cause_whatever_the_offer_and_the_board() {
    on_both(|world| async move {
        let (board, moderator) = with_staff(&world).await;
        let rival = world.board("rival").await;
        for number in 0..45 {
            let board = if number % 2 == 0 { &board } else { &rival };
            let spelling = format!("v.i.c.tim+{number}@gmail.com");
            let job = submitted_for(board, &spelling).await;
            reject(board, job.id, moderator).await;
        }
        let rejections = async || {
            let due = world.store.notices().due(MailLane::Installation).await.unwrap();
            let mut count = 0;
            for due in due {
                if let Prepared::Ready { facts, .. } = world.store.notices().prepare(&due).await.unwrap() {
                    count += facts.iter().filter(|facts| facts.kind == NoticeKind::JobRejected).count();
                }
            }
            count
        };
        assert_eq!(rejections().await, 40);
        // Also those that a replica has queued at the same time are held back, when it is their turn.
        let all = "UPDATE notices SET state = 'queued', due_at = created_at \
                   WHERE kind = 'job.rejected' AND state = 'limited'";
        world.database.execute(all).await.unwrap();
        assert_eq!(rejections().await, 45);
        send_all(&world).await;
        let left = board.last_notices(true, 100).await.unwrap().into_iter();
        let left = left.chain(rival.last_notices(true, 100).await.unwrap());
        assert_eq!(left.filter(|row| row.kind == NoticeKind::JobRejected).count(), 5);
        let other = submitted_for(&board, "other@example.org").await;
        reject(&board, other.id, moderator).await;
        assert_eq!(told(&world, "other@example.org").await.len(), 1, "nobody else is concerned");
    })
    .await;
}

#[tokio::test]
async fn a_day_with_hundreds_of_offers_is_one_mail_that_names_fifty_and_counts_the_rest() {
    on_both(|world| async move {
        let (board, moderator) = with_staff(&world).await;
        let wanted = [StaffPreference { kind: NoticeKind::QueueNew, timing: Timing::Daily }];
        board.notification_preferences(moderator).set(Way::Mail, &wanted).await.unwrap();
        let mut jobs = Vec::new();
        for number in 0..260 {
            jobs.push(submitted(&board, &format!("Offer {number}")).await);
        }
        for job in jobs.iter().take(10) {
            board.jobs().mark_spam(job.id, None, Actor::User(moderator)).await.unwrap();
        }
        world.clock.advance(Duration::hours(20));
        let mails = due(&world, MODERATOR).await;
        assert_eq!(mails.len(), 1, "one mail");
        let Prepared::Ready { facts, more } = world.store.notices().prepare(&mails[0]).await.unwrap() else {
            panic!("nothing to tell");
        };
        assert_eq!((facts.len(), more), (50, 200), "without those that are dealt with");
        assert_eq!(facts[0].job.as_ref().unwrap().title, "Offer 10", "the oldest first");
        send_all(&world).await;
        assert!(due(&world, MODERATOR).await.is_empty(), "all of them are settled");
    })
    .await;
}

#[tokio::test]
async fn what_two_replicas_find_at_the_same_time_is_queued_once() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let publish = claim_one(&world, Operation::Publish).await;
        finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
        send_all(&world).await;
        world.clock.set(job.expires_at.unwrap() - Duration::days(2));
        send_all(&world).await;
        // The copy stays in doubt, and the offer is about to end.
        assert!(world.store.notices().scan().await.unwrap() > 0);
        let queued = async || {
            let due = world.store.notices().due(MailLane::Installation).await.unwrap();
            due.iter().filter_map(|due| due.recipient().map(str::to_owned)).collect::<Vec<_>>()
        };
        let before = queued().await;
        assert_eq!(before.len(), 2, "{before:?}");
        // As another replica sees the rows that this one hasn't committed yet: not at all.
        world.database.execute("UPDATE notices SET job_id = NULL, placement_id = NULL").await.unwrap();
        assert_eq!(world.store.notices().scan().await.unwrap(), 0);
        assert_eq!(queued().await, before);
    })
    .await;
}

#[tokio::test]
async fn another_doubt_about_the_same_copy_is_told_too() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        channel(&board, "jobs", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        for turn in ["first", "second"] {
            let publish = claim_one(&world, Operation::Publish).await;
            finish(&world, &publish, Outcome::Unverified, Verdict::Unverified { locate: false }).await;
            assert_eq!(world.store.notices().scan().await.unwrap(), 1, "the {turn} one");
            assert_eq!(world.store.notices().scan().await.unwrap(), 0, "the {turn} one, once");
            let asked = told(&world, MODERATOR).await;
            assert_eq!(asked.last(), Some(&vec![NoticeKind::CopyInDoubt]), "the {turn} one");
            send_all(&world).await;
            let copy = only(&board, &job).await.id;
            board.placements().resolve(copy, Resolution::NotSent, Actor::System).await.unwrap();
            world.clock.advance(Duration::minutes(5));
        }
    })
    .await;
}

#[tokio::test]
async fn a_replica_whose_clock_is_ahead_takes_back_no_mail_that_is_being_sent() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        let ahead = ManualClock::new(noon() + Duration::hours(3));
        let other = Store::open(StoreOptions {
            database_url: world.database.url().to_owned(),
            clock: Arc::new(ahead.clone()),
            keyring: Some(Keyring::from_secret(&[1; 32]).unwrap()),
            base_url: "https://board.example".parse().unwrap(),
            max_connections: 2,
        })
        .await
        .unwrap();
        submitted(&board, "Rust engineer").await;
        let mail = due(&world, POSTER).await.remove(0);
        assert!(world.store.notices().begin(&mail, Lease::from_secs(60)).await.unwrap());
        assert_eq!(other.notices().recover(false).await.unwrap(), 0);
        ahead.advance(Duration::seconds(59));
        assert_eq!(other.notices().recover(false).await.unwrap(), 0);
        ahead.advance(Duration::seconds(1));
        assert_eq!(
            other.notices().recover(false).await.unwrap(),
            1,
            "unchanged for a whole lease: its process is dead"
        );
    })
    .await;
}
