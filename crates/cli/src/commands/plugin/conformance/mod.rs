//! `tablon plugin test`: a plugin in the real host, against a platform that answers whatever a platform may.
//!
//! What is tested is what every plugin owes the host: previews that can be trusted, and errors that say what to do.

mod calls;
#[cfg(feature = "demo")]
mod letters;
mod platform;
mod previews;
mod report;
mod samples;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use tablon_publisher::{HostOptions, Limits, Plugin};
#[cfg(feature = "demo")]
use tablon_publisher::{Manifest, package};

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
    let mut options = HostOptions { allow_networks: vec!["127.0.0.0/8".parse()?], limits, ..asks::careful() };
    let post = Post::open(&bytes, &mut options).await?;
    let plugin = asks::inspect(path, bytes, options).await?;

    let mut report = Report::new(&plugin);
    report.passed("it describes itself, and its manifest agrees");
    let samples = Samples::of(&plugin)?;
    let platform = Platform::start(samples.answers.clone()).await?;
    let bench = Bench { plugin, platform, samples };
    if bench.check_samples(&mut report) {
        previews::check(&bench, &mut report).await;
        if bench.plugin.manifest().mail.audiences.is_empty() {
            calls::check(&bench, &mut report).await;
        } else {
            post.check(&bench, &mut report).await?;
        }
    }
    output.print(&report, Report::text)?;
    Ok(if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The mail server of a plugin that mails.
#[cfg(feature = "demo")]
struct Post(Option<tablon_testkit::smtp::FakeSmtp>);

#[cfg(feature = "demo")]
impl Post {
    /// Before the plugin is loaded, because the host that loads it sends its mail. A file without a good manifest is told
    /// of when it is loaded.
    async fn open(bytes: &[u8], options: &mut HostOptions) -> Result<Self> {
        let manifest = package::manifest(bytes).ok().and_then(|text| Manifest::parse(text).ok());
        let Some(manifest) = manifest else { return Ok(Self(None)) };
        let server = letters::server_for(&manifest).await?;
        if let Some(smtp) = &server {
            options.mail = letters::mail_by(smtp)?;
        }
        Ok(Self(server))
    }

    async fn check(self, bench: &Bench, report: &mut Report) -> Result<()> {
        match self.0 {
            Some(smtp) => letters::check(smtp, &bench.plugin, &bench.samples, bench.platform.base(), report).await,
            None => Ok(()),
        }
    }
}

/// A program that was built without its simulated servers.
#[cfg(not(feature = "demo"))]
struct Post;

#[cfg(not(feature = "demo"))]
impl Post {
    async fn open(_: &[u8], _: &mut HostOptions) -> Result<Self> {
        Ok(Self)
    }

    async fn check(self, _: &Bench, report: &mut Report) -> Result<()> {
        report.note("it mails, and this program was built without the mail server that would be simulated");
        Ok(())
    }
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
