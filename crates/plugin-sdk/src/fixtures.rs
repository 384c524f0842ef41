//! One posting, one channel, one attempt: for tests, and for what is rendered when a plugin is packed.

use serde_json::Value;

#[cfg(any(test, feature = "testing"))]
use crate::{Attempt, Context};
use crate::{Board, Posting, Target, Workplace};

/// An offer that says everything: change what a test is about with `Posting { title, ..posting() }`.
pub fn posting() -> Posting {
    Posting {
        id: "01900000-0000-7000-8000-000000000001".into(),
        revision: 1,
        title: "Rust engineer".into(),
        organization: "Acme".into(),
        description: "We build **boards**.\n\n- Rust\n- SQL".into(),
        summary: "We build boards.".into(),
        url: "https://board.example/t/acme/jobs/rust-engineer".into(),
        apply_url: "https://acme.example/jobs/1".into(),
        locations: vec!["Sevilla, Andalucía, ES".into()],
        workplace: Workplace::Hybrid,
        tags: vec!["rust".into(), "c++".into()],
        pay: Some("42,000–52,000 EUR / year".into()),
        language: "en".into(),
        published_at: "2026-03-01T09:30:00Z".into(),
        expires_at: None,
        // As the host names them: the board's own fields have a prefix.
        extra: vec![
            ("employment_types".into(), "[\"FULL_TIME\"]".into()),
            ("remote_countries".into(), "[\"ES\",\"PT\"]".into()),
            ("places".into(), r#"[{"city":"Sevilla","region":"Andalucía","country":"ES"}]"#.into()),
            ("salary".into(), r#"{"currency":"EUR","min":"42000","max":"52000","period":"YEAR"}"#.into()),
            ("updated_at".into(), "\"2026-03-01T09:00:00Z\"".into()),
            ("fields.level".into(), "\"senior\"".into()),
        ],
    }
}

/// A channel of an English board with these settings, without secrets and a template of its own.
pub fn target(settings: Value) -> Target {
    Target {
        id: "01900000-0000-7000-8000-000000000002".into(),
        board: Board {
            name: "Acme jobs".into(),
            url: "https://board.example/t/acme".into(),
            color: "#0f766e".into(),
            extra: vec![],
        },
        settings: settings.to_string(),
        secrets: vec![],
        template: None,
        locale: "en".into(),
        remembered: vec![],
        extra: vec![],
    }
}

/// The first try of an operation.
#[cfg(any(test, feature = "testing"))]
pub fn attempt() -> Attempt {
    Attempt {
        key: "0123456789abcdef0123456789abcdef".into(),
        number: 1,
        began: "2026-03-01T09:30:00Z".into(),
        now: "2026-03-01T09:30:00Z".into(),
        extra: vec![],
    }
}

/// A call that belongs to no operation, at the same time as [`attempt`].
#[cfg(any(test, feature = "testing"))]
pub fn context() -> Context {
    Context { now: attempt().now, extra: vec![] }
}
