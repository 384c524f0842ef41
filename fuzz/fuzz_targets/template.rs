//! A channel's message template: it renders, or says what is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tablon_fuzz::{BASE, in_time_up_to};
use tablon_plugin::testing::{posting, target};
use tablon_plugin::{Publisher, Target};
use tablon_plugin_discord::Discord;
use tablon_plugin_telegram::Telegram;

/// The most characters of a template.
const LONGEST: usize = 20_000;

fuzz_target!(|data: &[u8]| {
    in_time_up_to(LONGEST, BASE, data, |text| {
        let template = Some(text.to_owned());
        let telegram = json!({ "chat_id": "@acme_jobs", "api_base_url": "https://api.telegram.org" });
        let _ = Telegram.render(&posting(), &Target { template: template.clone(), ..target(telegram) });
        let discord = Target { secrets: vec!["webhook_url".into()], ..target(json!({})) };
        let _ = Discord.render(&posting(), &Target { template, ..discord });
    });
});
