//! Offers as programs send them: JSON checked against the form of every board.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tablon_core::JobContent;
use tablon_core::form::Form;
use tablon_core::job::Strictness;
use tablon_fuzz::in_time;

fuzz_target!(|data: &[u8]| {
    in_time(data, |text| {
        let today = chrono::NaiveDate::default();
        // Whatever is no JSON is tried as the text of every field.
        let input = serde_json::from_str(text).unwrap_or_else(|_| {
            serde_json::json!({
                "title": text, "organization": { "name": text, "url": text }, "description": text, "tags": [text],
                "locations": [{ "city": text, "country": text }], "salary": { "min": text, "currency": text },
                "apply_url": text, "contact_email": text, "language": text, "valid_through": text,
            })
        });
        let _ = JobContent::parse(&input, &Form::default(), today, Strictness::Full);
    });
});
