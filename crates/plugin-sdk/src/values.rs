//! What a message template can name.

use std::collections::BTreeMap;

use crate::extra::OWN_FIELD;
use crate::rich::{RichText, clean};
use crate::words::workplace_word;
use crate::{Posting, Target, TemplateValue, Words, hashtags};

/// More would be a wall of links.
const MOST_HASHTAGS: usize = 15;
const MOST_PLACES: usize = 6;
const LONGEST_PLACE: usize = 120;

/// The values of a template, by name. Texts of a posting are one line each, without invisible characters; they are
/// plain text, which the template's [`Escaping`](crate::Escaping) writes as such.
///
/// `title`, `organization`, `summary`, `url`, `apply_url`, `locations`, `place`, `workplace`, `workplace_name`, `pay`,
/// `tags`, `hashtags`, `language`, `published_at`, `expires_at`, `extra` (the board's own
/// fields by their names, `extra.level`; and by the contract's, `extra.salary.min`: `employment_types`,
/// `remote_countries`, `places`, `salary`, `updated_at`), `board` (`name`, `url`, `color`) and `words`. A description is markup of some length: add it with [`markup`](Self::markup).
#[derive(Debug, Clone, Default)]
pub struct Values(BTreeMap<&'static str, TemplateValue>);

impl Values {
    /// The names that [`of`](Self::of) sets.
    pub const NAMES: [&'static str; 18] = [
        "title",
        "organization",
        "summary",
        "url",
        "apply_url",
        "locations",
        "place",
        "workplace",
        "workplace_name",
        "pay",
        "tags",
        "hashtags",
        "language",
        "published_at",
        "expires_at",
        "extra",
        "board",
        "words",
    ];

    /// The values of a posting on a channel.
    pub fn of(posting: &Posting, target: &Target, words: &Words) -> Self {
        let workplace = workplace_word(posting.workplace);
        let board = [
            ("name", clean(&target.board.name)),
            ("url", target.board.url.clone()),
            ("color", target.board.color.clone()),
        ];
        Self::default()
            .with("title", clean(&posting.title))
            .with("organization", clean(&posting.organization))
            .with("summary", clean(&posting.summary))
            .with("url", posting.url.as_str())
            .with("apply_url", posting.apply_url.as_str())
            .with("locations", posting.locations.iter().map(|l| clean(l)).collect::<Vec<_>>())
            .with("place", place(&posting.locations))
            .with("workplace", workplace)
            .with("workplace_name", words.say(workplace))
            .with("pay", posting.pay.as_deref().map(clean).filter(|pay| !pay.is_empty()))
            .with("tags", posting.tags.iter().map(|t| clean(t)).collect::<Vec<_>>())
            .with("hashtags", hashtags(&posting.tags, MOST_HASHTAGS))
            .with("language", posting.language.as_str())
            .with("published_at", posting.published_at.as_str())
            .with("expires_at", posting.expires_at.clone())
            .with("extra", extra(posting))
            .with("board", TemplateValue::from_pairs(board))
            .with("words", words.value())
    }

    /// Adds a value, or replaces it.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<TemplateValue>) -> Self {
        self.0.insert(name, value.into());
        self
    }

    /// Adds markup, which a template takes as it is.
    #[must_use]
    pub fn markup(self, name: &'static str, markup: String) -> Self {
        self.with(name, TemplateValue::from_safe_string(markup))
    }

    /// All of them, for [`Template::render`](crate::Template::render).
    pub fn to_value(&self) -> TemplateValue {
        TemplateValue::from_pairs(self.0.iter().map(|(name, value)| (*name, value.clone())))
    }
}

/// One line of a stranger's text, at most so many UTF-16 units, with an ellipsis where it was cut.
pub fn short(text: &str, limit: usize) -> String {
    RichText::from_plain(&clean(text)).shortened(limit).to_plain()
}

/// The places in one line; of a long list, its beginning and how many more there are.
fn place(locations: &[String]) -> String {
    let places: Vec<String> = locations.iter().map(|l| short(l, LONGEST_PLACE)).filter(|l| !l.is_empty()).collect();
    let shown = places.iter().take(MOST_PLACES).cloned().collect::<Vec<_>>().join(" / ");
    match places.len().saturating_sub(MOST_PLACES) {
        0 => shown,
        more => format!("{shown} +{more}"),
    }
}

/// What the host calls `fields.level` is the board's own field `level`; what it adds by itself has the name it comes
/// with, before a field that a board calls the same.
fn extra(posting: &Posting) -> TemplateValue {
    let value = |json: &str| serde_json::from_str(json).unwrap_or_else(|_| TemplateValue::from(json));
    let mut extra = BTreeMap::new();
    for (name, json) in &posting.extra {
        match name.strip_prefix(OWN_FIELD) {
            Some(own) => extra.entry(own).or_insert_with(|| value(json)),
            None => extra.entry(name.as_str()).insert_entry(value(json)).into_mut(),
        };
    }
    TemplateValue::from_pairs(extra)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{posting, target};
    use crate::{Escaping, Locales, Template};

    #[test]
    fn a_boards_own_field_has_its_own_name_and_hides_none_of_the_hosts() {
        let own = [("fields.remote_countries", "1"), ("fields.level", "\"senior\""), ("remote_countries", "[\"ES\"]")];
        let extra = own.map(|(name, json)| (name.to_owned(), json.to_owned())).to_vec();
        let values =
            Values::of(&Posting { extra, ..posting() }, &target(serde_json::json!({})), &Locales::new(&[]).get("en"));
        let template = Template::new("{{ extra.level }} {{ extra.remote_countries[0] }}", Escaping::None);
        assert_eq!(template.and_then(|template| template.render(&values.to_value())).as_deref(), Ok("senior ES"));
    }
}
