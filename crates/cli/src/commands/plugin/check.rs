//! `tablon plugin check`: what a plugin is, what it asks for, what is wrong with it.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use tablon_publisher::{Features, Granted, Plugin, package};

use super::asks::{self, Asks};
use super::source;
use crate::output::Output;

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    plugin: Option<About>,
    /// What keeps it from being used.
    problems: Vec<String>,
    /// What its author may want to look at.
    hints: Vec<String>,
}

#[derive(Serialize)]
struct About {
    id: String,
    name: String,
    version: String,
    contract: String,
    sha256: String,
    /// Bytes.
    size: usize,
    asks: Asks,
    #[serde(skip)]
    asks_lines: Vec<String>,
    features: FeatureNames,
    /// The fields of a channel's form.
    settings: Vec<String>,
    imports: Vec<String>,
}

#[derive(Serialize)]
struct FeatureNames {
    update: bool,
    retract: bool,
    locate: bool,
    check: bool,
    adopt: bool,
}

/// Exits with 1 when the plugin can't be used; hints alone are no failure.
pub(super) async fn run(path: &Path, output: &Output) -> Result<ExitCode> {
    let bytes = source::plugin_file(path)?;
    let has_readme = package::section(&bytes, package::README_SECTION).is_ok_and(|section| section.is_some());
    let report = match asks::inspect(path, bytes, asks::careful()).await {
        Ok(plugin) => {
            let hints = hints(&plugin, has_readme);
            Report { plugin: Some(About::of(&plugin)), problems: Vec::new(), hints }
        }
        Err(error) => Report { plugin: None, problems: vec![error.to_string()], hints: Vec::new() },
    };
    output.print(&report, Report::text)?;
    Ok(if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl About {
    fn of(plugin: &Plugin) -> Self {
        let (manifest, description) = (plugin.manifest(), plugin.description());
        let Features { update, retract, locate, check, adopt } = description.features;
        Self {
            id: manifest.id.clone(),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            contract: manifest.contract.clone(),
            sha256: plugin.sha256().to_owned(),
            size: plugin.size(),
            asks: Asks::of(manifest),
            asks_lines: asks::lines(&Granted::asked_by(manifest), |_| false),
            features: FeatureNames { update, retract, locate, check, adopt },
            settings: description.settings_schema.fields.iter().map(|field| field.name.clone()).collect(),
            imports: plugin.imports().to_vec(),
        }
    }
}

impl Report {
    fn text(&self) -> String {
        let mut text = String::new();
        if let Some(plugin) = &self.plugin {
            text.push_str(&format!(
                "{} {} ({}), contract {}\n{} KB, sha256 {}\nsettings: {}\n\nIt asks to:\n",
                plugin.id,
                plugin.version,
                plugin.name,
                plugin.contract,
                plugin.size / 1024,
                plugin.sha256,
                plugin.settings.join(", "),
            ));
            for line in &plugin.asks_lines {
                text.push_str(&format!("  - {line}\n"));
            }
            text.push_str("\nIt imports:\n");
            for import in &plugin.imports {
                text.push_str(&format!("  - {import}\n"));
            }
        }
        for (heading, lines) in [("Hints", &self.hints), ("Problems", &self.problems)] {
            if !lines.is_empty() {
                text.push_str(&format!("\n{heading}:\n"));
            }
            for line in lines {
                text.push_str(&format!("  - {line}\n"));
            }
        }
        if self.problems.is_empty() {
            text.push_str("\nIt can be installed.\n");
        }
        text
    }
}

fn hints(plugin: &Plugin, has_readme: bool) -> Vec<String> {
    let (manifest, features) = (plugin.manifest(), plugin.description().features);
    let mut hints = Vec::new();
    let mut hint = |says: bool, hint: &str| {
        if says {
            hints.push(hint.to_owned());
        }
    };
    hint(!has_readme, "it has no README.md: somebody who installs it would read that first");
    hint(manifest.license.is_none(), "plugin.toml names no license");
    hint(manifest.description.is_none(), "plugin.toml has no description");
    hint(manifest.test.is_none(), "plugin.toml has no section [test], which `tablon plugin test` needs");
    hint(
        !manifest.hosts.is_empty() && manifest.credential_lane.is_none() && manifest.destination_lane.is_none(),
        "plugin.toml has no [lanes]: nothing keeps it below the platform's limits",
    );
    hint(!features.update, "it can't update: an offer that is edited stays on the platform as it was");
    hint(!features.retract, "it can't retract: an offer that is filled or closed stays on the platform");
    hints
}
