//! What becomes of a job's mail over its life.

use serde_json::{Value, json};
use tablon_plugin::testing::{ScriptedHost, attempt, context, posting, target};
use tablon_plugin::{
    Attempt, Ending, Error, Located, MailDelivery, MailError, MailState, Posting, Publisher, RetractMode, Weekday,
};
use tablon_plugin_email::Email;

fn host() -> ScriptedHost {
    ScriptedHost::default().with_audience("setting:to", "list@example.org")
}

fn settings(delivery: &str) -> Value {
    json!({ "to": "list@example.org", "delivery": delivery, "hour": 7, "weekday": "friday" })
}

fn another() -> Attempt {
    Attempt { key: "another".to_owned(), ..attempt() }
}

#[test]
fn a_job_goes_out_when_the_channel_says() {
    for (delivery, wanted) in [
        ("at_once", MailDelivery::AtOnce),
        ("daily", MailDelivery::Daily(7)),
        ("weekly", MailDelivery::Weekly((Weekday::Friday, 7))),
    ] {
        let host = host();
        let receipt = Email.publish(&host, &posting(), &target(settings(delivery)), &attempt()).unwrap();
        assert_eq!(receipt.url, None);
        let mails = host.mails();
        assert_eq!((mails.len(), mails[0].delivery, mails[0].key == attempt().key), (1, wanted, true));
    }
}

#[test]
fn what_the_host_says_is_told_for_what_it_is() {
    let said = |error: MailError| {
        let host = host().failing_mail(error);
        Email.publish(&host, &posting(), &target(settings("at_once")), &attempt()).unwrap_err()
    };
    assert!(matches!(said(MailError::Denied("no".into())), Error::InvalidSettings(_)));
    assert!(matches!(said(MailError::NotSent("451".into())), Error::Transient(_)));
    assert!(matches!(said(MailError::Refused("550".into())), Error::Rejected(_)));
    assert!(matches!(said(MailError::NoAnswer("reset".into())), Error::Uncertain(_)));
}

#[test]
fn a_lost_answer_is_looked_up_and_never_guessed() {
    let host = host().failing_mail(MailError::NoAnswer("reset".into()));
    let target = target(settings("at_once"));
    let locate = || Email.locate(&host, &posting(), &target, &attempt()).unwrap();
    assert!(matches!(locate(), Located::Absent), "it was never handed over");
    Email.publish(&host, &posting(), &target, &attempt()).unwrap_err();
    assert!(matches!(locate(), Located::Unknowable));
    // The same again isn't sent again.
    assert!(matches!(Email.publish(&host, &posting(), &target, &attempt()), Err(Error::Uncertain(_))));
    host.settle_mail(&attempt().key, MailState::Sent);
    assert!(matches!(locate(), Located::Found(_)));
    host.settle_mail(&attempt().key, MailState::Queued);
    assert!(matches!(locate(), Located::Absent));
    assert_eq!(host.mails().len(), 1);
}

#[test]
fn a_mail_that_has_gone_out_is_not_followed_by_another() {
    let (host, target) = (host(), target(settings("at_once")));
    let receipt = Email.publish(&host, &posting(), &target, &attempt()).unwrap();
    let updated = Email.update(&host, &receipt, &posting(), &target, &another());
    assert!(matches!(updated, Err(Error::Unsupported)));
    for mode in [RetractMode::Delete, RetractMode::MarkClosed(Ending::Filled)] {
        let left = Email.retract(&host, &receipt, mode, &posting(), &target, &another()).unwrap();
        assert!(left.is_some(), "it is still in people's inboxes");
    }
    assert_eq!(host.mails().len(), 1);
}

#[test]
fn what_waits_for_its_digest_is_changed_and_taken_out() {
    let (host, target) = (host(), target(settings("daily")));
    let receipt = Email.publish(&host, &posting(), &target, &attempt()).unwrap();
    let newer = Posting { title: "Staff engineer".to_owned(), ..posting() };
    let receipt = Email.update(&host, &receipt, &newer, &target, &another()).unwrap();
    assert!(host.mails()[0].message.html.contains("Staff engineer"));
    assert_eq!(Email.retract(&host, &receipt, RetractMode::Delete, &newer, &target, &another()), Ok(None));
    assert!(host.mails().is_empty());
}

#[test]
fn after_the_digest_the_next_one_says_that_it_is_over() {
    let (host, target) = (host(), target(settings("weekly")));
    let receipt = Email.publish(&host, &posting(), &target, &attempt()).unwrap();
    host.settle_mail(&attempt().key, MailState::Sent);
    assert!(matches!(Email.update(&host, &receipt, &posting(), &target, &another()), Err(Error::Unsupported)));
    let filled = RetractMode::MarkClosed(Ending::Filled);
    assert!(Email.retract(&host, &receipt, filled, &posting(), &target, &another()).unwrap().is_some());
    let note = host.mails()[1].clone();
    assert!(note.message.text.contains("filled") && note.message.html.contains("<s>"), "{note:?}");
    // Saying it twice says it once.
    Email.retract(&host, &receipt, filled, &posting(), &target, &another()).unwrap();
    assert_eq!(host.mails().len(), 2);
}

#[test]
fn nothing_is_said_of_an_offer_that_was_taken_down() {
    let (host, target) = (host(), target(settings("daily")));
    let receipt = Email.publish(&host, &posting(), &target, &attempt()).unwrap();
    host.settle_mail(&attempt().key, MailState::Sent);
    let left = Email.retract(&host, &receipt, RetractMode::Delete, &posting(), &target, &another()).unwrap();
    assert!(left.is_some(), "it is still in people's inboxes");
    assert_eq!(host.mails().len(), 1);
}

#[test]
fn what_waits_for_its_digest_is_changed_though_the_channel_sends_at_once_by_now() {
    let host = host();
    let receipt = Email.publish(&host, &posting(), &target(settings("daily")), &attempt()).unwrap();
    let newer = Posting { title: "Staff engineer".to_owned(), ..posting() };
    Email.update(&host, &receipt, &newer, &target(settings("at_once")), &another()).unwrap();
    let html = &host.mails()[0].message.html;
    assert!(html.contains("Staff engineer") && !html.contains("<html"), "a part of a digest: {html}");
}

#[test]
fn a_person_points_at_the_archive_or_at_the_message() {
    let (host, target) = (host(), target(settings("at_once")));
    let archive = "https://lists.example.org/archive/42";
    assert_eq!(Email.adopt(&host, archive, &posting(), &target, &context()).unwrap().url.as_deref(), Some(archive));
    assert_eq!(Email.adopt(&host, "<abc@mail.example.org>", &posting(), &target, &context()).unwrap().url, None);
    assert!(matches!(Email.adopt(&host, "yes", &posting(), &target, &context()), Err(Error::Rejected(_))));
}

#[test]
fn looking_at_the_channel_sends_nothing() {
    let answers = host();
    let verified = Email.verify(&answers, &target(settings("at_once")), &context()).unwrap();
    assert_eq!(verified.account.label, "list@example.org");
    assert!(answers.mails().is_empty());
    let refuses = host().failing_mail(MailError::Denied("535 authentication failed".into()));
    assert!(Email.verify(&refuses, &target(settings("at_once")), &context()).is_err());
}
