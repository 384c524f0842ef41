//! The plugin as the host sees it: what it says, what it sends, what it makes of answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::{Value, json};
use tablon_plugin::testing::strategies::any_posting;
use tablon_plugin::testing::{
    ScriptedHost, assert_form_is_translated, assert_words_agree, attempt, context, posting, target,
};
use tablon_plugin::{
    Answer, Attempt, Ending, Error, Host, HttpError, Lane, Locales, Method, Posting, Publisher, Receipt, Repeat,
    RetractMode, Target,
};
use tablon_plugin_webhook::Webhook;

const LOCALES: Locales = Locales::new(&[
    ("en", include_str!("../../locales/en.ftl")),
    ("es", include_str!("../../locales/es.ftl")),
    ("pt-BR", include_str!("../../locales/pt-BR.ftl")),
]);

/// What the host makes of the secret `whsec_…`: the bytes behind the prefix.
const KEY: &[u8] = b"0123456789abcdef01234567";

fn channel() -> Target {
    target(json!({ "url": "https://jobs.example/hooks/in" }))
}

fn host(script: impl IntoIterator<Item = Result<Answer, HttpError>>) -> ScriptedHost {
    ScriptedHost::new(script).with_secret("signing_secret", KEY)
}

fn answers(status: u16) -> ScriptedHost {
    host([Ok(Answer::of_json(status, &json!({ "message": "because" })))])
}

fn publish(host: &ScriptedHost) -> Result<Receipt, Error> {
    Webhook.publish(host, &posting(), &channel(), &attempt())
}

/// The payload of the last request, once its signature was found good.
fn sent(host: &ScriptedHost) -> Value {
    let request = host.requests().pop().expect("a request");
    let header = |name: &str| request.header_shape(name).unwrap_or_else(|| panic!("no {name}"));
    let body = std::str::from_utf8(request.body_bytes()).expect("text");
    let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
    let expected = host.sign_hmac_sha256("signing_secret", signed.as_bytes()).expect("a signature");
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(expected)));
    assert_eq!(header("content-type"), "application/json");
    assert_eq!((request.method(), request.url_shape().as_str()), (Method::Post, "https://jobs.example/hooks/in"));
    serde_json::from_str(body).expect("JSON")
}

#[test]
fn a_publish_is_one_signed_message() {
    let host = answers(204);
    let receipt = publish(&host).expect("a receipt");
    assert_eq!(
        sent(&host),
        json!({
            "type": "job.published",
            "timestamp": "2026-03-01T09:30:00Z",
            "data": {
                "board": { "name": "Acme jobs", "url": "https://board.example/t/acme" },
                "channel": "01900000-0000-7000-8000-000000000002",
                "job": {
                    "id": "01900000-0000-7000-8000-000000000001",
                    "revision": 1,
                    "title": "Rust engineer",
                    "organization": "Acme",
                    "description": "We build **boards**.\n\n- Rust\n- SQL",
                    "summary": "We build boards.",
                    "url": "https://board.example/t/acme/jobs/rust-engineer",
                    "apply_url": "https://acme.example/jobs/1",
                    "locations": ["Sevilla, Andalucía, ES"],
                    "workplace": "hybrid",
                    "tags": ["rust", "c++"],
                    "pay": "42,000–52,000 EUR / year",
                    "language": "en",
                    "published_at": "2026-03-01T09:30:00Z",
                    "expires_at": null,
                    "updated_at": "2026-03-01T09:00:00Z",
                    "employment_types": ["FULL_TIME"],
                    "remote_countries": ["ES", "PT"],
                    "places": [{ "city": "Sevilla", "region": "Andalucía", "country": "ES" }],
                    "salary": { "currency": "EUR", "min": "42000", "max": "52000", "period": "YEAR" },
                    "fields": { "level": "senior" },
                },
            },
        })
    );
    assert_eq!(receipt.url, None);
    let request = &host.requests()[0];
    assert_eq!(request.header_shape("webhook-id").as_deref(), Some(attempt().key.as_str()));
    assert_eq!(request.header_shape("webhook-timestamp").as_deref(), Some("1772357400"));
}

/// The first try of an operation that began then.
fn later(time: &str) -> Attempt {
    Attempt { began: time.into(), now: time.into(), ..attempt() }
}

