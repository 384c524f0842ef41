//! Which job of the board a row of a file is.

use std::collections::HashMap;

use uuid::Uuid;

use super::keys::{FieldHashes, Keys};
use crate::entity::job_sources;

/// How a row of a file is known.
#[derive(Debug, PartialEq)]
pub(super) enum Known {
    /// Its source says what it said before.
    Unchanged(usize),
    /// Its source says something else now.
    Changed(usize),
    /// An earlier row of the same file was wholly equal; which one, if it is among the rows at hand.
    Repeats(Repeated),
    /// It is new.
    New,
}

#[derive(Debug, PartialEq)]
pub(super) enum Repeated {
    Row(usize),
    Source(usize),
}

/// The sources that may be met, and which of them the present import has met.
pub(super) struct Sources {
    pub(super) rows: Vec<job_sources::Model>,
    run: Uuid,
    by_content: HashMap<String, Vec<usize>>,
    by_identifier: HashMap<String, Vec<usize>>,
    by_place: HashMap<String, Vec<usize>>,
}

impl Sources {
    pub(super) fn new(rows: Vec<job_sources::Model>, run: Uuid) -> Self {
        let mut sources =
            Self { rows, run, by_content: HashMap::new(), by_identifier: HashMap::new(), by_place: HashMap::new() };
        for (at, row) in sources.rows.iter().enumerate() {
            sources.by_content.entry(row.content_key.clone()).or_default().push(at);
            for (key, index) in
                [(&row.identifier_key, &mut sources.by_identifier), (&row.place_key, &mut sources.by_place)]
            {
                if let Some(key) = key {
                    index.entry(key.clone()).or_default().push(at);
                }
            }
        }
        sources
    }

    /// Recognises rows, each source at most once in an import: rows of one file never merge unless they are wholly
    /// equal. What is unchanged goes first, so that a changed row can't take its source.
    pub(super) fn recognise(&mut self, rows: &[Keys]) -> Vec<Known> {
        let mut first_with: HashMap<&str, usize> = HashMap::new();
        let mut known: Vec<Known> = Vec::with_capacity(rows.len());
        for (at, keys) in rows.iter().enumerate() {
            let same = self.by_content.get(&keys.content).map(Vec::as_slice).unwrap_or_default();
            let met = same.iter().copied().find(|source| self.rows[*source].run_id == self.run);
            let unmet = same.iter().copied().find(|source| self.rows[*source].run_id != self.run);
            known.push(match (first_with.get(keys.content.as_str()), met, unmet) {
                (Some(first), ..) => Known::Repeats(Repeated::Row(*first)),
                (None, Some(source), _) => Known::Repeats(Repeated::Source(source)),
                (None, None, Some(source)) => {
                    self.rows[source].run_id = self.run;
                    Known::Unchanged(source)
                }
                (None, None, None) => Known::New,
            });
            first_with.entry(&keys.content).or_insert(at);
        }
        for (keys, known) in rows.iter().zip(&mut known) {
            if *known == Known::New
                && let Some(source) = self.changed(keys)
            {
                self.rows[source].run_id = self.run;
                *known = Known::Changed(source);
            }
        }
        known
    }

    fn changed(&self, keys: &Keys) -> Option<usize> {
        let unmet = |at: &usize| self.rows[*at].run_id != self.run;
        let by_identifier = keys.identifier.as_ref().and_then(|key| self.by_identifier.get(key));
        let candidates = by_identifier.into_iter().flatten().copied().filter(unmet);
        let mut candidates = candidates
            .filter(|at| keys.has_namespace || FieldHashes::read(&self.rows[*at].fields).resembles(&keys.fields));
        let first = candidates.clone().next();
        let same_place = candidates.find(|at| keys.place.is_some() && self.rows[*at].place_key == keys.place);
        same_place.or(first).or_else(|| {
            let by_place = keys.place.as_ref().and_then(|key| self.by_place.get(key));
            // Another identifier is another job.
            let differs = |at: &usize| keys.identifier.is_some() && self.rows[*at].identifier_key.is_some();
            by_place.into_iter().flatten().copied().find(|at| unmet(at) && !differs(at))
        })
    }
}
