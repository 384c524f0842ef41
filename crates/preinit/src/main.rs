//! `tablon-preinit IN OUT`: writes the component IN, initialised, to OUT. `cargo xtask plugins` runs it.

use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let args: Vec<_> = env::args_os().skip(1).collect();
    let [input, output] = args.as_slice() else {
        println!("usage: tablon-preinit IN OUT");
        return ExitCode::FAILURE;
    };
    let written = fs::read(input).map_err(|error| error.to_string()).and_then(|component| {
        let initialised = tablon_preinit::preinitialise(&component).map_err(|error| error.to_string())?;
        fs::write(output, initialised.unwrap_or(component)).map_err(|error| error.to_string())
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{}: {error}", input.display());
            ExitCode::FAILURE
        }
    }
}
