//! Postings that strangers might write: for property tests of a plugin's messages.

use proptest::prelude::*;

use super::posting;
use crate::{Posting, Workplace};

/// What breaks renderers: other scripts, both reading directions, combining characters, emoji of several code points,
/// and everything that is markup, a template, an entity or a mention somewhere.
const FRAGMENTS: &[&str] = &[
    " ",
    "\n",
    "\n\n",
    "\t",
    "🙂",
    "👩‍👩‍👧",
    "🇪🇸",
    "👍🏽",
    "e\u{301}",
    "Z̷̧͎a̸͝l̷g̶o̵",
    "مرحبا بالعالم",
    "שלום",
    "東京で働く",
    "ไทย",
    "\u{202e}",
    "\u{2066}",
    "\u{200d}",
    "\u{200f}",
    "\u{feff}",
    "\u{a0}",
    "\u{0}",
    "\u{7f}",
    "\u{2028}",
    "…",
    "<b>",
    "</b>",
    "<br/>",
    "<a href=\"https://e.org\">",
    "<script>",
    "<!--",
    "]]>",
    "&amp;",
    "&#60;",
    "&nbsp;",
    "&",
    "{{ title }}",
    "{% if %}",
    "{# x #}",
    "${token}",
    "{token}",
    "%s",
    "token",
    "**",
    "__",
    "_",
    "~~",
    "`",
    "```\n",
    "# ",
    "> ",
    ">> ",
    "- ",
    "1. ",
    "- [ ] ",
    "---\n",
    "\\",
    "||",
    "    code\n",
    "[x](https://e.org/?a=\"b\">c)",
    "[y](javascript:alert(1))",
    "[](https://e.org)",
    "![z](https://e.org/i.png)",
    "<https://e.org>",
    "https://e.org/a_b_c?d=*e*",
    "|a|b|\n|-|-|\n|c|d|\n",
    "[^1]",
    "@everyone",
    "@here",
    "@durov",
    "@",
    "/start",
    "/help@bot",
    "<@123456>",
    "<#123456>",
    "#tag",
    "<!channel>",
    ":smile:",
];

const APPLY_URLS: &[&str] =
    &["https://acme.example/jobs/1?a=b&c=d", "mailto:jobs@acme.example", "http://localhost:8080/apply"];

/// Text of so many fragments at the most.
pub fn any_text(most: usize) -> impl Strategy<Value = String> {
    let fragment = prop_oneof![
        3 => "[a-zA-Z]{1,12} ?",
        1 => "\\PC{1,8}",
        2 => prop::sample::select(FRAGMENTS).prop_map(str::to_owned),
    ];
    prop::collection::vec(fragment, 0..=most).prop_map(|fragments| fragments.concat())
}

/// A description in hostile CommonMark; one in five is about 20,000 characters long.
pub fn any_description() -> impl Strategy<Value = String> {
    let long = any_text(40).prop_map(|text| {
        let once = if text.is_empty() { "word ".to_owned() } else { text };
        once.chars().cycle().take(20_000).collect()
    });
    prop_oneof![4 => any_text(120), 1 => long]
}

/// Any posting: hostile texts, no places or many, up to forty tags, with and without pay, and one in ten with a title
/// far too long for most platforms. Addresses are valid ones, as the host guarantees.
pub fn any_posting() -> impl Strategy<Value = Posting> {
    let title = prop_oneof![9 => any_text(15), 1 => any_text(400)];
    let tags = prop::collection::vec(any_text(4), 0..40);
    let locations = prop::collection::vec(any_text(6), 0..12);
    let address = prop_oneof![
        3 => prop::sample::select(APPLY_URLS).prop_map(str::to_owned),
        1 => "[a-z0-9]{1,1800}".prop_map(|path| format!("https://acme.example/{path}")),
    ];
    let workplace = prop::sample::select(&[Workplace::OnSite, Workplace::Hybrid, Workplace::Remote][..]);
    let pay = prop::option::of(any_text(6));
    (title, any_text(10), any_description(), any_text(20), locations, tags, (pay, address, workplace)).prop_map(
        |(title, organization, description, summary, locations, tags, (pay, apply_url, workplace))| Posting {
            title,
            organization,
            description,
            summary,
            locations,
            tags,
            pay,
            apply_url,
            workplace,
            ..posting()
        },
    )
}
