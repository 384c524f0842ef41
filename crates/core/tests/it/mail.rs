//! The outbox never sends a thing twice, and a digest holds each part once.

use std::time::Duration as StdDuration;

use chrono::Duration;
use tablon_core::store::{
    Begun, Channel, DigestMail, Fragment, FragmentKind, HandOver, Handed, MailContent, MailOutcome, MailState,
    NewFragment, NewSuppression, OutboxMail, RecipientMark, SuppressionOrigin,
};
use tablon_core::{Actor, TenantScope};

use crate::fixture::{channel, noon, on_both};

const LEASE: StdDuration = StdDuration::from_secs(60);
const KEY: &str = "0123456789abcdef0123456789abcdef";

fn to(addresses: &[&str]) -> Vec<String> {
    addresses.iter().map(|address| (*address).to_owned()).collect()
}

fn content(subject: &str) -> MailContent {
    MailContent { subject: subject.to_owned(), html: format!("<p>{subject}</p>"), text: subject.to_owned() }
}

fn part(channel: &Channel, key: &str, title: &str, after_hours: i64) -> NewFragment {
    NewFragment {
        channel_id: channel.id,
        key: key.to_owned(),
        kind: FragmentKind::Open,
        audience: "setting:to".to_owned(),
        content: content(title),
        due_at: noon() + Duration::hours(after_hours),
        placement_id: None,
    }
}

/// Makes the digest that is due, and tells what it holds.
async fn compose(board: &TenantScope, channel: &Channel) -> Option<Vec<String>> {
    let mut titles = Vec::new();
    let write = |_: &Channel, parts: &[Fragment]| {
        titles = parts.iter().map(|part| part.content.subject.clone()).collect();
        Some(DigestMail { recipients: to(&["list@example.org"]), content: content("digest") })
    };
    let made = board.mail().compose(channel.id, write).await.unwrap();
    made.map(|_| titles)
}

fn new<'a>(channel: &Channel, key: &'a str, recipients: &'a [String]) -> HandOver<'a> {
    HandOver { channel_id: channel.id, key, recipients, subject: "Rust engineer", placement_id: None }
}

async fn only_mail(board: &TenantScope, channel: &Channel) -> OutboxMail {
    let mut mails = board.mail().hand_over(&new(channel, KEY, &to(&["list@example.org"]))).await.unwrap();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

#[tokio::test]
async fn the_same_key_is_the_same_mail_and_another_address_another() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        assert_eq!(board.mail().find(list.id, KEY).await.unwrap(), None);
        let first = only_mail(&board, &list).await;
        assert_eq!(only_mail(&board, &list).await, first);
        let both = board.mail().hand_over(&new(&list, KEY, &to(&["list@example.org", "b@example.org"]))).await.unwrap();
        assert_eq!((both.len(), both[0].id), (2, first.id));
        assert_eq!(
            board.mail().find(list.id, KEY).await.unwrap(),
            Some(Handed { id: first.id, state: MailState::Queued })
        );
    })
    .await;
}

#[tokio::test]
async fn one_of_two_workers_begins_and_what_was_sent_is_never_begun_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let mail = only_mail(&board, &list).await;
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Yes);
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Taken);
        board.mail().finish(mail.id, MailOutcome::NotSent("451 later".into()), None).await.unwrap();
        let waiting = only_mail(&board, &list).await;
        assert_eq!((waiting.state, waiting.problem.as_deref()), (MailState::Queued, Some("451 later")));
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Yes);
        board.mail().finish(mail.id, MailOutcome::Sent, None).await.unwrap();
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Taken);
        // Somebody who comes late with another story changes nothing.
        board.mail().finish(mail.id, MailOutcome::Unknown("cut off".into()), None).await.unwrap();
        let sent = only_mail(&board, &list).await;
        assert_eq!((sent.state, sent.attempts), (MailState::Sent, 2));
    })
    .await;
}

#[tokio::test]
async fn a_mail_whose_worker_died_is_unknown_until_somebody_says_it_wasnt_sent() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let mail = only_mail(&board, &list).await;
        board.mail().begin(mail.id, LEASE).await.unwrap();
        // Here the process dies.
        let found = async || board.mail().find(list.id, KEY).await.unwrap().unwrap().state;
        assert_eq!(found().await, MailState::Unknown);
        // As long as its worker may live, nobody takes it over.
        board.mail().settle_as_not_sent(list.id, KEY).await.unwrap();
        assert_eq!(found().await, MailState::Unknown);
        world.clock.advance(Duration::seconds(61));
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Taken);
        board.mail().settle_as_not_sent(list.id, KEY).await.unwrap();
        assert_eq!(found().await, MailState::Queued);
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Yes);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_erased_and_what_was_sent_stays_on_record() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let people = to(&["ana@example.org", "bo@example.org"]);
        board.mail().hand_over(&new(&list, KEY, &people)).await.unwrap();
        assert_eq!(board.mail().erase(" Ana@Example.org", Actor::System).await.unwrap(), 1, "however it is written");
        assert_eq!(board.mail().erase("bo@example.org", Actor::System).await.unwrap(), 1);
        let left = board.mail().of_key(list.id, KEY).await.unwrap();
        assert_eq!(left.iter().map(|mail| mail.recipient.clone()).collect::<Vec<_>>(), [None, None]);
    })
    .await;
}

