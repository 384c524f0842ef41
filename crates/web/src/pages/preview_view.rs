//! What channels would show, from the bytes that they would send to what templates draw.

use serde::Deserialize;
use serde_json::Value;
use tablon_core::form::FieldErrors;
use tablon_core::store::Channel;
use tablon_publisher::Preview;
use url::Url;

use super::form_view::{Speech, sentence};
use super::job_view::plugin_name;
use super::views::{
    DiscordView, EmbedField, EmbedText, EmbedView, MailView, PreviewMessage, PreviewProblem, PreviewView,
};
use crate::previews::ChannelPreview;
use crate::state::AppState;
use crate::visitor::Visitor;

/// What a mail's frame may do besides what its page forbids: inline styles, nothing from the network.
const MAIL_POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" \
     content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">";
/// Discord's own where a message names none.
const NO_COLOR: &str = "#1e1f22";

/// A mail's document for a frame of ours: it loads nothing and runs nothing, whatever the mail says.
pub(super) fn framed_mail(html: &str) -> String {
    format!("<!doctype html>{MAIL_POLICY}{html}")
}

/// What each channel would show.
pub(super) fn preview_views(state: &AppState, visitor: &Visitor, previews: Vec<ChannelPreview>) -> Vec<PreviewView> {
    previews.into_iter().map(|preview| preview_view(state, visitor, preview)).collect()
}

/// What one channel would show.
pub(super) fn preview_view(state: &AppState, visitor: &Visitor, preview: ChannelPreview) -> PreviewView {
    let ChannelPreview { channel, rendered } = preview;
    let (messages, problem) = match rendered {
        Ok(messages) => (messages.into_iter().map(message).collect(), None),
        Err(words) => (Vec::new(), Some(problem(&channel, words))),
    };
    PreviewView { plugin: plugin_name(state, visitor.locale, &channel), channel: channel.name, problem, messages }
}

/// A template that can't be used, in the place of its preview.
pub(super) fn template_problem(
    state: &AppState,
    visitor: &Visitor,
    channel: &Channel,
    errors: &FieldErrors,
) -> PreviewView {
    let speech = Speech::new(state, visitor);
    let words: Vec<String> = errors.0.iter().map(|error| sentence(&speech, &error.problem)).collect();
    PreviewView {
        plugin: plugin_name(state, visitor.locale, channel),
        channel: channel.name.clone(),
        problem: Some(problem(channel, words.join(" "))),
        messages: Vec::new(),
    }
}

/// Whether one of the messages is a mail, which brings its own styles.
pub(super) fn has_mail(previews: &[PreviewView]) -> bool {
    previews.iter().flat_map(|preview| &preview.messages).any(|message| message.mail.is_some())
}

/// Why nothing can be shown, with the line of the template that is to blame.
fn problem(channel: &Channel, words: String) -> PreviewProblem {
    let line = channel.template.as_deref().and_then(|template| {
        let line = named_line(&words)?;
        let source = template.lines().nth(line.checked_sub(1)?)?;
        Some((line, source.trim().chars().take(200).collect()))
    });
    let (line, source) = line.unzip();
    PreviewProblem { words, line, source }
}

/// The number in "(line 3)", as plugins' sentences about templates have it.
fn named_line(words: &str) -> Option<usize> {
    let (_, after) = words.rsplit_once("(line ")?;
    after.split(')').next()?.parse().ok()
}

fn message(preview: Preview) -> PreviewMessage {
    let Preview { format, content, length, limit, unit, warnings } = preview;
    let discord = (format == "discord-message").then(|| discord(&content)).flatten();
    let mail = (format == "mail").then(|| mail(&content)).flatten();
    let shape = match format.as_str() {
        "telegram-html" => "telegram",
        _ if discord.is_some() => "discord",
        _ if mail.is_some() => "mail",
        "json" | "discord-message" | "mail" => "json",
        _ => "text",
    };
    let indented = (shape == "json").then(|| indented(&content)).flatten();
    PreviewMessage { shape, content, indented, discord, mail, length, limit, unit, warnings }
}

/// JSON as one reads it; `None` for what is none.
fn indented(content: &str) -> Option<String> {
    serde_json::to_string_pretty(&serde_json::from_str::<Value>(content).ok()?).ok()
}

#[derive(Deserialize)]
struct Payload {
    username: Option<String>,
    thread_name: Option<String>,
    name: Option<String>,
    content: Option<String>,
    #[serde(default)]
    embeds: Vec<Embed>,
    /// A forum post's first message stands inside it.
    message: Option<Box<Payload>>,
}

#[derive(Deserialize)]
struct Embed {
    title: Option<String>,
    url: Option<String>,
    description: Option<String>,
    color: Option<u32>,
    timestamp: Option<String>,
    author: Option<Author>,
    footer: Option<Footer>,
    image: Option<Picture>,
    thumbnail: Option<Picture>,
    #[serde(default)]
    fields: Vec<Pair>,
}

