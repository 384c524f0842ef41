//! The message of a posting: one embed.

use serde::Serialize;
use serde_json::Value;
use tablon_plugin::rich::{fitting, utf16_len};
use tablon_plugin::telegram_html::is_linkable;
use tablon_plugin::{
    DiscordMarkdown, Draft, Ending, Error, Markup, Message, MessageWriter, Posting, Preview, Values, Words, short,
};

use crate::settings::Settings;
use crate::thread::Thread;

const TEMPLATE: &str = include_str!("../templates/message.md.j2");
const CLOSED_TEMPLATE: &str = include_str!("../templates/closed.md.j2");

/// Discord's limits, in characters: of parts of an embed, and of all of it.
const TITLE: usize = 256;
const DESCRIPTION: usize = 4096;
const FIELD: usize = 1024;
const EMBED: usize = 6000;
const ADDRESS: usize = 2048;
/// What of a description is wanted; the job's page has the rest.
const WANTED: usize = 1200;
/// Of the other parts, so that a good deal of the sum is left for the description.
const LINE: usize = 200;
const TAGS: usize = 400;
/// Of an embed whose offer is over, and of a board without a colour.
const GREY: u32 = 0x0080_848e;
const BLUE: u32 = 0x0058_65f2;

/// What is sent, apart from where.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Content {
    pub(crate) embeds: [Embed; 1],
    /// Nobody is called by a job, whatever stands in it.
    allowed_mentions: AllowedMentions,
    /// The thread that is opened for it, in a forum.
    #[serde(skip)]
    pub(crate) thread: Option<Thread>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
