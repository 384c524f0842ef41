//! Style sheets, fonts and pictures, served under names that change with their content.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use sha2::{Digest, Sha256};

use super::error::ThemeError;
use super::files::Files;
use crate::encoding::{Effort, Encoded, Encoding};

/// A served file.
#[derive(Debug)]
pub struct Asset {
    /// `name.<hash>.ext`: may be cached for ever.
    pub hashed_name: String,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The bytes, plain and compressed.
    pub(crate) encoded: Encoded,
}

impl Asset {
    /// Whether it can be compressed: pictures and fonts are compressed already.
    pub(crate) fn is_text(&self) -> bool {
        self.content_type.starts_with("text/") || self.content_type == "image/svg+xml"
    }
}

/// The theme's assets.
#[derive(Debug, Default)]
pub struct Assets {
    by_name: HashMap<String, Asset>,
    names_by_hashed: HashMap<String, String>,
}

impl Assets {
    pub(super) fn load(files: &Files) -> Result<Self, ThemeError> {
        let mut assets = Self::default();
        let (sheets, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            files.assets()?.into_iter().partition(|(name, _)| name.ends_with(".css"));
        for (name, bytes) in others {
            assets.insert(name, bytes);
        }
        // Style sheets last: they refer to the others by their hashed names.
        for (name, bytes) in sheets {
            let text = std::str::from_utf8(&bytes).map_err(|_| ThemeError::NotText(name.clone()))?;
            let text = assets.with_hashed_urls(text);
            assets.insert(name, Cow::Owned(text.into_bytes()));
        }
        Ok(assets)
    }

    /// The URL of the asset `name` (`tablon.css`).
    pub fn url(&self, name: &str) -> Option<String> {
        self.by_name.get(name).map(|asset| format!("/assets/{}", asset.hashed_name))
    }

    /// The asset with the served name `name`, and whether that is its hashed name.
    pub fn get(&self, name: &str) -> Option<(&Asset, bool)> {
        match self.names_by_hashed.get(name) {
            Some(plain) => self.by_name.get(plain).map(|asset| (asset, true)),
            None => self.by_name.get(name).map(|asset| (asset, false)),
        }
    }

    /// Compresses all of them, so that no visitor waits for it.
    pub(crate) fn compress(&self) {
        for asset in self.by_name.values().filter(|asset| asset.is_text()) {
            for encoding in Encoding::ALL {
                asset.encoded.get(encoding);
            }
        }
    }

    fn insert(&mut self, name: String, bytes: Cow<'static, [u8]>) {
        let hash = hex::encode(&Sha256::digest(&bytes)[..6]);
        let hashed_name = match name.rsplit_once('.') {
            Some((stem, extension)) => format!("{stem}.{hash}.{extension}"),
            None => format!("{name}.{hash}"),
        };
        let content_type = content_type(&name);
        let bytes = match bytes {
            Cow::Borrowed(embedded) => Bytes::from_static(embedded),
            Cow::Owned(read) => Bytes::from(read),
        };
        self.names_by_hashed.insert(hashed_name.clone(), name.clone());
        let encoded = Encoded::new(bytes, Effort::Asset);
        self.by_name.insert(name, Asset { hashed_name, content_type, encoded });
    }

    fn with_hashed_urls(&self, sheet: &str) -> String {
        let mut output = String::with_capacity(sheet.len());
        let mut rest = sheet;
        while let Some((before, after)) = rest.split_once("url(") {
            output.push_str(before);
            output.push_str("url(");
            let (inside, tail) = after.split_once(')').unwrap_or((after, ""));
            match self.by_name.get(inside.trim_matches(['"', '\'', ' '])) {
                Some(asset) => output.push_str(&format!("\"{}\")", asset.hashed_name)),
                None => output.push_str(&format!("{inside})")),
            }
            rest = tail;
        }
        output.push_str(rest);
        output
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
