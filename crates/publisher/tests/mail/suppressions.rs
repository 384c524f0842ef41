//! Mail to somebody who wants no more of it doesn't leave.

use chrono::Duration;
use serde_json::json;
use tablon_core::Actor;
use tablon_core::store::{
    ChannelState, MailState, NewSuppression, PlacementState as P, ProblemKind, RecipientMark, Suppression,
    SuppressionOrigin,
};
use tablon_publisher::mail::UnsubscribeKey;
use tablon_testkit::smtp::{Action, Fault, Stage};

use crate::fixture::{LINK_KEY, LIST, Setup, World, noon, on_both};

fn daily() -> Setup {
    Setup::settings(json!({ "to": LIST, "delivery": "daily", "hour": 18 }))
}

async fn unsubscribe(world: &World) -> Suppression {
    let new = NewSuppression {
        channel_id: world.channel.id,
        mark: RecipientMark::of(LIST),
        address: Some(LIST),
        origin: SuppressionOrigin::Page,
        problem: "they asked for it",
    };
    world.board.mail().suppress(new, Actor::Visitor).await.unwrap()
}

async fn states(world: &World) -> Vec<MailState> {
    let page = world.board.mail().list(world.channel.id, None, None, None).await.unwrap();
    page.items.iter().map(|mail| mail.state).collect()
}

#[tokio::test]
async fn a_copy_waits_for_its_channel_and_goes_out_once_an_admin_lifts_it() {
    on_both(Setup::default(), |world| async move {
        let asked = unsubscribe(&world).await;
        let job = world.publish("Rust engineer").await;
        assert_eq!(world.placement(&job).await.state, P::Blocked);
        world.board.mail().lift(asked.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        assert_eq!((world.smtp.mails().len(), states(&world).await), (1, vec![MailState::Sent]));
    })
    .await;
}

#[tokio::test]
async fn whoever_starts_the_channel_by_another_way_learns_why_nothing_is_sent() {
    on_both(Setup::default(), |world| async move {
        // Somebody who gets nothing now, and the address is given after that.
        world.set("to", "other@example.org").await;
        unsubscribe(&world).await;
        assert_eq!(world.channel().await.state, ChannelState::Active);
        world.set("to", LIST).await;
        let told = world.plugin.verify(&world.target(), &Default::default()).await.result.unwrap_err().to_string();
        assert!(told.contains("ha pedido no recibir más correo"), "{told}");
        let job = world.publish("Rust engineer").await;
        assert_eq!(world.placement(&job).await.state, P::Blocked);
        let channel = world.channel().await;
        assert_eq!(channel.state, ChannelState::Paused);
        let problem = channel.problem.unwrap();
        assert!(problem.contains(LIST) && problem.contains("Anula la baja"), "in the board's language: {problem}");
        assert_eq!((world.smtp.conversations().len(), states(&world).await), (0, vec![MailState::Suppressed]));

        world.set("to", "new@example.org").await;
        world.settle().await;
        assert_eq!(world.placement(&job).await.state, P::Published);
        assert_eq!(world.smtp.mails()[0].to, ["new@example.org"]);
    })
    .await;
}

#[tokio::test]
async fn a_digest_waits_and_nothing_of_it_is_lost() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        let asked = unsubscribe(&world).await;
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        assert!(states(&world).await.is_empty(), "it isn't even put together");
        // An address that nobody may write to again, given back by a setting.
        world.set("to", "other@example.org").await;
        world.set("to", LIST).await;
        world.settle().await;
        let channel = world.channel().await;
        assert_eq!((channel.state, channel.findings.kind), (ChannelState::Paused, Some(ProblemKind::Unsubscribed)));
        assert!(channel.problem.unwrap().starts_with(LIST));
        world.board.mail().lift(asked.id, Actor::System).await.unwrap();
        world.settle().await;
        assert!(world.smtp.mails()[0].text().contains("Rust engineer"));
    })
    .await;
}

#[tokio::test]
async fn a_digest_that_waits_for_a_server_waits_for_the_word_too() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.smtp.fault(Fault::at(Stage::Rcpt, Action::reply(451, "4.2.0 greylisted")));
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        let asked = unsubscribe(&world).await;
        world.clock.advance(Duration::hours(2));
        world.settle().await;
        assert!(world.smtp.mails().is_empty());
        world.board.mail().lift(asked.id, Actor::System).await.unwrap();
        world.settle().await;
        assert_eq!((world.smtp.mails().len(), states(&world).await), (1, vec![MailState::Sent]));
    })
    .await;
}

#[tokio::test]
async fn a_digest_carries_its_own_recipients_link() {
    on_both(daily(), |world| async move {
        world.publish("Rust engineer").await;
        world.clock.set(noon() + Duration::hours(6));
        world.settle().await;
        let mail = world.smtp.mails().remove(0);
        let link = mail.unsubscribe_url().unwrap();
        assert!(mail.html().contains(&format!("href=\"{link}\"")) && mail.text().contains(&link), "{}", mail.text());
        assert!(!mail.html().contains(".invalid") && !mail.text().contains(".invalid"));
        let token = link.rsplit('/').next().unwrap();
        let asked = UnsubscribeKey::new(LINK_KEY).check(world.board.id, token).unwrap();
        assert_eq!((asked.channel_id, asked.recipient), (world.channel.id, RecipientMark::of(LIST)));
    })
    .await;
}

#[tokio::test]
async fn only_mail_to_a_person_can_be_stopped_with_one_click() {
    for (recipient, header) in [("person", Some("List-Unsubscribe=One-Click")), ("list", None)] {
        for delivery in ["at_once", "daily"] {
            let settings = json!({ "to": LIST, "recipient": recipient, "delivery": delivery, "hour": 18 });
            on_both(Setup::settings(settings), |world| async move {
                world.publish("Rust engineer").await;
                world.clock.set(noon() + Duration::hours(6));
                world.settle().await;
                let mail = world.smtp.mails().remove(0);
                assert_eq!(mail.header("List-Unsubscribe-Post"), header, "{recipient} {delivery}");
                assert!(mail.unsubscribe_url().is_some());
            })
            .await;
        }
    }
}
