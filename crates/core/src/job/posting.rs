//! A job as an approval froze it: every channel gets the same bytes, for preview and publishing.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::content::{JobContent, Location, Workplace};
use crate::text::Shown;

/// The part of a job that channels get. Mirrors the plugin contract's `posting`; holds nothing private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posting {
    /// The job's id.
    pub id: Uuid,
    /// The revision it was made from.
    pub revision: u64,
    /// The job's title.
    pub title: String,
    /// Who hires.
    pub organization: String,
    /// CommonMark without raw HTML.
    pub description: String,
    /// The description's beginning as plain text, at most 200 characters.
    pub summary: String,
    /// The job's page.
    pub url: String,
    /// Where to apply; `mailto:` when it is an e-mail address.
    pub apply_url: String,
    /// The places, each as one line.
    pub locations: Vec<String>,
    /// On site, at home, or both.
    pub workplace: Workplace,
    /// Words the reader filters by.
    pub tags: Vec<String>,
    /// The pay as text, in the board's language.
    pub pay: Option<String>,
    /// BCP 47.
    pub language: String,
    /// When it went, or would go, on the board.
    pub published_at: DateTime<Utc>,
    /// When it leaves the board.
    pub expires_at: Option<DateTime<Utc>>,
    /// The tenant's own fields, and fields for which the contract's `posting` has no member, as JSON texts; the
    /// contract lists their names.
    pub extra: Vec<(String, String)>,
}

/// The parts of a posting that don't come from the job's content.
pub(crate) struct PostingContext<'a> {
    pub(crate) id: Uuid,
    pub(crate) revision: u64,
    pub(crate) url: String,
    pub(crate) locale: &'a str,
    pub(crate) published_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Posting {
    pub(crate) async fn freeze(content: &JobContent, context: PostingContext<'_>) -> Self {
        let Shown { common_mark, summary } = Shown::of(&content.description).await;
        let apply_url =
            content.apply_url.clone().or_else(|| content.apply_email.as_ref().map(|a| format!("mailto:{a}")));
        let updated_at = context.updated_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let known = [
            ("employment_types", Some(json!(content.employment_types))),
            ("remote_countries", Some(json!(content.remote_countries))),
            ("places", Some(json!(content.locations))),
            ("salary", content.salary.as_ref().map(|salary| json!(salary))),
            ("updated_at", Some(json!(updated_at))),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_string())));
        let own = content.fields.iter().map(|(name, value)| (format!("fields.{name}"), value.to_string()));
        Self {
            id: context.id,
            revision: context.revision,
            title: content.title.clone(),
            organization: content.organization.name.clone(),
            description: common_mark,
            summary,
            apply_url: apply_url.unwrap_or_else(|| context.url.clone()),
            url: context.url,
            locations: content.locations.iter().map(Location::display).collect(),
            workplace: content.workplace,
            tags: content.tags.clone(),
            pay: content.salary.as_ref().map(|s| s.display(context.locale)),
            language: content.language.clone().unwrap_or_else(|| context.locale.to_owned()),
            published_at: context.published_at,
            expires_at: context.expires_at,
            extra: known.chain(own).collect(),
        }
    }
}

impl Posting {
    /// Sets description and summary from the offer's content.
    pub(crate) async fn take_text(&mut self, content: &JobContent) {
        let Shown { common_mark, summary } = Shown::of(&content.description).await;
        (self.description, self.summary) = (common_mark, summary);
    }
}

impl Location {
    /// The place as one line: `Sevilla, Andalucía, ES`; a country alone by its name.
    pub fn display(&self) -> String {
        if let (None, None, Some(code)) = (&self.city, &self.region, &self.country) {
            return celes::Country::from_alpha2(code).map_or_else(|_| code.clone(), |c| c.long_name.to_owned());
        }
        [&self.city, &self.region, &self.country].into_iter().flatten().cloned().collect::<Vec<_>>().join(", ")
    }
}
