//! Networks and mail servers at their worst: nothing is lost and nothing is sent twice.

use tablon_core::Actor;
use tablon_core::store::{Begun, Channel, ChannelState, HandOver, PlacementState as P, Resolution};
use tablon_testkit::smtp::{Action, Fault, Options, Stage};

use crate::fixture::{LIST, Setup, on_both};

const BEFORE_THE_MAIL: [Stage; 5] = [Stage::Greeting, Stage::Ehlo, Stage::Mail, Stage::Rcpt, Stage::Data];

fn handed<'a>(channel: &Channel, key: &'a str, recipients: &'a [String]) -> HandOver<'a> {
    HandOver { channel_id: channel.id, key, recipients, subject: "Rust engineer", placement_id: None }
}

#[tokio::test]
async fn a_job_is_mailed_once() {
    on_both(Setup::default(), |world| async move {
        let job = world.publish("Rust engineer").await;
        assert_eq!(world.placement(&job).await.state, P::Published, "{:?}", world.placement(&job).await);
        let mails = world.smtp.mails();
        assert_eq!((mails.len(), mails[0].to.clone()), (1, vec![LIST.to_owned()]));
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_later_at_any_stage_gets_the_mail_later_and_once() {
    on_both(Setup::default(), |world| async move {
        for (number, stage) in BEFORE_THE_MAIL.into_iter().chain([Stage::Content]).enumerate() {
            world.smtp.fault(Fault::at(stage, Action::reply(451, "4.3.0 try again later")));
            let job = world.publish(&format!("Job {number}")).await;
            let waiting = world.placement(&job).await;
            assert_eq!((waiting.state, world.smtp.mails().len()), (P::Pending, number), "{stage:?}");
            // What the operator's server says of itself isn't the board's to read.
            let of_the_mail = !matches!(stage, Stage::Greeting | Stage::Ehlo);
            let words = if of_the_mail { "try again later" } else { "the mail server can't be reached" };
            assert!(waiting.problem.unwrap().contains(words), "{stage:?}");
            world.try_again(&job).await;
            assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, number + 1));
        }
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_never_parks_the_placement_with_its_own_words() {
    on_both(Setup::default(), |world| async move {
        for (number, stage) in [Stage::Data, Stage::Content].into_iter().enumerate() {
            world.smtp.fault(Fault::at(stage, Action::reply(550, "5.7.1 we don't want that")));
            let job = world.publish(&format!("Job {number}")).await;
            let failed = world.placement(&job).await;
            assert_eq!(failed.state, P::Failed, "{stage:?}");
            assert!(failed.problem.unwrap().contains("550 5.7.1 we don't want that"), "{stage:?}");
            assert_eq!(world.smtp.mails().len(), number);
            // A person mends it and tries again.
            world.board.placements().retry(failed.id, Actor::System).await.unwrap();
            world.settle().await;
            assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, number + 1));
        }
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_refuses_us_or_the_address_pauses_the_channel_and_parks_no_job() {
    on_both(Setup::default(), |world| async move {
        for (number, stage) in [Stage::Mail, Stage::Rcpt].into_iter().enumerate() {
            world.smtp.fault(Fault::at(stage, Action::reply(550, "5.7.1 relaying denied")));
            let job = world.publish(&format!("Job {number}")).await;
            let channel = world.channel().await;
            assert_eq!(
                (channel.state, world.placement(&job).await.state),
                (ChannelState::Paused, P::Blocked),
                "{stage:?}"
            );
            assert!(channel.problem.unwrap().contains("550 5.7.1 relaying denied"), "{stage:?}");
            world.board.channels().resume(channel.id, Actor::System).await.unwrap();
            world.settle().await;
            assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, number + 1));
        }
    })
    .await;
}

#[tokio::test]
async fn a_greylisted_address_is_tried_again_and_gets_one_mail() {
    on_both(Setup::smtp(Options::default().greylisting()), |world| async move {
        let job = world.publish("Rust engineer").await;
        assert_eq!(world.placement(&job).await.state, P::Pending);
        world.try_again(&job).await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_mail_is_simply_tried_again() {
    on_both(Setup::default(), |world| async move {
        for (number, stage) in BEFORE_THE_MAIL.into_iter().enumerate() {
            world.smtp.fault(Fault::at(stage, Action::Reset));
            let job = world.publish(&format!("Job {number}")).await;
            assert!(world.smtp.mails().len() == number, "{stage:?}");
            assert_eq!(world.placement(&job).await.state, P::Pending, "{stage:?}");
            world.try_again(&job).await;
            assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, number + 1));
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_never_answered_by_a_second_mail() {
    on_both(Setup::default(), |world| async move {
        world.smtp.fault(Fault::at(Stage::Content, Action::LoseAnswer));
        let job = world.publish("Rust engineer").await;
        assert_eq!(world.placement(&job).await.state, P::Unverified);
        world.clock.advance(chrono::Duration::hours(5));
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Unverified, 1));
        // A person finds it in the list's archive.
        let link = "https://lists.example.org/42";
        let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
        let receipt = world.plugin.adopt(link, &posting, &world.target(), &Default::default()).await.result.unwrap();
        let sent = Resolution::Sent { receipt: receipt.handle, url: receipt.url };
        let id = world.placement(&job).await.id;
        world.board.placements().resolve(id, sent, Actor::System).await.unwrap();
        assert_eq!(world.placement(&job).await.url.as_deref(), Some(link));
        world.board.jobs().fill(job.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Closed, 1));
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_middle_of_the_mail_is_unverified_until_a_person_says_it_wasnt_sent() {
    on_both(Setup::default(), |world| async move {
        world.smtp.fault(Fault::at(Stage::Content, Action::Reset));
        let job = world.publish("Rust engineer").await;
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, world.smtp.mails().len()), (P::Unverified, 0));
        world.board.placements().resolve(placement.id, Resolution::NotSent, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, 1));
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn nobody_at_home_is_simply_tried_again() {
    on_both(Setup::default(), |world| async move {
        world.smtp.offline();
        let job = world.publish("Rust engineer").await;
        let waiting = world.placement(&job).await;
        assert_eq!(waiting.state, P::Pending);
        assert!(!waiting.problem.unwrap().contains("127.0.0.1"), "the operator's server isn't named");
        world.smtp.online().await.unwrap();
        world.try_again(&job).await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_pauses_the_channel() {
    on_both(Setup::smtp(Options::default().credentials("board", "secret-word")), |world| async move {
        world.publish("First").await;
        assert!(world.smtp.conversations()[0].logged_in);
        world.smtp.change_password("another");
        let job = world.publish("Second").await;
        let channel = world.channel().await;
        assert_eq!((channel.state, world.placement(&job).await.state), (ChannelState::Paused, P::Blocked));
        let problem = channel.problem.unwrap();
        assert!(
            problem.contains("the mail server refused the user or the password") && !problem.contains("secret-word"),
            "{problem}"
        );
        world.smtp.change_password("secret-word");
        world.board.channels().resume(channel.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.smtp.mails().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_process_that_dies_while_it_sends_leaves_a_question_and_never_a_second_mail() {
    on_both(Setup::default(), |world| async move {
        let job = world.submit("Rust engineer").await;
        world.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        // The worker claims, begins, and is gone.
        let options = tablon_core::store::ClaimOptions { lease: std::time::Duration::from_secs(60), pacing: false };
        let due = world.store.queue().due_channels(1).await.unwrap();
        let claim = world.store.queue().claim_on(due[0], options).await.unwrap().unwrap();
        let mails =
            world.board.mail().hand_over(&handed(&world.channel, &claim.key, &[LIST.to_owned()])).await.unwrap();
        let lease = std::time::Duration::from_secs(60);
        assert_eq!(world.board.mail().begin(mails[0].id, lease).await.unwrap(), Begun::Yes);
        world.clock.advance(chrono::Duration::seconds(61));
        world.store.queue().recover(true).await.unwrap();
        world.settle().await;
        let placement = world.placement(&job).await;
        assert_eq!((placement.state, world.smtp.mails().len()), (P::Unverified, 0));
        world.board.placements().resolve(placement.id, Resolution::NotSent, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, 1));
    })
    .await;
}

#[tokio::test]
async fn a_process_that_dies_before_it_sends_needs_nobody() {
    on_both(Setup::default(), |world| async move {
        let job = world.submit("Rust engineer").await;
        world.board.jobs().approve(job.id, Default::default(), Actor::System).await.unwrap();
        let options = tablon_core::store::ClaimOptions { lease: std::time::Duration::from_secs(60), pacing: false };
        let due = world.store.queue().due_channels(1).await.unwrap();
        let claim = world.store.queue().claim_on(due[0], options).await.unwrap().unwrap();
        world.board.mail().hand_over(&handed(&world.channel, &claim.key, &[LIST.to_owned()])).await.unwrap();
        world.store.queue().recover(true).await.unwrap();
        world.settle().await;
        assert_eq!((world.placement(&job).await.state, world.smtp.mails().len()), (P::Published, 1));
    })
    .await;
}
