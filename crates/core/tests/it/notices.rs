//! What posters and staff are told: when, how often, and what isn't told any more.

use std::time::Duration as Lease;

use chrono::Duration;
use tablon_core::notice::{NoticeKind, Timing, Way};
use tablon_core::store::{DueNotice, MailLane, NewUser, NoticeOutcome, Prepared, Renewal, StaffPreference};
use tablon_core::{Actor, EmailKey, Role, TenantScope};
use uuid::Uuid;

use crate::fixture::{World, on_both, published, submitted};

/// A world with a mail server, and a board with a moderator.
pub(crate) async fn with_staff(world: &World) -> (TenantScope, Uuid) {
    world.store.send_mail();
    let board = world.board("acme").await;
    let (email, password) = ("mod@example.org".to_owned(), "correct horse".to_owned());
    let new = NewUser { email, name: String::new(), password, operator: false };
    let moderator = world.store.users().create(new, Actor::System).await.unwrap();
    board.members().set(moderator.id, Role::Moderator, Actor::System).await.unwrap();
    (board, moderator.id)
}

/// What is due to this address, as it would be told now.
pub(crate) async fn told(world: &World, address: &str) -> Vec<Vec<NoticeKind>> {
    let mut told = Vec::new();
    for due in due(world, address).await {
        if let Prepared::Ready { facts, .. } = world.store.notices().prepare(&due).await.unwrap() {
            told.push(facts.into_iter().map(|facts| facts.kind).collect());
        }
    }
    told
}

pub(crate) async fn due(world: &World, address: &str) -> Vec<DueNotice> {
    let due = world.store.notices().due(MailLane::Installation).await.unwrap();
    due.into_iter().filter(|due| due.recipient() == Some(address)).collect()
}

/// Sends everything that is due; whether each was allowed.
pub(crate) async fn send_all(world: &World) -> Vec<bool> {
    let notices = world.store.notices();
    let mut allowed = Vec::new();
    for due in notices.due(MailLane::Installation).await.unwrap() {
        let began = notices.begin(&due, Lease::from_secs(60)).await.unwrap();
        if began {
            notices.finish(&due, NoticeOutcome::Sent).await.unwrap();
        }
        allowed.push(began);
    }
    allowed
}

pub(crate) const POSTER: &str = "hr@acme.example";
pub(crate) const MODERATOR: &str = "mod@example.org";

#[tokio::test]
async fn a_poster_is_reminded_once_before_each_last_day_and_not_of_an_ended_offer() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        let job = published(&board, "Rust engineer").await;
        let ended = published(&board, "Go engineer").await;
        send_all(&world).await;
        assert_eq!(world.store.notices().scan().await.unwrap(), 0, "months are left");
        let last = job.expires_at.unwrap();
        world.clock.set(last - Duration::days(2));
        assert_eq!(world.store.notices().scan().await.unwrap(), 2);
        assert_eq!(world.store.notices().scan().await.unwrap(), 0, "nobody is reminded twice");
        board.jobs().close(ended.id, Actor::Poster).await.unwrap();
        assert_eq!(told(&world, POSTER).await, [[NoticeKind::JobExpiring]]);
        send_all(&world).await;
        board.jobs().renew(job.id, Renewal::Days(60), Actor::Poster).await.unwrap();
        let renewed = board.jobs().get(job.id).await.unwrap().unwrap().expires_at.unwrap();
        assert!(renewed > last);
        world.clock.set(renewed - Duration::days(2));
        assert_eq!(world.store.notices().scan().await.unwrap(), 1, "its new last day is another matter");
    })
    .await;
}

