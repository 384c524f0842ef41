//! What whoever runs the instance sees.

use tablon_publisher::FileFault;

use super::*;

fn plugin(name: &str, source: &'static str) -> PluginView {
    let grant = |kind, rule: &str, granted| GrantView {
        kind,
        rule: rule.into(),
        to: (kind == "send").then(|| "setting:api_base_url".into()),
        granted,
    };
    PluginView {
        id: name.to_lowercase(),
        name: name.into(),
        version: "1.2.0".into(),
        contract: "1.0".into(),
        description: Some(
            "Publishes jobs in a Telegram channel, group or forum topic <script>alert(1)</script>".into(),
        ),
        homepage: Some("https://example.org/plugin".into()),
        license: Some("MIT".into()),
        source,
        path: (source == "file").then(|| "/var/lib/tablon/plugins/slack.wasm".into()),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        grants: match source {
            "bundled" => vec![],
            _ => vec![
                grant("host", "setting:api_base_url", true),
                grant("send", "bot_token", true),
                grant("sign", "signing_secret", false),
                grant("smtp", "smtp_url", true),
                grant("mail", "setting:to", false),
            ],
        },
        channels: 3,
        installed: source == "installed",
        rollback: (source == "installed")
            .then(|| RollbackView { version: "1.1.0".into(), lost: vec![grant("host", "old.example.org", false)] }),
    }
}

fn review(locale: &'static str, replaces: Option<&str>) -> PluginReview {
    let ask = |index, kind, rule: &str, is_new| AskView {
        index,
        is_new,
        grant: GrantView {
            kind,
            rule: rule.into(),
            to: (kind == "send").then(|| "api.example.org".into()),
            granted: index != 2,
        },
    };
    PluginReview {
        frame: Frame { board: None, ..frame(locale) },
        csrf: "token".into(),
        id: "019b".into(),
        file_name: "matrix-1.2.0 <b>.wasm".into(),
        name: "Matrix".into(),
        plugin: "matrix".into(),
        version: "1.2.0".into(),
        description: Some("Publishes jobs in a Matrix room".into()),
        homepage: Some("https://example.org/matrix".into()),
        license: Some("MIT".into()),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        size: 1_840,
        replaces: replaces.map(str::to_owned),
        replaces_bundled: replaces.is_none(),
        channels: 2,
        asks: vec![
            ask(0, "host", "api.example.org", false),
            ask(1, "send", "token", replaces.is_some()),
            ask(2, "mail", "setting:to", false),
        ],
    }
}

pub(super) fn pages(locale: &'static str) -> Vec<Sample> {
    let view = |plugins, disabled, problems| Plugins {
        frame: Frame { board: None, ..frame(locale) },
        csrf: "token".into(),
        done: None,
        upload_problem: None,
        max_mb: 64,
        plugins,
        disabled,
        problems,
    };
    let problem = |fault: FileFault| PluginProblem {
        name: Some("/var/lib/tablon/plugins/broken.wasm".into()),
        source: "file",
        fault: fault.as_str(),
        message: "the manifest is wrong: <b>id</b> must be lower-case letters".into(),
    };
    let disabled = DisabledPlugin { id: "slack".into(), version: Some("0.3.0".into()), channels: 1 };
    let plugins = vec![plugin("Telegram", "bundled"), plugin("Slack", "file"), plugin("Matrix", "installed")];
    vec![
        sample("plugins", "pages/plugins.html", view(plugins, vec![disabled], FileFault::ALL.map(problem).into())),
        sample(
            "plugins-none",
            "pages/plugins.html",
            Plugins {
                done: Some("plugin-removed"),
                upload_problem: Some(UploadProblem {
                    file_name: "photo.png".into(),
                    fault: Some(FileFault::NoPlugin.as_str()),
                    words: Some("it is no WebAssembly component".into()),
                }),
                ..view(vec![], vec![], vec![])
            },
        ),
        sample("plugin-review", "pages/plugin_review.html", review(locale, Some("1.1.0"))),
        sample("plugin-review-bundled", "pages/plugin_review.html", review(locale, None)),
    ]
}
