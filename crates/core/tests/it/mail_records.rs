//! What stays on record of a channel's mails, for how long, and what a person may do about it.

use std::time::Duration as StdDuration;

use chrono::Duration;
use tablon_core::store::{
    Channel, DigestMail, Fragment, FragmentKind, HandOver, MAIL_KEPT_DAYS, MailContent, MailOutcome, MailState,
    NewFragment, OutboxMail,
};
use tablon_core::{Actor, Conflict, Error, TenantScope};
use uuid::Uuid;

use crate::fixture::{World, channel, on_both, published};

const LEASE: StdDuration = StdDuration::from_secs(60);
const TO: &str = "list@example.org";

fn content(subject: &str) -> MailContent {
    MailContent { subject: subject.to_owned(), html: format!("<p>{subject}</p>"), text: subject.to_owned() }
}

/// A mail of one copy, or of none.
async fn mail(board: &TenantScope, list: &Channel, key: &str, placement_id: Option<Uuid>) -> OutboxMail {
    let recipients = [TO.to_owned()];
    let new = HandOver { channel_id: list.id, key, recipients: &recipients, subject: "Rust engineer", placement_id };
    board.mail().hand_over(&new).await.unwrap().remove(0)
}

/// A part that goes out in a digest, and that digest's mail.
async fn digest(board: &TenantScope, list: &Channel, key: &str, placement_id: Option<Uuid>) -> OutboxMail {
    let part = NewFragment {
        channel_id: list.id,
        key: key.to_owned(),
        kind: FragmentKind::Open,
        audience: "setting:to".to_owned(),
        content: content(key),
        due_at: board.now(),
        placement_id,
    };
    board.mail().put_by(part).await.unwrap();
    let write =
        |_: &Channel, _: &[Fragment]| Some(DigestMail { recipients: vec![TO.to_owned()], content: content("digest") });
    let ids = board.mail().compose(list.id, write).await.unwrap().unwrap();
    board.mail().get(ids[0]).await.unwrap().unwrap()
}

async fn ends(board: &TenantScope, mail: &OutboxMail, outcome: MailOutcome) {
    board.mail().begin(mail.id, LEASE).await.unwrap();
    board.mail().finish(mail.id, outcome, None).await.unwrap();
}

async fn due(world: &World) -> usize {
    world.store.mailroom().due_mails(10).await.unwrap().len()
}

#[tokio::test]
async fn the_last_mails_of_a_channel_tell_what_became_of_each() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let (list, other) = (channel(&board, "list", Vec::new()).await, channel(&board, "other", Vec::new()).await);
        for (key, outcome) in [("1", MailOutcome::Sent), ("2", MailOutcome::Refused("550 spam".into()))] {
            let mail = digest(&board, &list, key, None).await;
            ends(&board, &mail, outcome).await;
        }
        mail(&board, &list, "3", None).await;
        mail(&board, &other, "4", None).await;
        let page = board.mail().list(list.id, None, None, Some(2)).await.unwrap();
        let told = |mail: &OutboxMail| (mail.subject.clone().unwrap(), mail.state, mail.problem.clone());
        assert_eq!(told(&page.items[0]), ("Rust engineer".to_owned(), MailState::Queued, None));
        assert_eq!(told(&page.items[1]), ("digest".to_owned(), MailState::Refused, Some("550 spam".to_owned())));
        let rest = board.mail().list(list.id, None, page.next_cursor.as_deref(), Some(2)).await.unwrap();
        assert_eq!((rest.items.len(), rest.items[0].state, rest.next_cursor), (1, MailState::Sent, None));
        assert_eq!(rest.items[0].subject.as_deref(), Some("digest"), "what it was about is told, what it said is gone");
        assert!(rest.items[0].content.is_none());
        let refused = board.mail().list(list.id, Some(MailState::Refused), None, None).await.unwrap();
        assert_eq!(refused.items, page.items[1..]);
        assert_eq!(board.mail().asking().await.unwrap(), [(list.id, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_nobody_knows_about_waits_for_a_persons_word() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        for (key, outcome) in [
            ("1", MailOutcome::Unknown("reset".into())),
            ("2", MailOutcome::GivenUp("unreachable".into())),
            ("3", MailOutcome::Refused("550".into())),
        ] {
            let mail = digest(&board, &list, key, None).await;
            ends(&board, &mail, outcome).await;
            world.clock.advance(Duration::days(1));
            assert_eq!(due(&world).await, 0, "nothing is sent by itself");
            let again = board.mail().send_again(mail.id, Actor::System).await.unwrap();
            assert_eq!((again.state, again.attempts, again.content), (MailState::Queued, 0, Some(content("digest"))));
            assert_eq!(due(&world).await, 1);
            let twice = board.mail().send_again(mail.id, Actor::System).await.unwrap_err();
            assert!(matches!(twice, Error::Conflict(Conflict::MailState { .. })), "{twice:?}");
            ends(&board, &mail, MailOutcome::Unknown("reset".into())).await;
            let left = board.mail().leave(mail.id, Actor::System).await.unwrap();
            assert_eq!((left.state, left.content), (MailState::Left, None));
            assert!(board.mail().leave(mail.id, Actor::System).await.is_err());
            assert_eq!(board.mail().find(list.id, key).await.unwrap().unwrap().state, MailState::Unknown);
        }
        assert!(board.mail().asking().await.unwrap().is_empty());
        let log = board.audit().list(Some(list.id), None, None).await.unwrap();
        assert_eq!(
            (log.items[0].action.as_str(), log.items[1].action.as_str()),
            ("channel.leave_mail", "channel.send_mail_again")
        );
    })
    .await;
}

