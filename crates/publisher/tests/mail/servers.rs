//! Whose mail server it is, and how the way there is kept private.

use serde_json::json;
use tablon_core::Secrets;
use tablon_core::store::{ChannelState, PlacementState as P};
use tablon_publisher::mail::{DkimKey, MailOptions, UnsubscribeKey};
use tablon_publisher::{Audience, Granted};
use tablon_testkit::smtp::{FakeSmtp, Options, Security};
use tokio::io::AsyncWriteExt as _;

use crate::fixture::{LINK_KEY, LIST, Setup, on_both, operators};

fn none(smtp: &FakeSmtp) -> MailOptions {
    MailOptions { authorities: vec![smtp.authority().der()], ..MailOptions::none(UnsubscribeKey::new(LINK_KEY)) }
}

fn own(smtp: &FakeSmtp) -> Secrets {
    let separator = if smtp.url().contains('?') { '&' } else { '?' };
    [("smtp_url", format!("{}{separator}from=team@acme.example", smtp.url()))].into_iter().collect()
}

#[tokio::test]
async fn a_conversation_is_encrypted_before_anything_is_said_that_matters() {
    for security in [Security::StartTls, Security::Implicit] {
        let smtp = Options::default().security(security).credentials("board", "secret-word");
        on_both(Setup::smtp(smtp), |world| async move {
            let job = world.publish("Rust engineer").await;
            assert_eq!(world.placement(&job).await.state, P::Published, "{:?}", world.placement(&job).await.problem);
            let conversation = world.smtp.conversations().remove(0);
            assert!(conversation.encrypted && conversation.logged_in);
            world.smtp.assert_no_violations();
        })
        .await;
    }
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_nothing() {
    for security in [Security::StartTls, Security::Implicit] {
        let setup = Setup {
            smtp: Options::default().security(security),
            mail: |smtp| MailOptions { authorities: Vec::new(), ..operators(smtp) },
            ..Setup::default()
        };
        on_both(setup, |world| async move {
            let job = world.publish("Rust engineer").await;
            let waiting = world.placement(&job).await;
            assert_eq!((waiting.state, world.smtp.mails().len()), (P::Pending, 0));
            let problem = waiting.problem.unwrap();
            // Why is the operator's to know, and stands in the log.
            assert!(problem.contains("the mail server") && !problem.contains("127.0.0.1"), "{problem}");
        })
        .await;
    }
}

#[tokio::test]
async fn without_a_mail_server_the_channel_says_so_and_one_of_its_own_mends_it() {
    let setup = Setup { mail: none, allow_loopback: true, ..Setup::default() };
    on_both(setup, |world| async move {
        let job = world.publish("Rust engineer").await;
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        assert!(channel.problem.unwrap().contains("no outgoing mail"));
        let update = tablon_core::store::ChannelUpdate { secrets: own(&world.smtp), ..Default::default() };
        world.board.channels().update(channel.id, update, tablon_core::Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published, "{:?}", world.placement(&job).await.problem);
        assert_eq!(world.smtp.mails()[0].from, "team@acme.example");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_a_tenant_typed_in_is_guarded_and_the_operators_own_is_not() {
    // The fake is on this machine: out of bounds for what a tenant types, whatever the operator's own server is.
    let setup = Setup { secrets: own, ..Setup::default() };
    on_both(setup, |world| async move {
        world.publish("Rust engineer").await;
        let problem = world.channel().await.problem.unwrap();
        assert!(problem.contains("this machine") && problem.contains("hasn't allowed"), "{problem}");
        assert!(world.smtp.conversations().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_channel_is_verified_by_greeting_its_server_and_nothing_is_sent() {
    on_both(Setup::default(), |world| async move {
        let verified = world.plugin.verify(&world.target(), &Secrets::default()).await.result.unwrap();
        assert_eq!(verified.account.label, LIST);
        assert!(world.smtp.mails().is_empty());
        assert_eq!(world.smtp.conversations().len(), 1);
        world.smtp.offline();
        assert!(world.plugin.verify(&world.target(), &Secrets::default()).await.result.is_err());
    })
    .await;
}

#[tokio::test]
async fn doctor_greets_the_server_and_tells_what_is_wrong() {
    let smtp = FakeSmtp::start(Options::default().credentials("board", "secret-word")).await.unwrap();
    let server = |url: &str| url.parse::<tablon_publisher::mail::SmtpServer>().unwrap();
    let patience = std::time::Duration::from_secs(5);
    server(&smtp.url()).greets("board.example", patience).await.unwrap();
    let wrong = smtp.url().replace("secret-word", "wrong-word");
    let said = server(&wrong).greets("board.example", patience).await.unwrap_err();
    assert!(said.contains("535") && !said.contains("wrong-word"), "{said}");
    smtp.offline();
    let said = server(&smtp.url()).greets("board.example", patience).await.unwrap_err();
    assert!(said.contains("can't be reached"), "{said}");
}

#[tokio::test]
async fn an_address_that_no_server_can_take_is_told_to_the_admins() {
    on_both(Setup::settings(json!({ "to": "list@example.org" })), |world| async move {
        world.smtp.remove_mailbox(LIST);
        let job = world.publish("Rust engineer").await;
        let failed = world.placement(&job).await;
        assert_eq!(failed.state, P::Blocked);
        assert!(world.channel().await.problem.unwrap().contains("User unknown"));
        // The corrected address gets it, and the wrong one isn't tried any more.
        world.smtp.add_mailbox(LIST);
        world.set("to", "new-list@example.org").await;
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        let to: Vec<_> = world.smtp.mails().into_iter().flat_map(|mail| mail.to).collect();
        assert_eq!(to, ["new-list@example.org"]);
    })
    .await;
}

/// The operator's key is of the domain that the tenant's server sends for.
fn signs_for_acme(smtp: &FakeSmtp) -> MailOptions {
    let key = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    MailOptions { dkim: Some(DkimKey::new("acme.example", "tablon", key).unwrap()), ..operators(smtp) }
}

#[tokio::test]
async fn the_operators_key_signs_nothing_that_goes_through_a_tenants_server() {
    let setup = Setup { mail: signs_for_acme, secrets: own, allow_loopback: true, ..Setup::default() };
    on_both(setup, |world| async move {
        world.publish("Rust engineer").await;
        let mail = world.smtp.mails().remove(0);
        assert_eq!((mail.from.as_str(), mail.header("DKIM-Signature")), ("team@acme.example", None));
    })
    .await;
}

#[tokio::test]
async fn a_server_of_the_channels_own_that_may_not_be_used_isnt_replaced_by_the_operators() {
    let granted = Granted { mail: vec![Audience::parse("setting:to").unwrap()], ..Granted::default() };
    let setup = Setup { secrets: own, allow_loopback: true, granted: Some(granted), ..Setup::default() };
    on_both(setup, |world| async move {
        world.publish("Rust engineer").await;
        let channel = world.channel().await;
        assert_eq!((channel.state, world.smtp.conversations().len()), (ChannelState::Paused, 0));
        assert!(channel.problem.unwrap().contains("wasn't granted the secret smtp_url"));
        // Nor by the task that sends digests.
        let other = world.due_digest("email", own(&world.smtp), "b@example.org").await;
        world.settle().await;
        let other = world.board.channels().get(other.id).await.unwrap().unwrap();
        assert_eq!((other.state, world.smtp.conversations().len()), (ChannelState::Paused, 0));
    })
    .await;
}

#[tokio::test]
async fn a_digest_goes_nowhere_that_the_operator_doesnt_let_the_plugin_mail() {
    let setup = Setup { granted: Some(Granted::default()), ..Setup::default() };
    on_both(setup, |world| async move {
        let channel = world.due_digest("email", Secrets::default(), LIST).await;
        world.settle().await;
        let channel = world.board.channels().get(channel.id).await.unwrap().unwrap();
        assert_eq!((channel.state, world.smtp.conversations().len()), (ChannelState::Paused, 0));
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_never_ends_is_broken_off() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let endless = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        while stream.write_all(&[b'2'; 4096]).await.is_ok() {}
    });
    let server: tablon_publisher::mail::SmtpServer = url.parse().unwrap();
    let said = server.greets("board.example", std::time::Duration::from_secs(5)).await.unwrap_err();
    assert!(said.contains("says more than"), "{said}");
    endless.await.unwrap();
}
