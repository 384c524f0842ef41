//! A host with the hostile plugin in it, and what its calls need.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use serde_json::{Value, json};
use tablon_core::clock::ManualClock;
use tablon_core::job::Workplace;
use tablon_core::{Posting, Secrets};
use tablon_publisher::{
    AttemptContext, Board, Call, CallError, HostOptions, Limits, Plugin, PluginHost, Target, Verified,
};

pub(crate) const TOKEN: &str = "12345:s3cr3t/+t0ken";

/// The hostile plugin's file.
pub(crate) fn hostile_file() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins-testing/hostile.wasm");
    assert!(path.is_file(), "{} is missing: run `cargo xtask plugins` first", path.display());
    path
}

/// The file of the plugin that never comes to describe itself.
pub(crate) fn mute_file() -> PathBuf {
    hostile_file().with_file_name("mute.wasm")
}

/// Options of a host that finds the plugins of `directory` and nothing else. Compiled code is kept
/// between the tests.
pub(crate) fn options(directory: &Path) -> HostOptions {
    let clock = ManualClock::new(Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap());
    HostOptions {
        plugin_dirs: vec![directory.to_owned()],
        bundled: false,
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("code-cache")),
        cache_key: [7; 32],
        allow_networks: vec!["127.0.0.0/8".parse().unwrap()],
        limits: Limits {
            time: Duration::from_secs(4),
            pure_time: Duration::from_secs(4),
            connect_time: Duration::from_secs(1),
            cpu: Duration::from_millis(500),
            ..Limits::default()
        },
        ..HostOptions::new(Arc::new(clock))
    }
}

/// A directory with the hostile plugin.
pub(crate) fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::copy(hostile_file(), directory.path().join("hostile.wasm")).unwrap();
    directory
}

/// The hostile plugin, loaded with changed options.
pub(crate) async fn hostile_with(change: impl FnOnce(&mut HostOptions)) -> Arc<Plugin> {
    let directory = directory();
    let mut options = options(directory.path());
    change(&mut options);
    let host = PluginHost::new(options).await.unwrap();
    host.plugin("hostile").unwrap_or_else(|| panic!("{:?}", host.problems()))
}

/// The hostile plugin on a host that may reach this machine.
pub(crate) async fn hostile() -> Arc<Plugin> {
    hostile_with(|_| {}).await
}

/// A channel whose plugin does `mode`.
pub(crate) fn target(mode: &str, base: &str, more: Value) -> Target {
    let mut settings = json!({ "mode": mode, "base_url": base, "url": format!("{base}/send") });
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Target {
        id: "channel-1".into(),
        board: Board::default(),
        settings,
        secret_names: Vec::new(),
        template: None,
        locale: "en".into(),
        remembered: Default::default(),
        outbox: None,
    }
}

/// A channel that needs no server.
pub(crate) fn offline(mode: &str) -> Target {
    target(mode, "http://127.0.0.1:9", json!({}))
}

pub(crate) fn secrets() -> Secrets {
    [("token", TOKEN)].into_iter().collect()
}

pub(crate) fn attempt() -> AttemptContext {
    let now = Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap();
    AttemptContext { key: "placement-1/publish".into(), number: 1, began: now, now }
}

pub(crate) fn posting() -> Posting {
    Posting {
        id: uuid::Uuid::nil(),
        revision: 1,
        title: "Rust engineer {token} {{ secrets.token }} <b>".into(),
        organization: "Acme".into(),
        description: "We hire.".into(),
        summary: "We hire.".into(),
        url: "https://board.example/jobs/1".into(),
        apply_url: "mailto:jobs@acme.example".into(),
        locations: vec!["Sevilla, ES".into()],
        workplace: Workplace::Hybrid,
        tags: vec!["rust".into()],
        pay: None,
        language: "en".into(),
        published_at: Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap(),
        expires_at: None,
        extra: Vec::new(),
    }
}

/// The label that `verify` made of the answer, or the error.
pub(crate) async fn told(plugin: &Arc<Plugin>, target: &Target) -> String {
    match plugin.verify(target, &secrets()).await.result {
        Ok(Verified { account, .. }) => account.label,
        Err(error) => format!("{}: {error}", error.outcome()),
    }
}

/// The plugin's failure, in words.
pub(crate) fn fault<T: std::fmt::Debug>(call: Call<T>) -> String {
    match call.result {
        Err(CallError::PluginFault(fault)) => fault.words,
        other => panic!("no fault but {other:?}"),
    }
}