#[tokio::test]
async fn staff_are_told_what_they_chose_and_only_while_they_are_staff() {
    on_both(|world| async move {
        let (board, moderator) = with_staff(&world).await;
        submitted(&board, "First").await;
        assert_eq!(told(&world, MODERATOR).await, [[NoticeKind::QueueNew]]);
        let choose = async |timing| {
            let wanted = [StaffPreference { kind: NoticeKind::QueueNew, timing }];
            board.notification_preferences(moderator).set(Way::Mail, &wanted).await.unwrap();
        };
        choose(Timing::Never).await;
        assert!(told(&world, MODERATOR).await.is_empty(), "also what was queued before");
        choose(Timing::Daily).await;
        submitted(&board, "Second").await;
        submitted(&board, "Third").await;
        send_all(&world).await;
        assert!(told(&world, MODERATOR).await.is_empty(), "it is noon");
        world.clock.advance(Duration::hours(20));
        assert_eq!(told(&world, MODERATOR).await, [[NoticeKind::QueueNew; 2]], "eight o'clock, in one mail");
        board.members().remove(moderator, Actor::System).await.unwrap();
        assert!(told(&world, MODERATOR).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_flood_of_offers_comes_to_the_staff_together_and_to_a_mailbox_three_times_an_hour() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        for number in 0..25 {
            submitted(&board, &format!("Offer {number}")).await;
        }
        assert_eq!(due(&world, MODERATOR).await.len(), 20);
        assert_eq!(due(&world, POSTER).await.len(), 3);
        let allowed = send_all(&world).await.into_iter().filter(|allowed| *allowed).count();
        assert_eq!(allowed, 20 + 3);
        world.clock.advance(Duration::minutes(61));
        assert_eq!(told(&world, MODERATOR).await, [vec![NoticeKind::QueueNew; 5]]);
        submitted(&board, "Later").await;
        assert!(send_all(&world).await.into_iter().all(|allowed| allowed), "an hour later it begins anew");
    })
    .await;
}

#[tokio::test]
async fn a_mail_in_doubt_is_repeated_once_and_an_erased_address_gets_none() {
    on_both(|world| async move {
        let (board, _) = with_staff(&world).await;
        submitted(&board, "Rust engineer").await;
        let notices = world.store.notices();
        let first = due(&world, POSTER).await.remove(0);
        for repeated in [true, false] {
            let again = due(&world, POSTER).await;
            assert_eq!(again.first().map(DueNotice::id), Some(first.id()), "with the same id");
            assert!(notices.begin(&again[0], Lease::from_secs(60)).await.unwrap());
            assert_eq!(notices.recover(false).await.unwrap(), 0, "its process may be alive");
            world.clock.advance(Duration::seconds(61));
            assert_eq!(notices.recover(false).await.unwrap(), 1);
            assert_eq!(!due(&world, POSTER).await.is_empty(), repeated);
        }
        assert_eq!(board.last_notices(true, 10).await.unwrap()[0].state.as_str(), "unknown");
        submitted(&board, "Go engineer").await;
        assert_eq!(due(&world, POSTER).await.len(), 1);
        board.mail().erase(POSTER, Actor::System).await.unwrap();
        assert!(due(&world, POSTER).await.is_empty());
        assert!(board.last_notices(true, 10).await.unwrap()[0].recipient.is_none());
    })
    .await;
}

#[tokio::test]
async fn an_address_that_nobody_has_proved_hears_nothing_of_a_boards_work() {
    on_both(|world| async move {
        world.store.send_mail();
        let board = world.board("acme").await;
        let (_, token) = board.invitations().create(Role::Moderator, None, Actor::System).await.unwrap();
        let link = world.store.invitation_link(&token).await.unwrap().unwrap();
        let (email, password) = (MODERATOR.to_owned(), "correct horse".to_owned());
        let new = NewUser { email, name: String::new(), password, operator: false };
        let moderator = world.store.join_as_new(&link, new).await.unwrap();
        submitted(&board, "First").await;
        assert!(told(&world, MODERATOR).await.is_empty());
        world.store.users().set_address(moderator.id, &EmailKey::of(MODERATOR), Actor::CommandLine).await.unwrap();
        submitted(&board, "Second").await;
        assert_eq!(told(&world, MODERATOR).await, [[NoticeKind::QueueNew]]);
    })
    .await;
}
