//! Every check and every test.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tablon_testkit::PostgresServer;

use crate::workspace::{Workspace, find_program, readable, run, step};
use crate::{examples, generate, plugins, prerequisites};

/// Tells the tests which server to make their databases in.
const POSTGRES_VARIABLE: &str = "TABLON_TEST_POSTGRES_URL";

/// Sets everything up, then runs every check and test. A failed check doesn't keep the others from
/// running; the summary names each.
pub(crate) fn test(workspace: &Workspace, args: &[String]) -> Result<()> {
    prerequisites::require(workspace)?;
    plugins::build(workspace)?;
    examples::build(workspace)?;
    let server = step("starting a throw-away PostgreSQL", PostgresServer::start)
        .context("the tests run on SQLite and on PostgreSQL")?;

    let mut summary = Summary::default();
    if args.is_empty() {
        summary.check("formatting", || format(workspace));
        summary.check("clippy", || clippy(workspace));
    }
    summary.check("generated files", || generate::run(workspace, true));
    if args.is_empty() {
        summary.check("documentation tests", || run(&mut workspace.cargo(["test", "--quiet", "--workspace", "--doc"])));
    }
    // The tests last: their closing lines are what a reader of a long log looks for.
    summary.check("tests", || {
        // The browser and the black-box tests start the binary.
        run(&mut workspace.cargo(["build", "--package", "tablon"]))?;
        run(tests(workspace, args).env(POSTGRES_VARIABLE, server.url()))
    });
    summary.close()
}

/// Formatting and clippy.
pub(crate) fn lint(workspace: &Workspace) -> Result<()> {
    step("formatting", || format(workspace))?;
    step("clippy", || clippy(workspace))
}

fn format(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<()> {
    run(&mut workspace.cargo(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn tests(workspace: &Workspace, args: &[String]) -> Command {
    let selection = if args.is_empty() { &["--workspace".to_owned()] } else { args };
    let mut command = if find_program("cargo-nextest", &cargo_bin()).is_some() {
        workspace.cargo(["nextest", "run", "--no-fail-fast"])
    } else {
        workspace.cargo(["test", "--no-fail-fast", "--all-targets"])
    };
    command.args(selection);
    command
}

fn cargo_bin() -> Vec<std::path::PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(std::path::PathBuf::from)
        .or_else(|| Some(std::env::home_dir()?.join(".cargo")))
        .map(|home| home.join("bin"))
        .into_iter()
        .collect()
}

#[derive(Default)]
struct Summary {
    checks: Vec<(&'static str, bool, Duration)>,
}

impl Summary {
    fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        println!("→ {name}");
        let start = Instant::now();
        let result = work();
        if let Err(error) = &result {
            println!("  {name}: {error:#}");
        }
        self.checks.push((name, result.is_ok(), start.elapsed()));
    }

    fn close(self) -> Result<()> {
        println!("\nSummary");
        for (name, passed, took) in &self.checks {
            println!("  {} {name} ({})", if *passed { "ok    " } else { "FAILED" }, readable(*took));
        }
        let failed: Vec<&str> = self.checks.iter().filter(|(_, passed, _)| !passed).map(|(name, ..)| *name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(())
    }
}
