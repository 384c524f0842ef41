//! A misdeed costs the one call, and is told.

use std::time::{Duration, Instant};

use serde_json::json;
use tablon_publisher::{Call, CallError, Ending, Receipt, Repeat, RetractMode};

use crate::fixture::{attempt, fault, hostile, hostile_with, offline, posting, secrets, target};

#[tokio::test]
async fn an_endless_loop_ends_with_its_time() {
    let plugin = hostile().await;
    let started = Instant::now();
    assert!(fault(plugin.render(&posting(), &offline("loop")).await).contains("computed for more than"));
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn others_run_while_a_plugin_loops() {
    // One thread: without yielding, the loop would hold it.
    let plugin = hostile().await;
    let (posting, good, bad) = (posting(), offline(""), offline("loop"));
    let looping = plugin.render(&posting, &bad);
    let working = async {
        let started = Instant::now();
        for _ in 0..5 {
            plugin.render(&posting, &good).await.result.unwrap();
        }
        started.elapsed()
    };
    let (looped, took) = tokio::join!(looping, working);
    assert!(took < looped.duration, "{took:?}");
}

#[tokio::test]
async fn a_memory_bomb_stops_at_the_limit() {
    let plugin = hostile().await;
    assert!(fault(plugin.render(&posting(), &offline("memory")).await).contains("more than 64 MiB of memory"));
}

#[tokio::test]
async fn deep_recursion_stops_at_the_stacks_end() {
    let words = fault(hostile().await.render(&posting(), &offline("recursion")).await);
    assert!(words.contains("too deeply") || words.contains("out of bounds"), "{words}");
}

#[tokio::test]
async fn a_panic_is_told_with_its_message() {
    assert!(fault(hostile().await.render(&posting(), &offline("panic")).await).contains("I have had enough"));
}

#[tokio::test]
async fn a_trap_in_any_export_fails_that_call_alone() {
    let plugin = hostile().await;
    let (posting, target, secrets, attempt) = (posting(), offline("trap"), secrets(), attempt());
    let receipt = Receipt { handle: vec![1], url: None };
    fn trapped<T: std::fmt::Debug>(call: Call<T>) {
        assert!(fault(call).contains("gave up"));
    }
    trapped(plugin.render(&posting, &target).await);
    trapped(plugin.verify(&target, &secrets).await);
    trapped(plugin.publish(&posting, &target, &secrets, &attempt).await);
    trapped(plugin.update(&receipt, &posting, &target, &secrets, &attempt).await);
    trapped(plugin.retract(&receipt, RetractMode::Delete, &posting, &target, &secrets, &attempt).await);
    trapped(plugin.locate(&posting, &target, &secrets, &attempt).await);
    trapped(plugin.check(&receipt, &posting, &target, &secrets).await);
    trapped(plugin.adopt("https://t.me/x/1", &posting, &target, &secrets).await);
    assert_eq!(plugin.repeats(&target, &secrets).await, Repeat::Never, "who can't say may not repeat");

    let good = offline("");
    let mode = RetractMode::MarkClosed(Ending::Filled);
    let kept = plugin.retract(&receipt, mode, &posting, &good, &secrets, &attempt).await;
    assert_eq!(kept.result.unwrap(), Some(receipt));
}

#[tokio::test]
async fn a_pure_function_that_uses_a_capability_is_stopped() {
    let plugin = hostile().await;
    for (mode, import) in [("pure-http", "http.send"), ("pure-log", "log.write"), ("pure-mail", "mail.send")] {
        let words = fault(plugin.render(&posting(), &offline(mode)).await);
        assert_eq!(words, format!("render is a pure function and called {import}"));
    }
}

#[tokio::test]
async fn a_guest_has_no_time_no_luck_no_files_and_no_network() {
    let plugin = hostile().await;
    let content = async |mode: &str| plugin.render(&posting(), &offline(mode)).await.result.unwrap()[0].content.clone();
    assert_eq!(content("random").await, content("random").await);
    assert_eq!(content("clock").await, content("clock").await);
    assert_eq!(content("files").await, "false 0");
    assert_eq!(content("socket").await, "false");
}

#[tokio::test]
async fn a_flood_of_log_lines_ends_the_call() {
    let words = fault(hostile().await.verify(&offline("many-logs"), &secrets()).await);
    assert!(words.contains("called the host more than"), "{words}");
}

#[tokio::test]
async fn a_preview_out_of_all_proportion_is_a_fault() {
    assert!(fault(hostile().await.render(&posting(), &offline("many-previews")).await).contains("20 messages"));
}

#[tokio::test]
async fn what_a_plugin_says_is_cut_to_short_lines() {
    let call = hostile().await.render(&posting(), &offline("wide-warnings")).await;
    let preview = &call.result.unwrap()[0];
    assert_eq!(preview.warnings.len(), 20);
    assert!(preview.warnings.iter().all(|w| w.chars().count() == 500 && !w.contains(['\r', '\n'])));
}

#[tokio::test]
async fn copying_the_same_memory_over_and_over_is_a_fault_not_a_flood() {
    let words = fault(hostile().await.verify(&offline("amplify"), &secrets()).await);
    assert!(words.contains("broke off") || words.contains("memory"), "{words}");
}

#[tokio::test]
async fn settings_and_secrets_are_checked_before_a_plugin_sees_them() {
    let plugin = hostile().await;
    let wrong = target("", "ftp://example.org", json!({ "surprise": 1 }));
    let Err(CallError::InvalidSettings(errors)) = plugin.render(&posting(), &wrong).await.result else {
        panic!("accepted");
    };
    let pointers: Vec<_> = errors.iter().map(|e| e.pointer.as_str()).collect();
    assert!(pointers.contains(&"/base_url") && pointers.contains(&"/surprise"), "{pointers:?}");

    let call = plugin.verify(&offline(""), &[("token", "a\r\nb: c")].into_iter().collect()).await;
    assert!(matches!(call.result, Err(CallError::Unauthorized(_))), "{call:?}");
    let call = plugin.verify(&offline(""), &Default::default()).await;
    assert_eq!(call.result.unwrap_err(), CallError::Unauthorized("token is required".into()));
}

#[tokio::test]
async fn more_calls_than_turns_wait_for_theirs() {
    let plugin = hostile_with(|options| options.limits.concurrent_calls = 2).await;
    let (posting, target) = (posting(), offline(""));
    let calls = (0..10).map(|_| plugin.render(&posting, &target));
    assert!(futures::future::join_all(calls).await.iter().all(|call| call.result.is_ok()));
}
