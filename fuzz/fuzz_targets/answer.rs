//! What platforms answer, what lies in receipts and what people point at, read by the plugins.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tablon_fuzz::in_time;
use tablon_plugin::testing::{ScriptedHost, attempt, context, posting, target};
use tablon_plugin::{Answer, Publisher, Receipt, RetractMode, Target};
use tablon_plugin_discord::Discord;
use tablon_plugin_telegram::Telegram;

/// More than any operation asks for; a plugin that asks without end finds no answer left, and panics.
const ANSWERS: usize = 24;
/// One of each kind that plugins tell apart.
const STATUSES: [u16; 8] = [200, 204, 400, 401, 403, 404, 429, 500];

fuzz_target!(|data: &[u8]| {
    let Some((choice, text)) = data.split_first() else { return };
    let status = STATUSES[usize::from(*choice) % STATUSES.len()];
    in_time(text, |text| {
        let telegram = json!({ "chat_id": "@acme_jobs", "api_base_url": "https://api.telegram.org" });
        run(&Telegram, &with_secret(telegram, "bot_token"), status, text);
        run(&Discord, &with_secret(json!({}), "webhook_url"), status, text);
        let bot = json!({ "channel_id": "55", "api_base_url": "https://discord.com" });
        run(&Discord, &with_secret(bot, "bot_token"), status, text);
    });
});

fn with_secret(settings: serde_json::Value, name: &str) -> Target {
    Target { secrets: vec![name.into()], ..target(settings) }
}

/// Every operation whose requests are all answered with `text`.
fn run(plugin: &impl Publisher, target: &Target, status: u16, text: &str) {
    let host = || {
        let mut answer = Answer::of_json(status, &serde_json::Value::Null);
        answer.body = text.as_bytes().to_vec();
        answer.headers = vec![("retry-after".into(), text.chars().take(64).collect())];
        ScriptedHost::new(std::iter::repeat_n(Ok(answer), ANSWERS))
    };
    let receipt = Receipt { handle: text.as_bytes().to_vec(), url: Some(text.into()), extra: Vec::new() };
    let posting = posting();
    let _ = plugin.verify(&host(), target, &context());
    let made = plugin.publish(&host(), &posting, target, &attempt());
    for receipt in made.into_iter().chain([receipt]) {
        let _ = plugin.update(&host(), &receipt, &posting, target, &attempt());
        let _ = plugin.check(&host(), &receipt, &posting, target, &context());
        let _ = plugin.retract(&host(), &receipt, RetractMode::Delete, &posting, target, &attempt());
    }
    let _ = plugin.locate(&host(), &posting, target, &attempt());
    let _ = plugin.adopt(&host(), text, &posting, target, &context());
}
