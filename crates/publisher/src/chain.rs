//! The usable files of a plugin id, and their order: one in a directory, the installed one, the one installed before
//! it, the bundled one.

use std::collections::BTreeMap;

use crate::discover::{self, Problem};
use crate::file_fault::{FileError, FileFault};
use crate::grant::Grant;
use crate::host::HostOptions;
use crate::package::PluginFile;
use crate::plugin::Source;
use crate::source::{Installation, InstalledFile};

/// A plugin file that may be used.
pub(crate) struct Candidate {
    pub(crate) source: Source,
    pub(crate) content: Content,
    /// Its own grant.
    pub(crate) grant: Grant,
    /// The upper limit of its rights if it replaces another version: the operator wasn't asked for more.
    pub(crate) most: Option<Grant>,
}

/// Where a candidate's bytes are.
pub(crate) enum Content {
    File(PluginFile),
    /// In the database: fetched only if it isn't loaded already.
    Stored(InstalledFile),
}

/// The files of each id, the preferred one first. A plugin that is switched off has none.
pub(crate) fn of_each_id(
    options: &HostOptions,
    rows: &[Installation],
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, Vec<Candidate>> {
    let mut chains: BTreeMap<String, Vec<Candidate>> = BTreeMap::new();
    let found = options.plugin_dirs.iter().flat_map(|directory| discover::in_directory(directory, problems));
    let found: Vec<_> = found.collect();
    let bundled = options.bundled.then(discover::bundled).into_iter().flatten();
    let mut identified = |found: discover::Candidate| match discover::manifest_of(&found.file.bytes) {
        Ok(manifest) => Some((manifest.id, found)),
        Err(FileError { fault, message }) => {
            problems.push(Problem { source: found.source, plugin: None, fault, message });
            None
        }
    };
    let found: Vec<_> = found.into_iter().filter_map(&mut identified).collect();
    let bundled: Vec<_> = bundled.filter_map(identified).collect();
    let fault = FileFault::SameId;
    for (id, file) in found {
        let chain = chains.entry(id.clone()).or_default();
        if let Some(first) = chain.first() {
            let message = format!("{} has the same id and was found first", first.source);
            problems.push(Problem { source: file.source, plugin: Some(id), fault, message });
            continue;
        }
        chain.push(Candidate::of(file));
    }
    let mut granted: BTreeMap<&str, &Grant> = BTreeMap::new();
    for row in rows {
        let chain = chains.entry(row.id.clone()).or_default();
        let Some(current) = &row.current else { continue };
        if let Some(first) = chain.first() {
            let message = format!("{}: {} has the same id and stands in front of it", row.id, first.source);
            problems.push(Problem { source: Source::Installed, plugin: Some(row.id.clone()), fault, message });
        }
        granted.insert(&row.id, &current.grant);
        chain.push(Candidate::stored(current.clone()));
        chain.extend(row.previous.clone().map(|file| Candidate::stored(file).at_most(&current.grant)));
    }
    for (id, file) in bundled {
        let candidate = Candidate::of(file);
        let candidate = match granted.get(id.as_str()) {
            Some(granted) => candidate.at_most(granted),
            None => candidate,
        };
        chains.entry(id).or_default().push(candidate);
    }
    for row in rows.iter().filter(|row| !row.enabled) {
        chains.remove(&row.id);
    }
    chains
}

impl Candidate {
    /// A file in a directory or in the program has everything it asks for: putting it there was the operator's
    /// decision.
    fn of(found: discover::Candidate) -> Self {
        Self { source: found.source, content: Content::File(found.file), grant: Grant::AsAsked, most: None }
    }

    fn stored(file: InstalledFile) -> Self {
        Self { source: Source::Installed, grant: file.grant.clone(), content: Content::Stored(file), most: None }
    }

    fn at_most(self, granted: &Grant) -> Self {
        Self { most: Some(granted.clone()), ..self }
    }

    /// Its version, as far as it is known before its file is read.
    pub(crate) fn version(&self) -> Option<String> {
        match &self.content {
            Content::File(_) => None,
            Content::Stored(file) => Some(file.version.clone()),
        }
    }
}