#[tokio::test]
async fn a_mail_of_one_copy_is_asked_about_at_the_copy() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let lost = mail(&board, &list, "1", None).await;
        ends(&board, &lost, MailOutcome::Unknown("reset".into())).await;
        let refused = board.mail().send_again(lost.id, Actor::System).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::MailState { .. })), "{refused:?}");
        let other = world.board("other").await;
        let digest = digest(&board, &list, "2", None).await;
        ends(&board, &digest, MailOutcome::Unknown("reset".into())).await;
        assert!(matches!(other.mail().leave(digest.id, Actor::System).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn a_digest_whose_process_died_is_one_that_nobody_knows_about() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let mail = digest(&board, &list, "1", None).await;
        board.mail().begin(mail.id, LEASE).await.unwrap();
        assert_eq!(world.store.mailroom().note_deaths().await.unwrap(), 0, "its worker may live");
        world.clock.advance(Duration::seconds(60));
        assert_eq!(world.store.mailroom().note_deaths().await.unwrap(), 1);
        let found = board.mail().get(mail.id).await.unwrap().unwrap();
        assert!(found.asks() && found.problem.is_some_and(|words| words.contains("ended")));
    })
    .await;
}

#[tokio::test]
async fn what_is_over_goes_after_its_time_and_what_somebody_may_ask_for_stays() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let job = published(&board, "Rust engineer").await;
        let copy = board.placements().for_job(job.id).await.unwrap()[0].id;
        let of_copy = mail(&board, &list, "copy", Some(copy)).await;
        let alone = mail(&board, &list, "alone", None).await;
        let in_digest = digest(&board, &list, "part", Some(copy)).await;
        let lost = digest(&board, &list, "lost", None).await;
        for mail in [&of_copy, &alone, &in_digest] {
            ends(&board, mail, MailOutcome::Sent).await;
        }
        let unanswered = mail(&board, &list, "unanswered", Some(copy)).await;
        ends(&board, &unanswered, MailOutcome::Unknown("reset".into())).await;
        ends(&board, &lost, MailOutcome::Unknown("reset".into())).await;
        let waiting = mail(&board, &list, "waiting", None).await;
        let prune = async || world.store.mailroom().prune().await.unwrap();

        world.clock.advance(Duration::days(MAIL_KEPT_DAYS));
        assert_eq!(prune().await, 0, "not on the last day");
        world.clock.advance(Duration::seconds(1));
        assert_eq!(prune().await, 1);
        let left = async |mail: &OutboxMail| board.mail().get(mail.id).await.unwrap().is_some();
        assert!(!left(&alone).await);
        for mail in [&of_copy, &in_digest, &unanswered] {
            assert!(left(mail).await, "its copy is on the board: {}", mail.key);
        }
        assert!(left(&lost).await && left(&waiting).await, "they aren't over");
        assert_eq!(board.mail().find(list.id, "copy").await.unwrap().unwrap().state, MailState::Sent);
        assert_eq!(board.mail().find(list.id, "part").await.unwrap().unwrap().state, MailState::Sent);

        // Its copy ends, and so does what it may be asked for.
        board.jobs().close(job.id, Actor::System).await.unwrap();
        assert_eq!(prune().await, 4, "both mails of the copy, its part, and the digest it went out in");
        assert_eq!(board.mail().find(list.id, "copy").await.unwrap(), None);
        assert_eq!(board.mail().find(list.id, "part").await.unwrap(), None);
        board.mail().leave(lost.id, Actor::System).await.unwrap();
        world.clock.advance(Duration::days(MAIL_KEPT_DAYS + 1));
        assert_eq!(prune().await, 2, "once a person has left it at that, it has its time too");
    })
    .await;
}
