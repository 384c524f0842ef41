//! A plugin as one file: a component with its manifest in a custom section.
//!
//! Only the outermost sections are read, which needs only the framing of WebAssembly: a preamble of eight bytes, then
//! sections of (id, length, content); a custom section has id 0 and begins with its name.

use std::borrow::Cow;
use std::ops::Range;

use sha2::{Digest, Sha256};

/// The custom section that holds `plugin.toml`.
pub const MANIFEST_SECTION: &str = "tablon:manifest";

/// The custom section that holds the plugin's README, for people.
pub const README_SECTION: &str = "tablon:readme";

/// The prefix of the custom sections with templates and words as files; the file's path follows.
pub const FILE_SECTION: &str = "tablon:file:";

/// `\0asm`, version 13, layer 1: a component (a core module has version 1, layer 0).
const COMPONENT_PREAMBLE: [u8; 8] = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

/// A plugin's file and its hash.
#[derive(Clone)]
pub(crate) struct PluginFile {
    pub(crate) bytes: Cow<'static, [u8]>,
    /// [`hash`] of the bytes.
    pub(crate) sha256: String,
}

impl From<Vec<u8>> for PluginFile {
    fn from(bytes: Vec<u8>) -> Self {
        Self { sha256: hash(&bytes), bytes: bytes.into() }
    }
}

/// Why a file isn't a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// The first bytes are wrong.
    #[error("the file is no WebAssembly component")]
    NotAComponent,
    /// A section reaches beyond the end of the file, or its length makes no sense.
    #[error("the file is damaged: its sections don't add up")]
    Damaged,
    /// There is more than one section of the name.
    #[error("the file has several sections named {0}")]
    Repeated(String),
    /// There is no manifest.
    #[error("the file has no manifest (section {MANIFEST_SECTION})")]
    NoManifest,
    /// The manifest isn't UTF-8.
    #[error("the manifest is no text")]
    ManifestNotText,
}

/// The SHA-256 of a plugin's file, in hexadecimal digits; an install is pinned to it.
pub fn hash(file: &[u8]) -> String {
    hex::encode(Sha256::digest(file))
}

/// The content of the custom section `name`.
///
/// # Errors
/// If the file isn't a component or is damaged, or has the section more than once.
pub fn section<'a>(component: &'a [u8], name: &str) -> Result<Option<&'a [u8]>, PackageError> {
    let mut found = None;
    for custom in Sections::new(component)? {
        let custom = custom?;
        if custom.name == Some(name.as_bytes()) && found.replace(&component[custom.content]).is_some() {
            return Err(PackageError::Repeated(name.to_owned()));
        }
    }
    Ok(found)
}

/// The manifest's text.
///
/// # Errors
/// If the file isn't a component, is damaged, or has no readable manifest.
pub fn manifest(component: &[u8]) -> Result<&str, PackageError> {
    let bytes = section(component, MANIFEST_SECTION)?.ok_or(PackageError::NoManifest)?;
    std::str::from_utf8(bytes).map_err(|_| PackageError::ManifestNotText)
}

/// The same component with `content` as its only custom section `name`.
///
/// # Errors
/// If the file isn't a component or is damaged.
pub fn with_section(component: &[u8], name: &str, content: &[u8]) -> Result<Vec<u8>, PackageError> {
    let mut output = COMPONENT_PREAMBLE.to_vec();
    for section in Sections::new(component)? {
        let section = section?;
        if section.name != Some(name.as_bytes()) {
            output.extend_from_slice(&component[section.whole]);
        }
    }
    let mut body = Vec::with_capacity(name.len() + content.len() + 5);
    put_length(&mut body, name.len());
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(content);
    output.push(0);
    put_length(&mut output, body.len());
    output.extend_from_slice(&body);
    Ok(output)
}

struct Section<'a> {
    /// The name, for a custom section.
    name: Option<&'a [u8]>,
    /// From the id to the end.
    whole: Range<usize>,
    /// The bytes after the name.
    content: Range<usize>,
}

struct Sections<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Sections<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, PackageError> {
        if !bytes.starts_with(&COMPONENT_PREAMBLE) {
            return Err(PackageError::NotAComponent);
        }
        Ok(Self { bytes, at: COMPONENT_PREAMBLE.len() })
    }

    fn read(&mut self) -> Option<Section<'a>> {
        let start = self.at;
        let id = *self.bytes.get(start)?;
        let (length, body) = length(self.bytes, start + 1)?;
        let end = body.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        self.at = end;
        if id != 0 {
            return Some(Section { name: None, whole: start..end, content: body..end });
        }
        let (name_length, name) = self::length(self.bytes, body)?;
        let content = name.checked_add(name_length).filter(|content| *content <= end)?;
        Some(Section { name: Some(&self.bytes[name..content]), whole: start..end, content: content..end })
    }
}

impl<'a> Iterator for Sections<'a> {
    type Item = Result<Section<'a>, PackageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let section = self.read().ok_or(PackageError::Damaged);
        if section.is_err() {
            self.at = self.bytes.len();
        }
        Some(section)
    }
}

/// A LEB128 number of at most 32 bits at `at`, and where the bytes after it begin.
fn length(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut value = 0u64;
    for (i, byte) in bytes.get(at..)?.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((usize::try_from(u32::try_from(value).ok()?).ok()?, at + i + 1));
        }
    }
    None
}

fn put_length(output: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        output.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    output.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_that_was_written_is_read_back() {
        let long = vec![b'x'; 70_000];
        let packed = with_section(&COMPONENT_PREAMBLE, "a", b"first").unwrap();
        let packed = with_section(&packed, MANIFEST_SECTION, &long).unwrap();
        assert_eq!(section(&packed, "a").unwrap(), Some(&b"first"[..]));
        assert_eq!(manifest(&packed).unwrap().len(), long.len());
        assert_eq!(section(&packed, "b").unwrap(), None);
    }

    #[test]
    fn writing_a_section_again_replaces_it() {
        let once = with_section(&COMPONENT_PREAMBLE, "a", b"first").unwrap();
        let twice = with_section(&once, "a", b"second").unwrap();
        assert_eq!(section(&twice, "a").unwrap(), Some(&b"second"[..]));
    }

    #[test]
    fn two_sections_of_one_name_are_refused_rather_than_one_chosen() {
        let mut packed = with_section(&COMPONENT_PREAMBLE, "a", b"first").unwrap();
        let again = packed[8..].to_vec();
        packed.extend_from_slice(&again);
        assert_eq!(section(&packed, "a"), Err(PackageError::Repeated("a".into())));
    }

    #[test]
    fn every_truncation_is_damage_or_a_missing_manifest() {
        let packed = with_section(&COMPONENT_PREAMBLE, MANIFEST_SECTION, b"id = 1").unwrap();
        for end in 0..packed.len() {
            assert!(manifest(&packed[..end]).is_err(), "{end}");
        }
    }
}