#[test]
fn another_try_of_any_event_says_the_same_to_the_byte() {
    let published = publish(&answers(200)).expect("a receipt");
    let bodies = |tell: &dyn Fn(&ScriptedHost, &Attempt)| {
        let first = later("2026-03-02T10:00:00Z");
        let second = Attempt { number: 2, now: "2026-03-02T11:00:00Z".into(), ..first.clone() };
        let host = host([Ok(Answer::of_json(500, &json!({}))), Ok(Answer::of_json(200, &json!({})))]);
        tell(&host, &first);
        tell(&host, &second);
        assert_eq!(sent(&host)["timestamp"], "2026-03-02T10:00:00Z");
        let [first, second] = host.requests().try_into().expect("two requests");
        assert_eq!(second.header_shape("webhook-timestamp").as_deref(), Some("1772449200"));
        (first.body_bytes().to_vec(), second.body_bytes().to_vec())
    };
    let (first, second) = bodies(&|host, attempt| {
        Webhook.update(host, &published, &posting(), &channel(), attempt).ok();
    });
    assert_eq!(first, second);
    for mode in [RetractMode::MarkClosed(Ending::Expired), RetractMode::Delete] {
        let (first, second) = bodies(&|host, attempt| {
            Webhook.retract(host, &published, mode, &posting(), &channel(), attempt).ok();
        });
        assert_eq!(first, second);
    }
}

#[test]
fn another_try_is_the_same_message_with_a_new_time() {
    let host = host([Err(HttpError::NoAnswer("reset".into())), Ok(Answer::of_json(200, &json!({})))]);
    assert!(matches!(publish(&host), Err(Error::Transient(_))));
    let again = Attempt { number: 2, now: "2026-03-01T09:31:00Z".into(), ..attempt() };
    Webhook.publish(&host, &posting(), &channel(), &again).expect("a receipt");
    sent(&host);
    let requests = host.requests();
    let [first, second] = requests.as_slice() else { panic!("two requests") };
    assert_eq!(first.body_bytes(), second.body_bytes());
    assert_eq!(first.header_shape("webhook-id"), second.header_shape("webhook-id"));
    assert_eq!(second.header_shape("webhook-timestamp").as_deref(), Some("1772357460"));
    assert_eq!(Webhook.repeats(&channel()), Repeat::Always);
}

#[test]
fn the_preview_is_what_is_sent() {
    let host = answers(200);
    publish(&host).expect("a receipt");
    let previews = Webhook.render(&posting(), &channel()).expect("a preview");
    let [preview] = previews.as_slice() else { panic!("one message") };
    assert_eq!(preview.content.as_bytes(), host.requests()[0].body_bytes());
    assert_eq!((preview.format.as_str(), preview.unit.as_str()), ("json", "bytes"));
    assert_eq!(preview.length as usize, preview.content.len());
}

#[test]
fn a_jobs_life_is_told_in_events() {
    let host = || answers(200);
    let published = publish(&host()).expect("a receipt");
    let another = Attempt { key: "f".repeat(32), number: 1, ..later("2026-03-02T10:00:00Z") };

    let updating = host();
    let changed = Posting { title: "Senior Rust engineer".into(), revision: 2, ..posting() };
    let updated = Webhook.update(&updating, &published, &changed, &channel(), &another).expect("a receipt");
    let event = sent(&updating);
    assert_eq!((&event["type"], &event["timestamp"]), (&json!("job.updated"), &json!("2026-03-02T10:00:00Z")));
    assert_eq!(event["data"]["job"]["title"], "Senior Rust engineer");

    let closing = host();
    let closed = Webhook
        .retract(&closing, &updated, RetractMode::MarkClosed(Ending::Filled), &changed, &channel(), &another)
        .expect("closed")
        .expect("a receipt");
    let event = sent(&closing);
    assert_eq!((&event["type"], &event["data"]["ending"]), (&json!("job.closed"), &json!("filled")));

    let removing = host();
    let removed = Webhook.retract(&removing, &closed, RetractMode::Delete, &changed, &channel(), &another);
    assert_eq!(removed, Ok(None));
    let event = sent(&removing);
    assert_eq!(event["type"], "job.removed");
    assert_eq!(event["data"]["job"], json!({ "id": posting().id }));
}

#[test]
fn a_receiver_that_is_switched_off_or_elsewhere_pauses_the_channel() {
    for (status, words) in [(410, "wants no more messages"), (404, "nothing at this address"), (301, "leads on")] {
        let Err(Error::InvalidSettings(fields)) = publish(&answers(status)) else { panic!("{status}") };
        assert_eq!(fields[0].pointer, "/url");
        assert!(fields[0].message.contains(words), "{}", fields[0].message);
    }
    assert!(matches!(publish(&answers(401)), Err(Error::Unauthorized(why)) if why.contains("signing secret")));
}

