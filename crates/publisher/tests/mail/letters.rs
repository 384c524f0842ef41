//! What a mail looks like on its way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tablon_publisher::mail::{DkimKey, MailOptions, UnsubscribeKey};
use tablon_testkit::samples::{hostile_jobs, sample_jobs_on};
use tablon_testkit::smtp::{FakeSmtp, PublicKey, verify};

use crate::fixture::{LINK_KEY, LIST, Setup, on_both, operators};

/// The key pair of RFC 8463's example.
const ED25519: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const ED25519_PUBLIC: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

fn signed(smtp: &FakeSmtp) -> MailOptions {
    MailOptions { dkim: Some(DkimKey::new("Board.Example", "tablon", ED25519).unwrap()), ..operators(smtp) }
}

/// Settings with which mail has both headers that stop it.
fn to_a_person() -> serde_json::Value {
    serde_json::json!({ "to": LIST, "recipient": "person" })
}

#[tokio::test]
async fn a_title_that_looks_encoded_is_read_as_it_was_typed() {
    on_both(Setup::settings(to_a_person()), |world| async move {
        let titles = ["=?utf-8?q?Boss?= wanted", "Diseño =?utf-8?b?Qm9zcw==?= UX", "What=?no=? end"];
        for (n, title) in titles.into_iter().enumerate() {
            world.publish(title).await;
            assert_eq!(world.smtp.mails()[n].subject, format!("{title} · Acme & Sons"));
        }
    })
    .await;
}

#[tokio::test]
async fn the_headers_say_who_what_and_how_to_stop_it() {
    on_both(Setup::settings(to_a_person()), |world| async move {
        world.publish("Ingeniera de Rust ✨").await;
        let mail = world.smtp.mails().remove(0);
        assert_eq!(mail.subject, "Ingeniera de Rust ✨ · Acme & Sons");
        assert_eq!(mail.shown_header("From").unwrap(), "Acmé devs <jobs@board.example>");
        assert_eq!(mail.shown_header("To").unwrap(), LIST);
        assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
        assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
        assert!(mail.shown_header("List-Id").unwrap().starts_with("\"Our list\" <"), "{:?}", mail.header("List-Id"));
        assert_eq!(mail.header("Date").unwrap(), "Mon, 15 Jun 2026 10:00:00 +0000");
        assert!(mail.header("Content-Type").unwrap().starts_with("multipart/alternative"));
        let kinds: Vec<_> = mail.parts.iter().map(|p| (p.media_type.as_str(), p.charset.as_deref())).collect();
        assert_eq!(kinds, [("text/plain", Some("utf-8")), ("text/html", Some("utf-8"))]);
        assert!(mail.html().contains("<strong>Rust</strong>") && mail.text().contains("https://board.example"));

        let link = mail.unsubscribe_url().unwrap();
        let token = link.strip_prefix("https://board.example/t/acme/unsubscribe/").unwrap();
        let asked = UnsubscribeKey::new(LINK_KEY).check(world.board.id, token).unwrap();
        assert_eq!(asked.channel_id, world.channel.id);
        assert!(!link.contains("list"), "it names no address");
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn every_mail_has_a_name_of_its_own() {
    on_both(Setup::default(), |world| async move {
        world.publish("Rust engineer").await;
        world.publish("Go engineer").await;
        let ids: Vec<_> = world.smtp.mails().iter().map(|m| m.header("Message-ID").unwrap().to_owned()).collect();
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.ends_with("@board.example>")), "{ids:?}");
    })
    .await;
}

#[tokio::test]
async fn the_preview_is_what_is_sent_whatever_the_offer_holds() {
    on_both(Setup::default(), |world| async move {
        let day = world.board.today(world.board.now());
        let mut offers = sample_jobs_on(day);
        offers.extend(hostile_jobs());
        // A hostile offer may be refused at the door; what gets in must be mailed as previewed.
        offers.retain(|offer| world.board.jobs().parse(offer).is_ok());
        assert!(offers.len() > 20, "{}", offers.len());
        for (number, offer) in offers.iter().enumerate() {
            let job = world.board.jobs().submit(offer, tablon_core::Actor::Visitor).await.unwrap().job;
            let posting = world.board.jobs().posting(job.id).await.unwrap().unwrap();
            let previews = world.plugin.render(&posting, &world.target()).await.result.unwrap();
            let preview: serde_json::Value = serde_json::from_str(&previews[0].content).unwrap();
            world.board.jobs().approve(job.id, Default::default(), tablon_core::Actor::System).await.unwrap();
            world.settle().await;
            let mails = world.smtp.mails();
            assert_eq!(mails.len(), number + 1, "{:?}", world.placement(&job).await);
            let mail = &mails[number];
            let as_sent = |text: &str| text.replace("\r\n", "\n").trim_end().to_owned();
            assert_eq!(as_sent(mail.html()), as_sent(preview["html"].as_str().unwrap()));
            assert_eq!(as_sent(mail.text()), as_sent(preview["text"].as_str().unwrap()));
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words(&mail.subject), words(preview["subject"].as_str().unwrap()));
        }
        world.smtp.assert_no_violations();
    })
    .await;
}

#[tokio::test]
async fn a_signature_covers_both_headers_that_stop_mail_and_breaks_when_one_is_changed() {
    let setup = Setup { mail: signed, ..Setup::settings(to_a_person()) };
    on_both(setup, |world| async move {
        world.publish("Ingeniera de Rust con un título tan largo que hay que doblar la línea más de una vez ✨").await;
        let mail = world.smtp.mails().remove(0);
        let key = PublicKey::Ed25519(STANDARD.decode(ED25519_PUBLIC).unwrap());
        let covered = verify(&mail.raw, &key).unwrap();
        for header in ["from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"] {
            assert!(covered.iter().any(|name| name == header), "{header}: {covered:?}");
        }
        // A list may add it without breaking the signature.
        assert!(!covered.iter().any(|name| name == "reply-to"), "{covered:?}");
        for (from, to) in [
            ("List-Unsubscribe=One-Click", "List-Unsubscribe=Two-Clicks"),
            ("/unsubscribe/", "/unsubscribe/x"),
            ("Subject: ", "Subject: Re: "),
            ("Acme", "Evil"),
        ] {
            assert!(mail.raw.contains(from), "{from}");
            assert!(verify(&mail.raw.replacen(from, to, 1), &key).is_err(), "{from}");
        }
    })
    .await;
}
