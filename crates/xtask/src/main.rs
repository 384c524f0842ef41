//! What developers of Tablón run: `cargo xtask demo`, `cargo xtask test`, …
//!
//! It installs what a command needs or says plainly what is missing, and it says what it is doing.

mod bench;
mod checks;
mod demo;
mod examples;
mod generate;
mod plugins;
mod preinit;
mod prerequisites;
mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

const USAGE: &str = "\
cargo xtask <COMMAND>

  demo [ARGS]          set everything up, then run the board with sample jobs and a simulated Telegram
                       (ARGS go to `tablon demo`, for example --listen 127.0.0.1:8081)
  test [ARGS]          set everything up, then run every check and every test
                       (ARGS go to the test runner, for example -p tablon-core)
  lint                 formatting and clippy, nothing else
  plugins              build the plugins into target/plugins
  generate [--check]   write the generated documentation; --check fails where it is out of date
  bench                measure the figures of docs/performance.md
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let command = args.next();
    let rest: Vec<String> = args.collect();
    let workspace = Workspace::locate()?;
    match command.as_deref() {
        Some("demo") => demo::run(&workspace, &rest),
        Some("test") => checks::test(&workspace, &rest),
        Some("lint") => {
            plugins::build(&workspace)?;
            checks::lint(&workspace)
        }
        Some("plugins") => {
            plugins::build(&workspace)?;
            examples::build(&workspace)
        }
        Some("generate") => {
            plugins::build(&workspace)?;
            generate::run(&workspace, rest.iter().any(|arg| arg == "--check"))
        }
        Some("bench") => bench::run(&workspace, &rest),
        None | Some("help" | "-h" | "--help") => {
            print!("{USAGE}");
            Ok(())
        }
        Some(other) => bail!("there is no command {other:?}\n\n{USAGE}"),
    }
}
