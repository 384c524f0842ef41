//! One mail for many jobs, when its hour has come.

use std::sync::Arc;

use chrono::Duration;
use serde_json::json;
use tablon_core::store::{ChannelState, ChannelUpdate, MailState, PlacementState as P, ProblemKind};
use tablon_core::{Actor, Keyring, Secrets, Store, StoreOptions};
use tablon_testkit::smtp::{Action, Fault, Stage};

use crate::fixture::{LIST, Setup, noon, on_both};

/// At 18:00 in Madrid, six hours after the tests' noon.
fn daily() -> Setup {
    Setup::settings(json!({ "to": LIST, "delivery": "daily", "hour": 18 }))
}

#[tokio::test]
async fn the_days_jobs_go_out_in_one_mail_in_the_boards_language() {
    on_both(daily(), |world| async move {
        let first = world.publish("Rust engineer").await;
        world.publish("Go engineer").await;
        let taken_back = world.publish("Tester").await;
        assert_eq!(world.placement(&first).await.state, P::Published);
        world.board.jobs().close(taken_back.id, Actor::System).await.unwrap();
        let edited = json!({ "title": "Staff Rust engineer" });
        world.board.jobs().patch(first.id, &edited, None, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&taken_back).await.state, P::Retracted);
        assert!(world.smtp.mails().is_empty(), "it isn't time");

        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        let mails = world.smtp.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.subject, "2 ofertas nuevas en Acmé devs");
        for title in ["Staff Rust engineer", "Go engineer"] {
            assert!(mail.html().contains(title) && mail.text().contains(title), "{title}");
        }
        assert!(!mail.html().contains("Tester") && !mail.text().contains("Tester"));
        assert!(mail.html().contains("lang=\"es\"") && mail.html().contains(&mail.unsubscribe_url().unwrap()));
        world.settle().await;
        world.clock.advance(Duration::hours(1));
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1, "a day's jobs go out once");
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_told_by_the_next_digest() {
    on_both(daily(), |world| async move {
        let job = world.publish("Rust engineer").await;
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Closed);
        world.publish("Go engineer").await;
        world.clock.advance(Duration::hours(24));
        world.settle().await;
        let mail = world.smtp.mails().remove(1);
        assert_eq!(mail.subject, "1 oferta nueva en Acmé devs");
        let (new, over) = mail.text().split_once("Ya no están abiertas").unwrap();
        assert!(new.contains("Go engineer") && over.contains("Rust engineer"), "{}", mail.text());
        assert!(mail.html().contains("<s>Rust engineer</s>"));
    })
    .await;
}

#[tokio::test]
async fn of_an_offer_that_is_open_again_no_digest_says_that_it_is_over() {
    on_both(daily(), |world| async move {
        let job = world.publish("Rust engineer").await;
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        world.publish("Go engineer").await;
        world.clock.advance(Duration::hours(24));
        world.settle().await;
        let mail = world.smtp.mails().remove(1);
        assert!(mail.text().contains("Go engineer") && !mail.text().contains("Rust engineer"), "{}", mail.text());
    })
    .await;
}

#[tokio::test]
async fn a_job_that_was_taken_out_of_a_digest_and_is_open_again_stands_in_it_once() {
    on_both(daily(), |world| async move {
        let job = world.publish("Rust engineer").await;
        for _ in 0..2 {
            world.board.jobs().close(job.id, Actor::System).await.unwrap();
            world.settle().await;
            assert_eq!(world.placement(&job).await.state, P::Retracted);
            world.board.jobs().reopen(job.id, Actor::System).await.unwrap();
            world.settle().await;
        }
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        let mails = world.smtp.mails();
        assert_eq!((mails.len(), mails[0].text().matches("Rust engineer").count()), (1, 1), "{}", mails[0].text());
    })
    .await;
}

#[tokio::test]
async fn two_replicas_send_one_digest() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.clock.set(noon() + Duration::hours(6));
        let (one, other) = (world.digests.clone(), world.digests.clone());
        let (one, other) = tokio::join!(one.settle(), other.settle());
        one.unwrap();
        other.unwrap();
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_isnt_taken_is_tried_again_and_goes_out_once() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.fault(Fault::at(Stage::Rcpt, Action::reply(451, "4.2.0 greylisted")));
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        assert!(world.smtp.mails().is_empty());
        world.clock.advance(Duration::minutes(3));
        assert_eq!(world.digest_states().await, [MailState::Queued]);
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_digest_whose_answer_was_lost_isnt_sent_again() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer));
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        world.clock.advance(Duration::hours(12));
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
        let lost = world.last_mail().await;
        assert!(lost.asks() && lost.state == MailState::Unknown && lost.problem.is_some(), "{lost:?}");
        world.smtp.assert_no_violations();
        // A person looked, and it wasn't there.
        world.board.mail().send_again(lost.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.smtp.mails().len(), world.last_mail().await.state), (2, MailState::Sent));
    })
    .await;
}

