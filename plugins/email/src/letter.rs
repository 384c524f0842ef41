//! What a job's mail says: subject, HTML and text.

use serde_json::json;
use tablon_plugin::{
    Ending, Error, Escaping, MailHtml, MailMessage, MessageWriter, PlainText, Posting, Preview, Target, Template,
    Values, Words, rich, short,
};

/// Gmail cuts a mail off after 102 KB.
const LIMIT: usize = 100 * 1024;
/// What the frame around a part may take of it.
const FRAME: usize = 8 * 1024;
/// The longest subject, in UTF-16 units. Mail programs show some 70.
const LONGEST_SUBJECT: usize = 150;
/// Of a description in a mail of its own, in UTF-16 units; the job's page has the rest.
const DESCRIPTION: usize = 4_000;
/// Of a description among others.
const IN_A_DIGEST: usize = 500;

const TEMPLATE: &str = include_str!("../templates/message.html.j2");
const CLOSED: &str = include_str!("../templates/closed.html.j2");
const TEXT: &str = include_str!("../templates/message.txt.j2");
const CLOSED_TEXT: &str = include_str!("../templates/closed.txt.j2");
const LAYOUT: &str = include_str!("../templates/layout.html.j2");

/// Writes the parts in HTML.
pub(crate) const HTML: MessageWriter<MailHtml> = MessageWriter::new(TEMPLATE, CLOSED, LIMIT - FRAME);
const PLAIN: MessageWriter<PlainText> = MessageWriter::new(TEXT, CLOSED_TEXT, LIMIT);

/// How a letter goes out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind<'a> {
    /// As a part of a digest, which the host frames.
    pub(crate) in_a_digest: bool,
    /// What every subject begins with.
    pub(crate) prefix: &'a str,
}

/// The letter of an open offer.
pub(crate) fn open(posting: &Posting, target: &Target, kind: Kind<'_>, words: &Words) -> Result<MailMessage, Error> {
    let length = if kind.in_a_digest { IN_A_DIGEST } else { DESCRIPTION };
    let part = HTML.description(length).open(posting, target, words)?.text;
    // The tenant's template is of the HTML; the text is the plugin's own.
    let own = Target { template: None, ..target.clone() };
    let text = PLAIN.description(length).open(posting, &own, words)?.text;
    let subject = subject(posting, kind);
    let html = if kind.in_a_digest { part } else { framed(posting, target, &subject, part, words)? };
    Ok(MailMessage { subject, html, text, extra: Vec::new() })
}

/// The note that an offer is over, for a digest.
pub(crate) fn over(posting: &Posting, ending: Ending, target: &Target, words: &Words) -> Result<MailMessage, Error> {
    let kind = Kind { in_a_digest: true, prefix: "" };
    let html = HTML.closed(posting, ending, target, words)?.text;
    let text = PLAIN.closed(posting, ending, target, words)?.text;
    Ok(MailMessage { subject: subject(posting, kind), html, text, extra: Vec::new() })
}

/// Exactly what is handed over.
pub(crate) fn preview(message: &MailMessage) -> Preview {
    let content = json!({ "subject": message.subject, "html": message.html, "text": message.text });
    Preview {
        format: "mail".to_owned(),
        content: content.to_string(),
        length: u32::try_from(message.html.len()).unwrap_or(u32::MAX),
        limit: LIMIT as u32,
        unit: "bytes".to_owned(),
        warnings: Vec::new(),
        extra: Vec::new(),
    }
}

/// `[Jobs] Rust engineer · Acme`, in one line.
fn subject(posting: &Posting, kind: Kind<'_>) -> String {
    let prefix = one_line(kind.prefix);
    let title = one_line(&format!("{prefix} {} · {}", posting.title, posting.organization));
    match short(&title, LONGEST_SUBJECT).trim() {
        "" => "·".to_owned(),
        subject => one_line(subject),
    }
}

fn one_line(text: &str) -> String {
    rich::clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn framed(posting: &Posting, target: &Target, subject: &str, part: String, words: &Words) -> Result<String, Error> {
    let values = Values::of(posting, target, words)
        .with("subject", subject)
        .with("why", words.say("why"))
        .with("language", language(&target.locale))
        .markup("content", part);
    let layout = Template::new(LAYOUT, Escaping::Html).and_then(|layout| layout.render(&values.to_value()));
    layout.map_err(|error| error.explained(words))
}

/// A tag that can stand in an attribute, whatever a board calls its language.
fn language(locale: &str) -> String {
    locale.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}
