//! What is made of a platform's sending, editing, deleting and looking.

use serde_json::{Value, json};

use super::chatter::Chatter;
use crate::testing::{ScriptedHost, attempt, context, posting, target};
use crate::{Ending, Error, Located, MailError, Posting, Presence, Publisher, Receipt, RetractMode, Target};

fn host(script: &[&str]) -> ScriptedHost {
    let known = ScriptedHost::default().with_audience("script", "script");
    script.iter().fold(known, |host, word| host.failing_mail(MailError::Refused((*word).into())))
}

fn channel() -> Target {
    target(json!({}))
}

fn published() -> Receipt {
    Chatter.publish(&host(&[]), &posting(), &channel(), &attempt()).expect("a receipt")
}

fn handle(receipt: &Receipt) -> Value {
    serde_json::from_slice(&receipt.handle).expect("JSON")
}

fn retract(receipt: &Receipt, mode: RetractMode, script: &[&str]) -> (Result<Option<Receipt>, Error>, Vec<String>) {
    let host = host(script);
    let kept = Chatter.retract(&host, receipt, mode, &posting(), &channel(), &attempt());
    (kept, host.lines())
}

fn check(receipt: &Receipt, posting: &Posting, script: &[&str]) -> (Result<Presence, Error>, Vec<String>) {
    let host = host(script);
    let found = Chatter.check(&host, receipt, posting, &channel(), &context());
    (found, host.lines())
}

const DELETE: RetractMode = RetractMode::Delete;
const FILLED: RetractMode = RetractMode::MarkClosed(Ending::Filled);

#[test]
fn a_receipt_holds_the_copy_and_what_was_sent() {
    let receipt = published();
    let mark = crate::fingerprint(&"Rust engineer");
    assert_eq!(handle(&receipt), json!({ "v": 2, "id": 7, "mark": mark }));
    assert_eq!(receipt.url.as_deref(), Some("https://chatter.example/7"));
}

#[test]
fn an_update_edits_and_keeps_the_address_that_is_known() {
    let (host, newer) = (host(&[]), Posting { title: "Go engineer".into(), ..posting() });
    let updated = Chatter.update(&host, &published(), &newer, &channel(), &attempt()).expect("a receipt");
    assert_eq!((host.lines(), updated.url), (vec!["edit 7 Go engineer".to_owned()], published().url));
    let older = Receipt { handle: br#"{"v":1,"number":3}"#.to_vec(), url: None, extra: vec![] };
    let updated = Chatter.update(&host, &older, &newer, &channel(), &attempt()).expect("a receipt");
    assert_eq!(handle(&updated)["id"], 3);
}

#[test]
fn an_update_of_what_is_gone_says_so() {
    let updated = Chatter.update(&host(&["gone"]), &published(), &posting(), &channel(), &attempt());
    assert_eq!(updated, Err(Error::Gone));
}

#[test]
fn what_is_half_done_is_kept_and_told() {
    let Err(Error::Unfinished((receipt, why))) = Chatter.publish(&host(&["half"]), &posting(), &channel(), &attempt())
    else {
        panic!("unfinished")
    };
    assert_eq!((receipt, why.as_str()), (published(), "the name is missing"));
    let updated = Chatter.update(&host(&["half"]), &published(), &posting(), &channel(), &attempt());
    assert!(matches!(updated, Err(Error::Unfinished((receipt, _))) if receipt == published()));
    let (Err(Error::Unfinished((receipt, _))), _) = retract(&published(), FILLED, &["half"]) else {
        panic!("unfinished")
    };
    assert_eq!(handle(&receipt)["closed"], "filled");
}

#[test]
fn a_copy_is_marked_as_over_or_taken_away() {
    let (kept, lines) = retract(&published(), FILLED, &[]);
    assert_eq!(lines, ["edit 7 Ending::Filled: Rust engineer"]);
    assert_eq!(handle(&kept.expect("marked").expect("there"))["closed"], "filled");
    assert_eq!(retract(&published(), DELETE, &[]), (Ok(None), vec!["delete 7".to_owned()]));
}

#[test]
fn to_take_away_what_is_gone_is_done() {
    assert_eq!(retract(&published(), DELETE, &["gone"]).0, Ok(None));
    assert_eq!(retract(&published(), FILLED, &["gone"]).0, Ok(None));
    assert_eq!(retract(&published(), DELETE, &["refuses", "gone"]).0, Ok(None));
    assert!(matches!(retract(&published(), DELETE, &["later"]).0, Err(Error::Transient(_))));
}

#[test]
fn what_can_not_be_taken_away_is_marked_as_it_was() {
    let (kept, lines) = retract(&published(), DELETE, &["refuses"]);
    assert_eq!(lines, ["delete 7", "edit 7 Ending::Closed: Rust engineer"]);
    assert_eq!(handle(&kept.expect("marked").expect("there"))["closed"], "closed");
    let filled = retract(&published(), FILLED, &[]).0.expect("marked").expect("there");
    let (_, lines) = retract(&filled, DELETE, &["refuses"]);
    assert_eq!(lines[1], "edit 7 Ending::Filled: Rust engineer");
}

#[test]
fn a_check_expects_what_was_sent_and_only_that() {
    let (found, lines) = check(&published(), &posting(), &["altered"]);
    assert_eq!(found, Ok(Presence::Altered("another title".into())));
    assert_eq!(lines, [r#"look 7 Some("Rust engineer")"#]);
    let newer = Posting { title: "Go engineer".into(), ..posting() };
    assert_eq!(check(&published(), &newer, &[]), (Ok(Presence::Present), vec!["look 7 None".to_owned()]));
    let filled = retract(&published(), FILLED, &[]).0.expect("marked").expect("there");
    assert_eq!(check(&filled, &posting(), &[]).1, [r#"look 7 Some("Ending::Filled: Rust engineer")"#]);
    assert_eq!(check(&published(), &posting(), &["gone"]).0, Ok(Presence::Absent));
}

#[test]
fn a_copy_that_was_found_or_pointed_at_is_taken_for_what_it_should_say() {
    let adopt = |posting: &Posting| Chatter.adopt(&host(&[]), "https://e.org/8", posting, &channel(), &context());
    let adopted = adopt(&posting()).expect("a receipt");
    assert_eq!((handle(&adopted)["id"].clone(), adopted.url.as_deref()), (json!(8), Some("https://e.org/8")));
    assert_eq!(check(&adopted, &posting(), &[]).1, [r#"look 8 Some("Rust engineer")"#]);
    let untold = adopt(&Posting { title: String::new(), ..posting() }).expect("a receipt");
    assert_eq!(check(&untold, &posting(), &[]).1, ["look 8 None"]);
    let Ok(Located::Found(found)) = Chatter.locate(&host(&[]), &posting(), &channel(), &attempt()) else {
        panic!("found")
    };
    assert_eq!(handle(&found)["mark"], handle(&published())["mark"]);
}

#[test]
fn a_verify_knows_the_time() {
    let verified = Chatter.verify(&host(&[]), &channel(), &context());
    assert_eq!(verified.map(|verified| verified.account.label), Ok(context().now));
}
