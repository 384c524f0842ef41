//! Compiled code, kept on disk.
//!
//! wasmtime trusts the bytes that it deserialises: flipped bytes crash the process, and chosen bytes take it over. So
//! each file ends with a keyed MAC over its name and content, which is checked before anything else reads it. A file
//! that doesn't match is a miss, and is written again.
//!
//! Code is mapped from its file: only what runs takes memory, a third of a plugin's code. That is as safe as reading it,
//! because only the user who runs this program can write to the directory, and files in it are replaced, never changed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// The length of the MAC behind the code, in bytes.
const MAC: usize = 32;
/// How many bytes are read at once to check a file.
const CHUNK: usize = 64 * 1024;

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

    /// The code of the component with this hash, if it is cached. A cache that can't be read only costs time.
    pub(crate) fn find(&self, engine: &Engine, sha256: &str) -> Option<Component> {
        let name = &name(engine, sha256);
        let path = &self.directory.join(name);
        let mut file = File::open(path).ok()?;
        match self.is_ours(name, &mut file) {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(path = %path.display(), "compiled code in the cache has a wrong MAC; compiling again");
                return None;
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code in the cache can't be read; compiling again");
                return None;
            }
        }
        match load(engine, &mut file) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code in the cache doesn't fit; compiling again");
                None
            }
        }
    }

    /// Whether the file's MAC is the one of its name and content.
    fn is_ours(&self, name: &str, file: &mut File) -> io::Result<bool> {
        let Some(mut left) = file.metadata()?.len().checked_sub(MAC as u64) else { return Ok(false) };
        let mut mac = self.mac(name);
        let mut chunk = vec![0; CHUNK];
        while left > 0 {
            let part = &mut chunk[..usize::try_from(left).unwrap_or(CHUNK).min(CHUNK)];
            file.read_exact(part)?;
            mac.update(part);
            left -= part.len() as u64;
        }
        let mut written = [0; MAC];
        file.read_exact(&mut written)?;
        Ok(mac.verify_slice(&written).is_ok())
    }

    /// Caches the code of the component with this hash. A cache that can't be written only costs time.
    pub(crate) fn keep(&self, engine: &Engine, sha256: &str, code: &[u8]) {
        let name = name(engine, sha256);
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
            let mut mac = self.mac(name);
            mac.update(code);
            file.write_all(code)?;
            file.write_all(&mac.finalize().into_bytes())
        });
        let moved = written.and_then(|()| fs::rename(&temporary, path));
        if moved.is_err() {
            fs::remove_file(&temporary).ok();
        }
        moved
    }

    /// The MAC of a file, before its content.
    fn mac(&self, name: &str) -> Hmac<Sha256> {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            unreachable!("HMAC takes a key of 32 bytes")
        };
        // The name has a fixed length, so that the border between name and content can't move.
        mac.update(name.as_bytes());
        mac
    }
}

/// The file's name: a hash of the component and of everything in the engine that its code depends on.
fn name(engine: &Engine, sha256: &str) -> String {
    // `DefaultHasher::new` has fixed keys: the same in every process of the same build.
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut digest = Sha256::new();
    digest.update(sha256);
    digest.update(settings.finish().to_be_bytes());
    hex::encode(digest.finalize())
}

/// Loads the code of a file whose MAC was checked.
fn load(engine: &Engine, file: &mut File) -> wasmtime::Result<Component> {
    #[cfg(target_os = "linux")]
    match map(engine, file) {
        Ok(component) => return Ok(component),
        Err(error) => tracing::debug!(%error, "compiled code can't be mapped; reading it"),
    }
    let mut code = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut code)?;
    code.truncate(code.len().saturating_sub(MAC));
    deserialize(engine, &code)
}

/// Maps the code from a file whose MAC was checked. It is opened by its descriptor: the path may lead to another file
/// by now.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "compiled code; it comes from our own compiler alone")]
fn map(engine: &Engine, file: &File) -> wasmtime::Result<Component> {
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
    // SAFETY: the MAC proves that this file's code comes from our compiler. Only our own user may write to it, and this
    // program never does: it puts another file in its place.
    unsafe { Component::deserialize_file(engine, path) }
}

/// Loads code that was just compiled, or that was read from a file whose MAC was checked.
#[expect(unsafe_code, reason = "compiled code; it comes from our own compiler alone")]
pub(crate) fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` comes from our compiler, in this process or in a child that runs this same program. For a file,
    // the MAC proves that we wrote it and nobody changed it: only this host has the key.
    unsafe { Component::deserialize(engine, code) }
}
