//! What a plugin is tried with: its own settings, and postings of every kind.

use anyhow::{Context, Result};
use chrono::{TimeZone, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use tablon_core::job::Workplace;
use tablon_core::{Posting, Secrets};
use tablon_publisher::{AttemptContext, Board, Plugin, Target};

/// Stands for the simulated platform's address in a manifest's settings and secrets.
const PLACEHOLDER: &str = "{base_url}";

/// The section `[test]` of a manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Samples {
    settings: Map<String, Value>,
    secrets: Map<String, Value>,
    pub(super) answers: Vec<SampleAnswer>,
}

/// What the platform answers when all is well.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SampleAnswer {
    /// `POST /jobs`; `*` stands for anything.
    pub(super) request: String,
    #[serde(default = "ok")]
    pub(super) status: u16,
    #[serde(default)]
    pub(super) headers: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    pub(super) body: String,
}

fn ok() -> u16 {
    200
}

impl Samples {
    pub(super) fn of(plugin: &Plugin) -> Result<Self> {
        let section = plugin.manifest().test.clone().unwrap_or_default();
        section.try_into().context("the section [test] of plugin.toml can't be read")
    }

    pub(super) fn settings(&self, base: &str) -> Value {
        Value::Object(self.settings.iter().map(|(name, value)| (name.clone(), filled(value, base))).collect())
    }

    pub(super) fn secrets(&self, base: &str) -> Secrets {
        let texts = self.secrets.iter().map(|(name, value)| (name.clone(), filled(value, base)));
        let texts: Vec<(String, String)> =
            texts.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
        texts.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// A channel at `base` whose board speaks `locale`.
    pub(super) fn target(&self, base: &str, locale: &str) -> Target {
        Target {
            id: "test".to_owned(),
            board: Board {
                name: "Acme jobs".to_owned(),
                url: "https://board.example/t/acme/".to_owned(),
                color: "#0f766e".to_owned(),
            },
            settings: self.settings(base),
            secret_names: self.secrets.keys().cloned().collect(),
            template: None,
            locale: locale.to_owned(),
            remembered: Default::default(),
            outbox: None,
        }
    }
}

fn filled(value: &Value, base: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(PLACEHOLDER, base)),
        Value::Array(items) => items.iter().map(|item| filled(item, base)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), filled(value, base))).collect(),
        other => other.clone(),
    }
}

/// One try of an operation on revision `revision`.
pub(super) fn attempt(revision: u64) -> AttemptContext {
    let now = Utc.timestamp_opt(1_772_357_400, 0).single().unwrap_or_default();
    AttemptContext { key: format!("{revision:032x}"), number: 1, began: now, now }
}

/// An ordinary offer.
pub(super) fn ordinary() -> Posting {
    Posting {
        id: uuid::Uuid::from_u128(7),
        revision: 1,
        title: "Rust engineer".to_owned(),
        organization: "Acme".to_owned(),
        description: "We build **things** that last.\n\n- Rust\n- SQL\n\n[More](https://acme.example/more)".to_owned(),
        summary: "We build things that last.".to_owned(),
        url: "https://board.example/t/acme/jobs/rust-engineer".to_owned(),
        apply_url: "https://acme.example/jobs/1".to_owned(),
        locations: vec!["Sevilla, Andalucía, ES".to_owned()],
        workplace: Workplace::Hybrid,
        tags: vec!["rust".to_owned(), "sql".to_owned()],
        pay: Some("42,000–52,000 EUR / year".to_owned()),
        language: "en".to_owned(),
        published_at: attempt(1).now,
        expires_at: None,
        extra: Vec::new(),
    }
}

/// The same offer after an edit.
pub(super) fn edited() -> Posting {
    Posting { revision: 2, title: "Senior Rust engineer".to_owned(), ..ordinary() }
}

/// A title that is a template: its result must never be seen.
pub(super) const TEMPLATE: &str = "{{ 7 * 191 }}${7*191}<%= 7*191 %>{{constructor}}";
/// What it would come to.
pub(super) const EVALUATED: &str = "1337";

/// Offers as strangers write them, each with what is unusual about it.
pub(super) fn unusual() -> Vec<(&'static str, Posting)> {
    let with = |change: fn(&mut Posting)| {
        let mut posting = ordinary();
        change(&mut posting);
        posting
    };
    vec![
        (
            "nothing but what is required",
            with(|p| {
                (p.summary, p.description) = (String::new(), "x".to_owned());
                (p.locations, p.tags, p.pay) = (Vec::new(), Vec::new(), None);
            }),
        ),
        ("a description of 20,000 characters", with(|p| p.description = "Long words, many of them. ".repeat(770))),
        ("a description without a space", with(|p| p.description = "x".repeat(20_000))),
        ("a long title and organisation", with(|p| (p.title, p.organization) = ("T".repeat(200), "O".repeat(200)))),
        (
            "emoji of many parts",
            with(|p| {
                p.title = "👩‍👩‍👧‍👦 🏳️‍🌈 e\u{301} Z̴̧a̷l̸g̶o̵".to_owned();
                p.description = "👩🏽‍💻".repeat(2_000);
            }),
        ),
        (
            "right-to-left text and overrides",
            with(|p| {
                p.title = "مهندس برمجيات \u{202e}tsrif".to_owned();
                p.description = "نحن نبني **أشياء** تدوم.\u{2066}x\u{2069}\n\nשלום עולם".to_owned();
            }),
        ),
        (
            "HTML and scripts",
            with(|p| {
                p.title = "<script>alert(1)</script> & <b>bold</b>".to_owned();
                p.description =
                    "<img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) &lt;b&gt; </b></body>".to_owned();
            }),
        ),
        (
            "hostile markdown",
            with(|p| {
                p.description = format!(
                    "{}x{}\n```\n@everyone <@1> <!channel> [a](<b> \"c\") ||x|| \\* _*_**",
                    "**".repeat(500),
                    "> ".repeat(200)
                );
            }),
        ),
        ("mentions", with(|p| p.title = "@everyone @here <@&1> <!channel> @acme".to_owned())),
        (
            "placeholders and templates",
            with(|p| {
                p.title = TEMPLATE.to_owned();
                p.organization = "{{ secrets }} {% raw %} {# x".to_owned();
            }),
        ),
        (
            "control characters and line breaks",
            with(|p| {
                p.title = "a\r\nX-Evil: 1\u{0}\u{7}\u{1b}[31m\u{2028}b".to_owned();
                p.locations = vec!["a\r\nb".to_owned()];
            }),
        ),
        ("two hundred tags", with(|p| p.tags = (0..200).map(|n| format!("C++ & #{n} .NET")).collect())),
        (
            "a mail address to apply at",
            with(|p| p.apply_url = "mailto:jobs+%22a%22@acme.example?subject=x&bcc=y".to_owned()),
        ),
        (
            "fields that this plugin doesn't know",
            with(|p| {
                p.extra = vec![
                    ("fields".to_owned(), "{\"a\":[1,{\"b\":null}]}".to_owned()),
                    ("x".to_owned(), "nul".to_owned()),
                ];
            }),
        ),
    ]
}