#[derive(Deserialize)]
struct Author {
    name: String,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Footer {
    text: String,
}

#[derive(Deserialize)]
struct Picture {
    url: String,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
    #[serde(default)]
    inline: bool,
}

/// A message of Discord's API; `None` for what isn't one.
fn discord(content: &str) -> Option<DiscordView> {
    let payload: Payload = serde_json::from_str(content).ok()?;
    let thread = payload.thread_name.or(payload.name);
    let (content, embeds) = match payload.message {
        Some(first) => (first.content, first.embeds),
        None => (payload.content, payload.embeds),
    };
    Some(DiscordView {
        username: payload.username,
        thread,
        content: content.filter(|text| !text.is_empty()),
        embeds: embeds.into_iter().map(embed).collect(),
    })
}

fn embed(embed: Embed) -> EmbedView {
    let picture = |picture: Option<Picture>| picture.map(|p| p.url).filter(|url| url.starts_with("https://"));
    EmbedView {
        color: embed.color.map_or_else(|| NO_COLOR.to_owned(), |color| format!("#{:06x}", color & 0x00ff_ffff)),
        author: embed.author.map(|author| EmbedText { text: author.name, url: web(author.url) }),
        title: embed.title.map(|text| EmbedText { text, url: web(embed.url) }),
        description: embed.description,
        fields: embed
            .fields
            .into_iter()
            .map(|pair| EmbedField { name: pair.name, value: pair.value, inline: pair.inline })
            .collect(),
        image: picture(embed.image),
        thumbnail: picture(embed.thumbnail),
        footer: embed.footer.map(|footer| footer.text),
        timestamp: embed.timestamp.filter(|at| at.parse::<chrono::DateTime<chrono::Utc>>().is_ok()),
    }
}

/// The address, if it is one that a page may link to.
fn web(address: Option<String>) -> Option<String> {
    address.filter(|text| Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http")))
}

#[derive(Deserialize)]
struct Mail {
    subject: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    text: String,
}

fn mail(content: &str) -> Option<MailView> {
    let mail: Mail = serde_json::from_str(content).ok()?;
    let document = (!mail.html.trim().is_empty()).then(|| framed_mail(&mail.html));
    Some(MailView { subject: mail.subject, document, text: mail.text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(format: &str, content: &str) -> PreviewMessage {
        let preview = Preview {
            format: format.into(),
            content: content.into(),
            length: 1,
            limit: 2,
            unit: "characters".into(),
            warnings: Vec::new(),
        };
        message(preview)
    }

    #[test]
    fn a_discord_message_is_taken_apart() {
        let payload = json!({
            "content": "",
            "embeds": [{
                "title": "Rust", "url": "https://a.example/1", "description": "**x**", "color": 0x0f_76_6e,
                "fields": [{"name": "Pay", "value": "1", "inline": true}], "footer": {"text": "Board"},
                "thumbnail": {"url": "javascript:alert(1)"}
            }, {"title": "No link", "url": "javascript:alert(1)"}]
        });
        let message = shown("discord-message", &payload.to_string());
        let discord = message.discord.expect("a message");
        assert_eq!((message.shape, discord.content, discord.embeds.len()), ("discord", None, 2));
        let [first, second] = discord.embeds.as_slice() else { panic!("two embeds") };
        assert_eq!(first.color, "#0f766e");
        assert_eq!(first.thumbnail, None, "only pictures from the web");
        assert_eq!(first.title.as_ref().and_then(|t| t.url.as_deref()), Some("https://a.example/1"));
        assert_eq!(second.title.as_ref().map(|t| t.url.is_none()), Some(true), "no address with a script in it");
        assert_eq!(second.color, NO_COLOR);
    }

    #[test]
    fn a_mails_frame_reaches_nothing() {
        let mail = json!({"subject": "S", "html": "<p style='color:red'>x</p>", "text": "x"}).to_string();
        let document = shown("mail", &mail).mail.and_then(|mail| mail.document).expect("a document");
        assert!(document.starts_with("<!doctype html><meta http-equiv=\"Content-Security-Policy\""), "{document}");
        assert!(document.contains("default-src 'none'"), "{document}");
    }

    #[test]
    fn what_cannot_be_read_is_shown_as_it_is() {
        for (format, content) in [("discord-message", "{\"embeds\": 5}"), ("mail", "[]"), ("json", "{")] {
            let message = shown(format, content);
            assert_eq!(message.shape, "json");
            assert!(message.discord.is_none() && message.mail.is_none());
        }
        assert_eq!(shown("something-new", "a").shape, "text");
        let json = shown("json", "{\"a\":1}");
        assert_eq!(json.indented.as_deref(), Some("{\n  \"a\": 1\n}"));
        assert_eq!(json.content, "{\"a\":1}", "what is sent stays to the byte");
    }

    #[test]
    fn a_sentence_names_the_line() {
        assert_eq!(named_line("The template doesn't work: syntax error: x (line 12)."), Some(12));
        for none in ["(line x)", "line 12", ""] {
            assert_eq!(named_line(none), None, "{none}");
        }
    }
}