struct AllowedMentions {
    parse: [&'static str; 0],
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub(crate) struct Embed {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    description: String,
    color: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Part>,
    #[serde(skip_serializing_if = "Option::is_none")]
    footer: Option<Footer>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Part {
    name: String,
    value: String,
    inline: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Footer {
    text: String,
}

/// The writer of descriptions, for an embed whose other parts take so much.
fn writer(taken: usize) -> MessageWriter<DiscordMarkdown> {
    MessageWriter::new(TEMPLATE, CLOSED_TEMPLATE, DESCRIPTION.min(EMBED - taken)).description(WANTED)
}

/// For [`Description`](tablon_plugin::Description): the template, and what it can name.
pub(crate) fn templates() -> MessageWriter<DiscordMarkdown> {
    writer(0)
}

/// An open offer.
pub(crate) fn open(draft: &Draft<'_, Settings>) -> Result<(Content, Message), Error> {
    let (posting, target) = (draft.posting, draft.target);
    let mut embed = Embed {
        title: heading(posting, TITLE),
        color: target.board.rgb().unwrap_or(BLUE),
        fields: fields(draft),
        ..Embed::about(draft)
    };
    let message = writer(embed.length()).open(posting, target, &draft.words)?;
    embed.description.clone_from(&message.text);
    Ok((Content { thread: Thread::of(draft), ..Content::of(embed) }, message))
}

/// What stays of an offer that is over: struck through, and grey.
pub(crate) fn closed(draft: &Draft<'_, Settings>, ending: Ending) -> Result<Content, Error> {
    let title = heading(draft.posting, TITLE - "~~~~".len());
    let mut fields = fields(draft);
    fields.truncate(1);
    let mut embed = Embed { title: format!("~~{title}~~"), color: GREY, fields, ..Embed::about(draft) };
    embed.description = writer(embed.length()).closed(draft.posting, ending, draft.target, &draft.words)?.text;
    Ok(Content::of(embed))
}

/// Whether an embed of Discord's says that its offer is over. An open offer's title is escaped and never begins so.
pub(crate) fn is_struck_through(embed: &Value) -> bool {
    let title = embed["title"].as_str().unwrap_or_default().trim();
    title.starts_with("~~") && title.ends_with("~~")
}

impl Content {
    fn of(embed: Embed) -> Self {
        Self { embeds: [embed], allowed_mentions: AllowedMentions::default(), thread: None }
    }

    /// As the host shows it, byte for byte what is sent.
    pub(crate) fn preview(&self, body: &Value, message: &Message, posting: &Posting, words: &Words) -> Preview {
        let mut preview = message.preview(words);
        preview.content = body.to_string();
        preview.length = u32::try_from(self.embeds[0].length()).unwrap_or(u32::MAX);
        preview.limit = EMBED as u32;
        if self.embeds[0].url.is_none() {
            preview.warnings.push(words.say_with("warning-no-link", &[("url", &posting.url)]));
        }
        let unknown = self.thread.iter().flat_map(|thread| &thread.unknown);
        preview.warnings.extend(unknown.map(|tag| words.say_with("error-no-tag", &[("tag", tag)])));
        preview
    }

    /// Whether an embed of Discord's has this title, apart from white space.
    pub(crate) fn has_the_title_of(&self, embed: &Value) -> bool {
        let title = embed["title"].as_str().unwrap_or_default();
        title.split_whitespace().eq(self.embeds[0].title.split_whitespace())
    }

    /// Whether a message of Discord's shows this, apart from white space and how addresses are written.
    pub(crate) fn is_shown_by(&self, embeds: &Value) -> bool {
        let ours = serde_json::to_value(&self.embeds).unwrap_or_default();
        let same = |place: &str| {
            let text = |value: &Value| {
                let text = value.pointer(place).and_then(Value::as_str).unwrap_or_default();
                text.split_whitespace().collect::<String>()
            };
            text(&ours) == text(embeds)
        };
        let fields = self.embeds[0].fields.len();
        let theirs = embeds.pointer("/0/fields").and_then(Value::as_array).map_or(0, Vec::len);
        same("/0/title")
            && same("/0/description")
            && embeds.pointer("/0/color") == ours.pointer("/0/color")
            && fields == theirs
            && (0..fields).all(|n| same(&format!("/0/fields/{n}/value")))
    }
}

impl Embed {
    /// What open and closed offers share.
    fn about(draft: &Draft<'_, Settings>) -> Self {
        let board = DiscordMarkdown::plain(&short(&draft.target.board.name, LINE));
        Self {
            url: Some(draft.posting.url.clone()).filter(|url| is_linkable(url) && utf16_len(url) <= ADDRESS),
            footer: Some(Footer { text: board }).filter(|footer| !footer.text.is_empty()),
            ..Self::default()
        }
    }

    /// What Discord adds up over an embed.
    fn length(&self) -> usize {
        let fields = self.fields.iter().map(|field| utf16_len(&field.name) + utf16_len(&field.value));
        let footer = self.footer.as_ref().map_or(0, |footer| utf16_len(&footer.text));
        utf16_len(&self.title) + utf16_len(&self.description) + footer + fields.sum::<usize>()
    }
}

/// A title that shows something, also where somebody's consists of what can't be seen.
fn heading(posting: &Posting, most: usize) -> String {
    let title = fitting(most, |room| DiscordMarkdown::escape(&short(&posting.title, room)));
    if title.is_empty() { short(&posting.id, most) } else { title }
}

fn fields(draft: &Draft<'_, Settings>) -> Vec<Part> {
    let (posting, words) = (draft.posting, &draft.words);
    let values = Values::of(posting, draft.target, words).to_value();
    let named = |name: &str| values.get_attr(name).ok().filter(|v| !v.is_none()).map(|v| v.to_string());
    let line = |text: &str, most: usize| fitting(most, |room| DiscordMarkdown::escape(&short(text, room)));
    let place = [named("place"), named("workplace_name")];
    let place: Vec<String> = place.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    let parts = [
        ("field-organization", line(&posting.organization, LINE), true),
        ("field-place", line(&place.join(" · "), LINE), true),
        ("pay", line(&named("pay").unwrap_or_default(), LINE), true),
        ("field-tags", line(&posting.tags.join(", "), TAGS), false),
        ("field-apply", apply(posting, words), false),
    ];
    let shown = parts.into_iter().filter(|(_, value, _)| !value.trim().is_empty());
    shown.map(|(name, value, inline)| Part { name: words.say(name), value, inline }).collect()
}

/// Where one applies; an address that is too long for a field stands on the job's page.
fn apply(posting: &Posting, words: &Words) -> String {
    let link = |url: &str| match url.strip_prefix("mailto:") {
        _ if is_linkable(url) => DiscordMarkdown::link(&words.say("apply"), url),
        address => DiscordMarkdown::escape(&short(address.unwrap_or(url), FIELD / 2)),
    };
    let ways = [link(&posting.apply_url), link(&posting.url)];
    ways.into_iter().find(|way| utf16_len(way) <= FIELD).unwrap_or_default()
}
