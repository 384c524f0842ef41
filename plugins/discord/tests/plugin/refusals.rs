//! What Discord's refusals mean, for the host and for the channel's admins.

use serde_json::{Value, json};
use tablon_plugin::testing::{ScriptedHost, attempt, posting};
use tablon_plugin::{Answer, Error, Lane, Publisher, Target};
use tablon_plugin_discord::Discord;

use crate::support::{bot, hook, refused, webhook};

/// What a publish that is refused like this comes to.
fn publish(target: &Target, answer: (u16, Value)) -> Error {
    let host = ScriptedHost::answering([hook(), answer]);
    let error = Discord.publish(&host, &posting(), target, &attempt()).expect_err("refused");
    // A refusal is never asked about twice.
    assert_eq!(host.requests().len(), 2);
    error
}

#[test]
fn what_is_refused_to_a_question_is_not_tried_with_a_message() {
    let asked = |target: &Target, answer: (u16, Value)| {
        let host = ScriptedHost::answering([answer]);
        let error = Discord.publish(&host, &posting(), target, &attempt()).expect_err("refused");
        assert_eq!(host.requests().len(), 1);
        error
    };
    let (hooked, botted) = (webhook(json!({})), bot(json!({})));
    assert!(matches!(asked(&hooked, refused(404, 10_015, "Unknown Webhook")), Error::Unauthorized(_)));
    assert!(matches!(asked(&hooked, refused(401, 50_027, "Invalid Webhook Token")), Error::Unauthorized(_)));
    assert!(matches!(asked(&botted, refused(401, 0, "401: Unauthorized")), Error::Unauthorized(_)));
    assert!(at("/channel_id", &asked(&botted, refused(403, 50_001, "Missing Access"))));
    assert!(at("/channel_id", &asked(&botted, refused(404, 10_003, "Unknown Channel"))));
    let limited = (429, json!({ "message": "slowly", "retry_after": 2.5, "global": false }));
    assert_eq!(asked(&hooked, limited), Error::RateLimited((Lane::Destination, 2500)));
}

fn at(pointer: &str, error: &Error) -> bool {
    matches!(error, Error::InvalidSettings(fields) if fields[0].pointer == pointer && !fields[0].message.contains("error-"))
}

#[test]
fn a_credential_that_is_gone_pauses_the_channel() {
    let (hooked, botted) = (webhook(json!({})), bot(json!({})));
    for answer in [
        refused(404, 10_015, "Unknown Webhook"),
        refused(401, 50_027, "Invalid Webhook Token"),
        refused(401, 0, "401: Unauthorized"),
        refused(404, 0, "404: Not Found"),
    ] {
        let error = publish(&hooked, answer);
        assert!(matches!(&error, Error::Unauthorized(why) if why.contains("webhook")), "{error:?}");
    }
    let error = publish(&botted, refused(401, 0, "401: Unauthorized"));
    assert!(matches!(&error, Error::Unauthorized(why) if why.contains("bot token")), "{error:?}");
}

#[test]
fn a_wrong_place_or_a_missing_right_names_the_setting() {
    let (hooked, botted, threaded) = (webhook(json!({})), bot(json!({})), bot(json!({ "thread_id": "66" })));
    for (target, answer, pointer) in [
        (&botted, refused(404, 10_003, "Unknown Channel"), "/channel_id"),
        (&threaded, refused(404, 10_003, "Unknown Channel"), "/thread_id"),
        (&botted, refused(403, 50_001, "Missing Access"), "/channel_id"),
        (&botted, refused(403, 50_013, "Missing Permissions"), "/channel_id"),
        (&botted, refused(404, 0, "404: Not Found"), "/api_base_url"),
        (&botted, refused(400, 50_008, "Cannot send messages in a non-text channel"), "/new_thread"),
        (&hooked, refused(400, 220_001, "Webhooks posted to forum channels must …"), "/new_thread"),
        (&hooked, refused(400, 220_003, "Webhooks can only create threads in forum channels"), "/new_thread"),
        (&botted, refused(400, 40_067, "A tag is required to create a forum post in this channel"), "/tags"),
        (&threaded, refused(400, 160_005, "Thread is locked"), "/thread_id"),
        (&hooked, refused(403, 0, "403: Forbidden"), ""),
    ] {
        let error = publish(target, answer);
        assert!(at(pointer, &error), "{pointer}: {error:?}");
    }
}

#[test]
fn a_limit_holds_the_lane_that_it_is_about_for_exactly_as_long() {
    let limited = |global: bool| {
        (429, json!({ "message": "You are being rate limited.", "retry_after": 0.3215, "global": global }))
    };
    let (hooked, botted) = (webhook(json!({})), bot(json!({})));
    assert_eq!(publish(&botted, limited(false)), Error::RateLimited((Lane::Destination, 322)));
    assert_eq!(publish(&botted, limited(true)), Error::RateLimited((Lane::Credential, 322)));
    // A webhook has no credential beside its address.
    assert_eq!(publish(&hooked, limited(true)), Error::RateLimited((Lane::Destination, 322)));
}

#[test]
fn a_ban_of_the_address_is_waited_out() {
    let page = Answer {
        body: b"<html>error code: 1015</html>".to_vec(),
        headers: vec![("retry-after".into(), "1795".into())],
        ..Answer::of_json(429, &json!({}))
    };
    let host = ScriptedHost::new([Ok(Answer::of_json(200, &hook().1)), Ok(page)]);
    let error = Discord.publish(&host, &posting(), &bot(json!({})), &attempt());
    assert_eq!(error, Err(Error::RateLimited((Lane::Credential, 1_795_000))));
}

#[test]
fn a_message_that_discord_refuses_says_what_is_wrong_with_it() {
    let form = json!({ "message": "Invalid Form Body", "code": 50_035, "errors": { "embeds": { "0": { "title": {
        "_errors": [{ "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length." }] } } } } });
    let error = publish(&webhook(json!({})), (400, form));
    assert!(
        matches!(&error, Error::Rejected(why) if why.contains("embeds.0.title: Must be 256 or fewer")),
        "{error:?}"
    );
    // Without a version in its address a webhook answers as years ago.
    let error = publish(&webhook(json!({})), (400, json!({ "embeds": ["0"] })));
    assert!(matches!(error, Error::Rejected(_)));
}

#[test]
fn a_failing_server_leaves_a_publish_uncertain() {
    let error = publish(&webhook(json!({})), refused(503, 0, "503: Service Unavailable"));
    assert!(matches!(error, Error::Uncertain(_)));
    let host = ScriptedHost::new([
        Ok(Answer::of_json(200, &hook().1)),
        Ok(Answer { body: b"{\"id\":\"7\",\"typ".to_vec(), ..Answer::of_json(200, &json!({})) }),
    ]);
    let error = Discord.publish(&host, &posting(), &webhook(json!({})), &attempt());
    assert!(matches!(error, Err(Error::Uncertain(_))));
}
