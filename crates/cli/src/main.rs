//! The program `tablon`: one binary that runs a board, and what an operator needs beside it.

mod arguments;
mod commands;
mod config;
mod instance;
mod logging;
mod memory;
mod output;
mod reference;
mod server;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.json);
    match commands::run(arguments, &output) {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}
