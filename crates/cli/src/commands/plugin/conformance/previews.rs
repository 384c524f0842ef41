//! Previews that can be trusted: pure, the same every time, within their own limit.

use tablon_core::Posting;
use tablon_publisher::{CallError, Preview};

use super::Bench;
use super::report::Report;
use super::samples::{EVALUATED, ordinary, unusual};

/// Languages that boards speak, and one that no plugin has words for.
const LOCALES: [&str; 4] = ["en", "es", "pt-BR", "eo"];

pub(super) async fn check(bench: &Bench, report: &mut Report) {
    for locale in LOCALES {
        check_one(bench, report, &format!("render, in {locale}"), locale, &ordinary()).await;
    }
    for (what, posting) in unusual() {
        check_one(bench, report, &format!("render, {what}"), "en", &posting).await;
    }
}

async fn check_one(bench: &Bench, report: &mut Report, check: &str, locale: &str, posting: &Posting) {
    let target = bench.samples.target(bench.platform.base(), locale);
    let first = bench.plugin.render(posting, &target).await.result;
    let problem = match &first {
        Ok(previews) => problem(previews, locale == "en" && posting.title.contains("7 * 191")),
        // It may say that a posting is too much for it; then it says so before anything is sent.
        Err(CallError::Rejected(_)) => None,
        Err(error) => Some(format!("{}: {error}", error.outcome())),
    };
    let again = bench.plugin.render(posting, &target).await.result;
    let problem = problem.or_else(|| (first != again).then(|| "two calls give two results".to_owned()));
    report.check(check, problem.is_none(), || problem.unwrap_or_default());
}

fn problem(previews: &[Preview], has_template: bool) -> Option<String> {
    if previews.is_empty() {
        return Some("no preview".to_owned());
    }
    for preview in previews {
        let Preview { length, limit, unit, content, .. } = preview;
        if length > limit {
            return Some(format!("its own limit is {limit} {unit}, and the message has {length}"));
        }
        let measured = match unit.as_str() {
            "utf16" => content.encode_utf16().count(),
            "characters" => content.chars().count(),
            "bytes" => content.len(),
            other => return Some(format!("{other:?} is no unit; there are utf16, characters and bytes")),
        };
        // Of other formats the platform counts what is shown, not what is written.
        if preview.format == "text" && measured != *length as usize {
            return Some(format!("it says that the message has {length} {unit}, and it has {measured}"));
        }
        if content.trim().is_empty() {
            return Some("an empty message".to_owned());
        }
        if has_template && content.contains(EVALUATED) {
            return Some("a title was taken for a template".to_owned());
        }
    }
    None
}
