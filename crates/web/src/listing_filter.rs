//! The filters of a board's list, for visitors and feed readers.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tablon_core::form::FieldErrors;
use tablon_core::job::Workplace;
use tablon_core::search::{MAX_SEARCH, search_words};
use tablon_core::store::JobQuery;

use crate::link::with_query;

/// The filters of a list, from its address. Unknown values are ignored: a mistyped address still shows the list.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListingFilter {
    /// The whole text of the search field; [`check`](Self::check) says whether it can be searched for.
    pub(crate) q: String,
    /// A tag, in lower case.
    pub(crate) tag: String,
    /// Where the work is done. An unknown kind filters nothing.
    pub(crate) workplace: Option<Workplace>,
    /// Where the last page ended.
    pub(crate) cursor: String,
}

impl<S: Sync> FromRequestParts<S> for ListingFilter {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::read(parts.uri.query().unwrap_or_default()))
    }
}

impl ListingFilter {
    /// Reads an address's query; if a name occurs twice, the last one counts.
    fn read(query: &str) -> Self {
        let mut filter = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            // A tag is a word of a form and a cursor one of ours: longer values are neither.
            let short = || value.chars().take(MAX_SEARCH).collect::<String>();
            match name.as_ref() {
                "q" => filter.q = value.to_owned(),
                "tag" => filter.tag = short().to_lowercase(),
                "workplace" => filter.workplace = value.parse().ok(),
                "cursor" => filter.cursor = short(),
                _ => {}
            }
        }
        filter
    }

    /// Whether the search can be carried out.
    ///
    /// # Errors
    /// At `/q`, for more characters or words than a search may have.
    pub(crate) fn check(&self) -> Result<(), FieldErrors> {
        search_words(&self.q).map(|_| ())
    }

    /// Whether anything narrows the list.
    pub(crate) fn narrows(&self) -> bool {
        !self.q.is_empty() || !self.tag.is_empty() || self.workplace.is_some()
    }

    /// The first page of the whole list.
    pub(crate) fn is_plain(&self) -> bool {
        !self.narrows() && self.cursor.is_empty()
    }

    /// The query for the published jobs.
    pub(crate) fn query(&self, limit: Option<u64>) -> JobQuery {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        JobQuery {
            q: some(&self.q),
            tag: some(&self.tag),
            workplace: self.workplace,
            cursor: some(&self.cursor),
            limit,
            ..JobQuery::public()
        }
    }

    /// The workplace's name in an address; empty for any.
    pub(crate) fn workplace_name(&self) -> &'static str {
        self.workplace.map_or("", Workplace::as_str)
    }

    /// The address of this filter's list or feed at `path`, from `cursor` on.
    pub(crate) fn address(&self, path: &str, cursor: &str) -> String {
        let workplace = self.workplace_name();
        with_query(path, &[("q", &self.q), ("tag", &self.tag), ("workplace", workplace), ("cursor", cursor)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_back_to_the_same_filter() {
        let filter = ListingFilter::read("q=+caf%C3%A9+&tag=Rust&workplace=remote&cursor=abc&utm=x");
        assert_eq!(filter.address("/", "next"), "/?q=caf%C3%A9&tag=rust&workplace=remote&cursor=next");
        assert!(filter.narrows() && !filter.is_plain());
        assert!(ListingFilter::read("workplace=moon&q=").is_plain());
        assert!(ListingFilter::read(&format!("q={}", "a".repeat(MAX_SEARCH + 1))).check().is_err());
    }
}
