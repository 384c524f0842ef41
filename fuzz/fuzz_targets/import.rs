//! Files of offers, as JSON, as a table, and with their kind to be found out.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use tablon_core::import::{Format, read};
use tablon_fuzz::in_time;

fuzz_target!(|data: &[u8]| {
    in_time(data, |text| {
        let today = chrono::NaiveDate::default();
        for format in [None, Some(Format::Json), Some(Format::Csv)] {
            let _ = read(text.as_bytes(), format, today, &mut |job| {
                let _ = job.title();
                ControlFlow::Continue(())
            });
        }
    });
});