#[tokio::test]
async fn a_digest_holds_what_is_due_once_and_nothing_that_was_taken_back() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let put = async |new| board.mail().put_by(new).await.unwrap();
        let one = put(part(&list, "1", "Rust engineer", 2)).await;
        assert_eq!(one.state, MailState::Queued);
        assert_eq!(put(part(&list, "1", "Somebody else", 2)).await, one, "the same key changes nothing");
        let two = put(part(&list, "2", "Go engineer", 2)).await;
        let three = put(part(&list, "3", "Tester", 2)).await;
        put(part(&list, "4", "Of tomorrow", 26)).await;
        assert_eq!(compose(&board, &list).await, None, "it isn't time");
        assert!(board.mail().replace(list.id, two.id, content("Go developer")).await.unwrap());
        assert!(board.mail().cancel(list.id, three.id).await.unwrap());
        assert!(board.mail().cancel(list.id, three.id).await.unwrap(), "taking it back twice is no mistake");

        world.clock.advance(Duration::hours(2));
        assert_eq!(world.store.mailroom().due_digests().await.unwrap().len(), 1);
        let titles = compose(&board, &list).await.unwrap();
        assert_eq!(titles, ["Rust engineer", "Go developer"]);
        assert_eq!(compose(&board, &list).await, None, "no part goes out twice");
        assert!(!board.mail().replace(list.id, one.id, content("too late")).await.unwrap());
        assert!(!board.mail().cancel(list.id, one.id).await.unwrap());

        // The mail is in the outbox with what it says, and its parts share its fate.
        let (_, mail) = world.store.mailroom().due_mails(10).await.unwrap().remove(0);
        assert_eq!(mail.content, Some(content("digest")));
        assert_eq!(board.mail().find(list.id, "1").await.unwrap().unwrap().state, MailState::Queued);
        board.mail().begin(mail.id, LEASE).await.unwrap();
        board.mail().finish(mail.id, MailOutcome::Sent, None).await.unwrap();
        assert_eq!(board.mail().find(list.id, "1").await.unwrap().unwrap().state, MailState::Sent);
        assert!(board.mail().of_key(list.id, &mail.key).await.unwrap()[0].content.is_none());
        assert_eq!(world.store.mailroom().next_due().await.unwrap(), Some(noon() + Duration::hours(26)));
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_was_emptied_for_somebody_is_not_taken_up_again_when_they_want_mail_again() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        board.mail().put_by(part(&list, "1", "Rust engineer", 0)).await.unwrap();
        let (mark, address) = (RecipientMark::of("ana@example.org"), Some("ana@example.org"));
        let new =
            NewSuppression { channel_id: list.id, mark, address, origin: SuppressionOrigin::Admin, problem: "nobody" };
        let asked = board.mail().suppress(new, Actor::System).await.unwrap();
        let recipients = to(&["ana@example.org", "bo@example.org"]);
        let write = |_: &Channel, _: &[Fragment]| Some(DigestMail { recipients, content: content("digest") });
        let made = board.mail().compose(list.id, write).await.unwrap().unwrap();
        board.mail().lift(asked.id, Actor::System).await.unwrap();
        let state = async |id| board.mail().get(id).await.unwrap().unwrap().state;
        // The other one's mail is tried: whoever looks at one looks at all of the digest.
        assert_eq!(board.mail().begin(made[1], LEASE).await.unwrap(), Begun::Yes);
        assert_eq!(state(made[0]).await, MailState::Suppressed, "there is no text left to send");
        board.mail().finish(made[1], MailOutcome::Sent, None).await.unwrap();
        assert_eq!(world.store.mailroom().next_due().await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_cant_be_written_keeps_its_parts() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        board.mail().put_by(part(&list, "1", "Rust engineer", 0)).await.unwrap();
        assert_eq!(board.mail().compose(list.id, |_, _| None).await.unwrap(), None);
        assert_eq!(compose(&board, &list).await.unwrap(), ["Rust engineer"]);
    })
    .await;
}

