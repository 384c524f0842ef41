//! Files of offers, as JSON and as a table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tablon_core::import::{Format, read};
use tablon_fuzz::in_time;

fuzz_target!(|data: &[u8]| {
    in_time(data, |text| {
        let today = chrono::NaiveDate::default();
        for format in [Format::Json, Format::Csv] {
            let _ = read(text, format, today);
        }
    });
});
