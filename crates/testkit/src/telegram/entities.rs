//! The entities of a message: bold, links, hashtags, …

use serde_json::{Value, json};
use url::Url;

/// One special part of a text; offset and length count UTF-16 code units, as Telegram does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its kind.
    pub kind: EntityKind,
    /// Where it begins.
    pub offset: usize,
    /// How long it is; never zero.
    pub length: usize,
}

/// The kinds of entity that a text message of a bot can have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are Telegram's own names")]
pub enum EntityKind {
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Blockquote,
    ExpandableBlockquote,
    Code,
    Pre { language: Option<String> },
    TextLink { url: String },
    CustomEmoji { id: String },
    Url,
    Email,
    Hashtag,
    Mention,
}

impl EntityKind {
    /// The `type` of a `MessageEntity`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bold => "bold",
            Self::Italic => "italic",
            Self::Underline => "underline",
            Self::Strikethrough => "strikethrough",
            Self::Spoiler => "spoiler",
            Self::Blockquote => "blockquote",
            Self::ExpandableBlockquote => "expandable_blockquote",
            Self::Code => "code",
            Self::Pre { .. } => "pre",
            Self::TextLink { .. } => "text_link",
            Self::CustomEmoji { .. } => "custom_emoji",
            Self::Url => "url",
            Self::Email => "email",
            Self::Hashtag => "hashtag",
            Self::Mention => "mention",
        }
    }

    /// Whether Telegram finds it in the plain text, and the bot didn't ask for it.
    #[must_use]
    pub fn is_detected(&self) -> bool {
        matches!(self, Self::Url | Self::Email | Self::Hashtag | Self::Mention)
    }

    fn is_code(&self) -> bool {
        matches!(self, Self::Code | Self::Pre { .. })
    }

    /// Whether styles that touch or overlap become one, as in Telegram's own answer.
    fn joins(&self, other: &Self) -> bool {
        self == other
            && matches!(self, Self::Bold | Self::Italic | Self::Underline | Self::Strikethrough | Self::Spoiler)
    }
}

impl Entity {
    /// The first code unit after it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.offset + self.length
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.offset < other.end() && other.offset < self.end()
    }

    /// As a `MessageEntity` of the Bot API.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = json!({"type": self.kind.name(), "offset": self.offset, "length": self.length});
        match &self.kind {
            EntityKind::TextLink { url } => object["url"] = json!(url),
            EntityKind::Pre { language: Some(language) } => object["language"] = json!(language),
            EntityKind::CustomEmoji { id } => object["custom_emoji_id"] = json!(id),
            _ => {}
        }
        object
    }
}

/// Text with its entities.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormattedText {
    /// Only the characters.
    pub text: String,
    /// In order of their offsets, the longer first.
    pub entities: Vec<Entity>,
    /// Things that the bot asked for and Telegram silently leaves out.
    pub ignored: Vec<String>,
}

/// Entities beyond this number are ignored by Telegram.
const MOST_ENTITIES: usize = 100;

impl FormattedText {
    /// Its length by Telegram's count.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        utf16_len(&self.text)
    }

    /// Trims white space at both ends, joins styles, removes entities from code, finds links and hashtags.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        let start = self.text.len() - self.text.trim_start().len();
        let cut = utf16_len(&self.text[..start]);
        let trimmed = self.text.trim().to_owned();
        let length = utf16_len(&trimmed);
        for entity in &mut self.entities {
            let (from, to) = (entity.offset.max(cut).min(cut + length), entity.end().max(cut).min(cut + length));
            entity.offset = from - cut;
            entity.length = to.saturating_sub(from);
        }
        self.text = trimmed;
        self.take_out_of_code();
        self.join_styles();
        self.entities.retain(|entity| entity.length > 0);
        if self.entities.len() > MOST_ENTITIES {
            self.ignored
                .push(format!("{} entities: only the first {MOST_ENTITIES} have an effect", self.entities.len()));
            self.entities.truncate(MOST_ENTITIES);
        }
        for found in detect(&self.text) {
            let taken = |entity: &Entity| {
                (entity.kind.is_code() || matches!(entity.kind, EntityKind::TextLink { .. })) && entity.overlaps(&found)
            };
            if !self.entities.iter().any(taken) {
                self.entities.push(found);
            }
        }
        self.entities.sort_by(|a, b| a.offset.cmp(&b.offset).then(b.length.cmp(&a.length)));
        self
    }

    /// Code has no other entities: an entity that overlaps it is cut around it.
    fn take_out_of_code(&mut self) {
        let code: Vec<Entity> = self.entities.iter().filter(|entity| entity.kind.is_code()).cloned().collect();
        let mut kept = Vec::new();
        for entity in std::mem::take(&mut self.entities) {
            let quote = matches!(entity.kind, EntityKind::Blockquote | EntityKind::ExpandableBlockquote);
            if entity.kind.is_code() || quote {
                kept.push(entity);
                continue;
            }
            let mut pieces = vec![entity];
            for block in &code {
                pieces = pieces.into_iter().flat_map(|piece| around(piece, block)).collect();
            }
            kept.extend(pieces);
        }
        self.entities = kept;
    }

    fn join_styles(&mut self) {
        self.entities.sort_by(|a, b| a.offset.cmp(&b.offset).then(b.length.cmp(&a.length)));
        let mut joined: Vec<Entity> = Vec::new();
        for entity in std::mem::take(&mut self.entities) {
            let touching =
                joined.iter_mut().find(|before| before.kind.joins(&entity.kind) && entity.offset <= before.end());
            match touching {
                Some(before) => before.length = before.end().max(entity.end()) - before.offset,
                None => joined.push(entity),
            }
        }
        self.entities = joined;
    }
}

