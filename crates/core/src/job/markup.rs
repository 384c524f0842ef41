//! Whether search engines can show an offer among their jobs.

use super::content::{JobContent, Workplace};

/// What an offer lacks for the markup that search engines read (schema.org's `JobPosting`). Google reports a posting
/// without it as an error, so the job's page then has no markup.
///
/// After Google's "Job posting structured data": `jobLocation` with a country, or `TELECOMMUTE` with the countries in
/// which applicants may sit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkupGap {
    /// A remote job that names neither countries nor a place with one.
    Countries,
    /// Work on site, and no place.
    Place,
    /// Work on site, and no place with its country.
    CountryOfPlace,
}

impl MarkupGap {
    /// Its name in the locales: `markup-gap-<name>`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Countries => "countries",
            Self::Place => "place",
            Self::CountryOfPlace => "country-of-place",
        }
    }
}

impl JobContent {
    /// What this offer lacks for the markup of search engines; `None` if it can have it.
    pub fn markup_gap(&self) -> Option<MarkupGap> {
        if self.locations.iter().any(|place| place.country.is_some()) {
            return None;
        }
        match self.workplace {
            Workplace::Remote if !self.remote_countries.is_empty() => None,
            Workplace::Remote => Some(MarkupGap::Countries),
            Workplace::OnSite | Workplace::Hybrid if self.locations.is_empty() => Some(MarkupGap::Place),
            Workplace::OnSite | Workplace::Hybrid => Some(MarkupGap::CountryOfPlace),
        }
    }
}