#[test]
fn a_receiver_in_trouble_is_asked_again_when_it_says() {
    for status in [500, 502, 503, 504, 408] {
        assert!(matches!(publish(&answers(status)), Err(Error::Transient(_))), "{status}");
    }
    let mut slow = Answer::of_json(429, &json!({}));
    slow.headers = vec![("retry-after".into(), "120".into())];
    assert_eq!(publish(&host([Ok(slow)])), Err(Error::RateLimited((Lane::Destination, 120_000))));
}

#[test]
fn a_no_that_may_be_mended_over_there_is_asked_again() {
    for status in [400, 402, 405, 406, 415, 418, 421, 426, 451, 499] {
        assert!(
            matches!(publish(&answers(status)), Err(Error::Transient(why)) if why.contains("“because”")),
            "{status}"
        );
    }
    // What some libraries of Standard Webhooks answer where the secret is another one.
    assert!(matches!(publish(&answers(400)), Err(Error::Transient(why)) if why.contains("signing secret")));
}

#[test]
fn what_names_no_standard_place_is_not_sent() {
    let host = answers(200);
    let extra = vec![("invented-later".into(), "1".into()), ("fields.employment_types".into(), "\"own\"".into())];
    Webhook.publish(&host, &Posting { extra, ..posting() }, &channel(), &attempt()).expect("a receipt");
    let job = &sent(&host)["data"]["job"];
    assert_eq!(job["fields"], json!({ "employment_types": "own" }));
    assert_eq!((&job["employment_types"], &job["remote_countries"]), (&json!([]), &json!([])));
}

#[test]
fn what_a_receiver_does_not_take_is_rejected_in_its_own_words() {
    for status in [413, 422] {
        assert!(
            matches!(publish(&answers(status)), Err(Error::Rejected(why)) if why.contains("“because”")),
            "{status}"
        );
    }
}

#[test]
fn a_look_at_the_address_sends_nothing() {
    let verify = |status| {
        let host = answers(status);
        let verified = Webhook.verify(&host, &channel(), &context());
        let request = host.requests().pop().expect("a request");
        assert_eq!((request.method(), request.body_bytes()), (Method::Get, [].as_slice()));
        assert_eq!(request.header_shape("webhook-signature"), None);
        verified
    };
    for status in [200, 405, 400] {
        let verified = verify(status).expect("verified");
        assert_eq!((verified.account.label.as_str(), verified.warnings.len()), ("https://jobs.example", 0));
    }
    for status in [401, 403, 404, 500] {
        assert_eq!(verify(status).expect("verified").warnings.len(), 1, "{status}");
    }
    assert!(matches!(verify(410), Err(Error::InvalidSettings(_))));
    assert!(matches!(verify(302), Err(Error::InvalidSettings(_))));
    let unreachable = host([Err(HttpError::NotSent("no route".into()))]);
    assert!(matches!(Webhook.verify(&unreachable, &channel(), &context()), Err(Error::Transient(_))));
    let keyless = ScriptedHost::default();
    assert!(matches!(Webhook.verify(&keyless, &channel(), &context()), Err(Error::InvalidSettings(_))));
}

#[test]
fn form_words_and_manifest_agree() {
    let schema = Webhook.describe().settings_schema;
    assert_words_agree(&LOCALES);
    assert_form_is_translated(&schema, &LOCALES);
    let schema: Value = serde_json::from_str(&schema).expect("JSON");
    let pattern = schema["fields"][1]["pattern"].as_str().expect("a pattern");
    let manifest = include_str!("../../plugin.toml");
    assert!(manifest.contains(&format!("pattern = \"{pattern}\"")));
    assert!(!manifest.contains("origins"), "the secret signs and goes nowhere");
}

proptest! {
    #[test]
    fn any_posting_arrives_as_it_is(posting in any_posting()) {
        let host = answers(200);
        Webhook.publish(&host, &posting, &channel(), &attempt()).expect("a receipt");
        let job = &sent(&host)["data"]["job"];
        prop_assert_eq!(&job["title"], &json!(posting.title));
        prop_assert_eq!(&job["description"], &json!(posting.description));
        prop_assert_eq!(&job["tags"], &json!(posting.tags));
        let previews = Webhook.render(&posting, &channel()).expect("a preview");
        prop_assert!(previews[0].length <= previews[0].limit);
    }
}
