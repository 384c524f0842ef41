//! `tablon plugin pack`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use serde::Serialize;
use tablon_publisher::{Manifest, package};

use super::source;
use crate::output::Output;

#[derive(Serialize)]
struct Packed {
    id: String,
    version: String,
    file: PathBuf,
    size: usize,
    sha256: String,
}

pub(super) fn run(dir: &Path, file: Option<&Path>, output: &Output) -> Result<()> {
    ensure!(dir.is_dir(), "{} is no folder", dir.display());
    let bytes = source::packed(dir)?;
    let manifest = package::manifest(&bytes).map_err(|error| anyhow!("{error}"))?;
    let Manifest { id, version, .. } = Manifest::parse(manifest)?;
    let file = file.map_or_else(|| PathBuf::from(format!("{id}-{version}.wasm")), Path::to_path_buf);
    fs::write(&file, &bytes).with_context(|| format!("writing {}", file.display()))?;
    let packed = Packed { sha256: package::hash(&bytes), size: bytes.len(), id, version, file };
    output.print(&packed, |packed| {
        format!(
            "{}: {} {}, {} KB\nsha256 {}",
            packed.file.display(),
            packed.id,
            packed.version,
            packed.size / 1024,
            packed.sha256
        )
    })
}
