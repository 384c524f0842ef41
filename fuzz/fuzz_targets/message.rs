//! A description as channels show it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tablon_core::text::common_mark;
use tablon_fuzz::in_time;
use tablon_plugin::rich::from_markdown;

fuzz_target!(|data: &[u8]| {
    in_time(data, |typed| {
        let text = from_markdown(&common_mark(typed));
        text.to_plain();
        text.to_telegram_html();
        text.to_discord_markdown();
        let _ = text.shortened(700);
    });
});
