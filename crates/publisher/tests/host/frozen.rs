//! Contract 1.0 for good: a component that was compiled when it was frozen still links, is told everything, and is
//! understood.
//!
//! `contract-1.0.wasm` is `plugins/testing/witness` as it was then. It is never built anew: a host that doesn't take it
//! any more has broken every plugin out there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tablon_core::Secrets;
use tablon_core::store::Lane;
use tablon_publisher::{
    Board, CallError, Ending, Located, Plugin, PluginHost, Presence, Receipt, Repeat, RetractMode, Target,
};

use crate::fixture::{attempt, options, posting};
use crate::server::{Manner, Platform, ok};

/// The contract's text without comments and blanks.
const FROZEN: &str = "8fbbd9a604263d12f02ed617eca78662c864f63695432c1c5185082474eaa291";

async fn witness() -> Arc<Plugin> {
    let directory = tempfile::tempdir().unwrap();
    let frozen = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/contract-1.0.wasm");
    std::fs::copy(frozen, directory.path().join("witness.wasm")).unwrap();
    let host = PluginHost::new(options(directory.path())).await.unwrap();
    host.plugin("witness").unwrap_or_else(|| panic!("{:?}", host.problems()))
}

fn target(answer: &str, base: &str) -> Target {
    Target {
        id: "channel-1".into(),
        board: Board { name: "Acme jobs".into(), url: "https://board.example".into(), color: "#0f766e".into() },
        settings: json!({ "base_url": base, "to": "list@example.org", "answer": answer }),
        secret_names: vec!["token".into()],
        template: Some("{{ title }}!".into()),
        locale: "pt-BR".into(),
        remembered: [("limit".to_owned(), json!(500))].into(),
        outbox: None,
    }
}

fn secrets() -> Secrets {
    [("token", "s3cr3t-token"), ("signing_key", "whsec_c2VjcmV0")].into_iter().collect()
}

fn offline(answer: &str) -> Target {
    target(answer, "http://127.0.0.1:9")
}

fn receipt() -> Receipt {
    Receipt { handle: b"receipt".to_vec(), url: Some("https://example.org/1".into()) }
}

#[test]
fn the_contracts_text_has_not_changed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/wit/1.0/publisher.wit");
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    let bare: String = lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    let digest = hex::encode(Sha256::digest(bare));
    assert_eq!(digest, FROZEN, "1.0 is frozen; what is new belongs into an interface of its own");
}

#[tokio::test]
async fn what_it_says_of_itself_is_understood() {
    let witness = witness().await;
    let description = witness.description();
    assert_eq!((description.name.as_str(), description.default_template.as_str()), ("Witness", "{{ title }}"));
    let can = description.features;
    assert!(can.update && can.retract && can.locate && can.check && can.adopt);
    let (secrets, target) = (secrets(), offline(""));
    assert_eq!(witness.repeats(&target, &secrets).await, Repeat::Never);
    assert_eq!(witness.repeats(&offline("always"), &secrets).await, Repeat::Always);
    assert_eq!(witness.repeats(&offline("within"), &secrets).await, Repeat::WithinMs(60_000));
}

#[tokio::test]
async fn it_is_told_the_whole_posting_and_the_whole_target() {
    let previews = witness().await.render(&posting(), &offline("")).await.result.unwrap();
    let preview = &previews[0];
    assert_eq!((preview.length, preview.limit, preview.unit.as_str()), (1, 2, "characters"));
    assert_eq!(preview.warnings, ["a warning"]);
    for told in [
        r#"id: "00000000-0000-0000-0000-000000000000""#,
        "revision: 1",
        r#"title: "Rust engineer"#,
        r#"organization: "Acme""#,
        r#"description: "We hire.""#,
        r#"summary: "We hire.""#,
        r#"url: "https://board.example/jobs/1""#,
        r#"apply-url: "mailto:jobs@acme.example""#,
        r#"locations: ["Sevilla, ES"]"#,
        "Workplace::Hybrid",
        r#"tags: ["rust"]"#,
        "pay: None",
        r#"language: "en""#,
        r#"published-at: "2026-03-01T09:30:00Z""#,
        "expires-at: None",
        r#"remembered: [("limit", "500")]"#,
        r#"name: "Acme jobs""#,
        r##"color: "#0f766e""##,
        r#"secrets: ["token"]"#,
        r#"template: Some("{{ title }}!")"#,
        r#"locale: "pt-BR""#,
        "list@example.org",
    ] {
        assert!(preview.content.contains(told), "{told} is missing: {}", preview.content);
    }
}

