//! Job offers in the wire format of the API, for the demo and for tests.

use std::time::SystemTime;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde_json::{Value, json};

/// A dozen offers that a community of developers might see, in Spanish and English.
///
/// Dates are after the machine's today; [`sample_jobs_on`] takes another day.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the demo's offers are dated by the machine it runs on; a test names its day"
)]
pub fn sample_jobs() -> Vec<Value> {
    sample_jobs_on(DateTime::<Utc>::from(SystemTime::now()).date_naive())
}

/// The same offers, with dates after this day.
#[must_use]
pub fn sample_jobs_on(today: NaiveDate) -> Vec<Value> {
    let Ok(Value::Array(mut jobs)) = serde_json::from_str(include_str!("samples/jobs.json")) else {
        unreachable!("the sample jobs are a JSON array, as their test says")
    };
    for job in jobs.iter_mut().filter_map(Value::as_object_mut) {
        // Stored as a number of days, because a date would pass.
        let days = job.remove("valid_for_days").and_then(|days| days.as_u64());
        let date = days.and_then(|days| today.checked_add_days(Days::new(days)));
        job.insert("valid_through".into(), json!(date));
        job.insert("fields".into(), json!({}));
    }
    jobs
}

/// Valid offers that try to break the programs that show them: each must be shown as plain text.
#[must_use]
pub fn hostile_jobs() -> Vec<Value> {
    let long: String = (1..=260).map(|n| format!("## Part {n}\n\nWe *really* like `code`, [links](https://a.example/{n}) and **bold** claims & <words>.\n\n")).collect();
    let titles = [
        ("{{ bot_token }} {% for x in y %} ${bot_token} %s {bot_token}", "Placeholders"),
        ("<b>Bold</b> & <i>brave</i> engineer </b></i>", "Tags <u>Ltd</u>"),
        ("</script><script>alert(1)</script>", "</title><img src=x onerror=alert(1)>"),
        ("👩🏽‍💻🦀🏳️‍🌈 Ingeniera 👨‍👩‍👧‍👦", "🦀🦀🦀"),
        ("مهندس برمجيات \u{202e}reversed\u{202c} שלום", "شركة"),
        ("bot_token", "secret:bot_token"),
        ("&lt;b&gt; &amp;amp; &#x3C;script&#x3E; &nbsp;", "A &amp; B"),
        ("`code` *stars* _lines_ ~waves~ [a](javascript:alert(1)) ||spoiler||", "M*rk_down"),
        ("#hash @everyone @here /command https://evil.example/?a=1&b=2", "@admin"),
    ];
    let mut jobs: Vec<Value> = titles
        .iter()
        .map(|(title, organization)| {
            let description = format!("Title again: {title}\n\n<details open ontoggle=alert(1)><b>{organization}</b>\n\n[x](javascript:alert(1)) ![y](https://t.example/y.png)");
            hostile(title, organization, &description)
        })
        .collect();
    jobs.push(hostile("Twenty kilobytes of markdown", "Verbose & Sons", &long[..20_000.min(long.len())]));
    jobs.push(hostile("Emoji at the limit", "Flags", &"🏳️‍🌈 ".repeat(1500)));
    jobs.push(hostile("One long word", "Unbreakable", &"ñ".repeat(9000)));
    jobs
}

fn hostile(title: &str, organization: &str, description: &str) -> Value {
    json!({
        "title": title,
        "organization": {"name": organization, "url": "https://a.example/?a=1&b=%3Cb%3E", "logo_url": null},
        "description": description,
        "locations": [{"city": "<Ávila> & co", "region": null, "country": "ES"}],
        "workplace": "on-site",
        "remote_countries": [],
        "employment_types": ["FULL_TIME"],
        "salary": null,
        "tags": ["c++", "ci-cd", "<tag>", "ñandú"],
        "apply_url": "https://a.example/apply?job=1&from=%22tablon%22#top",
        "apply_email": null,
        "contact_email": "hr@a.example",
        "language": "en",
        "valid_through": null,
        "fields": {},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_what_a_board_demands() {
        let jobs = sample_jobs();
        assert!(jobs.len() >= 12);
        for job in jobs.iter().chain(&hostile_jobs()) {
            for pointer in ["/title", "/organization/name", "/description", "/contact_email"] {
                assert!(job.pointer(pointer).is_some_and(Value::is_string), "{pointer} in {job}");
            }
            assert!(job["apply_url"].is_string() || job["apply_email"].is_string(), "{job}");
            assert!(["on-site", "hybrid", "remote"].contains(&job["workplace"].as_str().unwrap()), "{job}");
            assert!(job["valid_through"].is_string() || job["valid_through"].is_null(), "{job}");
            assert!(job.get("valid_for_days").is_none());
        }
    }

    #[test]
    fn samples_stay_valid_after_the_day_they_are_made_on() {
        let today = NaiveDate::from_ymd_opt(2026, 12, 20).unwrap();
        assert_eq!(sample_jobs_on(today)[0]["valid_through"], "2027-02-03");
    }

    #[test]
    fn one_hostile_job_is_twenty_kilobytes_long() {
        assert!(hostile_jobs().iter().any(|job| job["description"].as_str().unwrap().len() == 20_000));
    }
}
