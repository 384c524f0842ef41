//! Puts the bundled plugins into the program: every `*.wasm` of `target/plugins`, or of the directory
//! that `TABLON_BUNDLED_PLUGINS` names.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

fn main() {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from);
    println!("cargo:rerun-if-env-changed=TABLON_BUNDLED_PLUGINS");
    println!("cargo:rerun-if-changed=build.rs");
    let here = variable("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let directory = variable("TABLON_BUNDLED_PLUGINS").unwrap_or_else(|| here.join("../../target/plugins"));
    // A path that doesn't exist would make cargo run this at every build.
    fs::create_dir_all(&directory).ok();
    println!("cargo:rerun-if-changed={}", directory.display());

    let files = plugins(&directory);
    if files.is_empty() {
        println!(
            "cargo:warning=no plugins in {}: this build has none inside; `cargo xtask plugins` builds them",
            directory.display()
        );
    }
    let mut code = String::from(
        "/// The plugin files that are part of this program, each with its SHA-256.\n\
         static BUNDLED: &[(&[u8], &str)] = &[\n",
    );
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        let hash: String = Sha256::digest(fs::read(&file).expect("the plugin can be read"))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        writeln!(code, "    (include_bytes!({file:?}), {hash:?}),").expect("a string takes everything");
    }
    code.push_str("];\n");
    let out = variable("OUT_DIR").expect("cargo sets it");
    fs::write(out.join("bundled.rs"), code).expect("OUT_DIR can be written");
}

fn plugins(directory: &Path) -> Vec<PathBuf> {
    let Ok(directory) = directory.canonicalize() else { return Vec::new() };
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut files: Vec<_> = entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "wasm")).collect();
    files.sort();
    files
}
