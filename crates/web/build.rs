//! The theme's files are embedded by a macro that cargo can't look into: name them.

fn main() {
    println!("cargo:rerun-if-changed=../../themes/default");
}