#[tokio::test]
async fn every_capability_still_answers() {
    let platform = Platform::start(&[ok("{}")]).await;
    let (witness, secrets) = (witness().await, secrets());
    let verified = witness.verify(&target("", &platform.base), &secrets).await.result.unwrap();
    assert!(verified.account.label.starts_with("200 200 "), "{}", verified.account.label);
    assert!(verified.account.label.contains("Error::Denied"), "without an outbox there is no mail");
    assert!(verified.account.label.contains("Context { now: \"20"), "{}", verified.account.label);
    let remember = [("limits".to_owned(), json!({ "characters": 500 })), ("kind".to_owned(), json!("forum"))];
    assert_eq!(verified.remember, remember.into());
    assert_eq!(verified.account.url.as_deref(), Some("https://example.org/account"));

    let call = witness.publish(&posting(), &target("", &platform.base), &secrets, &attempt()).await;
    let holds = [(Lane::Destination, 1), (Lane::Credential, 2), (Lane::Server, 3)];
    assert_eq!(call.holds, holds.map(|(lane, seconds)| (lane, Duration::from_secs(seconds))));
    let receipt = call.result.unwrap();
    let seen = String::from_utf8(receipt.handle).unwrap();
    assert!(seen.contains("200 200 200 200 true"), "four requests were answered and a message was signed: {seen}");
    for told in [r#"now: "2026-03-01T09:30:00Z""#, r#"began: "2026-03-01T09:30:00Z""#, "number: 1"] {
        assert!(seen.contains(told), "{told} is missing: {seen}");
    }
    assert_eq!(seen.matches("Error::Denied").count(), 6, "each way to the mail: {seen}");
    let requests = platform.requests();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert!(requests.iter().any(|r| r.starts_with(&format!("{method} /send?token=s3cr3t-token "))), "{method}");
    }
    assert!(requests.iter().all(|request| request.contains("x-token: Bearer s3cr3t-token")));
    // RFC 7617: "witness:s3cr3t-token".
    assert!(requests.iter().all(|request| request.contains("authorization: Basic d2l0bmVzczpzM2NyM3QtdG9rZW4=")));
    let part = "name=\"title\"; filename=\"title.txt\"\r\nContent-Type: text/x-title\r\n\r\nRust engineer";
    assert!(requests.iter().any(|request| request.contains(part)), "{requests:?}");
}

#[tokio::test]
async fn what_only_reads_leaves_no_doubt_behind() {
    // The answer to the GET, then to the POST that reads, which is lost; and of four acting requests one that is lost.
    let platform = Platform::start(&[ok("{}"), Manner::HangUp, ok("{}"), ok("{}"), Manner::HangUp, ok("{}")]).await;
    let (witness, secrets) = (witness().await, secrets());
    let verified = witness.verify(&target("", &platform.base), &secrets).await.result.unwrap();
    assert!(verified.account.label.contains("NoAnswer"), "{}", verified.account.label);
    let published = witness.publish(&posting(), &target("", &platform.base), &secrets, &attempt()).await;
    assert!(matches!(published.result, Err(CallError::Uncertain(_))), "{published:?}");
}

#[tokio::test]
async fn every_operation_is_made_and_every_answer_understood() {
    let (witness, secrets) = (witness().await, secrets());
    let updated = witness.update(&receipt(), &posting(), &offline(""), &secrets, &attempt()).await.result.unwrap();
    assert_eq!((updated.handle.as_slice(), updated.url.is_some()), (&b"receipt 1 1"[..], true));
    let retract = async |mode| {
        let call = witness.retract(&receipt(), mode, &posting(), &offline(""), &secrets, &attempt()).await;
        call.result.unwrap().map(|receipt| String::from_utf8(receipt.handle).unwrap())
    };
    assert_eq!(retract(RetractMode::Delete).await, None);
    for (ending, word) in [(Ending::Filled, "filled"), (Ending::Closed, "closed"), (Ending::Expired, "expired")] {
        assert_eq!(retract(RetractMode::MarkClosed(ending)).await, Some(format!("receipt {word}")));
    }
    let locate =
        async |answer| witness.locate(&posting(), &offline(answer), &secrets, &attempt()).await.result.unwrap();
    assert!(matches!(locate("").await, Located::Found(found) if found.handle == attempt().key.into_bytes()));
    assert_eq!(locate("absent").await, Located::Absent);
    assert_eq!(locate("unknowable").await, Located::Unknowable);
    let check = async |answer| witness.check(&receipt(), &posting(), &offline(answer), &secrets).await.result.unwrap();
    let Presence::Altered(altered) = check("altered").await else { panic!("nothing is different") };
    assert!(altered.starts_with("Rust engineer") && altered.contains(" at 20"), "{altered}");
    let found = [check("").await, check("absent").await, check("unknowable").await];
    assert_eq!(found, [Presence::Present, Presence::Absent, Presence::Unknowable]);
    let adopted = witness.adopt("https://example.org/7", &posting(), &offline(""), &secrets).await.result.unwrap();
    assert_eq!(adopted.url.as_deref(), Some("https://example.org/7"));
}

#[tokio::test]
async fn every_error_still_means_what_it_meant() {
    let (witness, secrets) = (witness().await, secrets());
    let error = async |answer| witness.adopt("x", &posting(), &offline(answer), &secrets).await.result.unwrap_err();
    for (answer, kind) in [
        ("invalid-settings", "invalid_settings"),
        ("unauthorized", "unauthorized"),
        ("rate-limited", "rate_limited"),
        ("transient", "transient"),
        ("uncertain", "uncertain"),
        ("unfinished", "unfinished"),
        ("rejected", "rejected"),
        ("moved", "moved"),
        ("gone", "gone"),
        ("unsupported", "unsupported"),
    ] {
        assert_eq!(error(answer).await.outcome().as_str(), kind, "{answer}");
    }
    for (answer, lane, ms) in [
        ("rate-limited", Lane::Credential, 1_500),
        ("rate-limited-destination", Lane::Destination, 2_500),
        ("rate-limited-server", Lane::Server, 3_500),
    ] {
        assert_eq!(error(answer).await, CallError::RateLimited { lane, ms });
    }
    assert!(matches!(error("moved").await, CallError::Moved(settings) if settings["answer"] == "arrived"));
    let Err(CallError::Unfinished { receipt, words }) =
        witness.update(&receipt(), &posting(), &offline("unfinished"), &secrets, &attempt()).await.result
    else {
        panic!("it is finished")
    };
    assert!(!receipt.handle.is_empty() && !words.is_empty());
}