fn around(piece: Entity, block: &Entity) -> Vec<Entity> {
    if !piece.overlaps(block) {
        return vec![piece];
    }
    let before = Entity { length: block.offset.saturating_sub(piece.offset), ..piece.clone() };
    let after = Entity { offset: block.end(), length: piece.end().saturating_sub(block.end()), ..piece };
    [before, after].into_iter().filter(|part| part.length > 0).collect()
}

/// The number of UTF-16 code units, which is how Telegram counts.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The address as Telegram stores it, or `None` if it silently makes no link of it.
///
/// It accepts http, https, tg and ton; a host needs a dot (so not `localhost`), and `mailto:` isn't accepted.
#[must_use]
pub fn checked_link(address: &str) -> Option<String> {
    let address = address.trim();
    let lower = address.to_ascii_lowercase();
    if lower.starts_with("tg:") || lower.starts_with("ton:") {
        return Some(address.to_owned());
    }
    let with_scheme = if lower.starts_with("http://") || lower.starts_with("https://") {
        address.to_owned()
    } else if lower.contains("://")
        || lower.starts_with("mailto:")
        || lower.starts_with("tel:")
        || lower.starts_with("javascript:")
    {
        return None;
    } else {
        format!("http://{address}")
    };
    let parsed = Url::parse(&with_scheme).ok()?;
    let host = parsed.host_str()?;
    (host.contains('.') || host.starts_with('[')).then(|| parsed.to_string())
}

/// Finds addresses, e-mail addresses, hashtags and mentions in plain text.
fn detect(text: &str) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut offset = 0;
    // Words between white space, without brackets and punctuation around them.
    for word in text.split_inclusive(char::is_whitespace) {
        let inner = word.trim_end();
        let lead: String = inner.chars().take_while(|c| "([{<\"'«“¿¡".contains(*c)).collect();
        let core = inner[lead.len()..].trim_end_matches(|c| ".,;:!?)]}>\"'»”…".contains(c));
        let start = offset + utf16_len(&lead);
        let mut push =
            |kind, from: usize, part: &str| found.push(Entity { kind, offset: from, length: utf16_len(part) });
        if core.starts_with("http://") || core.starts_with("https://") {
            if checked_link(core).is_some() {
                push(EntityKind::Url, start, core);
            }
        } else if core.starts_with('#') {
            let tag: String = core
                .chars()
                .enumerate()
                .take_while(|(i, c)| *i == 0 || c.is_alphanumeric() || *c == '_')
                .map(|(_, c)| c)
                .collect();
            let name = &tag[1..];
            if !name.is_empty() && name.chars().any(|c| !c.is_ascii_digit()) {
                push(EntityKind::Hashtag, start, &tag);
            }
        } else if let Some(name) = core.strip_prefix('@') {
            if name.len() >= 4 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                push(EntityKind::Mention, start, core);
            }
        } else if let Some((user, host)) = core.split_once('@')
            && !user.is_empty()
            && host.contains('.')
            && !host.contains('@')
        {
            push(EntityKind::Email, start, core);
        }
        offset += utf16_len(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&'static str, usize, usize)> {
        let plain = FormattedText { text: text.to_owned(), ..FormattedText::default() };
        plain.cleaned().entities.iter().map(|e| (e.kind.name(), e.offset, e.length)).collect()
    }

    #[test]
    fn hashtags_links_addresses_and_mentions_are_found_and_counted_in_utf16() {
        assert_eq!(
            kinds("🦀 #rust_es, https://acme.example/a. hr@acme.example (@tablon_demo)"),
            [("hashtag", 3, 8), ("url", 13, 22), ("email", 37, 15), ("mention", 54, 12)]
        );
        assert_eq!(kinds("#12 @no C# user@host"), []);
    }

    #[test]
    fn white_space_at_the_ends_is_trimmed_and_entities_move_along() {
        let bold = Entity { kind: EntityKind::Bold, offset: 1, length: 4 };
        let cleaned = FormattedText { text: "\n hi \n".into(), entities: vec![bold], ignored: vec![] }.cleaned();
        assert_eq!(cleaned.text, "hi");
        assert_eq!(cleaned.entities, [Entity { kind: EntityKind::Bold, offset: 0, length: 2 }]);
    }

    #[test]
    fn only_addresses_that_telegram_accepts_become_links() {
        assert_eq!(checked_link("telegram.org").as_deref(), Some("http://telegram.org/"));
        assert_eq!(checked_link("http://127.0.0.1:8080/x").as_deref(), Some("http://127.0.0.1:8080/x"));
        for nothing in
            ["http://localhost:8080/", "mailto:hr@acme.example", "javascript:alert(1)", "ftp://a.example/", "", "asd"]
        {
            assert_eq!(checked_link(nothing), None, "{nothing}");
        }
    }
}