#[tokio::test]
async fn an_address_that_doesnt_exist_pauses_the_channel_and_the_digest_goes_out_once_it_does() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.remove_mailbox(LIST);
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        let channel = world.channel().await;
        assert_eq!((channel.state, channel.findings.kind), (ChannelState::Paused, Some(ProblemKind::Settings)));
        assert!(channel.problem.unwrap().contains("User unknown"));
        world.smtp.add_mailbox(LIST);
        world.board.channels().resume(channel.id, Actor::System).await.unwrap();
        world.clock.advance(Duration::hours(2));
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_digest_whose_content_is_refused_is_given_up_and_the_next_one_goes_out() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.fault(Fault::at(Stage::Content, Action::reply(550, "5.7.1 looks like spam")));
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        assert_eq!(world.channel().await.state, ChannelState::Active);
        world.clock.advance(Duration::hours(2));
        world.settle().await;
        assert!(world.smtp.mails().is_empty(), "never means never");
        let refused = world.last_mail().await;
        assert!(refused.asks() && refused.problem.unwrap().contains("looks like spam"));
        world.publish("Go engineer").await;
        world.clock.advance(Duration::hours(24));
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_digest_for_an_address_that_somebody_took_out_isnt_sent_there() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.fault(Fault::at(Stage::Rcpt, Action::reply(451, "4.2.0 greylisted")));
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        world.set("to", "new-list@example.org").await;
        world.clock.advance(Duration::hours(1));
        world.settle().await;
        assert!(world.smtp.mails().is_empty());
        assert_eq!((world.channel().await.state, world.digest_states().await), (ChannelState::Active, vec![]));
        let cancelled = world.last_mail().await;
        assert_eq!((cancelled.state, cancelled.asks()), (MailState::Cancelled, false));
    })
    .await;
}

#[tokio::test]
async fn a_server_that_isnt_there_is_asked_less_and_less_often() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.offline();
        world.clock.set(noon() + Duration::hours(6));
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            world.settle().await;
            let next = world.store.mailroom().next_due().await.unwrap().unwrap();
            assert_eq!(next - world.board.now(), Duration::minutes(wait));
            world.clock.set(next);
        }
        world.smtp.online().await.unwrap();
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_digest_is_given_up_after_days_and_a_person_may_send_it_again() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.offline();
        world.clock.set(noon() + Duration::hours(6));
        let began = world.board.now();
        for _ in 0..200 {
            world.settle().await;
            match world.store.mailroom().next_due().await.unwrap() {
                Some(next) => world.clock.set(next),
                None => break,
            }
        }
        let tried = world.board.now() - began;
        assert!((4..=5).contains(&tried.num_days()), "{tried}");
        let given_up = world.last_mail().await;
        assert_eq!((given_up.state, given_up.asks()), (MailState::GivenUp, true));
        assert_eq!(world.channel().await.state, ChannelState::Active);
        world.smtp.online().await.unwrap();
        world.settle().await;
        assert!(world.smtp.mails().is_empty(), "nobody tries any more");
        world.board.mail().send_again(given_up.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_digest_whose_process_died_is_told_and_not_sent_again() {
    on_both(daily(), |world| async move {
        let another = world.due_digest("email", Secrets::default(), "c@example.org").await;
        let mail = world.store.mailroom().due_mails(1).await.unwrap().remove(0).1;
        world.board.mail().begin(mail.id, std::time::Duration::from_secs(60)).await.unwrap();
        world.clock.advance(Duration::minutes(2));
        world.settle().await;
        assert!(world.smtp.mails().is_empty());
        assert_eq!(world.board.mail().asking().await.unwrap(), [(another.id, 1)]);
    })
    .await;
}

#[tokio::test]
async fn a_channel_that_cant_send_stands_in_nobodys_way() {
    on_both(daily(), |world| async move {
        world.due_digest("switched-off", Secrets::default(), "a@example.org").await;
        // Sealed by a key that is gone.
        let other = Store::open(StoreOptions {
            database_url: world.database.url().to_owned(),
            clock: Arc::new(world.clock.clone()),
            keyring: Some(Keyring::from_secret(&[2; 32]).unwrap()),
            base_url: "https://board.example".parse().unwrap(),
            max_connections: 1,
        });
        let other = other.await.unwrap();
        let sealed = world.due_digest("email", Secrets::default(), "b@example.org").await;
        let secrets = [("smtp_url", "smtps://127.0.0.1")].into_iter().collect();
        let update = ChannelUpdate { secrets, ..Default::default() };
        let board = other.tenants().by_id(world.board.id).await.unwrap().unwrap();
        board.channels().update(sealed.id, update, Actor::System).await.unwrap();
        world.due_digest("email", Secrets::default(), "c@example.org").await;

        world.digests.settle().await.unwrap();
        let to: Vec<_> = world.smtp.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(to, ["c@example.org"]);
        assert_eq!(world.digest_states().await, [], "the others are put off");
        world.clock.advance(Duration::minutes(1));
        assert_eq!(world.digest_states().await, [MailState::Queued, MailState::Queued]);
    })
    .await;
}