#[tokio::test]
async fn a_paused_channels_digest_waits_for_the_channel() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        board.mail().put_by(part(&list, "1", "Rust engineer", 0)).await.unwrap();
        board.channels().pause(list.id, None, Actor::System).await.unwrap();
        assert!(world.store.mailroom().due_digests().await.unwrap().is_empty());
        assert_eq!(compose(&board, &list).await, None);
        board.channels().resume(list.id, Actor::System).await.unwrap();
        assert!(compose(&board, &list).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_a_server_didnt_take_is_due_again_when_it_is_told() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        board.mail().put_by(part(&list, "1", "Rust engineer", 0)).await.unwrap();
        compose(&board, &list).await.unwrap();
        let due = async || world.store.mailroom().due_mails(10).await.unwrap();
        let mail = due().await.remove(0).1;
        board.mail().begin(mail.id, LEASE).await.unwrap();
        assert!(due().await.is_empty(), "somebody is at it");
        let again = noon() + Duration::minutes(5);
        board.mail().finish(mail.id, MailOutcome::NotSent("450 busy".into()), Some(again)).await.unwrap();
        assert!(due().await.is_empty());
        world.clock.set(again);
        assert_eq!(due().await[0].1.content, Some(content("digest")));
        board.mail().begin(mail.id, LEASE).await.unwrap();
        board.mail().finish(mail.id, MailOutcome::Unknown("reset".into()), Some(again)).await.unwrap();
        world.clock.advance(Duration::days(1));
        assert!(due().await.is_empty(), "what may have been sent isn't sent again on a guess");
    })
    .await;
}

#[tokio::test]
async fn mail_of_another_board_is_out_of_reach() {
    on_both(|world| async move {
        let (acme, other) = (world.board("acme").await, world.board("other").await);
        let list = channel(&acme, "list", Vec::new()).await;
        let mail = only_mail(&acme, &list).await;
        let fragment = acme.mail().put_by(part(&list, "1", "Rust engineer", 0)).await.unwrap();
        assert_eq!(other.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Taken);
        assert!(!other.mail().cancel(list.id, fragment.id).await.unwrap());
        assert_eq!(other.mail().find(list.id, KEY).await.unwrap(), None);
        assert_eq!(other.mail().erase("list@example.org", Actor::System).await.unwrap(), 0);
        assert!(other.mail().hand_over(&new(&list, "x", &to(&["a@example.org"]))).await.is_err());
        assert_eq!(compose(&other, &list).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_channel_with_many_digests_gets_its_share_and_leaves_the_others_theirs() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let (busy, quiet) = (channel(&board, "busy", Vec::new()).await, channel(&board, "quiet", Vec::new()).await);
        for number in 0..3 {
            board.mail().put_by(part(&busy, &number.to_string(), "Rust engineer", 0)).await.unwrap();
            compose(&board, &busy).await.unwrap();
            world.clock.advance(Duration::seconds(1));
        }
        board.mail().put_by(part(&quiet, "9", "Go engineer", 0)).await.unwrap();
        compose(&board, &quiet).await.unwrap();
        let due = world.store.mailroom().due_mails(2).await.unwrap();
        assert_eq!(due.iter().map(|(_, mail)| mail.channel_id).collect::<Vec<_>>(), [busy.id, busy.id, quiet.id]);
    })
    .await;
}

#[tokio::test]
async fn whoever_never_began_a_mail_takes_it_from_nobody_who_did() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let mail = only_mail(&board, &list).await;
        board.mail().begin(mail.id, LEASE).await.unwrap();
        // Another replica didn't reach the server.
        board.mail().give_up(mail.id, MailOutcome::NotSent("unreachable".into()), None).await.unwrap();
        assert_eq!(board.mail().begin(mail.id, LEASE).await.unwrap(), Begun::Taken);
        board.mail().finish(mail.id, MailOutcome::NotSent("451 later".into()), None).await.unwrap();
        board.mail().give_up(mail.id, MailOutcome::NotSent("unreachable".into()), None).await.unwrap();
        assert_eq!(only_mail(&board, &list).await.attempts, 2);
    })
    .await;
}

#[tokio::test]
async fn only_what_was_refused_is_tried_again_where_nobody_settled_the_rest() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = channel(&board, "list", Vec::new()).await;
        let people = to(&["ana@example.org", "bo@example.org"]);
        let mails = board.mail().hand_over(&new(&list, KEY, &people)).await.unwrap();
        board.mail().finish(mails[0].id, MailOutcome::Refused("550".into()), None).await.unwrap();
        board.mail().finish(mails[1].id, MailOutcome::Unknown("reset".into()), None).await.unwrap();
        board.mail().forget_refusals(list.id, KEY).await.unwrap();
        let states: Vec<_> = board.mail().of_key(list.id, KEY).await.unwrap().iter().map(|mail| mail.state).collect();
        assert_eq!(states, [MailState::Queued, MailState::Unknown]);
    })
    .await;
}
