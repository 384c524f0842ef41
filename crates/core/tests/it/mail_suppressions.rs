//! Whoever wants no more mail gets none, until an admin says so.

use std::time::Duration as StdDuration;

use serde_json::json;
use tablon_core::store::{
    Begun, Channel, ChannelState, ChannelUpdate, HandOver, MailState, NewChannel, NewSuppression, PlacementState,
    RecipientMark, Secrets, Suppression, SuppressionOrigin,
};
use tablon_core::{Actor, Conflict, Error, TenantScope};

use crate::fixture::{on_both, published};

const LIST: &str = "List@example.org";
const WORDS: &str = "list@example.org has asked for no more mail";

async fn list_to(board: &TenantScope, to: &str) -> Channel {
    let new = NewChannel {
        plugin: "email".to_owned(),
        name: "Our list".to_owned(),
        settings: json!({ "to": to, "delivery": "at_once" }),
        secrets: Secrets::default(),
        lanes: Vec::new(),
    };
    board.channels().create(new, Actor::System).await.unwrap()
}

async fn unsubscribe(board: &TenantScope, channel: &Channel, address: &str) -> Suppression {
    let new = NewSuppression {
        channel_id: channel.id,
        mark: RecipientMark::of(address),
        address: Some(address),
        origin: SuppressionOrigin::OneClick,
        problem: WORDS,
    };
    board.mail().suppress(new, Actor::Visitor).await.unwrap()
}

async fn mails(board: &TenantScope, channel: &Channel, to: &[&str]) -> Vec<(String, MailState)> {
    let recipients: Vec<String> = to.iter().map(|address| (*address).to_owned()).collect();
    let new =
        HandOver { channel_id: channel.id, key: "1", recipients: &recipients, subject: "Job", placement_id: None };
    let mails = board.mail().hand_over(&new).await.unwrap();
    mails.into_iter().map(|mail| (mail.recipient.unwrap(), mail.state)).collect()
}

async fn state(board: &TenantScope, channel: &Channel) -> (ChannelState, Option<String>) {
    let channel = board.channels().get(channel.id).await.unwrap().unwrap();
    (channel.state, channel.problem)
}

async fn give(board: &TenantScope, channel: &Channel, to: &str) {
    let settings = json!({ "to": to, "delivery": "daily" });
    let update = ChannelUpdate { settings: Some(settings), ..Default::default() };
    board.channels().update(channel.id, update, Actor::System).await.unwrap();
}

async fn actions(board: &TenantScope, channel: &Channel) -> Vec<String> {
    let log = board.audit().list(Some(channel.id), None, None).await.unwrap();
    assert!(!json!(log.items).to_string().contains('@'), "the log names nobody");
    log.items.into_iter().map(|event| event.action.to_string()).collect()
}

#[tokio::test]
async fn one_of_two_is_left_alone_and_the_other_gets_the_mail() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, "ana@example.org, bo@example.org").await;
        unsubscribe(&board, &list, "ANA@example.org").await;
        assert_eq!(state(&board, &list).await.0, ChannelState::Active);
        let both = ["ana@example.org", "bo@example.org"];
        let expected = [MailState::Suppressed, MailState::Queued];
        let found = mails(&board, &list, &both).await;
        assert_eq!(found.iter().map(|(_, state)| *state).collect::<Vec<_>>(), expected);
        // On another channel nobody has asked for anything.
        let other = list_to(&board, "ana@example.org").await;
        assert_eq!(mails(&board, &other, &both[..1]).await[0].1, MailState::Queued);
    })
    .await;
}

