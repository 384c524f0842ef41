//! Files outside this crate are embedded by a macro that cargo can't look into: name their folders.

fn main() {
    for folder in ["scaffold", "../plugin-sdk", "../../plugins/wit/1.0", "../../plugins/examples/js-hello"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
