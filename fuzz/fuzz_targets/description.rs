//! A description from the form to the page: what is stored is stable, and nothing costs more than its length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tablon_core::text::{common_mark, plain_summary, source};
use tablon_fuzz::in_time;
use tablon_web::theme::markdown_html;

fuzz_target!(|data: &[u8]| {
    in_time(data, |typed| {
        let shown = common_mark(typed);
        assert_eq!(common_mark(&shown), shown, "once more changes nothing");
        if let Ok(stored) = source(typed, 30_000) {
            assert_eq!(source(&stored, 30_000).as_deref(), Ok(stored.as_str()), "stored once more");
        }
        plain_summary(typed);
        let html = markdown_html(typed, 1);
        assert!(!html.contains("<script") && !html.contains("javascript:\""), "{html}");
    });
});
