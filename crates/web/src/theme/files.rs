//! The source of a theme's files: the operator's directory first, then the binary.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::error::ThemeError;

// Folder by folder, so that the style sheet's sources and the licences' texts stay out of the binary.
static LAYOUTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/layouts");
static MAIL: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/mail");
static PAGES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/pages");
static PARTIALS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/partials");
static ASSETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/assets");
static LOCALES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../themes/default/locales");

const TEMPLATES: &[(&str, &Dir<'_>)] =
    &[("layouts", &LAYOUTS), ("mail", &MAIL), ("pages", &PAGES), ("partials", &PARTIALS)];

/// A theme's files by their path in the theme's folder.
pub(super) struct Files {
    directory: Option<PathBuf>,
}

impl Files {
    pub(super) fn new(directory: Option<&Path>) -> Self {
        Self { directory: directory.map(Path::to_owned) }
    }

    /// Every template, by name (`pages/job.html`).
    pub(super) fn templates(&self) -> Result<BTreeMap<String, String>, ThemeError> {
        let mut templates = BTreeMap::new();
        for (folder, bundled) in TEMPLATES {
            for (name, bytes) in self.folder(folder, bundled)? {
                let text = String::from_utf8(bytes.into_owned()).map_err(|_| ThemeError::NotText(name.clone()))?;
                templates.insert(name, text);
            }
        }
        Ok(templates)
    }

    /// Every asset, by its path below `assets/`.
    pub(super) fn assets(&self) -> Result<BTreeMap<String, Cow<'static, [u8]>>, ThemeError> {
        let files = self.folder("assets", &ASSETS)?;
        Ok(files.into_iter().map(|(name, bytes)| (name.trim_start_matches("assets/").to_owned(), bytes)).collect())
    }

    /// A bundled locale file's text, and the operator's own beside it.
    pub(super) fn locale(&self, name: &str) -> Result<(Option<String>, Option<String>), ThemeError> {
        let bundled = LOCALES.get_file(name).and_then(|file| file.contents_utf8()).map(str::to_owned);
        let own = match &self.directory {
            Some(directory) => read_if_there(&directory.join("locales").join(name))?,
            None => None,
        };
        let own = own.map(|bytes| String::from_utf8(bytes).map_err(|_| ThemeError::NotText(name.to_owned())));
        Ok((bundled, own.transpose()?))
    }

    fn folder(
        &self,
        folder: &str,
        bundled: &'static Dir<'static>,
    ) -> Result<BTreeMap<String, Cow<'static, [u8]>>, ThemeError> {
        let mut found = BTreeMap::new();
        collect_bundled(folder, bundled, &mut found);
        if let Some(directory) = &self.directory {
            collect_own(directory, &directory.join(folder), &mut found)?;
        }
        Ok(found)
    }
}

fn collect_bundled(folder: &str, dir: &'static Dir<'static>, found: &mut BTreeMap<String, Cow<'static, [u8]>>) {
    for file in dir.files() {
        found.insert(format!("{folder}/{}", file.path().display()), Cow::Borrowed(file.contents()));
    }
    for inner in dir.dirs() {
        collect_bundled(folder, inner, found);
    }
}

fn collect_own(root: &Path, folder: &Path, found: &mut BTreeMap<String, Cow<'static, [u8]>>) -> Result<(), ThemeError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ThemeError::Read { path, source }
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed(folder)(source)),
    };
    for entry in entries {
        let path = entry.map_err(failed(folder))?.path();
        if path.is_dir() {
            collect_own(root, &path, found)?;
        } else if let (Ok(name), Some(bytes)) = (path.strip_prefix(root), read_if_there(&path)?) {
            found.insert(name.to_string_lossy().replace('\\', "/"), Cow::Owned(bytes));
        }
    }
    Ok(())
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, ThemeError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ThemeError::Read { path: path.to_owned(), source }),
    }
}
