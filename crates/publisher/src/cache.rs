//! Compiled code, kept on disk.
//!
//! wasmtime trusts the bytes that it deserialises: flipped bytes crash the process, and chosen bytes take it over. So
//! each file begins with a keyed MAC over its name and content, which is checked before anything else reads it. A file
//! that doesn't match is a miss, and is written again.

use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The length of the MAC in front of the code, in bytes.
const MAC: usize = 32;

/// A directory of compiled code, owned by the host.
pub(crate) struct CodeCache {
    directory: PathBuf,
    key: [u8; 32],
}

impl CodeCache {
    /// Makes the directory if it is missing, readable by its owner alone.
    ///
    /// # Errors
    /// When it can't be made.
    pub(crate) fn open(directory: &Path, key: [u8; 32]) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory)?;
        Ok(Self { directory: directory.to_owned(), key })
    }

    /// The component's code, if it is cached. A cache that can't be read only costs time.
    pub(crate) fn find(&self, engine: &Engine, wasm: &[u8]) -> Option<Component> {
        let name = &name(engine, wasm);
        let path = &self.directory.join(name);
        let bytes = fs::read(path).ok()?;
        let Some((mac, code)) = bytes.split_at_checked(MAC) else {
            tracing::warn!(path = %path.display(), "compiled code in the cache is cut; compiling again");
            return None;
        };
        if self.mac(name, code).verify_slice(mac).is_err() {
            tracing::warn!(path = %path.display(), "compiled code in the cache has a wrong MAC; compiling again");
            return None;
        }
        match deserialize(engine, code) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code in the cache doesn't fit; compiling again");
                None
            }
        }
    }

    /// Caches the code that was compiled from `wasm`. A cache that can't be written only costs time.
    pub(crate) fn keep(&self, engine: &Engine, wasm: &[u8], code: &[u8]) {
        let name = name(engine, wasm);
        let path = self.directory.join(&name);
        if let Err(error) = self.write(&path, &name, code) {
            tracing::warn!(path = %path.display(), %error, "compiled code can't be cached; the next start compiles again");
        }
    }

    /// Writes to another name first, so that neither a reader nor a crash leaves half a file.
    fn write(&self, path: &Path, name: &str, code: &[u8]) -> io::Result<()> {
        let temporary = self.directory.join(format!("{}.new", uuid::Uuid::new_v4().simple()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&temporary).and_then(|mut file| {
            file.write_all(&self.mac(name, code).finalize().into_bytes())?;
            file.write_all(code)
        });
        let moved = written.and_then(|()| fs::rename(&temporary, path));
        if moved.is_err() {
            fs::remove_file(&temporary).ok();
        }
        moved
    }

    fn mac(&self, name: &str, code: &[u8]) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            unreachable!("HMAC takes a key of 32 bytes")
        };
        // The name has a fixed length, so that the border between name and content can't move.
        mac.update(name.as_bytes());
        mac.update(code);
        mac
    }
}

/// The file's name: a hash of the component and of everything in the engine that its code depends on.
fn name(engine: &Engine, wasm: &[u8]) -> String {
    // `DefaultHasher::new` has fixed keys: the same in every process of the same build.
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut digest = Sha256::new();
    digest.update(Sha256::digest(wasm));
    digest.update(settings.finish().to_be_bytes());
    hex::encode(digest.finalize())
}

/// Loads compiled code: from a file whose MAC was checked, or from the compiler itself.
#[expect(unsafe_code, reason = "the one place that takes compiled code; it comes from our own compiler alone")]
pub(crate) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` comes from our compiler, in this process or in a child that runs this same program. For a file,
    // the MAC proves that we wrote it and nobody changed it: only this host has the key.
    unsafe { Component::deserialize(engine, code) }
}