#[tokio::test]
async fn a_word_that_comes_between_keeps_the_mail_from_leaving() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, "ana@example.org, bo@example.org").await;
        assert_eq!(mails(&board, &list, &["ana@example.org"]).await[0].1, MailState::Queued);
        unsubscribe(&board, &list, "ana@example.org").await;
        let mail = board.mail().of_key(list.id, "1").await.unwrap().remove(0);
        let begun = board.mail().begin(mail.id, StdDuration::from_secs(60)).await.unwrap();
        assert_eq!(begun, Begun::Suppressed);
        assert_eq!(board.mail().of_key(list.id, "1").await.unwrap()[0].state, MailState::Suppressed);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_has_nobody_left_is_paused_and_only_an_admins_word_or_another_address_mends_it() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, LIST).await;
        let asked = unsubscribe(&board, &list, LIST).await;
        assert_eq!(unsubscribe(&board, &list, "list@EXAMPLE.org").await, asked, "saying it twice changes nothing");
        let stopped = (ChannelState::Paused, Some(WORDS.to_owned()));
        assert_eq!(state(&board, &list).await, stopped);
        let job = published(&board, "Rust engineer").await;
        let placement = async || board.placements().for_job(job.id).await.unwrap().remove(0).state;
        assert_eq!(placement().await, PlacementState::Blocked);

        give(&board, &list, "LIST@example.org").await;
        assert_eq!(state(&board, &list).await, stopped, "the same address is no other");
        let refused = board.channels().resume(list.id, Actor::System).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(Conflict::Unsubscribed)), "{refused:?}");
        assert_eq!(state(&board, &list).await, stopped);

        give(&board, &list, "new@example.org").await;
        assert_eq!(state(&board, &list).await, (ChannelState::Active, None));
        assert_eq!(placement().await, PlacementState::Pending);
        assert_eq!(actions(&board, &list).await[1..4], ["channel.update", "channel.pause", "channel.suppress"]);
    })
    .await;
}

#[tokio::test]
async fn lifting_lets_mail_go_again_and_is_on_record() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, LIST).await;
        let asked = unsubscribe(&board, &list, LIST).await;
        let job = published(&board, "Rust engineer").await;
        assert_eq!(mails(&board, &list, &[LIST]).await[0].1, MailState::Suppressed);
        assert_eq!(board.mail().lift(asked.id, Actor::System).await.unwrap(), list.id);
        assert_eq!(state(&board, &list).await, (ChannelState::Active, None));
        assert_eq!(board.placements().for_job(job.id).await.unwrap()[0].state, PlacementState::Pending);
        assert_eq!(mails(&board, &list, &[LIST]).await[0].1, MailState::Queued, "it is to be sent now");
        assert!(board.mail().suppressions(list.id).await.unwrap().is_empty());
        assert_eq!(actions(&board, &list).await[..2], ["channel.resume", "channel.lift"]);
        assert!(matches!(board.mail().lift(asked.id, Actor::System).await, Err(Error::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn what_a_person_paused_stays_paused_when_a_word_is_taken_back() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, LIST).await;
        board.channels().pause(list.id, None, Actor::System).await.unwrap();
        let asked = unsubscribe(&board, &list, LIST).await;
        assert_eq!(state(&board, &list).await, (ChannelState::Paused, None), "its pause has a reason of its own");
        board.mail().lift(asked.id, Actor::System).await.unwrap();
        assert_eq!(state(&board, &list).await, (ChannelState::Paused, None));
    })
    .await;
}

#[tokio::test]
async fn an_erased_address_is_still_left_alone() {
    on_both(|world| async move {
        let board = world.board("acme").await;
        let list = list_to(&board, LIST).await;
        unsubscribe(&board, &list, LIST).await;
        board.mail().erase("list@example.org", Actor::System).await.unwrap();
        assert_eq!(board.mail().suppressions(list.id).await.unwrap()[0].address, None);
        assert_eq!(mails(&board, &list, &[LIST]).await[0].1, MailState::Suppressed);
        let told = board.mail().unsubscribed(list.id, &[LIST.to_owned(), "bo@example.org".to_owned()]).await.unwrap();
        assert_eq!(told, [LIST]);
    })
    .await;
}

#[tokio::test]
async fn another_board_neither_sees_nor_lifts_it() {
    on_both(|world| async move {
        let (board, other) = (world.board("acme").await, world.board("other").await);
        let list = list_to(&board, LIST).await;
        let asked = unsubscribe(&board, &list, LIST).await;
        assert!(other.mail().suppressions(list.id).await.unwrap().is_empty());
        assert!(matches!(other.mail().lift(asked.id, Actor::System).await, Err(Error::NotFound)));
        let new = NewSuppression {
            channel_id: list.id,
            mark: RecipientMark::of("ana@example.org"),
            address: None,
            origin: SuppressionOrigin::Admin,
            problem: WORDS,
        };
        assert!(matches!(other.mail().suppress(new, Actor::System).await, Err(Error::NotFound)));
        assert_eq!(board.mail().suppressions(list.id).await.unwrap(), [asked]);
    })
    .await;
}
