//! What the host makes of a publish: from the wire, not from what the plugin says.

use std::sync::Arc;

use serde_json::json;
use tablon_core::store::Lane;
use tablon_publisher::{Call, CallError, Plugin, Receipt};

use crate::fixture::{attempt, hostile, posting, secrets, target};
use crate::server::{Manner, Platform, answer, ok};

async fn publish(mode: &str, platform: &Platform) -> Call<Receipt> {
    publish_with(&hostile().await, mode, platform).await
}

async fn publish_with(plugin: &Arc<Plugin>, mode: &str, platform: &Platform) -> Call<Receipt> {
    let target = target(mode, &platform.base, json!({}));
    plugin.publish(&posting(), &target, &secrets(), &attempt()).await
}

fn uncertain(call: &Call<Receipt>) -> bool {
    matches!(call.result, Err(CallError::Uncertain(_) | CallError::FaultAfterSending(_)))
}

#[tokio::test]
async fn a_full_answer_and_a_receipt_is_done() {
    let platform = Platform::start(&[ok("{}")]).await;
    let call = publish("", &platform).await;
    assert_eq!(call.result.unwrap().handle, b"1");
    assert_eq!(call.status, Some(200));
    assert!(!call.duration.is_zero());
    let request = &platform.requests()[0];
    assert!(request.starts_with("POST /send HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("Rust engineer {token} {{ secrets.token }} <b>"), "a title is text: {request}");
}

#[tokio::test]
async fn a_lost_answer_is_uncertain_whatever_the_plugin_says() {
    let plugin = hostile().await;
    for manner in [Manner::HangUp, Manner::BreakOff, Manner::Silence] {
        for mode in ["", "claims-success", "claims-transient", "claims-rejected", "send-then-trap", "send-then-loop"] {
            let platform = Platform::start(std::slice::from_ref(&manner)).await;
            let call = publish_with(&plugin, mode, &platform).await;
            assert!(uncertain(&call), "{mode}: {call:?}");
            assert_eq!(platform.requests().len(), 1, "never sent twice by the client: {mode}");
        }
    }
}

#[tokio::test]
async fn a_later_answer_does_not_make_up_for_a_lost_one() {
    let platform = Platform::start(&[Manner::HangUp, ok("{}")]).await;
    assert!(uncertain(&publish("send-twice", &platform).await));
}

#[tokio::test]
async fn a_refused_connection_is_transient() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let plugin = hostile().await;
    let call = plugin.publish(&posting(), &target("", &base, json!({})), &secrets(), &attempt()).await;
    assert!(matches!(&call.result, Err(CallError::Transient(why)) if why.contains("no connection")), "{call:?}");
    assert_eq!(call.status, None);
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_transient() {
    // The platform speaks no TLS: it hangs up on the hello.
    let platform = Platform::start(&[ok("{}")]).await;
    let base = platform.base.replace("http://", "https://");
    let plugin = hostile().await;
    let call = plugin.publish(&posting(), &target("", &base, json!({})), &secrets(), &attempt()).await;
    assert!(matches!(&call.result, Err(CallError::Transient(_))), "{call:?}");
}

#[tokio::test]
async fn failing_after_the_platform_said_yes_is_uncertain() {
    let platform = Platform::start(&[ok("{}")]).await;
    for mode in ["send-then-trap", "send-then-loop", "no-receipt"] {
        let call = publish(mode, &platform).await;
        assert!(matches!(call.result, Err(CallError::FaultAfterSending(_))), "{mode}: {call:?}");
        assert_eq!(call.status, Some(200));
    }
}

#[tokio::test]
async fn failing_after_the_platform_said_no_is_the_plugins_fault() {
    let platform = Platform::start(&[answer("403 Forbidden", &[], "{}")]).await;
    let call = publish("send-then-trap", &platform).await;
    assert!(matches!(call.result, Err(CallError::PluginFault(_))), "{call:?}");
}

#[tokio::test]
async fn a_refusal_carries_the_platforms_words() {
    let platform = Platform::start(&[answer("400 Bad Request", &[], "chat not found")]).await;
    let call = publish("", &platform).await;
    assert!(matches!(&call.result, Err(CallError::Rejected(words)) if words.contains("chat not found")), "{call:?}");
    assert_eq!(call.status, Some(400));
}

#[tokio::test]
async fn a_plugin_cannot_hold_a_lane_for_ever() {
    let platform = Platform::start(&[answer("429 Too Many Requests", &[], "")]).await;
    let held = CallError::RateLimited { lane: Lane::Destination, ms: CallError::LONGEST_HOLD_MS };
    assert_eq!(publish("long-wait", &platform).await.result.unwrap_err(), held);
}

#[tokio::test]
async fn new_settings_are_taken_if_they_do() {
    let platform = Platform::start(&[answer("400 Bad Request", &[], "")]).await;
    let moved = async |text: &str| {
        let target = target("moves", &platform.base, json!({ "text": text }));
        hostile().await.publish(&posting(), &target, &secrets(), &attempt()).await.result.unwrap_err()
    };
    let CallError::Moved(settings) = moved(r#"{"base_url":"https://new.example"}"#).await else { panic!("not moved") };
    assert_eq!(settings["base_url"], "https://new.example");
    for wrong in [r#"{"base_url":5}"#, "{", r#"{"base_url":"https://x.example","bot":"y"}"#] {
        let error = moved(wrong).await;
        assert!(matches!(error, CallError::PluginFault(_)), "{wrong}: {error:?}");
    }
}
