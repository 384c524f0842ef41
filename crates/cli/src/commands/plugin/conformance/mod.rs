//! `tablon plugin test`: a plugin in the real host, against a platform that answers whatever a platform may.
//!
//! What is tested is what every plugin owes the host: previews that can be trusted, and errors that say what to do.

mod calls;
mod platform;
mod previews;
mod report;
mod samples;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use tablon_publisher::{HostOptions, Limits, Plugin};

use super::{asks, source};
use crate::output::Output;
use platform::Platform;
use report::Report;
use samples::Samples;

/// Requests that wait for an answer which never comes shouldn't make a test of minutes, in seconds.
const CALL_SECONDS: u64 = 10;

/// What the checks work with.
struct Bench {
    plugin: Arc<Plugin>,
    platform: Platform,
    samples: Samples,
}

/// Exits with 1 when a check failed.
pub(super) async fn run(path: &Path, output: &Output) -> Result<ExitCode> {
    let bytes = source::plugin_file(path)?;
    let limits = Limits { time: std::time::Duration::from_secs(CALL_SECONDS), ..Limits::default() };
    let options = HostOptions { allow_networks: vec!["127.0.0.0/8".parse()?], limits, ..asks::careful() };
    let plugin = asks::inspect(path, bytes, options).await?;

    let mut report = Report::new(&plugin);
    report.passed("it describes itself, and its manifest agrees");
    let samples = Samples::of(&plugin)?;
    let platform = Platform::start(samples.answers.clone()).await?;
    let bench = Bench { plugin, platform, samples };
    if bench.check_samples(&mut report) {
        previews::check(&bench, &mut report).await;
        // Mail goes through a board's outbox, and there is no board.
        if bench.plugin.manifest().mail.audiences.is_empty() {
            calls::check(&bench, &mut report).await;
        } else {
            report.note("it mails, and no mail server is simulated here: what it sends is left to its own tests");
        }
    }
    output.print(&report, Report::text)?;
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

impl Bench {
    /// Without settings that do, every other check would fail for the same reason.
    fn check_samples(&self, report: &mut Report) -> bool {
        let settings = self.samples.settings(self.platform.base());
        let secrets = self.samples.secrets(self.platform.base());
        let wrong: Vec<String> =
            [self.plugin.validate_settings(&settings).err(), self.plugin.validate_secrets(&secrets).err()]
                .into_iter()
                .flatten()
                .map(|errors| errors.to_string())
                .collect();
        report.check("the settings and secrets of [test] in plugin.toml do", wrong.is_empty(), || wrong.join("; "));
        wrong.is_empty()
    }
}
